"""Readings, and the trending order that is made of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from feedsvc.domain.article import Status
from feedsvc.domain.trending import Ranked, Read, decay
from feedsvc.storage.tables import articles, feed_entries, ranks, reading_hours, readings

HOURS_KEPT = timedelta(days=7)
"""How long the newsdesk can show how often a story was read in each hour."""

FORGOTTEN = 0.01
"""Readings that have decayed below this are no reason any more to look at a story."""

AT_ONCE = 1_000
"""The most numbers in one statement: whoever sends invented ones must not make it longer than a database takes."""


@dataclass(frozen=True)
class Rank:
    """A line of the order as the newsdesk shows it. `before` is the rank at the refresh before, None if it had none."""

    article_id: int
    rank: int
    before: int | None
    score: float
    total: int


def count(
    connection: Connection, counted: Mapping[int, int], now: datetime, half_life: timedelta, since: datetime
) -> None:
    """Add readings, article -> how many more, of those articles that are public and were published after `since`."""
    numbers = sorted(counted)
    for first in range(0, len(numbers), AT_ONCE):
        part = {number: counted[number] for number in numbers[first : first + AT_ONCE]}
        _count(connection, part, now, half_life, since)


def _count(
    connection: Connection, counted: Mapping[int, int], now: datetime, half_life: timedelta, since: datetime
) -> None:
    dates = _public(connection, list(counted))
    numbers = [number for number, published in dates.items() if published > since]
    stored = {
        row.article_id: row for row in connection.execute(select(readings).where(readings.c.article_id.in_(numbers)))
    }
    rows = []
    for number in sorted(numbers):
        before = stored.get(number)
        decayed = decay(before.decayed, before.at, now, half_life) if before else 0.0
        rows.append(
            {
                "article_id": number,
                "total": counted[number] + (before.total if before else 0),
                "decayed": counted[number] + decayed,
                # A clock that was set back must not let what decayed since decay once more.
                "at": max(now, before.at) if before else now,
            }
        )
    connection.execute(delete(readings).where(readings.c.article_id.in_(numbers)))
    if rows:
        connection.execute(insert(readings), rows)
    _count_hour(connection, {number: counted[number] for number in sorted(numbers)}, now)


def _count_hour(connection: Connection, counted: Mapping[int, int], now: datetime) -> None:
    hour = now.replace(minute=0, second=0, microsecond=0)
    h = reading_hours.c
    there = set(
        connection.execute(select(h.article_id).where(h.hour == hour, h.article_id.in_(list(counted)))).scalars()
    )
    new = [{"article_id": n, "hour": hour, "read": c} for n, c in counted.items() if n not in there]
    if new:
        connection.execute(insert(reading_hours), new)
    old = [{"of": n, "at_hour": hour, "more": c} for n, c in counted.items() if n in there]
    if old:
        connection.execute(
            update(reading_hours)
            .where(h.article_id == bindparam("of"), h.hour == bindparam("at_hour"))
            .values(read=h.read + bindparam("more")),
            old,
        )


def candidates(connection: Connection, newest: int, since: datetime) -> list[Read]:
    """Every public article published after `since` that can be among the first `newest` of the order.

    Stories that go out in no feed are never among them.

    That is what was read, and the newest of all: a story that nobody read never stands before a younger one that nobody
    read. Reads as many rows as there are stories that were read lately, and `newest` more, whatever the archive's size.
    """
    a = articles.c
    read = {row.article_id: row for row in connection.execute(select(readings))}
    found = {
        number: Read(number, published, read[number].decayed, read[number].at, read[number].total)
        for number, published in _public(connection, list(read)).items()
        if published > since
    }
    is_recent = (a.status == Status.PUBLISHED.value, a.published > since)
    unread = select(a.article_id, a.published).where(*is_recent, a.is_syndicated.is_(True))
    # Those that were read may be among them.
    for row in connection.execute(unread.order_by(a.published.desc(), a.article_id.desc()).limit(newest + len(found))):
        found.setdefault(row.article_id, Read(row.article_id, row.published))
    return list(found.values())


def _public(connection: Connection, numbers: Sequence[int]) -> dict[int, datetime]:
    """Those of the articles that are public and go out in feeds, with the dates of their publication."""
    a = articles.c
    found: dict[int, datetime] = {}
    for first in range(0, len(numbers), AT_ONCE):
        # By their numbers alone: with more to go by, SQLite reads through all that was published lately.
        query = select(a.article_id, a.status, a.published, a.is_syndicated)
        rows = connection.execute(query.where(a.article_id.in_(numbers[first : first + AT_ONCE])))
        found |= {
            row.article_id: row.published for row in rows if row.status == Status.PUBLISHED.value and row.is_syndicated
        }
    return found


def standing(connection: Connection, feed_id: int, limit: int | None = None) -> list[int]:
    """The numbers of the articles in a feed whose order is that of its positions, the first one first."""
    e = feed_entries.c
    query = select(e.article_id).where(e.feed_id == feed_id, e.left_seq.is_(None)).order_by(e.position).limit(limit)
    return list(connection.execute(query).scalars())


def rank(connection: Connection, order: Sequence[Ranked]) -> None:
    """Write the order with its scores, each article with the rank that it had at the refresh before."""
    before = {row.article_id: row.rank for row in connection.execute(select(ranks.c.article_id, ranks.c.rank))}
    connection.execute(delete(ranks))
    rows = [
        {
            "article_id": one.read.article_id,
            "rank": number,
            "before": before.get(one.read.article_id),
            "score": one.score,
        }
        for number, one in enumerate(order, start=1)
    ]
    if rows:
        connection.execute(insert(ranks), rows)


def ranking(connection: Connection, limit: int) -> list[Rank]:
    """The first lines of the order, as it was at the last refresh."""
    query = (
        select(ranks, readings.c.total)
        .outerjoin(readings, readings.c.article_id == ranks.c.article_id)
        .order_by(ranks.c.rank)
        .limit(limit)
    )
    return [Rank(row.article_id, row.rank, row.before, row.score, row.total or 0) for row in connection.execute(query)]


def by_hour(connection: Connection, article_ids: Sequence[int], since: datetime) -> dict[int, dict[datetime, int]]:
    """Article -> hour -> how often it was read in that hour."""
    h = reading_hours.c
    found: dict[int, dict[datetime, int]] = {number: {} for number in article_ids}
    for row in connection.execute(select(reading_hours).where(h.article_id.in_(article_ids), h.hour >= since)):
        found[row.article_id][row.hour] = row.read
    return found


def forget(connection: Connection, now: datetime, half_life: timedelta, since: datetime) -> None:
    """Remove what no order and no chart needs any more: readings that decayed, and those of old stories."""
    connection.execute(delete(reading_hours).where(reading_hours.c.hour < now - HOURS_KEPT))
    rows = connection.execute(select(readings)).all()
    dates = _public(connection, [row.article_id for row in rows])
    old = [
        row.article_id
        for row in rows
        if dates.get(row.article_id, now) <= since or decay(row.decayed, row.at, now, half_life) < FORGOTTEN
    ]
    if old:
        connection.execute(delete(readings).where(readings.c.article_id == bindparam("of")), [{"of": n} for n in old])
