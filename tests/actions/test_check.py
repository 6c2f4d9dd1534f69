"""`check` finds nothing after a busy life, names every kind of damage, and mends what it says it mends."""

import os
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, delete, event, insert, select, update

from feedsvc.actions import autosave, edit, mirror, naming, pictures, review, sample, schedule, sections, trend, upkeep
from feedsvc.actions.bring_in import Incoming, bring_in
from feedsvc.actions.check import mirror as mirror_check
from feedsvc.actions.check.finding import Newsroom
from feedsvc.actions.check.run import CHECKS, run
from feedsvc.actions.mirror_files import Files
from feedsvc.actions.press import epoch
from feedsvc.domain.article import LeadPicture, Revision
from feedsvc.sample import STORIES, picture_path
from feedsvc.storage import archive, articles, feeds, indexing, installation
from feedsvc.storage import tables as t
from tests.conftest import on_sqlite, set_page_size

STORY = Revision(headline="Night bus", section="politics", body="It runs.", authors=("Ann Lee",), topics=("Bus",))
STORED = ("log", "feeds", "stories", "pages", "search", "pictures")
"""The checks of what is stored, which are quick."""

UPLOAD = picture_path(next(story.picture for story in STORIES if story.picture))
BROWSER = "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"


class Desk:
    """A newsroom that was busy, and the numbers of some of its stories."""

    def __init__(self, database, settings, clock):
        self.database, self.settings, self.clock = database, settings, clock

    def version(self, number):
        with self.database.read() as connection:
            return articles.get(connection, number).version

    def publish(self, **values):
        self.clock.move(minutes=7)
        return edit.create_and_publish(self.database, replace(STORY, **values), "ann")

    def act(self, what, number, *more, **values):
        self.clock.move(minutes=3)
        what(self.database, number, self.version(number), "ann", *more, **values)

    def live(self):
        database, settings = self.database, self.settings
        self.key = pictures.store(database, settings.media, UPLOAD.read_bytes())
        shown = {"picture": LeadPicture(self.key, "A bus"), "body": f"![Bus](/media/{self.key}.jpg)"}
        self.pictured = self.publish(headline="Pictured", **shown)
        self.plain = self.publish(headline="Plain", topics=("Bus", "Trams"))
        self.moved = self.publish(headline="Moved", section="tech")
        self.gone = self.publish(headline="Gone", section="tech", authors=("Bo",))
        self.erased = self.publish(headline="Erased", topics=("Ferry", "Trams"))
        self.again = self.publish(headline="Again", topics=("Ferry",))
        self.alone = self.publish(headline="On the site alone", syndication="none", topics=("Quiet",))
        self.silenced = self.publish(headline="Silenced")
        self.corrected = self.publish(headline="Corrected")
        self.draft = edit.create(database, replace(STORY, headline="Not yet", topics=("Nobody’s",)), "ann")
        review.submit(database, edit.create(database, STORY, "bo"), 1, "bo", "Look at it")
        due = edit.create(database, replace(STORY, headline="Due"), "ann")
        self.act(schedule.schedule, due, self.clock() + timedelta(hours=1))
        self.act(schedule.schedule, self.act_new("Later"), self.clock() + timedelta(days=30))
        self.clock.move(hours=2)
        assert schedule.publish_due(database) == [due]
        old = self.clock() - timedelta(days=900)
        known = {"identity": "https://old.example.org/?p=1", "foreign_id": " p\u00a0 1 "}
        bring_in(database, settings.media, [Incoming(STORY, old, old, **known)], "ann")
        counter = trend.Readings(self.clock)
        for number in (self.plain, self.gone, self.again):
            for reader in range(30):
                counter.count(number, f"192.0.2.{reader}", BROWSER)
        trend.flush(database, settings, counter)
        trend.refresh(database, settings)
        self.act(edit.update, self.moved, replace(STORY, headline="Moved", topics=()))
        self.act(
            edit.update, self.plain, replace(STORY, headline="Plain", topics=("Bus", "Trams"), body="x"), minor=True
        )
        self.act(edit.update, self.silenced, replace(STORY, headline="Silenced", syndication="none"))
        self.act(edit.correct, self.corrected, "It runs **hourly**.")
        self.act(edit.withdraw, self.gone, "It was wrong.")
        self.act(edit.withdraw, self.erased, has_notice=False)
        self.act(edit.withdraw, self.again)
        self.act(edit.restore, self.again)
        self.act(edit.correct, self.again, "It runs daily.")
        for headline in ("Plain, and not", "Plain, and not out yet"):
            revision = replace(STORY, headline=headline, topics=("Ships",), **shown)
            autosave.save(database, self.plain, self.version(self.plain), revision, "ann")
        naming.rename(database, "topics/bus", "Buses", "", None, "ann")
        naming.rename(database, "tech", "Technology", "technology", None, "ann")
        naming.merge(database, "topics/ferry", "topics/trams", "ann")
        sections.add(database, "sport", "Sport", "", "ann")
        self.retired = self.publish(headline="Of a section that ended", section="sport")
        naming.retire(database, "sport", "ann")
        naming.retire(database, "authors/bo", "ann")
        self.act(edit.update, self.retired, minor=True)
        trend.refresh(database, settings)
        self.clock.move(days=20)
        upkeep.end_notices(database, settings)
        self.last = self.publish(headline="Last")
        return self

    def act_new(self, headline):
        return edit.create(self.database, replace(STORY, headline=headline), "ann")

    def check(self, *names):
        newsroom = Newsroom(self.database, self.settings)
        return [f for name in names or STORED for f in CHECKS[name](newsroom, lambda done, of: None)]

    def said(self, *names):
        return [f"{finding.where}: {finding.what}" for finding in self.check(*names)]

    def write(self, *statements):
        with self.database.write() as connection:
            for statement in statements:
                connection.execute(statement)

    def feed(self, name):
        with self.database.read() as connection:
            return feeds.find(connection, name)

    def entry(self, name, number):
        e = t.feed_entries.c
        return (e.feed_id == self.feed(name)) & (e.article_id == number)

    def stands(self, name, number):
        """A row that lets a story stand in a feed."""
        values = {"feed_id": self.feed(name), "article_id": number, "position": -number}
        return insert(t.feed_entries).values(**values, published=self.clock(), left_seq=None)

    def everything(self):
        """All rows; of feeds only what stands there or on their pages: entering anew takes another position, and who
        left by a repair left."""
        with self.database.read() as connection:
            rows = {name: list(archive.rows(connection, name)) for name in archive.tables()}
            of_search = select(indexing.search_rows).order_by(indexing.search_rows.c.place)
            rows["search_rows"] = [tuple(row) for row in connection.execute(of_search)]
        rows["feed_entries"] = sorted(
            (row["feed_id"], row["article_id"], row["published"], row["left_seq"] is None, row["is_listed"])
            for row in rows["feed_entries"]
            if row["left_seq"] is None or row["is_listed"]
        )
        return rows


@pytest.fixture
def desk(database, settings, clock):
    installation.settle_epoch(database, epoch(settings))
    set_page_size(database, 3)
    return Desk(database, settings, clock).live()


def damages(desk):
    """What is done to the newsroom -> what a check says then."""
    e, a, n, h, p = t.feed_entries.c, t.articles.c, t.feed_names.c, t.feed_heads.c, t.feed_pages.c
    entries, heads, names = update(t.feed_entries), update(t.feed_heads), update(t.feed_names)
    politics, technology = desk.feed("politics"), desk.feed("technology")
    everything = desk.feed("all")
    chosen = [desk.feed(name) for name in ("trending", "rising")]
    stands = {"left_seq": None, "left_at": None}
    with desk.database.read() as connection:
        at = connection.execute(select(t.log_head.c.at)).scalar_one()
        live = connection.execute(select(a.live_id).where(a.article_id == desk.pictured)).scalar_one()
        elsewhere = connection.execute(select(a.live_id).where(a.article_id == desk.last)).scalar_one()
        picture = connection.execute(select(t.pictures.c.picture_id)).scalar_one()
    left = {"left_seq": 3, "left_at": at}
    rows = indexing.search_rows.c
    return {
        "the log is put back": (update(t.log_head).values(seq=7), "The log: Its head has number 7"),
        "the log is dated back": (update(t.log_head).values(at=desk.clock() - timedelta(days=9)), "was given already"),
        "the log is without a head": (delete(t.log_head), "It has no head, so nothing can be published"),
        "a head is put back": (
            heads.where(h.feed_id == politics).values(seq=2),
            "feed politics: Its head has number 2",
        ),
        "a head is dated back": (
            heads.where(h.feed_id == everything).values(at=desk.clock()),
            "is behind what happened",
        ),
        "a head is lost": (delete(t.feed_heads).where(h.feed_id == technology), "feed technology: It has no head"),
        "a position was given twice": (
            heads.where(h.feed_id == politics).values(position=1),
            "Its last position is 1,",
        ),
        "a removal is of the future": (
            heads.where(h.feed_id == technology).values(removal_seq=h.seq + 1),
            "last removal",
        ),
        "a feed has no name": (names.where(n.feed_id == everything).values(is_current=False), "None of its names"),
        "a story is nowhere": (
            delete(t.feed_entries).where((e.article_id == desk.plain) & e.feed_id.not_in(chosen)),
            "does not stand in the feed all",
        ),
        "a story left": (
            entries.where(desk.entry("politics", desk.last)).values(left),
            "not stand in the feed politics",
        ),
        "a correction left": (
            entries.where(desk.entry("corrections", desk.again)).values(left),
            "the feed corrections,",
        ),
        "a draft is out": (
            desk.stands("politics", desk.draft),
            "Its status is “draft”. It stands in the feed politics",
        ),
        "a withdrawn story is out": (
            entries.where(desk.entry("all", desk.gone)).values(stands),
            "Its status is “withdrawn”. It",
        ),
        "a story of the site is out": (
            entries.where(desk.entry("all", desk.alone)).values(stands),
            "stands in the feed all",
        ),
        "a story is elsewhere": (desk.stands("technology", desk.plain), "It stands in the feed technology, and should"),
        "a story is dated otherwise": (
            entries.where(desk.entry("all", desk.plain)).values(published=desk.clock()),
            "in the feed all, and was published",
        ),
        "a page is without a story": (
            entries.where(desk.entry("topics/quiet", desk.alone)).values(is_listed=False),
            "It is not on the page of the feed topics/quiet, and should be",
        ),
        "a page has a story that moved": (
            entries.where(desk.entry("technology", desk.moved)).values(is_listed=True),
            "It is on the page of the feed technology, and should not be",
        ),
        "a page lost a story": (
            delete(t.feed_entries).where(desk.entry("topics/quiet", desk.alone)),
            "It is on no page of the feed topics/quiet, where it belongs",
        ),
        "a section is written otherwise": (
            update(t.articles).where(a.article_id == desk.plain).values(live_section_id=2),
            "Its section, or whether it goes out, is not that of what is public",
        ),
        "a story is said not to go out": (
            update(t.articles).where(a.article_id == desk.plain).values(is_syndicated=False),
            "whether it goes out, is not that of what is public",
        ),
        "a page of an archive is lost": (
            delete(t.feed_pages).where((p.feed_id == everything) & (p.page == 2)),
            "The archive of the feed all: Its page 3 is not what follows",
        ),
        "a page of an archive goes too far": (
            update(t.feed_pages).where((p.feed_id == politics) & (p.page == 1)).values(last_position=999),
            "The archive of the feed politics: Its page 1 is not",
        ),
        "a page of an archive is put back": (
            (
                update(t.feed_pages).where((p.feed_id == everything) & (p.page == 1)).values(seq=2),
                heads.where(h.feed_id == everything).values(archive_seq=2),
            ),
            "The archive of the feed all: Its page 1 is behind",
        ),
        "search looks through other words": (
            update(indexing.search_rows).where(rows.article_id == desk.last).values(words=" §w §l other "),
            "What search looks through is not what the story says",
        ),
        "search does not know a story": (
            delete(indexing.search_rows).where(rows.article_id == desk.plain),
            f"Story {desk.plain}, “Plain, and not out yet”: What search looks through",
        ),
        "a picture is said to be used by nobody": (
            delete(t.picture_uses).where(t.picture_uses.c.revision_id == live),
            f"Story {desk.pictured}, version {live}: The pictures",
        ),
        "a picture is said to be used elsewhere": (
            insert(t.picture_uses).values(picture_id=picture, revision_id=elsewhere),
            "The pictures that it is said to use",
        ),
        "a picture is said to be hidden": (
            update(t.pictures).values(was_public=False),
            f"Its picture {desk.key} is said never to have been public",
        ),
        "a feed has two names": (names.where(n.feed_id == technology).values(is_current=True), "tech, technology"),
    }


MOVES = {"log_head", "feed_heads", "feed_pages", "changes"}
"""What a change moves."""

MOVES_BESIDE = {
    "the log": {"installation"},
    "a feed has": {"feed_names"},
    # What comes back is dated later than its tombstone.
    "a story left": {"articles"},
    "a correction left": {"articles"},
}


def test_a_busy_life_leaves_nothing_to_find_and_each_damage_is_named_and_mended(desk):
    assert desk.said() == []
    after = desk.everything()
    for name, (damage, says) in damages(desk).items():
        before = after
        desk.write(*(damage if isinstance(damage, tuple) else (damage,)))
        concerned = STORED if name.startswith(("search", "a picture")) else STORED[:4]
        found = desk.check(*concerned)
        said = [f"{finding.where}: {finding.what}" for finding in found]
        assert any(says in one for one in said), (name, said)
        for finding in found:
            assert "--repair" in finding.mend, (name, finding)
            finding.repair(desk.database)
        assert desk.said(*concerned) == [], name
        after = desk.everything()
        moves = MOVES.union(*(more for words, more in MOVES_BESIDE.items() if name.startswith(words)))
        assert {table for table in before if before[table] != after[table]} <= moves, name
    assert desk.said(*CHECKS) == []
    desk.publish(headline="Life goes on")
    assert desk.said() == []


@on_sqlite
def test_what_cannot_be_mended_safely_says_what_to_do(desk):
    a = t.articles.c
    of_plain = update(t.articles).where(a.article_id == desk.plain)
    with desk.database.read() as connection:
        plain = connection.execute(select(t.articles).where(a.article_id == desk.plain)).one()
        other = connection.execute(select(a.live_id).where(a.article_id == desk.last)).scalar_one()
        topic = connection.execute(select(t.topics).where(t.topics.c.name == "Quiet")).one()
    for values, says in (
        ({"updated": None}, "Its status is “published”, and it lacks the date of its last update."),
        ({"live_id": other}, "Its status is “published”, and it lacks a public version of its own."),
        ({"working_id": None}, "Its status is “published”, and it lacks a working copy of its own."),
    ):
        desk.write(of_plain.values(values))
        (finding,) = desk.check("stories")
        assert (finding.what, finding.repair) == (says, None)
        assert "backup" in finding.mend
        desk.write(of_plain.values({name: getattr(plain, name) for name in values}))
    desk.write(update(t.topics).where(t.topics.c.name == "Quiet").values(feed_id=None))
    assert any("topics/quiet: It is the feed of a section, topic or author that" in one for one in desk.said("feeds"))
    assert any("Its topic or author “Quiet” has no feed." in one for one in desk.said("stories"))
    desk.write(update(t.topics).where(t.topics.c.name == "Quiet").values(feed_id=topic.feed_id))
    assert desk.said() == []
    stands = update(t.feed_entries).where(desk.entry("politics", desk.erased)).values(left_seq=None, left_at=None)
    desk.write(stands)
    assert desk.said("documents") == [
        f"The document politics.{format}: Story {desk.erased} stands in the feed, and is not in it."
        for format in ("rss", "atom", "json")
    ]


@on_sqlite
def test_a_damaged_index_is_made_anew_and_nothing_of_a_damaged_file_is_believed(desk):
    r = indexing.search_rows.c
    with desk.database.write() as connection:
        row = connection.execute(select(indexing.search_rows).where(r.article_id == desk.last)).one()
        connection.exec_driver_sql(
            "INSERT INTO search_index (search_index, rowid, words) VALUES ('delete', ?, ?)", (row.place, row.words)
        )
    (finding,) = desk.check("search")
    assert finding.what == "The index of search does not have the stories that it should."
    finding.repair(desk.database)
    assert desk.said("search") == []
    desk.database.gather()
    with closing(sqlite3.connect(desk.database.path)) as driver:
        driver.execute("PRAGMA foreign_keys=OFF")
        driver.execute("DELETE FROM sections WHERE section_id = 1")
        driver.commit()
    assert any("refers to a row of sections that is not there" in one for one in desk.said("database"))
    told = []
    outcome = run(desk.database, desk.settings, True, lambda finding, mended: told.append(mended))
    assert outcome.is_whole
    # What is missing would stop a repair.
    assert not any(told)
    desk.database.gather()
    size = desk.database.path.stat().st_size
    with desk.database.path.open("r+b") as file:
        file.seek(size // 4096 // 2 * 4096)
        file.write(b"\xff" * 4096)
    told = []
    outcome = run(desk.database, desk.settings, True, lambda finding, mended: told.append((finding.what, mended)))
    assert not outcome.is_whole
    assert outcome.mended == 0
    assert told[0][0].startswith("Its file is damaged: ")


@on_sqlite
def test_files_of_pictures_that_are_lost_or_unknown_are_named(database, settings, clock):
    desk, media = Desk(database, settings, clock), settings.media
    desk.key = pictures.store(database, media, UPLOAD.read_bytes())
    files = sorted(path.name for path in media.iterdir())
    for name in files:
        file = media / name
        body = file.read_bytes()
        file.unlink()
        assert desk.said("pictures") == [f"Picture {desk.key}: Its file {name} is not there."]
        file.write_bytes(b"")
        assert desk.said("pictures") == [f"Picture {desk.key}: Its file {name} is there with 0 bytes, and had others."]
        file.write_bytes(body)
    for name in ("holiday.jpg", ".unfinished.jpg.part", desk.key + ".png.txt"):
        (media / name).write_bytes(b"x")
        # It may be on its way.
        assert desk.said("pictures") == []
        os.utime(media / name, (0, 0))
        assert desk.said("pictures") == [f"The folder {media}: {name} is no file of a picture."]
        (media / name).unlink()


@on_sqlite
def test_the_sample_newsroom_comes_and_goes_with_nothing_to_find(database, settings):
    desk = Desk(database, settings, database.clock)
    sample.bring(database, settings.media)
    assert desk.said() == []
    sample.remove(database, settings.media)
    assert desk.said() == []


def test_what_a_check_costs_follows_the_batches_not_the_stories(database, settings, clock):
    desk = Desk(database, settings, clock)
    statements = []

    def count(number):
        old = clock() - timedelta(days=9)
        stories = [Incoming(replace(STORY, headline=f"No. {i}"), old, old) for i in range(number)]
        bring_in(database, settings.media, stories, "ann")
        statements.clear()
        event.listen(Engine, "before_cursor_execute", note)
        try:
            assert desk.said() == []
        finally:
            event.remove(Engine, "before_cursor_execute", note)
        return len(statements)

    def note(connection, cursor, statement, *_):
        statements.append(statement)

    assert count(3) == count(40)


@on_sqlite
def test_files_of_the_mirror_that_are_unknown_or_older_than_their_feed_are_named_and_removed(
    database, settings, clock, tmp_path, monkeypatch
):
    monkeypatch.setattr(mirror_check, "LATE_SECONDS", 0)
    settings.mirror_dir = tmp_path / "mirror"
    installation.settle_epoch(database, epoch(settings))
    desk = Desk(database, settings, clock)
    keeping = mirror.Mirror(database, settings, Files(settings.mirror_dir), turn_seconds=60)
    keeping()
    clock.move(seconds=10)
    keeping()
    feeds_folder = tmp_path / "mirror" / "feeds"
    assert (feeds_folder / "politics.atom").exists()
    assert desk.said("mirror") == []
    (feeds_folder / "gossip.rss.gz").write_bytes(b"x")
    # The clock does not run, and so does not remove what is over.
    edit.create_and_publish(database, STORY, "ann")
    found = desk.check("mirror")
    said = {f"{finding.where}: {finding.what}" for finding in found}
    assert "The mirror's feeds/gossip.rss.gz: It is of no feed that there is." in said
    over = "It is of another date than its feed, so what it says may be over."
    assert f"The mirror's feeds/politics.atom: {over}" in said
    assert not any("tech" in one for one in said)
    for finding in found:
        finding.repair(database)
    assert desk.said("mirror") == []
    assert (feeds_folder / "tech.atom").exists()
    assert not (feeds_folder / "politics.atom").exists()
