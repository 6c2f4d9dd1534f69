"""What the mirror needs to know of feeds: what they are and were called, and how far the log is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select

from feedsvc.storage.tables import changes, feed_heads, feed_names, feeds, log_head


@dataclass(frozen=True)
class Mirrored:
    """A feed as the mirror has it: under its `name`, which is None where it was retired, and under none of `former`.

    `seq` and `at` are those of its head.
    """

    feed_id: int
    name: str | None
    former: tuple[str, ...]
    seq: int
    at: datetime


@dataclass(frozen=True)
class Log:
    """How far the log is: the number and the date of the last change, and the number of the newest feed."""

    seq: int
    at: datetime
    newest_feed: int


def log(connection: Connection) -> Log:
    """How far the log is now."""
    row = connection.execute(select(log_head.c.seq, log_head.c.at)).one()
    return Log(row.seq, row.at, connection.execute(select(func.max(feeds.c.feed_id))).scalar_one())


def of(connection: Connection, feed_ids: Sequence[int]) -> list[Mirrored]:
    """The feeds with those numbers that are stored (any more)."""
    query = (
        select(feeds.c.feed_id, feeds.c.state, feed_heads.c.seq, feed_heads.c.at, feed_names.c.slug)
        .add_columns(feed_names.c.is_current)
        .join(feed_heads, feed_heads.c.feed_id == feeds.c.feed_id)
        .outerjoin(feed_names, feed_names.c.feed_id == feeds.c.feed_id)
        .where(feeds.c.feed_id.in_(feed_ids))
        .order_by(feeds.c.feed_id)
    )
    rows: dict[int, list[Row[Any]]] = {}
    for row in connection.execute(query):
        rows.setdefault(row.feed_id, []).append(row)
    return [_mirrored(of_feed) for of_feed in rows.values()]


def _mirrored(rows: Sequence[Row[Any]]) -> Mirrored:
    first = rows[0]
    name = next((row.slug for row in rows if row.is_current and row.state == "open"), None)
    former = tuple(row.slug for row in rows if row.slug is not None and row.slug != name)
    return Mirrored(first.feed_id, name, former, first.seq, first.at)


def names(connection: Connection) -> dict[str, int]:
    """The names of all open feeds -> their numbers."""
    query = (
        select(feed_names.c.slug, feeds.c.feed_id)
        .join(feeds, feeds.c.feed_id == feed_names.c.feed_id)
        .where(feed_names.c.is_current, feeds.c.state == "open")
    )
    return {row.slug: row.feed_id for row in connection.execute(query)}


def feeds_changed(connection: Connection, seq: int) -> bool:
    """Whether a feed itself was added, renamed, merged or retired after a number of the log. What a story's
    publication added has no change of its own: it shows in the number of the newest feed."""
    query = select(changes.c.seq).where(changes.c.seq > seq, changes.c.feed_id.is_not(None)).limit(1)
    return connection.execute(query).first() is not None


def taken_from(connection: Connection, seq: int) -> list[int]:
    """The feeds from which something was removed at or after a number of the log."""
    return list(connection.execute(select(feed_heads.c.feed_id).where(feed_heads.c.removal_seq >= seq)).scalars())
