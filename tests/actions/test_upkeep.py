"""What the passing of time does: notices end once, and only what nobody needs is removed."""

from dataclasses import replace
from datetime import timedelta

import feedparser
import pytest
from sqlalchemy import func, select

from feedsvc.actions import edit, pictures, staff, trend, upkeep
from feedsvc.actions.press import Press, epoch
from feedsvc.actions.trend import Readings
from feedsvc.domain.article import LeadPicture, Revision
from feedsvc.settings import Settings
from feedsvc.storage import articles, feeds, installation, media, tables
from feedsvc.storage import staff as sessions
from feedsvc.storage.media import Picture

STORY = Revision(headline="Night bus stays", section="politics", body="It stays.")
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
NAMES = ("all", "politics")


def press_of(database, settings):
    installation.settle_epoch(database, epoch(settings))
    return Press(database, settings, epoch(settings))


@pytest.fixture
def press(database, settings):
    return press_of(database, settings)


def having(settings, **changed):
    return Settings(
        {"FEEDSVC_INSTANCE_PATH": str(settings.instance), "FEEDSVC_DATABASE_URL": settings.database_url}
        | {f"FEEDSVC_{name}": str(value) for name, value in changed.items()}
    )


def version(database, article_id):
    with database.read() as connection:
        return articles.get(connection, article_id).version


def withdraw(database, article_id):
    edit.withdraw(database, article_id, version(database, article_id), "test")


def head(database, name):
    with database.read() as connection:
        return feeds.heads(connection, feeds.resolve(connection, name).feed_ids)[0]


def titles(database, press, name="politics", format="atom"):
    document = press((head(database, name).feed_id,), format)
    return [entry.title for entry in feedparser.parse(document.bodies["identity"]).entries]


def log(database):
    """The kind and the story of each change, in their order."""
    c = tables.changes.c
    with database.read() as connection:
        return [(row.kind, row.article_id) for row in connection.execute(select(c.kind, c.article_id).order_by(c.seq))]


@pytest.fixture
def withdrawn(database, clock):
    """A story that was withdrawn an hour ago, beside one that is out."""
    edit.create_and_publish(database, replace(STORY, headline="Beside"), "test")
    number = edit.create_and_publish(database, STORY, "test")
    withdraw(database, number)
    clock.move(hours=1)
    return number


def test_a_notice_stands_for_its_days_and_ends_by_itself(database, settings, clock, press, withdrawn):
    clock.move(days=13)
    assert upkeep.end_notices(database, settings) == 0
    assert titles(database, press) == ["Withdrawn", "Beside"]
    clock.move(days=1)
    # A document depends on the date of its feed's head and not on the clock.
    assert titles(database, press) == ["Withdrawn", "Beside"]
    heads = {name: head(database, name) for name in (*NAMES, "tech")}
    before = log(database)
    assert upkeep.end_notices(database, settings) == 1
    for name in NAMES:
        assert titles(database, press, name) == ["Beside"]
        assert (head(database, name).seq, head(database, name).at) > (heads[name].seq, heads[name].at)
        # Nothing happened that readers should see as news.
        assert head(database, name).changed == heads[name].changed
    assert head(database, "tech") == heads["tech"]
    assert log(database) == [*before, ("expired", withdrawn)]


def test_a_notice_ends_once(database, settings, clock, press, withdrawn):
    clock.move(days=14)
    upkeep.end_notices(database, settings)
    heads, changes = [head(database, name) for name in NAMES], log(database)
    for _ in range(3):
        clock.move(hours=1)
        assert upkeep.end_notices(database, settings) == 0
    assert [head(database, name) for name in NAMES] == heads
    assert log(database) == changes


def test_notices_that_end_together_move_each_feed_once(database, settings, clock, press):
    made = [
        edit.create_and_publish(database, replace(STORY, headline=f"S{n}", section=section), "test")
        for n, section in enumerate(("politics", "tech"))
    ]
    for number in made:
        withdraw(database, number)
    clock.move(days=15)
    before = log(database)
    assert upkeep.end_notices(database, settings) == 2
    assert log(database) == [*before, *(("expired", number) for number in made)]
    assert {head(database, name).seq for name in ("all", "politics", "tech")} == {head(database, "all").seq}
    assert [titles(database, press, name) for name in ("all", "politics", "tech")] == [[], [], []]


def test_notices_of_different_days_end_on_different_days(database, settings, clock, press, withdrawn):
    clock.move(days=3)
    later = edit.create_and_publish(database, replace(STORY, headline="Later"), "test")
    withdraw(database, later)
    clock.move(days=11, minutes=-30)
    assert upkeep.end_notices(database, settings) == 1
    assert titles(database, press) == ["Withdrawn", "Beside"]
    clock.move(days=3, hours=1)
    assert upkeep.end_notices(database, settings) == 1
    assert titles(database, press) == ["Beside"]
    assert [article_id for kind, article_id in log(database) if kind == "expired"] == [withdrawn, later]


def test_a_restored_story_has_no_notice_that_ends(database, settings, clock, press, withdrawn):
    edit.publish(database, withdrawn, version(database, withdrawn), "test")
    clock.move(days=15)
    assert upkeep.end_notices(database, settings) == 0
    assert sorted(titles(database, press)) == ["Beside", "Night bus stays"]


def test_a_story_withdrawn_again_has_a_notice_that_ends_again(database, settings, clock, press, withdrawn):
    clock.move(days=15)
    assert upkeep.end_notices(database, settings) == 1
    edit.publish(database, withdrawn, version(database, withdrawn), "test")
    withdraw(database, withdrawn)
    assert titles(database, press) == ["Withdrawn", "Beside"]
    assert upkeep.end_notices(database, settings) == 0
    clock.move(days=15)
    assert upkeep.end_notices(database, settings) == 1
    assert titles(database, press) == ["Beside"]


def test_a_notice_ends_in_the_feeds_that_its_story_had_left_before_too(database, settings, clock, press):
    number = edit.create_and_publish(database, STORY, "test")
    edit.update(database, number, version(database, number), "test", replace(STORY, section="tech"))
    withdraw(database, number)
    clock.move(days=15)
    upkeep.end_notices(database, settings)
    assert [titles(database, press, name) for name in ("all", "politics", "tech")] == [[], [], []]


def test_with_more_days_for_notices_an_ended_one_stands_again_and_ends_later(
    database, settings, clock, press, withdrawn
):
    clock.move(days=14)
    upkeep.end_notices(database, settings)
    assert titles(database, press) == ["Beside"]
    longer = having(settings, NOTICE_DAYS=20)
    press = press_of(database, longer)
    assert titles(database, press) == ["Withdrawn", "Beside"]
    assert upkeep.end_notices(database, longer) == 0
    assert titles(database, press) == ["Withdrawn", "Beside"]
    clock.move(days=6)
    assert upkeep.end_notices(database, longer) == 1
    assert titles(database, press) == ["Beside"]
    assert upkeep.end_notices(database, longer) == 0


def test_with_fewer_days_for_notices_one_ends_at_the_next_look(database, settings, clock, press, withdrawn):
    clock.move(days=5)
    assert upkeep.end_notices(database, settings) == 0
    shorter = having(settings, NOTICE_DAYS=3)
    press = press_of(database, shorter)
    assert upkeep.end_notices(database, shorter) == 1
    assert titles(database, press) == ["Beside"]


def rows(database, table):
    with database.read() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def test_sessions_and_attempts_that_are_long_over_are_removed_and_others_stay(database, settings, clock):
    def sign_in(connection, token_hash):
        now = clock()
        sessions.add_sign_in(connection, token_hash, editor.account_id, now, now + timedelta(days=staff.SESSION_DAYS))
        sessions.add_failure(connection, token_hash, "192.0.2.1", now)

    with database.write() as connection:
        sessions.add_account(connection, "ada", "hash", clock())
        editor = sessions.account(connection, "ada")
        sign_in(connection, "long over")
    clock.move(days=staff.KEPT_DAYS)
    with database.write() as connection:
        sign_in(connection, "just over")
    clock.move(days=staff.SESSION_DAYS, minutes=1)
    with database.write() as connection:
        sign_in(connection, "open")
    upkeep.clean(database, settings)
    with database.read() as connection:
        kept = connection.execute(select(tables.sign_ins.c.token_hash)).scalars()
        assert set(kept) == {"just over", "open"}
        assert connection.execute(select(tables.sign_in_failures.c.name_key)).scalars().all() == ["open"]
        assert sessions.account(connection, "ada") == editor


def test_pictures_that_no_story_uses_are_removed_with_their_files_and_others_stay(database, settings, clock):
    def take_in(key):
        with database.write() as connection:
            media.add(connection, Picture(key, "image/jpeg", 800, 600, 5, None), clock())
        (settings.media / f"{key}.jpg").write_bytes(b"bytes")

    for key in ("used", "unused"):
        take_in(key)
    used = replace(STORY, picture=LeadPicture("used", decorative=True))
    edit.create(database, used, "test")
    clock.move(hours=pictures.KEPT_UNUSED_HOURS, minutes=1)
    take_in("new")
    upkeep.clean(database, settings)
    with database.read() as connection:
        assert set(media.by_keys(connection, ["used", "unused", "new"])) == {"used", "new"}
    assert sorted(path.name for path in settings.media.iterdir()) == ["new.jpg", "used.jpg"]


def test_readings_that_decayed_are_removed_and_others_stay(database, settings, clock):
    old, new = (edit.create_and_publish(database, replace(STORY, headline=name), "test") for name in ("Old", "New"))

    def read(number):
        counter = Readings(clock)
        counter.count(number, "192.0.2.1", BROWSER)
        trend.flush(database, settings, counter)

    read(old)
    clock.move(days=7, hours=1)
    read(new)
    upkeep.clean(database, settings)
    with database.read() as connection:
        assert connection.execute(select(tables.readings.c.article_id)).scalars().all() == [new]
        assert connection.execute(select(tables.reading_hours.c.article_id)).scalars().all() == [new]


def test_cleaning_removes_nothing_of_what_was_published_and_moves_no_feed(database, settings, clock, press, withdrawn):
    edit.create(database, replace(STORY, headline="Draft"), "test")
    kept = [table for table in tables.metadata.sorted_tables if table.name not in ("sign_in_failures", "sign_ins")]
    trend.refresh(database, settings)
    clock.move(days=400)
    before = {table.name: rows(database, table) for table in kept}
    document = press((head(database, "politics").feed_id,), "rss")
    upkeep.clean(database, settings)
    assert {table.name: rows(database, table) for table in kept} == before
    assert press((head(database, "politics").feed_id,), "rss") == document
