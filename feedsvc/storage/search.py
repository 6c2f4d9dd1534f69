"""Stories by their words: SQLite's FTS5 and PostgreSQL's tsvector behind one function for the newsroom and one for
readers. `storage.indexing` says what is looked through.

Both give the newest first, to the minute and then by number: by the date of publication, or of the last save while a
story was never published. What grows with the archive: on SQLite the lists of where each word that is asked for
stands are gone through side by side from the newest on, without sorting, and that of a word's beginning is put
together whole; on PostgreSQL what has all the words is put in order, or the newest are tried one by one, whichever it
deems less. Stories are read one page at a time on both.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Connection,
    Text,
    and_,
    cast,
    column,
    func,
    literal,
    select,
    table,
    true,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import TSQUERY

from feedsvc.domain.article import Revision, Status
from feedsvc.domain.query import Query, Term
from feedsvc.storage import articles as stored
from feedsvc.storage.articles import Key, Line, Story
from feedsvc.storage.indexing import LIVE, MARKS, WORKING, place, search_rows, status_mark
from feedsvc.storage.renaming import spelled
from feedsvc.storage.revisions import load_revisions
from feedsvc.storage.tables import articles


@dataclass(frozen=True)
class Filters:
    """What stories must be besides: in a section, by its number; with topics and authors, as they are or were spelled;
    with a date from `since` on and before `until`."""

    section_id: int | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    """`topics` and `authors`, where they matter -> what the story must name."""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Found:
    """A story of the newsroom that was found, with its working copy."""

    line: Line
    working: Revision

    @property
    def key(self) -> Key:
        """Where it stands in the list."""
        return self.line.published or self.line.saved, self.line.article_id


def for_readers(
    connection: Connection, query: Query, filters: Filters, limit: int, before: Key | None = None
) -> list[Story]:
    """Published stories as they are public, newest first, from `before` on; all of them if nothing is asked for."""
    a = articles.c
    is_public = (a.status == Status.PUBLISHED.value) & (a.live_id == search_rows.c.revision_id)
    return stored.stories(connection, _numbers(connection, query, [LIVE], filters, limit, before, is_public))


def for_newsroom(
    connection: Connection,
    query: Query,
    filters: Filters,
    limit: int,
    status: Status | None = None,
    before: Key | None = None,
) -> list[Found]:
    """Working copies, of one status or of all, newest first, from `before` on; all if nothing is asked for."""
    marks = [WORKING] if status is None else [WORKING, status_mark(status)]
    is_working = articles.c.working_id == search_rows.c.revision_id
    found = _numbers(connection, query, marks, filters, limit, before, is_working)
    lines = stored.lines(connection, found)
    working = load_revisions(connection, list(lines))
    by_article = {line.article_id: Found(line, working[revision_id]) for revision_id, line in lines.items()}
    return [by_article[article_id] for article_id in found]


def _numbers(
    connection: Connection,
    query: Query,
    marks: Sequence[str],
    filters: Filters,
    limit: int,
    before: Key | None,
    is_current: ColumnElement[bool],
) -> list[int]:
    """The numbers of the stories of which a row has all that is asked for, newest first."""
    marks = list(marks)
    if filters.section_id is not None:
        marks.append(f"{MARKS['section']}{filters.section_id}")
    for named, name in filters.names.items():
        number = spelled(connection, named, name)
        if number is None:
            return []
        marks.append(f"{MARKS[named]}{number}")
    rows = search_rows.c
    asked = select(rows.article_id).join(articles, articles.c.article_id == rows.article_id).where(is_current)
    if connection.dialect.name == "sqlite":
        index = table("search_index", column("rowid"), column("search_index"))
        at: ColumnElement[int] = index.c.rowid
        asked = asked.join(index, at == rows.place)
        asked = asked.where(index.c.search_index.op("MATCH")(_for_sqlite(query, marks)))
    else:
        at = rows.place
        asked = asked.where(rows.words.op("@@")(cast(literal(_for_postgresql(query, marks)), TSQUERY)))
    if before is not None:
        asked = asked.where(at < place(*before))
    if filters.since is not None:
        asked = asked.where(at >= place(filters.since, 0))
    if filters.until is not None:
        asked = asked.where(at < place(filters.until, 0))
    return list(connection.execute(asked.order_by(at.desc()).limit(limit)).scalars())


def is_in_words(connection: Connection, query: Query) -> ColumnElement[bool]:
    """Whether a row of `search_rows` has all that is asked for, read in the row itself: for few rows, whatever the
    archive has. It finds what the index finds."""
    if connection.dialect.name != "sqlite":
        return search_rows.c.words.op("@@")(cast(literal(_for_postgresql(query, [])), TSQUERY))
    words = type_coerce(search_rows.c.words, Text).concat(" ")

    def has(term: Term) -> ColumnElement[bool]:
        return func.instr(words, f" {' '.join(term.words)}{'' if term.is_beginning else ' '}") > 0

    return and_(true(), *map(has, query.terms), *(~has(term) for term in query.excluded))


def _for_sqlite(query: Query, marks: Sequence[str]) -> str:
    """https://www.sqlite.org/fts5.html#full_text_query_syntax: in quotes nothing is syntax."""

    def written(term: Term) -> str:
        return f'"{" ".join(term.words)}"{"*" if term.is_beginning else ""}'

    asked = " AND ".join([*(f'"{mark}"' for mark in marks), *map(written, query.terms)])
    return f"({asked})" + "".join(f" NOT {written(term)}" for term in query.excluded)


def _for_postgresql(query: Query, marks: Sequence[str]) -> str:
    """https://www.postgresql.org/docs/current/datatype-textsearch.html: in quotes nothing is syntax."""

    def written(term: Term) -> str:
        return "(" + " <-> ".join(f"'{word}'" for word in term.words) + (":*)" if term.is_beginning else ")")

    asked = [*(f"'{mark}'" for mark in marks), *map(written, query.terms)]
    return " & ".join([*asked, *(f"!{written(term)}" for term in query.excluded)])
