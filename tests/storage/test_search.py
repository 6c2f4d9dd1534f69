"""Search finds stories by their words, on both databases alike, and only what who asks may see."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, event, func, select, update

from feedsvc.actions import edit, naming, review, sample
from feedsvc.actions.bring_in import Incoming, bring_in
from feedsvc.actions.export import export
from feedsvc.actions.take_over import take_over
from feedsvc.domain.article import Revision, Status
from feedsvc.domain.query import parse
from feedsvc.storage import articles, feeds, indexing, search
from feedsvc.storage.database import Database
from feedsvc.storage.indexing import search_rows
from feedsvc.storage.search import Filters
from feedsvc.storage.tables import articles as articles_table
from feedsvc.storage.tables import revision_authors, revision_topics, revisions
from tests.conftest import on_sqlite, settings_in

STORY = Revision(
    headline="Council keeps the night bus",
    section="politics",
    standfirst="Eleven members changed their minds.",
    body="The *Łódź* café stays open. [Its menu](https://example.org/soup).\n\nThe café’s owner cheered. 東京都でも。",
    authors=("Ann Lee",),
    topics=("Buses",),
)


def publish(database, **fields):
    return edit.create_and_publish(database, replace(STORY, **fields), "ann")


def version(database, article_id):
    with database.read() as connection:
        return articles.get(connection, article_id).version


def read(database, typed="", limit=10, before=None, **filters):
    """The numbers of what a reader finds."""
    with database.read() as connection:
        found = search.for_readers(connection, parse(typed), Filters(**filters), limit, before)
    return [story.article_id for story in found]


def desk(database, typed="", limit=10, status=None, before=None, **filters):
    """The numbers of what the newsroom finds."""
    with database.read() as connection:
        found = search.for_newsroom(connection, parse(typed), Filters(**filters), limit, status, before)
    return [one.line.article_id for one in found]


ASKED = [
    ("bus night", True),
    ("NIGHT minds menu", True),
    ("night tram", False),
    ('"night bus"', True),
    ('"bus night"', False),
    ('"night bus eleven"', False),
    ("cou", True),
    ("coun keeps", False),
    ("ouncil", False),
    ('"night b"', False),
    ("bus -tram", True),
    ("bus -night", False),
    ('-"night bus"', False),
    ("-tram", True),
    ("lodz CAFÉ", True),
    ("cafe's owner", True),
    ("東京", True),
    ("京東", False),
    ("soup", False),
    ("' OR 1=1 --", False),
    ("bus AND (NOT) NEAR/2 * ^ {} : & | ! <-> \\ \0", False),
    ("* ^ {} : & | ! <-> \\ \0", True),
    ("s1 w l", False),
    ("§w §l published", False),
]
"""What is typed, and whether it finds `STORY`."""


def test_words_phrases_and_what_is_excluded_find_the_same_on_both_databases(database):
    number = publish(database)
    for typed, is_found in ASKED:
        assert read(database, typed) == desk(database, typed) == ([number] if is_found else []), typed


def test_each_filter_lets_through_what_it_says(database, clock):
    first = publish(database)
    clock.move(days=2)
    second = publish(database, section="tech", topics=("Trams", "Buses"), authors=("Bo",))
    draft = edit.create(database, replace(STORY, topics=("Trams",)), "ann")
    with database.read() as connection:
        tech = feeds.section(connection, "tech").section_id
    assert read(database) == [second, first]
    assert desk(database) == [draft, second, first]
    assert read(database, section_id=tech) == desk(database, section_id=tech) == [second]
    assert desk(database, names={"topics": "tramS"}) == [draft, second]
    assert read(database, names={"topics": "buses", "authors": "ann lee"}) == [first]
    assert read(database, names={"topics": "nobody"}) == []
    assert read(database, "bus", since=clock() - timedelta(days=1)) == [second]
    assert read(database, "bus", until=clock() - timedelta(days=1)) == [first]
    assert desk(database, "bus", status=Status.DRAFT) == [draft]
    assert desk(database, status=Status.PUBLISHED, section_id=tech) == [second]
    review.submit(database, draft, version(database, draft), "ann", "")
    assert desk(database, status=Status.IN_REVIEW) == [draft]


def test_pages_follow_each_other_newest_first(database, settings, clock):
    days = [
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(1907, 5, 4, tzinfo=UTC),
        *(clock() - timedelta(n) for n in range(5)),
    ]
    incoming = [Incoming(replace(STORY, headline=str(n)), day, day) for n, day in enumerate(days)]
    bring_in(database, settings.media, incoming, "ann")
    whole, pages, before = read(database, "minds"), [], None
    while page := read(database, "minds", 3, before):
        pages += page
        with database.read() as connection:
            last = articles.story(connection, page[-1])
        before = last.published, last.article_id
    assert pages == whole
    assert len(whole) == len(days)
    with database.read() as connection:
        dates = [story.published for story in articles.stories(connection, whole)]
    assert dates == sorted(dates, reverse=True)


def test_only_the_working_copy_and_what_is_public_can_be_found(database):
    number = publish(database)
    edit.save(database, number, version(database, number), replace(STORY, headline="Tram"), "ann")
    assert (read(database, "council"), desk(database, "council")) == ([number], [])
    assert (read(database, "tram"), desk(database, "tram")) == ([], [number])
    edit.save(database, number, version(database, number), replace(STORY, headline="Ferry"), "ann")
    assert desk(database, "tram") == []
    edit.update(database, number, version(database, number), "ann", replace(STORY, headline="Ferry"))
    assert read(database, "ferry") == desk(database, "ferry") == [number]
    assert read(database, "council") == []


def test_readers_forget_a_story_in_the_transaction_that_withdraws_it(database, clock):
    number = publish(database)
    with database.write() as connection:
        moved, _ = edit.rules.withdraw(articles.get(connection, number), clock(), "")
        articles.save_moves(connection, [moved])
        assert search.for_readers(connection, parse("bus"), Filters(), 10) == []
    assert (read(database), desk(database, "bus", status=Status.WITHDRAWN)) == ([], [number])
    edit.publish(database, number, version(database, number), "ann")
    assert read(database, "bus") == [number]


def test_readers_are_shown_no_row_that_is_not_of_what_is_live(database):
    number = edit.create(database, STORY, "ann")
    with database.write() as connection:
        row = connection.execute(select(search_rows)).mappings().one()
        text = f" {indexing.WORKING} {indexing.LIVE} bus"
        connection.execute(search_rows.update().where(search_rows.c.place == row["place"]).values(words=text))
    assert (read(database, "bus"), desk(database, "bus")) == ([], [number])


def test_a_merged_topic_is_found_under_the_name_that_is_left(database):
    trams, both = publish(database, topics=("Trams",)), publish(database, topics=("Trams", "Buses"))
    naming.merge(database, "topics/trams", "topics/buses", "ann")
    assert read(database, "minds", names={"topics": "Trams"}) == [both, trams]
    assert desk(database, names={"topics": "Buses"}) == [both, trams]


def test_a_deleted_revision_takes_its_row_along(database):
    number = publish(database)
    edit.save(database, number, version(database, number), replace(STORY, headline="Tram"), "ann")
    assert desk(database, "tram") == [number]
    with database.write() as connection:
        working = select(articles_table.c.working_id).where(articles_table.c.article_id == number)
        revision_id = connection.execute(working).scalar_one()
        connection.execute(update(articles_table).values(working_id=articles_table.c.live_id))
        for uses in (revision_authors, revision_topics):
            connection.execute(delete(uses).where(uses.c.revision_id == revision_id))
        connection.execute(delete(revisions).where(revisions.c.revision_id == revision_id))
        assert connection.execute(select(func.count()).select_from(search_rows)).scalar() == 1
        if connection.dialect.name == "sqlite":
            asked = "SELECT count(*) FROM search_index WHERE search_index MATCH 'tram'"
            assert connection.exec_driver_sql(asked).scalar() == 0


def test_nothing_of_the_sample_is_found_after_its_removal(database, settings):
    sample.bring(database, settings.media)
    number = publish(database)
    assert len(read(database, limit=100)) > 1
    sample.remove(database, settings.media)
    assert read(database) == desk(database) == [number]


def test_what_was_imported_from_an_export_is_found(database, settings, clock, tmp_path):
    number = publish(database)
    draft = edit.create(database, replace(STORY, headline="Not yet"), "ann")
    export(database, settings, tmp_path / "news.zip")
    others = settings_in(tmp_path / "new")
    other = Database(others.database_url, clock)
    take_over(other, others, tmp_path / "news.zip")
    assert (read(other, "minds"), desk(other, '"not yet"')) == ([number], [draft])
    other.engine.dispose()


def test_a_text_of_any_length_is_taken(database):
    number = publish(database, body="語" * 40_000 + " " + "x" * 300_000 + " " + " ".join(map(str, range(30_000))))
    assert read(database, "語語語") == read(database, "bus") == [number]


def test_looking_at_all_stories_anew_makes_an_empty_index_whole(database):
    number = publish(database)
    with database.write() as connection:
        connection.execute(delete(search_rows))
        assert search.for_readers(connection, parse("bus"), Filters(), 10) == []
        indexing.index_all(connection)
    assert read(database, "bus") == [number]


@on_sqlite
def test_a_page_of_results_is_read_in_its_order_and_nothing_is_sorted_or_read_through(database, clock):
    asked = []
    event.listen(database.engine, "before_cursor_execute", lambda *of: asked.append((of[2], of[3])))
    with database.read() as connection:
        filters = Filters(section_id=1, since=clock())
        search.for_readers(connection, parse("bus"), filters, 10)
        search.for_newsroom(connection, parse("bus"), Filters(), 10, before=(clock(), 5))
        statements = [one for one in asked if "MATCH" in one[0]]
        for statement, values in statements:
            plan = [row.detail for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]
            assert plan[0].startswith("SCAN search_index VIRTUAL TABLE")
            assert all("USING INTEGER PRIMARY KEY" in line for line in plan[1:]), plan
    assert statements
