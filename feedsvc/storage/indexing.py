"""What search looks through: a row of folded words for the working copy of each story, and for what is public of it.

Where both are one revision, they are one row. Besides its words a row has marks: words that begin with “§”, which
nobody can type, for whom it is (`WORKING`, `LIVE`) and what it is filtered by. Every function here leaves the index
right in the transaction that changed the stories; a revision that is deleted takes its row along.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, ForeignKey, Table, cast, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import TSVECTOR

from feedsvc.domain.article import Status
from feedsvc.domain.query import words_of
from feedsvc.storage.revisions import NAMED
from feedsvc.storage.tables import articles, metadata, revisions
from feedsvc.storage.types import Number, Words

search_rows = Table(
    "search_rows",
    metadata,
    Column("place", Number, primary_key=True, autoincrement=False),
    Column("article_id", Number, ForeignKey("articles.article_id"), nullable=False, index=True),
    Column("revision_id", Number, ForeignKey("revisions.revision_id", ondelete="CASCADE"), nullable=False, index=True),
    Column("words", Words, nullable=False),
)

WORKING = "§w"
LIVE = "§l"

MARKS = {"section": "§s", "topics": "§t", "authors": "§a"}
"""What a story is filtered by -> the beginning of its marks, before a number."""

WORDS = 15_000
"""Words of a story that are looked through; PostgreSQL keeps the places of 16,383."""

WORDS_BYTES = 500_000
"""Bytes of them. A tsvector has less than 1 MiB."""

BATCH = 500

_MINUTE = timedelta(minutes=1)
_FIRST = datetime(1, 1, 1, tzinfo=UTC)
_ARTICLE_BITS = 29

# Where links and pictures of Markdown lead: nobody looks for that.
_TARGET = re.compile(r"\]\([^()\s]*")


def place(at: datetime, article_id: int, is_live: bool = False) -> int:
    """Where a row stands: by date, to the minute, then by the number of its story. 63 bits, so none is negative."""
    of_article = min(article_id, (1 << _ARTICLE_BITS) - 1)
    return (at - _FIRST) // _MINUTE << _ARTICLE_BITS + 1 | of_article << 1 | is_live


def status_mark(status: Status) -> str:
    """The mark of the stories with a status."""
    return f"§{status.value.replace(' ', '')}"


def index(connection: Connection, article_ids: Sequence[int]) -> None:
    """Look anew at stories that were saved or moved. Costs what they are long."""
    if not article_ids:
        return
    rows = rows_of(connection, article_ids)
    connection.execute(delete(search_rows).where(search_rows.c.article_id.in_(article_ids)))
    if rows:
        connection.execute(insert(search_rows), rows)


def rows_of(connection: Connection, article_ids: Sequence[int]) -> list[dict[str, Any]]:
    """The rows that stories should have: values of all columns."""
    a = articles.c
    columns = (a.article_id, a.status, a.published, a.saved, a.working_id, a.live_id)
    stories = connection.execute(select(*columns).where(a.article_id.in_(article_ids))).all()
    revision_ids = {i for story in stories for i in (story.working_id, _public(story)) if i is not None}
    marks, texts = _marks(connection, revision_ids), {}
    r = revisions.c
    query = select(r.revision_id, r.section_id, r.headline, r.standfirst, r.body)
    for row in connection.execute(query.where(r.revision_id.in_(revision_ids))):
        if row.section_id is not None:
            marks[row.revision_id].append(f"{MARKS['section']}{row.section_id}")
        texts[row.revision_id] = _words(row.headline, row.standfirst, row.body)
    return [row for story in stories for row in _rows(story, marks, texts)]


def index_all(connection: Connection) -> None:
    """Look at every story, after all of them were written by other ways than `storage.articles`."""
    found = connection.execute(select(articles.c.article_id)).scalars().all()
    left = iter(found)
    while batch := list(islice(left, BATCH)):
        index(connection, batch)


def rename(connection: Connection, field: str, number: int, into: int) -> None:
    """Let the stories of a topic or author (`field`) be found under another one, as long as they still name it."""
    _, uses, id_column = NAMED[field]
    named = select(uses.c.revision_id).where(uses.c[id_column] == number)
    before, after = f"{MARKS[field]}{number}", f"{MARKS[field]}{into}"
    words = search_rows.c.words
    changed: ColumnElement[str]
    if connection.dialect.name == "sqlite":
        changed = func.replace(words, f" {before} ", f" {after} ")
    else:
        changed = func.ts_delete(words, before).op("||")(cast(f"'{after}'", TSVECTOR))
    connection.execute(update(search_rows).where(search_rows.c.revision_id.in_(named)).values(words=changed))


def _public(story: Any) -> int | None:
    return story.live_id if story.status == Status.PUBLISHED.value else None


def _rows(story: Any, marks: dict[int, list[str]], texts: dict[int, str]) -> list[dict[str, Any]]:
    seen_by: defaultdict[int, list[str]] = defaultdict(list)
    seen_by[story.working_id] += [WORKING, status_mark(Status(story.status))]
    if (public := _public(story)) is not None:
        seen_by[public].append(LIVE)
    at = story.published or story.saved
    return [
        {
            "place": place(at, story.article_id, is_live=LIVE in own),
            "article_id": story.article_id,
            "revision_id": revision_id,
            # A space on both sides of each mark, and a mark between it and the words: no phrase begins in one.
            "words": f" {' '.join([*own, *marks[revision_id]])} {texts[revision_id]}",
        }
        for revision_id, own in seen_by.items()
        if revision_id in texts
    ]


def _marks(connection: Connection, revision_ids: Iterable[int]) -> defaultdict[int, list[str]]:
    result: defaultdict[int, list[str]] = defaultdict(list)
    for field, (_, uses, id_column) in NAMED.items():
        query = select(uses.c.revision_id, uses.c[id_column]).where(uses.c.revision_id.in_(revision_ids))
        for revision_id, number in connection.execute(query):
            result[revision_id].append(f"{MARKS[field]}{number}")
    return result


def _words(headline: str, standfirst: str, body: str) -> str:
    """The words of a story, with a mark between its parts, so that no phrase goes on from one into another."""
    found: list[str] = []
    for part in (headline, standfirst, _TARGET.sub("] ", body)):
        found += [*words_of(part), "§"]
    text = " ".join(found[:WORDS])
    return text if len(text) <= WORDS_BYTES // 4 else text.encode()[:WORDS_BYTES].decode(errors="ignore")
