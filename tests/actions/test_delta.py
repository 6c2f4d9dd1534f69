"""What changed since a copy: every story once, in its last version, and nothing that left."""

import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from lxml import etree
from sqlalchemy import event, update

from feedsvc.actions import bring_in, delta, edit, naming, sections, trend, upkeep
from feedsvc.actions.bring_in import Incoming
from feedsvc.actions.delta import Deltas
from feedsvc.actions.press import Press, epoch
from feedsvc.domain.article import Revision
from feedsvc.storage import articles, feeds, installation, touched
from feedsvc.storage.tables import feed_entries
from tests.conftest import on_sqlite, set_page_size

STORY = Revision(headline="Night bus stays", section="politics", body="It stays.")
AT = "{http://purl.org/atompub/tombstones/1.0}deleted-entry"
ATOM = "{http://www.w3.org/2005/Atom}"


class Newsroom:
    """A newsroom, and what its feeds say of it."""

    def __init__(self, database, settings, clock):
        self.database, self.settings, self.clock = database, settings, clock
        fingerprint = epoch(settings)
        installation.settle_epoch(database, fingerprint)
        self.press = Press(database, settings, fingerprint)

    def publish(self, headline="Night bus stays", **changes):
        self.clock.move(minutes=1)
        return edit.create_and_publish(self.database, replace(STORY, headline=headline, **changes), "test")

    def get(self, number):
        with self.database.read() as connection:
            return articles.get(connection, number)

    def update(self, number, minor=False, **changes):
        self.clock.move(minutes=1)
        article = self.get(number)
        edit.update(self.database, number, article.version, "test", replace(article.working, **changes), minor)

    def withdraw(self, number, notice="It was wrong."):
        self.clock.move(minutes=1)
        version = self.get(number).version
        edit.withdraw(self.database, number, version, "test", notice, has_notice=bool(notice))

    def restore(self, number):
        edit.restore(self.database, number, self.get(number).version, "test")

    def feed_ids(self, name):
        with self.database.read() as connection:
            return feeds.resolve(connection, name).feed_ids

    def seq(self, name="politics"):
        return self.press(self.feed_ids(name), "rss").seq

    def line(self):
        with self.database.read() as connection:
            return installation.edition(connection).line

    def made(self, base, name="politics", format="atom"):
        """What changed since a base, each time made anew."""
        deltas = Deltas(self.database, self.settings, self.press)
        return deltas(self.feed_ids(name), format, self.line(), base, self.seq(name))

    def told(self, base, name="politics"):
        """The titles that a delta has, and who left by it."""
        made = self.made(base, name)
        return None if made is None else said(made.answers)

    def document(self, name="politics", format="atom"):
        return said(self.press(self.feed_ids(name), format))


def said(document):
    """The titles of an Atom document, and the dates of its tombstones by what they refer to."""
    root = etree.fromstring(document.bodies["identity"])
    titles = [entry.findtext(f"{ATOM}title") for entry in root.iter(f"{ATOM}entry")]
    left = {one.get("ref"): datetime.fromisoformat(one.get("when")) for one in root.iter(AT)}
    assert not left.keys() & {entry.findtext(f"{ATOM}id") for entry in root.iter(f"{ATOM}entry")}
    return titles, left


@pytest.fixture
def room(database, settings, clock):
    return Newsroom(database, settings, clock)


# Deltas


def test_a_delta_tells_of_each_story_that_changed_once_and_of_no_other(room):
    first, second = room.publish("First"), room.publish("Second")
    base = room.seq()
    room.publish("Third")
    room.update(first, headline="First, updated")
    room.update(first, minor=True, headline="First, updated twice")
    room.publish("Elsewhere", section="tech")
    assert room.told(base) == (["Third", "First, updated twice"], {})
    assert room.told(room.seq()) is None
    assert room.get(second).live.headline not in str(room.told(base))


def test_a_delta_tells_of_stories_beyond_the_window(room):
    room.settings.feed_entries, room.settings.feed_hours = 2, 0
    set_page_size(room.database, 1)
    old = room.publish("Old")
    room.publish("A")
    room.publish("B")
    base = room.seq()
    room.update(old, minor=True, headline="Old, mended")
    assert room.document()[0] == ["B", "A"]
    assert room.told(base)[0] == ["Old, mended"]
    assert not room.made(base).is_in_document
    # Back-dated, so that it stands behind what the document shows.
    base = room.seq()
    long_ago = room.clock() - timedelta(days=400)
    incoming = Incoming(replace(STORY, headline="Back-dated"), long_ago, long_ago)
    bring_in.bring_in(room.database, room.settings.media, [incoming], "test")
    assert room.told(base)[0] == ["Back-dated"]


@pytest.mark.parametrize("format", ["rss", "atom", "json"])
def test_a_withdrawal_is_a_notice_or_a_tombstone_and_never_both(room, format):
    noticed, traceless = room.publish("One"), room.publish("Two")
    base = room.seq()
    room.withdraw(noticed)
    room.withdraw(traceless, notice="")
    text = room.made(base, format=format).answers.bodies["identity"].decode()
    assert text.count("It was wrong.") >= 1
    if format == "json":
        document = json.loads(text)
        assert [one["id"] for one in document["items"]] == [room.get(noticed).identity]
        assert [one["id"] for one in document["_feedsvc"]["deleted"]] == [room.get(traceless).identity]
    else:
        refs = [one.get("ref") for one in etree.fromstring(text.encode()).iter(AT)]
        assert refs == [room.get(traceless).identity]


def test_a_story_that_moved_leaves_one_feed_enters_another_and_stays_in_their_union(room):
    number = room.publish()
    room.publish("Beside", section="tech")
    bases = {name: room.seq(name) for name in ("politics", "tech", "politics+tech", "all")}
    room.update(number, section="tech")
    identity = room.get(number).identity
    titles, left = room.told(bases["politics"])
    assert (titles, [*left]) == ([], [identity])
    assert left[identity] == room.get(number).updated
    for name in ("tech", "politics+tech", "all"):
        assert room.told(bases[name], name) == (["Night bus stays"], {})
    assert room.document("politics")[1] == left
    assert room.document("politics+tech")[1] == {}
    # What the copy has let go of already is not told again.
    base = room.seq()
    room.publish("News")
    room.update(number, headline="In tech")
    assert room.told(base) == (["News"], {})


def test_a_story_that_came_and_went_is_told_by_where_it_stands_now(room):
    number = room.publish()
    base = room.seq()
    room.update(number, section="tech")
    room.update(number, section="politics")
    assert room.told(base) == (["Night bus stays"], {})
    room.withdraw(number, notice="")
    room.restore(number)
    assert room.told(base) == (["Night bus stays"], {})


def test_a_notice_that_ended_is_a_tombstone_whatever_moved_the_head(room):
    number = room.publish()
    room.publish("Beside")
    room.withdraw(number)
    base = room.seq()
    room.settings.notice_days, room.settings.delta_days = 2, 10
    room.clock.move(days=3)
    room.publish("News")
    identity = room.get(number).identity
    titles, left = room.told(base)
    assert (titles, [*left]) == (["News"], [identity])
    assert left == room.document()[1]
    assert left[identity] > room.get(number).withdrawn
    # By the clock alone, elsewhere.
    base = room.seq("all")
    other = room.publish("Another")
    room.withdraw(other)
    withdrawn = room.seq("all")
    room.clock.move(days=3)
    assert upkeep.end_notices(room.database, room.settings) == 1
    assert [*room.told(withdrawn, "all")[1]] == [room.get(other).identity]
    assert [*room.told(base, "all")[1]] == [room.get(other).identity]


def test_a_notice_ends_with_a_restoration_where_the_story_had_left_before_too(room):
    number = room.publish()
    room.update(number, section="tech")
    room.withdraw(number)
    base = room.seq()
    assert room.document()[0] == ["Withdrawn"]
    gone = room.get(number).withdrawn
    room.restore(number)
    titles, left = room.told(base)
    assert (titles, [*left]) == ([], [room.get(number).identity])
    assert room.document() == (titles, left)
    assert gone < left[room.get(number).identity] <= room.get(number).updated
    assert room.told(base, "politics+tech") == (["Night bus stays"], {})


def test_other_names_of_sections_and_topics_are_told_by_documents(room):
    room.publish(topics=("Buses",))
    base = room.seq()
    sections.add(room.database, "sport", "Sport", "", "test")
    room.publish("News")
    assert room.told(base)[0] == ["News"]
    naming.rename(room.database, "topics/buses", "Trams", "", None, "test")
    assert room.told(base) is None
    base = room.seq()
    room.publish("More news")
    assert room.told(base)[0] == ["More news"]


def test_what_cannot_be_told_is_left_to_documents(room, monkeypatch):
    base = room.seq()
    assert room.told(base) is None
    first = room.publish("One")
    base = room.seq()
    room.publish("Two")
    room.update(first, headline="One, updated")
    assert room.told(base) is not None
    deltas = Deltas(room.database, room.settings, room.press)
    assert deltas(room.feed_ids("politics"), "atom", "other", base, room.seq()) is None
    assert deltas((999,), "atom", room.line(), base, room.seq()) is None
    assert room.told(base + 10_000) is None
    with monkeypatch.context() as patch:
        patch.setattr(delta, "DELTA_LIMIT", 1)
        assert room.told(base) is None
    with monkeypatch.context() as patch:
        patch.setattr(touched, "CHANGES_LIMIT", 1)
        assert room.told(base) is None
    room.settings.delta_days = 5
    room.clock.move(days=6)
    room.publish("Three")
    assert room.told(base) is None


def test_feeds_of_what_is_read_or_corrected_have_documents_alone(room):
    number = room.publish()
    trend.refresh(room.database, room.settings)
    bases = {name: room.seq(name) for name in ("trending", "rising", "corrections")}
    room.publish("News")
    article = room.get(number)
    edit.correct(room.database, number, article.version, "test", "It was two.", article.working)
    trend.refresh(room.database, room.settings)
    for name, base in bases.items():
        assert room.told(base, name) is None
        assert room.document(name)[1] == {}


def test_the_same_changes_are_the_same_bytes_with_the_validators_of_the_document(room):
    room.publish("One")
    base = room.seq()
    room.withdraw(room.publish("Two"), notice="")
    room.publish("Three")
    one, other = room.made(base), room.made(base)
    assert one == other
    document = room.press(room.feed_ids("politics"), "atom")
    assert (one.answers.etags, one.answers.date, one.answers.seq) == (document.etags, document.date, document.seq)
    assert document.bodies["identity"] != one.answers.bodies["identity"]


def test_a_delta_that_the_document_holds_says_so(room):
    room.publish("One")
    base = room.seq()
    room.withdraw(room.publish("Two"), notice="")
    assert room.made(base).is_in_document
    assert not room.made(base, format="rss").is_in_document
    room.publish("Three")
    assert not room.made(base, format="json").is_in_document


def test_all_who_hold_one_copy_cost_one_making(room):
    room.publish("One")
    base = room.seq()
    room.publish("Two")
    deltas = Deltas(room.database, room.settings, room.press)
    asked = room.feed_ids("politics"), "rss", room.line(), base, room.seq()
    first = deltas(*asked)
    statements = []
    event.listen(room.database.engine, "before_cursor_execute", lambda *seen: statements.append(seen[2]))
    assert all(deltas(*asked) is first for _ in range(100))
    assert statements == []


@on_sqlite
def test_what_a_delta_costs_follows_what_changed_and_not_the_archive(room):
    def cost():
        base = room.seq()
        number = room.publish("News")
        room.withdraw(room.publish("Gone"), notice="")
        room.update(number, headline="News, updated")
        room.seq()
        counted = {"statements": 0, "steps": 0}

        def note(*_):
            counted["statements"] += 1

        def step():
            counted["steps"] += 1

        pooled = room.database.engine
        with room.database.read() as connection:
            driver = connection.connection.driver_connection
            driver.set_progress_handler(step, 10)
        event.listen(pooled, "before_cursor_execute", note)
        # The pool hands out the connection that was given back last.
        room.made(base)
        event.remove(pooled, "before_cursor_execute", note)
        driver.set_progress_handler(None, 0)
        return counted

    for number in range(60):
        room.publish(f"Story {number}")
    cost()
    before = cost()
    dates = [room.clock() - timedelta(days=9, hours=n) for n in range(1_500)]
    many = [Incoming(replace(STORY, headline=f"Old {n}"), date, date) for n, date in enumerate(dates)]
    bring_in.bring_in(room.database, room.settings.media, many, "test")
    after = cost()
    assert before["steps"] > 0
    assert after["statements"] == before["statements"]
    assert after["steps"] < before["steps"] * 1.3


# Tombstones in documents


@pytest.mark.parametrize("minor", [False, True])
def test_a_story_that_comes_back_is_dated_later_than_its_tombstone(room, minor):
    number = room.publish(topics=("Buses",))
    room.update(number, minor, topics=())
    article, left = room.get(number), room.document("topics/buses")[1]
    (when,) = left.values()
    # In the same second.
    edit.update(
        room.database, number, article.version, "test", replace(article.working, topics=("Buses",)), minor=minor
    )
    assert room.document("topics/buses") == (["Night bus stays"], {})
    assert room.get(number).updated > when


def test_no_tombstone_is_dated_in_the_future_or_with_what_it_ends(room):
    number = room.publish()
    before = room.get(number).updated
    room.withdraw(number, notice="")
    (when,) = room.document()[1].values()
    assert before < when <= room.clock()
    assert when.microsecond == 0


def test_tombstones_stand_for_their_days_before_the_date_of_the_head(room):
    room.settings.tombstone_days = 3
    room.withdraw(room.publish(), notice="")
    assert len(room.document()[1]) == 1
    room.clock.move(days=4)
    # Bytes do not move by themselves.
    assert len(room.document()[1]) == 1
    room.publish("News")
    assert room.document()[1] == {}


def test_the_days_of_a_tombstone_count_from_the_end_of_its_notice(room):
    room.settings.tombstone_days, room.settings.notice_days = 3, 5
    number = room.publish()
    room.withdraw(number)
    for day, there in ((4, (["News", "Withdrawn"], 0)), (7, (["News"], 1)), (9, (["News"], 0))):
        room.clock.now = room.get(number).withdrawn + timedelta(days=day)
        room.publish("News", section="politics")
        titles, left = room.document()
        assert ([*dict.fromkeys(titles)], len(left)) == there


def test_the_latest_tombstones_stand_in_a_document(room, monkeypatch):
    monkeypatch.setattr("feedsvc.actions.press.TOMBSTONES_LIMIT", 2)
    gone = [room.publish(f"Story {number}") for number in range(3)]
    for number in gone:
        room.withdraw(number, notice="")
    assert [*room.document()[1]] == [room.get(number).identity for number in reversed(gone[1:])]


def test_rss_and_json_documents_have_no_tombstones(room):
    number = room.publish()
    room.withdraw(number, notice="")
    for format in ("rss", "json"):
        text = room.press(room.feed_ids("politics"), format).bodies["identity"].decode()
        assert room.get(number).identity not in text


def test_what_left_before_its_time_was_written_down_has_a_tombstone_too(room):
    withdrawn, moved = room.publish("One"), room.publish("Two")
    room.withdraw(withdrawn, notice="")
    room.update(moved, section="tech")
    with room.database.write() as connection:
        connection.execute(update(feed_entries).values(left_when=None))
    left = room.document()[1]
    assert left[room.get(withdrawn).identity] == room.get(withdrawn).withdrawn
    assert left[room.get(moved).identity] == room.get(moved).updated


def test_a_story_that_a_merged_topic_brings_back_is_dated_later_than_it_left(room):
    number = room.publish(topics=("Buses", "Trams"))
    room.publish("Beside", topics=("Buses", "Trams"))
    room.update(number, topics=("Trams",))
    (when,) = room.document("topics/buses")[1].values()
    naming.merge(room.database, "topics/trams", "topics/buses", "test")
    titles, left = room.document("topics/buses")
    assert ("Night bus stays" in titles, left) == (True, {})
    assert room.get(number).updated > when
