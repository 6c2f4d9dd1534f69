"""What a check reads of the log and of feeds, each as it is and as it should be at least. Writes nothing."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, Table, func, select

from feedsvc.domain.article import Kind
from feedsvc.storage import sqlite
from feedsvc.storage.database import Database
from feedsvc.storage.revisions import NAMED
from feedsvc.storage.tables import (
    changes,
    feed_entries,
    feed_heads,
    feed_names,
    feed_pages,
    feeds,
    installation,
    log_head,
    sections,
)

BATCH = 500
"""So many stories, feeds, pictures or files are looked at with one set of statements."""

MOST = 100
"""So much of a damaged file is told."""


@dataclass(frozen=True)
class Written:
    """A number of the log and a date, None where nothing has one."""

    seq: int | None
    at: datetime | None


@dataclass(frozen=True)
class FeedState:
    """A feed with its names and its head (None if it has none), and the highest of all that is written of it."""

    feed_id: int
    kind: str
    is_open: bool
    names: tuple[str, ...]
    current: tuple[str, ...]
    has_owner: bool
    """Whether it is one of those that every newsroom has, or the feed of a section, topic or author."""
    head: Written | None
    removal_seq: int
    position: int
    highest: Written
    """Of its changes, of those of the stories that stand in it, and of what left it."""
    highest_position: int

    @property
    def name(self) -> str:
        """What it is called in a report."""
        return next(iter((*self.current, *self.names)), f"number {self.feed_id}")


def damages(database: Database) -> list[str]:
    """What SQLite says is wrong with its file, each as it says it. PostgreSQL is not asked."""
    if database.url.drivername not in sqlite.DRIVERS:
        return []
    # By a connection of its own: one that met a damage cannot even end its transaction.
    uri = f"{database.path.resolve().as_uri()}?mode=ro"
    try:
        with closing(sqlite3.connect(uri, uri=True)) as driver:
            found = [str(one) for (one,) in driver.execute(f"PRAGMA integrity_check({MOST})")]
    except sqlite3.DatabaseError as error:
        # What could not be opened or locked is a subclass.
        if type(error) is not sqlite3.DatabaseError:
            raise sqlite.translated(database.path, error) from error
        return [str(error)]
    return [one for one in found if one != "ok"]


def broken_references(connection: Connection) -> list[tuple[str, int | None, str]]:
    """Rows that refer to what is not there: their table, number, and the table that they refer to. None on PostgreSQL,
    which does not let them be."""
    if connection.dialect.name != "sqlite":
        return []
    rows = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(MOST)
    return [(table, number, parent) for table, number, parent, _ in rows]


def count(connection: Connection, column: Column[Any]) -> int:
    """How many rows a table has, by its key."""
    return connection.execute(select(func.count(column))).scalar_one()


def keys(connection: Connection, column: Column[Any]) -> Iterator[list[Any]]:
    """All values of a key in batches, in their order: no more than `BATCH` are in memory."""
    last = None
    while True:
        query = select(column).order_by(column).limit(BATCH)
        batch = list(connection.execute(query if last is None else query.where(column > last)).scalars())
        if not batch:
            return
        yield batch
        last = batch[-1]


def log(connection: Connection) -> tuple[Written, Written]:
    """The head of the log, and the highest number and date that anything has. Goes through all feed entries."""
    head = connection.execute(select(log_head.c.seq, log_head.c.at)).first()
    e, heads, p, i = feed_entries.c, feed_heads.c, feed_pages.c, installation.c
    numbers: list[int | None] = []
    dates: list[datetime | None] = []
    for seqs, ats in (
        ((changes.c.seq,), (changes.c.at,)),
        ((heads.seq, heads.removal_seq, heads.archive_seq), (heads.at, heads.archive_at)),
        ((p.seq, p.removal_seq), (p.at,)),
        ((e.left_seq,), (e.left_at, e.entered)),
        ((), (i.line_since, i.epoch_since)),
    ):
        row = connection.execute(select(*map(func.max, (*seqs, *ats)))).one()
        numbers += row[: len(seqs)]
        dates += row[len(seqs) :]
    highest = Written(_highest_of(numbers), _latest_of(dates))
    return Written(*head) if head else Written(None, None), highest


def _highest_of(numbers: Iterable[int | None]) -> int | None:
    return max((number for number in numbers if number is not None), default=None)


def _latest_of(dates: Iterable[datetime | None]) -> datetime | None:
    return max((at for at in dates if at is not None), default=None)


def feed_states(connection: Connection, feed_ids: Sequence[int]) -> list[FeedState]:
    """Feeds by their numbers. Reads all that stands in them."""
    names: dict[int, list[Any]] = {}
    n = feed_names.c
    for row in connection.execute(select(feed_names).where(n.feed_id.in_(feed_ids)).order_by(n.slug)):
        names.setdefault(row.feed_id, []).append(row)
    owned = _owned(connection, feed_ids)
    highest = _highest(connection, feed_ids)
    e, heads = feed_entries.c, feed_heads.c
    query = select(e.feed_id, func.max(e.position)).where(e.feed_id.in_(feed_ids)).group_by(e.feed_id)
    positions = {row[0]: row[1] for row in connection.execute(query)}
    query = (
        select(feeds, heads.seq, heads.at, heads.removal_seq, heads.position)
        .outerjoin(feed_heads, heads.feed_id == feeds.c.feed_id)
        .where(feeds.c.feed_id.in_(feed_ids))
        .order_by(feeds.c.feed_id)
    )
    return [
        FeedState(
            row.feed_id,
            row.kind,
            row.state == "open",
            tuple(one.slug for one in names.get(row.feed_id, ())),
            tuple(one.slug for one in names.get(row.feed_id, ()) if one.is_current),
            row.kind not in ("section", *NAMED) or row.feed_id in owned,
            None if row.seq is None else Written(row.seq, row.at),
            row.removal_seq or 0,
            row.position or 0,
            highest.get(row.feed_id, Written(None, None)),
            positions.get(row.feed_id, 0),
        )
        for row in connection.execute(query)
    ]


def _owned(connection: Connection, feed_ids: Sequence[int]) -> set[int]:
    owners: list[Table] = [sections, *(named for named, _, _ in NAMED.values())]
    return {
        feed_id
        for owner in owners
        for feed_id in connection.execute(select(owner.c.feed_id).where(owner.c.feed_id.in_(feed_ids))).scalars()
    }


def _highest(connection: Connection, feed_ids: Sequence[int]) -> dict[int, Written]:
    """The highest number and date of what is written of feeds.

    That the notice of a story ended is a change of the story that need not touch every feed in which it ever stood.
    """
    e, c = feed_entries.c, changes.c
    queries = (
        select(c.feed_id, func.max(c.seq), func.max(c.at)).where(c.feed_id.in_(feed_ids)).group_by(c.feed_id),
        select(e.feed_id, func.max(e.left_seq), func.max(e.left_at)).where(e.feed_id.in_(feed_ids)).group_by(e.feed_id),
        select(e.feed_id, func.max(c.seq), func.max(c.at))
        .join(changes, c.article_id == e.article_id)
        .where(e.feed_id.in_(feed_ids), e.left_seq.is_(None), c.kind != Kind.EXPIRED.value)
        .group_by(e.feed_id),
    )
    found: dict[int, Written] = {}
    for query in queries:
        for feed_id, seq, at in connection.execute(query):
            known = found.get(feed_id, Written(None, None))
            found[feed_id] = Written(_highest_of((seq, known.seq)), _latest_of((at, known.at)))
    return found


def names_now(connection: Connection, feed_ids: Sequence[int]) -> dict[int, str]:
    """Feed -> the name that it has now; without those that have none."""
    n = feed_names.c
    rows = connection.execute(select(n.feed_id, n.slug).where(n.feed_id.in_(feed_ids), n.is_current))
    return {row.feed_id: row.slug for row in rows}
