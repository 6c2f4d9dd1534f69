"""The log head, the change log, and the heads of feeds."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection, bindparam, case, func, insert, select, update

from feedsvc.domain.article import Kind
from feedsvc.domain.dates import TRANSACTION_SECONDS, change_date, floored
from feedsvc.errors import StorageBusy
from feedsvc.storage.database import Database
from feedsvc.storage.tables import changes, feed_heads, log_head
from feedsvc.texts import N_

T = TypeVar("T")

ATTEMPTS = 5


@dataclass(frozen=True)
class Change:
    """A change under way: the last number it has, its date for validators, the time of the act, and who does it."""

    seq: int
    at: datetime
    now: datetime
    by: str


def change(database: Database, by: str, act: Callable[[Connection, Change], T], count: int = 1) -> T:
    """Do one act that changes what the public sees, in one transaction that holds the log head from its first line.

    `act` gets the connection and the change and does everything else. It is started over (its work undone) if it took
    longer than `TRANSACTION_SECONDS`, because its date would be shown too early; after `ATTEMPTS` `StorageBusy` is
    raised. `count` numbers are taken, `Change.seq` is the last of them.
    """
    for _ in range(ATTEMPTS):
        try:
            with database.write() as connection:
                under_way = _begin(connection, database, by, count)
                started = time.monotonic()
                result = act(connection, under_way)
                if time.monotonic() - started > TRANSACTION_SECONDS:
                    raise _TookTooLong
        except _TookTooLong:
            continue
        database.has_recorded = True
        return result
    raise StorageBusy(N_("The database is too slow at the moment: nothing was changed. Try again."))


class _TookTooLong(Exception):
    pass


def _begin(connection: Connection, database: Database, by: str, count: int) -> Change:
    seq, head_date = connection.execute(
        update(log_head).values(seq=log_head.c.seq + count).returning(log_head.c.seq, log_head.c.at)
    ).one()
    now = database.clock()
    was_reached = not database.has_recorded or database.clock.latest >= head_date
    at = change_date(now, head_date, was_reached)
    connection.execute(update(log_head).values(at=at))
    return Change(seq, at, floored(now), by)


def record_feed(connection: Connection, under_way: Change, kind: Kind, feed_id: int) -> None:
    """Write what happened to a feed: that it was added, renamed, merged or retired."""
    connection.execute(
        insert(changes).values(seq=under_way.seq, at=under_way.at, kind=kind.value, feed_id=feed_id, by=under_way.by)
    )


def record_expired(connection: Connection, under_way: Change, article_ids: Sequence[int]) -> None:
    """Write that the notices of stories ended; the change has as many numbers."""
    first = under_way.seq - len(article_ids) + 1
    connection.execute(
        insert(changes),
        [
            {
                "seq": first + offset,
                "at": under_way.at,
                "kind": Kind.EXPIRED.value,
                "article_id": article_id,
                "by": under_way.by,
            }
            for offset, article_id in enumerate(article_ids)
        ],
    )


def move_heads(
    connection: Connection,
    under_way: Change,
    feed_ids: Iterable[int],
    significant: Iterable[int],
    removals: Iterable[int] = (),
    leaves_archives: bool = False,
) -> None:
    """Move the heads of feeds to a change; `changed`, the date that documents show, only where it is significant.

    All pages of their archives move too, unless the change `leaves_archives` alone, apart from pages that it moves
    one by one (`pages.move`).
    """
    significant, removals = set(significant), set(removals)
    rows = [
        {
            "of": feed_id,
            "changed_now": under_way.now if feed_id in significant else None,
            "removed_now": under_way.seq if feed_id in removals else None,
        }
        for feed_id in sorted(feed_ids)
    ]
    if not rows:
        return
    heads = feed_heads.c
    changed_now = bindparam("changed_now", type_=heads.changed.type)
    connection.execute(
        update(feed_heads)
        .where(heads.feed_id == bindparam("of"))
        .values(
            seq=under_way.seq,
            at=under_way.at,
            # Not max() of two, which PostgreSQL calls greatest(). Where nothing changed, NULL is not greater.
            changed=case((changed_now > heads.changed, changed_now), else_=heads.changed),
            removal_seq=func.coalesce(bindparam("removed_now"), heads.removal_seq),
            **({} if leaves_archives else {"archive_seq": under_way.seq, "archive_at": under_way.at}),
        ),
        rows,
    )


def heads_after(connection: Connection, seq: int) -> list[tuple[int, int, int]]:
    """The heads that moved after a number: (feed_id, seq, number of the last removal that touched the feed)."""
    heads = feed_heads.c
    rows = connection.execute(select(heads.feed_id, heads.seq, heads.removal_seq).where(heads.seq > seq))
    return [(row.feed_id, row.seq, row.removal_seq) for row in rows]
