"""The closed pages of archives: their ranges never change, and their heads move with all that is in them."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from feedsvc.actions import edit, naming, sample, trend, upkeep
from feedsvc.actions.bring_in import Incoming, bring_in
from feedsvc.domain.article import Revision
from feedsvc.storage import articles, changes, feeds, pages
from feedsvc.storage import database as database_module
from feedsvc.storage.database import Database
from feedsvc.storage.tables import feed_entries, feed_heads, feed_pages
from tests.conftest import set_page_size

STORY = Revision(headline="Night bus stays", section="politics", body="It stays.", topics=("Buses",), authors=("Ann",))
FEEDS = ("all", "politics", "topics/buses", "authors/ann")


@pytest.fixture
def database(database):
    set_page_size(database, 3)
    return database


def publish(database, count=1, **changed):
    return [edit.create_and_publish(database, replace(STORY, **changed), "test") for _ in range(count)]


def bring(database, settings, count, **changed):
    date = database.clock() - timedelta(days=900)
    bring_in(database, settings.media, [Incoming(replace(STORY, **changed), date, date)] * count, "test")


def act(what, database, number, *rest, **more):
    with database.read() as connection:
        version = articles.get(connection, number).version
    what(database, number, version, "test", *rest, **more)


def closed(database, name="politics"):
    """The pages of a feed: first and last positions."""
    p = feed_pages.c
    with database.read() as connection:
        query = select(p.first_position, p.last_position).where(p.feed_id == feeds.find(connection, name))
        return [tuple(row) for row in connection.execute(query.order_by(p.page))]


def page(database, number, name="politics"):
    with database.read() as connection:
        return pages.get(connection, feeds.find(connection, name), number)


def standing(database, number, name="politics"):
    with database.read() as connection:
        return sorted(pages.articles_in(connection, pages.get(connection, feeds.find(connection, name), number)))


def in_tail(database, name="politics"):
    with database.read() as connection:
        return sorted(one.article_id for one in pages.tail(connection, feeds.find(connection, name)))


def moved(database, seq):
    """What moved after a number, by the names that feeds have: (name, page) -> whether something was removed."""
    with database.read() as connection:
        names = {feeds.find(connection, name): name for name in (*FEEDS, "tech", "topics/trams")}
        return {
            (names.get(feed_id), number): removal > seq
            for feed_id, number, _, removal in pages.heads_after(connection, seq)
        }


def now(database):
    return database.look()()


def test_a_page_is_closed_by_the_change_that_fills_it_and_its_range_never_changes(database):
    numbers = publish(database, 2)
    assert closed(database) == []
    numbers += publish(database, 6)
    for name in FEEDS:
        assert closed(database, name) == [(1, 3), (4, 6)]
        assert (standing(database, 1, name), in_tail(database, name)) == (numbers[:3], numbers[6:])
    act(edit.withdraw, database, numbers[0], "Wrong.")
    act(edit.update, database, numbers[1], replace(STORY, section="tech"))
    assert closed(database) == [(1, 3), (4, 6)]
    assert closed(database, "tech") == []
    assert standing(database, 1) == numbers[2:3]
    assert standing(database, 1, "all") == numbers[1:3]


def test_pages_are_by_the_order_of_entering_and_not_by_dates(database, settings):
    first = publish(database, 3)
    bring(database, settings, 3)
    assert standing(database, 1) == first
    assert len(standing(database, 2)) == 3


def test_what_is_brought_in_is_in_closed_pages_at_its_end(database, settings, monkeypatch):
    monkeypatch.setattr("feedsvc.actions.bring_in.BATCH", 4)
    publish(database)
    bring(database, settings, 9)
    for name in FEEDS:
        assert closed(database, name) == [(1, 3), (4, 6), (7, 9), (10, 10)]
        assert in_tail(database, name) == []
    publish(database, 3)
    assert closed(database)[-1] == (11, 13)


def test_a_story_that_enters_again_has_a_new_position_and_its_old_page_stays_without_it(database):
    numbers = publish(database, 3)
    act(edit.withdraw, database, numbers[0])
    act(edit.restore, database, numbers[0])
    assert (standing(database, 1), in_tail(database)) == (numbers[1:], numbers[:1])
    for number in numbers[1:]:
        act(edit.withdraw, database, number)
    assert standing(database, 1) == []
    assert page(database, 1).last_position == 3


def test_a_change_of_a_story_moves_the_page_in_which_it_stands_and_no_other(database, clock):
    numbers = publish(database, 9)
    clock.move(hours=1)
    before = now(database)
    shown = page(database, 2).changed
    act(edit.update, database, numbers[4], minor=True)
    assert moved(database, before) == {(name, 2): False for name in FEEDS}
    assert page(database, 2).changed == shown
    before = now(database)
    act(edit.update, database, numbers[4], STORY)
    assert moved(database, before) == {(name, 2): False for name in FEEDS}
    assert page(database, 2).changed == clock.now.replace(microsecond=0)
    assert (page(database, 2).seq, page(database, 1).seq < before) == (now(database), True)


def test_a_story_that_leaves_is_a_removal_from_its_page(database):
    numbers = publish(database, 6)
    before = now(database)
    act(edit.update, database, numbers[0], replace(STORY, section="tech"))
    stays = {(name, 1): False for name in FEEDS if name != "politics"}
    assert moved(database, before) == stays | {("politics", 1): True}
    before = now(database)
    act(edit.withdraw, database, numbers[1])
    assert moved(database, before) == {(name, 1): True for name in FEEDS}
    before = now(database)
    act(edit.restore, database, numbers[1])
    # It stands behind them all now, and its old pages are as they were.
    assert moved(database, before) == {}


def test_the_page_before_moves_when_its_next_one_is_closed(database):
    publish(database, 5)
    before = now(database)
    assert not page(database, 1).has_next
    publish(database)
    assert moved(database, before) == {(name, number): False for name in FEEDS for number in (1, 2)}
    assert page(database, 1).has_next
    publish(database, 3)
    assert page(database, 1).seq < page(database, 2).seq == page(database, 3).seq


def test_a_notice_that_ends_leaves_pages_alone(database, settings, clock):
    numbers = publish(database, 3)
    act(edit.withdraw, database, numbers[0])
    clock.move(days=settings.notice_days + 1)
    before = now(database)
    assert upkeep.end_notices(database, settings) == 1
    assert moved(database, before) == {}


def test_a_story_that_goes_out_in_no_feed_takes_a_position_and_nothing_else(database):
    numbers = publish(database, 2)
    before = now(database)
    publish(database, syndication="none")
    assert closed(database) == [(1, 3)]
    assert (standing(database, 1), in_tail(database)) == (numbers, [])
    with database.read() as connection:
        moved_feeds = {feed_id for feed_id, *_ in changes.heads_after(connection, before)}
        # Their documents hold less by that, and link the page.
        assert moved_feeds == {feeds.find(connection, name) for name in FEEDS}


def test_a_new_name_moves_all_pages_of_the_feeds_whose_stories_show_it(database):
    publish(database, 3)
    publish(database, 3, section="tech", topics=("Trams",), authors=())
    before = now(database)
    naming.rename(database, "topics/buses", "Omnibuses", "buses", None, "test")
    assert moved(database, before) == {(name, pages.ALL_PAGES): True for name in FEEDS}
    assert page(database, 1).seq == page(database, 1, "all").seq == now(database)


def test_a_merged_feed_leaves_its_stories_behind_those_of_the_other_and_its_addresses_lead_there(database):
    publish(database, 7)
    trams = publish(database, 1, topics=("Trams",))
    before = now(database)
    naming.merge(database, "topics/buses", "topics/trams", "test")
    assert closed(database, "topics/trams") == [(1, 3), (4, 6)]
    assert trams[0] in standing(database, 1, "topics/trams")
    assert {name for name, number in moved(database, before) if number == pages.ALL_PAGES} >= {"all", "politics"}
    with database.read() as connection:
        assert pages.resolve(connection, "topics/buses", 2).moved_to == "topics/trams/archive/2"
        # Seven stories and the other's make eight: a page that only the one had is in the feed itself.
        assert pages.resolve(connection, "topics/buses", 9).moved_to == "topics/trams"
        left = select(feed_pages.c.feed_id).join(feed_heads, feed_heads.c.feed_id == feed_pages.c.feed_id)
        assert connection.execute(left.where(feed_pages.c.last_position > feed_heads.c.position)).all() == []


def test_names_of_pages_lead_where_names_of_feeds_do(database):
    publish(database, 3)

    def resolve(name, number):
        with database.read() as connection:
            found = pages.resolve(connection, name, number)
        return found and (found.moved_to or ("gone" if found.is_gone else "found"))

    assert resolve("politics", 1) == "found"
    assert [resolve(*what) for what in (("politics", 2), ("tech", 1), ("nowhere", 1), ("trending", 1))] == [None] * 4
    assert resolve("politics+tech", 1) is None
    naming.rename(database, "politics", "Power", "power", None, "test")
    assert resolve("politics", 1) == "power/archive/1"
    naming.retire(database, "power", "test")
    assert (resolve("politics", 1), resolve("power", 1)) == ("gone", "gone")
    assert resolve("all", 1) == "found"


def test_what_is_chosen_by_what_happened_has_no_pages(database, settings):
    numbers = publish(database, 4)
    for number in numbers:
        act(edit.correct, database, number, "Not so.", replace(STORY, body="Otherwise."))
    trend.refresh(database, settings)
    for name in ("trending", "rising", "corrections"):
        assert closed(database, name) == []


def test_without_the_sample_its_pages_are_empty_and_those_of_its_feeds_are_gone(database, settings):
    sample.bring(database, settings.media)
    publish(database)
    count = len(closed(database, "all"))
    assert count > 1
    before = now(database)
    sample.remove(database, settings.media)
    assert len(closed(database, "all")) == count
    assert standing(database, 1, "all") == []
    assert moved(database, before)["all", pages.ALL_PAGES]
    with database.read() as connection:
        known = set(connection.execute(select(feed_heads.c.feed_id)).scalars())
        assert set(connection.execute(select(feed_pages.c.feed_id)).scalars()) <= known


def test_pages_and_tail_hold_each_standing_story_once(database, settings):
    numbers = publish(database, 4)
    bring(database, settings, 5)
    act(edit.withdraw, database, numbers[1])
    act(edit.update, database, numbers[2], replace(STORY, section="tech", topics=("Trams", "Buses")))
    act(edit.update, database, numbers[2], STORY)
    publish(database, 3)
    act(edit.restore, database, numbers[1])
    for name in FEEDS:
        with database.read() as connection:
            e = feed_entries.c
            query = select(e.article_id).where(e.feed_id == feeds.find(connection, name), e.left_seq.is_(None))
            all_standing = sorted(connection.execute(query).scalars())
        count = len(closed(database, name))
        found = [one for number in range(1, count + 1) for one in standing(database, number, name)]
        assert sorted(found + in_tail(database, name)) == all_standing
        ranges = closed(database, name)
        assert [first for first, _ in ranges] == [1, *(last + 1 for _, last in ranges[:-1])]


def test_a_newsroom_of_before_gets_its_pages_from_its_positions(database_url, tmp_path, clock):
    import alembic.command

    database = Database(database_url or f"sqlite:///{tmp_path}/old.sqlite", clock)
    config = database_module._alembic_config()
    config.attributes["connection"] = None
    with database.engine.connect().execution_options(write=True) as connection, connection.begin():
        config.attributes["connection"] = connection
        alembic.command.upgrade(config, "0006")
        connection.execute(
            text(
                "INSERT INTO installation (installation_id, line, line_since, oldest_code, has_sample,"
                " sample_unfinished) VALUES (1, 'line', '2026-01-01 00:00:00.000000', 1, FALSE, FALSE)"
            )
        )
        for feed_id, kind, position in (
            (1, "all", 1_000_000),
            (2, "topics", 49),
            (3, "trending", 500),
            (4, "section", 101),
        ):
            connection.execute(
                text(
                    f"INSERT INTO feeds (feed_id, identity, kind, state) VALUES ({feed_id}, '{kind}', '{kind}', 'open')"
                )
            )
            connection.execute(
                text(
                    "INSERT INTO feed_heads (feed_id, seq, at, changed, removal_seq, position) VALUES"
                    f" ({feed_id}, {7 + feed_id}, '2026-01-01 00:00:03.000000', '2026-01-01 00:00:00.000000', 5,"
                    f" {position})"
                )
            )
    database.migrate()
    with database.read() as connection:
        p = feed_pages.c
        rows = connection.execute(select(feed_pages).where(p.feed_id == 4).order_by(p.page)).all()
        assert [tuple(row)[:5] for row in rows] == [(4, 1, 1, 50, 11), (4, 2, 51, 100, 11)]
        assert connection.execute(select(p.page, p.last_position).order_by(p.page.desc())).first() == (
            20_000,
            1_000_000,
        )
        assert set(connection.execute(select(p.feed_id).distinct()).scalars()) == {1, 4}
        old = pages.get(connection, 4, 2)
        head = connection.execute(select(feed_heads).where(feed_heads.c.feed_id == 4)).one()
        assert (old.seq, old.at, old.changed) == (head.seq, head.at, head.changed)
    database.engine.dispose()
