"""What composed feeds find, on both databases, and what they cost: it does not grow with the archive."""

from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event, func, insert, literal, select

from feedsvc.actions import compose, edit, naming
from feedsvc.actions.bring_in import Incoming, bring_in
from feedsvc.actions.compose import Composer
from feedsvc.actions.press import Press, epoch
from feedsvc.domain.article import Revision
from feedsvc.domain.query import parse
from feedsvc.errors import Retired
from feedsvc.storage import articles, composing, feeds, installation, search, tables
from feedsvc.storage.composing import Filter
from feedsvc.storage.search import Filters
from tests.conftest import on_sqlite

STORY = Revision(headline="Night bus", section="politics", body="It stays.", topics=("Buses",), authors=("Ann",))
HEADLINES = ("Night bus", "Night buses", "The bus of the night", "Über-Bus: 100% späť", "夜のバス", "No ferry")


def composer_of(database, settings, **options):
    fingerprint = epoch(settings)
    installation.settle_epoch(database, fingerprint)
    return Composer(database, settings, fingerprint, Press(database, settings, fingerprint), **options)


@pytest.fixture
def composer(database, settings):
    return composer_of(database, settings)


@contextmanager
def statements(database):
    seen = []

    def note(connection, cursor, statement, parameters, context, many):
        seen.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    yield seen
    event.remove(database.engine, "before_cursor_execute", note)


def test_words_find_what_the_search_of_the_site_finds(database):
    for headline in HEADLINES:
        edit.create_and_publish(database, Revision(headline=headline, section="politics", body="So it is."), "test")
    with database.read() as connection:
        politics = feeds.find(connection, "politics")
        for typed in (
            "bus",
            "bu",
            '"night bus"',
            "night -buses",
            '-"of the" so',
            "uber 100",
            "夜",
            "バス",
            "spat",
            "x -y",
        ):
            found = composing.stories(connection, [politics], Filter(words=typed), 500, 50)
            searched = search.for_readers(connection, parse(typed), Filters(), 50)
            assert sorted(found) == sorted(story.article_id for story in searched), typed


def test_a_notice_stands_where_readers_got_the_story(database, composer, clock):
    """Also where the story was moved away before; not where it was left out."""
    number = edit.create_and_publish(database, STORY, "test")
    with database.read() as connection:
        version = articles.get(connection, number).version
    edit.update(database, number, version, "test", replace(STORY, topics=("Opinion",)))
    with database.read() as connection:
        version = articles.get(connection, number).version
    edit.withdraw(database, number, version, "test", "It was wrong.")
    clock.move(seconds=5)
    for query, stands in (
        ("topic=buses", True),
        ("topic=opinion", True),
        ("author=ann", True),
        ("q=anything", True),
        ("without=topics/opinion", False),
        ("without=topics/buses", True),
    ):
        text = composer("politics", "json", query).bodies["identity"].decode()
        assert ("It was wrong." in text, "Night bus" in text) == (stands, False), query


def test_a_merging_is_told_by_the_validators_even_where_no_story_shows_it(database, composer):
    """A notice of a story on trams belongs to buses once trams are part of them; nothing else of politics changed."""
    number = edit.create_and_publish(database, replace(STORY, topics=("Trams",)), "test")
    edit.create_and_publish(database, replace(STORY, section="tech"), "test")
    with database.read() as connection:
        version = articles.get(connection, number).version
    edit.withdraw(database, number, version, "test", "It was wrong.")
    before = composer("politics", "json", "topic=buses")
    naming.merge(database, "topics/trams", "topics/buses", "test")
    after = composer("politics", "json", "topic=buses")
    assert (before.bodies == after.bodies, before.etags == after.etags) == (False, False)
    with pytest.raises(Retired):
        naming.retire(database, "topics/buses", "test")
        composer("politics", "json", "topic=buses")


def test_an_answer_that_was_made_costs_a_look_at_the_heads(database, composer):
    edit.create_and_publish(database, STORY, "test")
    made = composer("politics", "rss", "without=tech")
    with statements(database) as seen:
        assert composer("politics", "rss", "without=tech") is made
    assert len([one for one in seen if one.startswith("SELECT")]) == 5
    assert not [one for one in seen if "feed_entries" in one or "revisions" in one]
    edit.create_and_publish(database, replace(STORY, section="tech"), "test")
    assert composer("politics", "rss", "without=tech") is made, "what is left out may change as it likes"


@on_sqlite
def test_documents_are_kept_up_to_so_many_bytes(database, settings):
    edit.create_and_publish(database, STORY, "test")
    size = composer_of(database, settings)("politics", "rss", "limit=1").size
    composer = composer_of(database, settings, room_bytes=3 * size)
    made = [composer("politics", "rss", f"limit={number}") for number in range(1, 11)]
    assert composer("politics", "rss", "limit=10") is made[-1]
    assert composer("politics", "rss", "limit=1") is not made[0]


@on_sqlite
def test_a_new_document_reads_as_many_rows_with_a_large_archive_as_with_a_small_one(
    database, settings, clock, monkeypatch
):
    """Counted by SQLite's own steps; nothing of the archive is asked for more often than there are candidates."""
    monkeypatch.setattr(compose, "CANDIDATES", 100)

    def fill(times, start):
        dates = [start + timedelta(minutes=i) for i in range(120)]
        bring_in(database, settings.media, [Incoming(STORY, date, date) for date in dates], "test")
        a, e, r = tables.articles.c, tables.feed_entries, search.search_rows
        kept = [column for column in a if column.name not in ("article_id", "identity")]
        with database.write() as connection:
            last = connection.execute(select(func.max(a.article_id))).scalar_one()
            for copy in range(1, times):
                copied = select((a.identity + f"#{last}-{copy}"), *kept).where(a.article_id.between(last - 119, last))
                names = ["identity", *(column.name for column in kept)]
                connection.execute(insert(tables.articles).from_select(names, copied))
            for name in ("all", "politics", "topics/buses", "authors/ann"):
                feed_id = feeds.find(connection, name)
                standing = select(literal(feed_id), a.article_id + 10_000, a.article_id, a.published)
                names = ["feed_id", "position", "article_id", "published"]
                connection.execute(insert(e).from_select(names, standing.where(a.article_id > last)))
            for copy in range(1, times):
                of = tables.revisions.c
                others = [column for column in of if column.name != "revision_id"]
                copied = select(of.revision_id + copy * 10_000, *others).where(of.revision_id < 10_000)
                columns = ["revision_id", *(column.name for column in others)]
                connection.execute(insert(tables.revisions).from_select(columns, copied))
                for uses in (tables.revision_topics, tables.revision_authors):
                    revision_id, *others = uses.c
                    copied = select(revision_id + copy * 10_000, *others).where(revision_id < 10_000)
                    connection.execute(insert(uses).from_select([column.name for column in uses.c], copied))
            place = a.article_id + 5_000_000
            row = select(place, a.article_id, a.live_id, literal(" §l bus § night § ")).where(a.article_id > last)
            connection.execute(insert(r).from_select(["place", "article_id", "revision_id", "words"], row))

    def steps(query):
        count = 0

        def tick():
            nonlocal count
            count += 1

        def watch(driver_connection, *_):
            driver_connection.set_progress_handler(tick, 10)

        composer = composer_of(database, settings)
        event.listen(database.engine, "connect", watch)
        database.engine.dispose()
        with statements(database) as seen:
            composer("politics", "json", query)
        event.remove(database.engine, "connect", watch)
        database.engine.dispose()
        return count, len([one for one in seen if one.startswith("SELECT")])

    edit.create_and_publish(database, replace(STORY, section="tech", topics=("Opinion",)), "test")
    queries = ("limit=20", "without=topics/opinion", "author=ann", "topic=buses", "q=bu", "q=nowhere", "q=-bus")
    fill(1, clock.now - timedelta(days=30))
    few = {query: steps(query) for query in queries}
    fill(20, clock.now - timedelta(days=900))
    for query in queries:
        count, asked = steps(query)
        assert 0 < count <= few[query][0] * 1.2 + 20, query
        assert asked == few[query][1] <= 25
