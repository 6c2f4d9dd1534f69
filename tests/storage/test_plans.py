"""What a statement costs follows the change, not the archive: how SQLite means to carry out each of them."""

import re
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from sqlalchemy import event

from feedsvc.actions import delta, edit, sample, sections, staff
from feedsvc.actions.press import Press, epoch
from feedsvc.domain.article import Revision, Status
from feedsvc.domain.feedname import ALL_PAGES
from feedsvc.errors import SignInRefused
from feedsvc.feeds.document import Page
from feedsvc.storage import articles, changes, feeds, history, installation, media, pages, standing
from feedsvc.storage.tables import metadata
from tests.conftest import set_page_size

STORY = Revision(headline="Story", section="politics", body="Text.", authors=("Ann",), topics=("Buses", "Ferries"))

OF_THE_ARCHIVE = {
    *("articles", "revisions", "changes", "feed_entries", "feed_pages", "pictures", "picture_uses"),
    *("revision_authors", "revision_topics", "sign_ins", "sign_in_failures"),
}
OF_NAMES = {"topics", "authors", "feeds", "feed_names", "feed_heads"}
"""Tables that grow with the archive, and those that grow with the topics and authors in it."""


@dataclass
class Watched:
    """The statements that were carried out, each with the lines of SQLite's plan for it."""

    plans: dict[str, list[str]] = field(default_factory=dict)

    def scans(self, growing: set[str]) -> list[str]:
        """The lines by which a growing table is read through, a page of a list in the order of an index excepted."""
        found = []
        for statement, lines in self.plans.items():
            is_page = "LIMIT" in statement and not any("TEMP B-TREE" in line for line in lines)
            for line in lines:
                scanned = re.match(r"SCAN (\w+)(?: AS \w+)?( USING (?:COVERING )?INDEX)?", line)
                if scanned and scanned[1] in growing and not (scanned[2] and is_page):
                    found.append(f"{line}: {statement}")
        return found


@pytest.fixture
def kind():
    """The plans are SQLite's."""
    return "sqlite"


@contextmanager
def watching(database):
    watched, seen = Watched(), []

    def note(connection, cursor, statement, parameters, context, many):
        if statement.split()[0] in ("SELECT", "INSERT", "UPDATE", "DELETE"):
            seen.append((statement, parameters[0] if many else parameters))

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield watched
    finally:
        event.remove(database.engine, "before_cursor_execute", note)
    with database.read() as connection:
        for statement, parameters in seen:
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            watched.plans[statement] = [row.detail for row in rows]
    assert watched.plans


def version(database, article_id):
    with database.read() as connection:
        return articles.get(connection, article_id).version


def test_a_look_at_plans_finds_what_reads_a_table_through(database):
    with watching(database) as watched, database.read() as connection:
        connection.exec_driver_sql("SELECT * FROM articles WHERE notice = 'x'")
        connection.exec_driver_sql("SELECT count(*) FROM articles")
        connection.exec_driver_sql("SELECT * FROM articles ORDER BY saved DESC LIMIT 1")
    assert len(watched.scans(OF_THE_ARCHIVE)) == 2


def test_acts_on_a_story_read_no_growing_table_through(database):
    set_page_size(database, 2)
    with watching(database) as watched:
        article_id = edit.create_and_publish(database, STORY, "test")
        revision = STORY
        for headline in ("Other", "Another"):
            revision = Revision(headline=headline, section="tech", body="Text.", topics=("Trams",))
            edit.update(database, article_id, version(database, article_id), "test", revision)
        edit.withdraw(database, article_id, version(database, article_id), "test")
        edit.publish(database, article_id, version(database, article_id), "test", revision)
        edit.create(database, STORY, "test")
    assert watched.scans(OF_THE_ARCHIVE | OF_NAMES) == []


def test_polls_and_pages_read_no_growing_table_through(database, settings):
    set_page_size(database, 1)
    article_id = edit.create_and_publish(database, STORY, "test")
    installation.settle_epoch(database, epoch(settings))
    press = Press(database, settings, epoch(settings))
    with watching(database) as watched:
        with database.read() as connection:
            resolved = feeds.resolve(connection, "politics+topics/buses")
            changes.heads_after(connection, 1)
            pages.heads_after(connection, 1)
            pages.resolve(connection, "topics/buses", 1)
            story = articles.story(connection, article_id)
            key = (story.published, story.article_id)
            section = feeds.section(connection, "politics")
            for before in (None, key):
                articles.page(connection, 10, before=before)
                articles.page(connection, 10, section.section_id, before)
                articles.page_of_feeds(connection, 10, resolved.feed_ids, before)
                for status in (None, Status.DRAFT, Status.PUBLISHED):
                    articles.listing(connection, 10, status, before)
            articles.counts(connection)
            media.sight(connection, "nothing")
            for before in (None, 1_000):
                history.listing(connection, article_id, 10, before)
            history.version(connection, article_id, history.current(connection, article_id).working)
            (politics,) = feeds.resolve(connection, "politics").feed_ids
        press(resolved.feed_ids, "rss")
        press((politics,), "rss")
        press((Page(politics, 1), Page(politics, ALL_PAGES)), "rss")
    assert watched.scans(OF_THE_ARCHIVE | OF_NAMES) == []


def test_what_changed_and_what_left_is_told_reading_no_growing_table_through(database, settings):
    edit.create_and_publish(database, STORY, "test")
    installation.settle_epoch(database, epoch(settings))
    press = Press(database, settings, epoch(settings))
    with database.read() as connection:
        feed_ids = feeds.resolve(connection, "politics+topics/buses").feed_ids
        line = installation.edition(connection).line
    base = press(feed_ids, "atom").seq
    edit.withdraw(database, edit.create_and_publish(database, STORY, "test"), 2, "test", has_notice=False)
    with watching(database) as watched:
        seq = press(feed_ids, "atom").seq
        assert delta.Deltas(database, settings, press)(feed_ids, "atom", line, base, seq) is not None
    assert watched.scans(OF_THE_ARCHIVE | OF_NAMES) == []


def test_signing_in_reads_no_growing_table_through(database):
    staff.add_account(database, "ann", "a good password")
    with watching(database) as watched:
        token = staff.sign_in(database, "ann", "a good password", "192.0.2.1")
        staff.who(database, token)
        staff.sign_out(database, token)
        with pytest.raises(SignInRefused):
            staff.sign_in(database, "bob", "a good password", "192.0.2.1")
    assert watched.scans(OF_THE_ARCHIVE) == []


def test_removing_the_sample_reads_no_archive_through(database, settings):
    for section in sample.SECTIONS:
        if section.slug not in ("politics", "tech"):
            sections.add(database, section.slug, section.title, section.description, "test")

    def bring(connection, change):
        (article_id,) = articles.add(connection, [("urn:uuid:1", STORY)], change.now, "test", is_sample=True)
        moved, kind = edit.rules.publish(articles.get(connection, article_id), change.now)
        articles.save_moves(connection, [moved])
        standing.record(connection, change, [standing.Recorded(moved, kind)])
        installation.note_sample(connection, is_there=True)

    changes.change(database, "test", bring)
    with watching(database) as watched:
        sample.remove(database, settings.media)
    assert watched.scans(OF_THE_ARCHIVE | (OF_NAMES - {"feed_heads"})) == []


@pytest.mark.parametrize("table", metadata.sorted_tables, ids=lambda table: table.name)
def test_what_refers_to_a_row_is_found_by_an_index(table, database):
    # SQLite looks for what refers to a row before it deletes the row, and shows no plan for it.
    with database.read() as connection:
        indexes = connection.exec_driver_sql(f"PRAGMA index_list({table.name})").mappings().all()
        led_by = {
            connection.exec_driver_sql(f"PRAGMA index_info({index['name']})").mappings().first()["name"]
            for index in indexes
        }
    own = {column.name for column in table.primary_key.columns if len(table.primary_key.columns) == 1}
    referring = {column.name for column in table.columns if column.foreign_keys}
    assert referring - led_by - own == set()
