"""The log head and the change log: what a change is, and everything that is written because of it."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, Update, bindparam, func, insert, select, update

from feedsvc.domain.article import Article, Kind, Status
from feedsvc.domain.dates import TRANSACTION_SECONDS, change_date, floored
from feedsvc.domain.feedname import feeds_of
from feedsvc.errors import StorageBusy
from feedsvc.storage.database import Database
from feedsvc.storage.tables import changes, feed_entries, feed_heads, feed_names, log_head

T = TypeVar("T")

ATTEMPTS = 5


@dataclass(frozen=True)
class Change:
    """A change under way: the last number it has, its date for validators, the time of the act, and who does it."""

    seq: int
    at: datetime
    now: datetime
    by: str


@dataclass(frozen=True)
class Recorded:
    """One article in a change: what happened to it, and how it is afterwards."""

    article: Article
    kind: Kind
    is_brought_in: bool = False


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
    raise StorageBusy("The database is too slow at the moment: nothing was changed. Try again.")


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


def record(connection: Connection, under_way: Change, recorded: Sequence[Recorded]) -> None:
    """Write what a change did: its rows in the log, the feed entries, and the head of every feed that it touches.

    A withdrawal and a restoration touch every feed in which the article ever stood: its notice stands, or ends, there.
    """
    first = under_way.seq - len(recorded) + 1
    connection.execute(
        insert(changes),
        [
            {
                "seq": first + offset,
                "at": under_way.at,
                "kind": one.kind.value,
                "article_id": one.article.article_id,
                "by": under_way.by,
            }
            for offset, one in enumerate(recorded)
        ],
    )
    touched = _enter_and_leave(connection, under_way, recorded)
    significant = {f for f, kinds in touched.items() if kinds != {Kind.MINOR}}
    removals = {f for f, kinds in touched.items() if Kind.WITHDRAWN in kinds}
    move_heads(connection, under_way, touched, significant, removals)


def record_section(connection: Connection, under_way: Change, feed_id: int) -> None:
    """Write that a section was added."""
    connection.execute(
        insert(changes).values(
            seq=under_way.seq, at=under_way.at, kind=Kind.ADDED.value, feed_id=feed_id, by=under_way.by
        )
    )


def _belongs_in(article: Article) -> tuple[str, ...]:
    if article.status is not Status.PUBLISHED or article.live is None or article.live.section is None:
        return ()
    return feeds_of(article.live.section)


def _feed_ids(connection: Connection, names: Iterable[str]) -> dict[str, int]:
    rows = connection.execute(
        select(feed_names.c.slug, feed_names.c.feed_id).where(feed_names.c.slug.in_(sorted(names)))
    )
    return {row.slug: row.feed_id for row in rows}


def _enter_and_leave(connection: Connection, under_way: Change, recorded: Sequence[Recorded]) -> dict[int, set[Kind]]:
    """Write where the articles stand now; returns the feeds that were touched, and by what."""
    feed_ids = _feed_ids(connection, {name for one in recorded for name in _belongs_in(one.article)})
    before = _standings(connection, [one.article.article_id for one in recorded])
    touched: defaultdict[int, set[Kind]] = defaultdict(set)
    leaving: list[dict[str, Any]] = []
    entering: list[dict[str, Any]] = []
    for one in recorded:
        article = one.article
        rows = before.get(article.article_id, {})
        standing = {feed_id for feed_id, stands in rows.items() if stands}
        wanted = {feed_ids[name] for name in _belongs_in(article)}
        is_everywhere = one.kind in (Kind.WITHDRAWN, Kind.RESTORED)
        for feed_id in wanted | (rows.keys() if is_everywhere else standing):
            touched[feed_id].add(one.kind)
        # A notice begins with its withdrawal, in the feeds that the article had left before too.
        for feed_id in rows.keys() if one.kind is Kind.WITHDRAWN else standing - wanted:
            leaving.append({"of_feed": feed_id, "of_article": article.article_id})
        for feed_id in sorted(wanted - standing):
            entering.append(
                {
                    "feed_id": feed_id,
                    "article_id": article.article_id,
                    "published": article.published,
                    "entered": None if one.is_brought_in else under_way.at,
                    "was_there": feed_id in rows,
                }
            )
    if leaving:
        connection.execute(
            _one_entry().values(left_seq=under_way.seq, left_at=under_way.at),
            leaving,
        )
    _enter(connection, entering)
    return touched


def _enter(connection: Connection, entering: Sequence[dict[str, Any]]) -> None:
    """Give each entering article the next position of its feed, in the order given."""
    by_feed: defaultdict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in entering:
        by_feed[row["feed_id"]].append(row)
    for feed_id, rows in by_feed.items():
        last: int = connection.execute(
            update(feed_heads)
            .where(feed_heads.c.feed_id == feed_id)
            .values(position=feed_heads.c.position + len(rows))
            .returning(feed_heads.c.position)
        ).scalar_one()
        for position, row in enumerate(rows, start=last - len(rows) + 1):
            row["position"] = position
    new = [row for row in entering if not row["was_there"]]
    if new:
        columns = ("feed_id", "article_id", "position", "published", "entered")
        connection.execute(insert(feed_entries), [{name: row[name] for name in columns} for row in new])
    for row in entering:
        if row["was_there"]:
            connection.execute(
                _one_entry().values(position=row["position"], entered=row["entered"], left_seq=None, left_at=None),
                {"of_feed": row["feed_id"], "of_article": row["article_id"]},
            )


def _one_entry() -> Update:
    e = feed_entries.c
    return update(feed_entries).where(e.feed_id == bindparam("of_feed"), e.article_id == bindparam("of_article"))


def _standings(connection: Connection, article_ids: Sequence[int]) -> dict[int, dict[int, bool]]:
    """Article -> feed in which it ever stood -> whether it stands there now."""
    e = feed_entries.c
    result: defaultdict[int, dict[int, bool]] = defaultdict(dict)
    for row in connection.execute(select(e.article_id, e.feed_id, e.left_seq).where(e.article_id.in_(article_ids))):
        result[row.article_id][row.feed_id] = row.left_seq is None
    return result


def move_heads(
    connection: Connection,
    under_way: Change,
    feed_ids: Iterable[int],
    significant: Iterable[int],
    removals: Iterable[int] = (),
) -> None:
    """Move the heads of feeds to a change; `changed`, the date that documents show, only where it is significant."""
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
            changed=func.max(heads.changed, func.coalesce(changed_now, heads.changed), type_=heads.changed.type),
            removal_seq=func.coalesce(bindparam("removed_now"), heads.removal_seq),
        ),
        rows,
    )


def heads_after(connection: Connection, seq: int) -> list[tuple[int, int, int]]:
    """The heads that moved after a number: (feed_id, seq, number of the last removal that touched the feed)."""
    heads = feed_heads.c
    rows = connection.execute(select(heads.feed_id, heads.seq, heads.removal_seq).where(heads.seq > seq))
    return [(row.feed_id, row.seq, row.removal_seq) for row in rows]
