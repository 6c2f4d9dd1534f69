"""Which articles left feeds, and when: what tombstones are made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, func, select, update

from feedsvc.domain.article import Status
from feedsvc.domain.dates import LEAD_SECONDS, ONE_SECOND
from feedsvc.storage.changes import Change
from feedsvc.storage.tables import articles, feed_entries

SHORTEST_NOTICE = timedelta(days=1)
"""No notice stands for less, whatever `NOTICE_DAYS` is."""


@dataclass(frozen=True)
class Left:
    """An article that left a feed, by its identity and `foreign_id`. `when` is the floored time of the act."""

    article_id: int
    identity: str
    foreign_id: str | None
    when: datetime


def left(
    connection: Connection, feed_ids: Sequence[int], at: datetime, kept: timedelta, noticed: timedelta, at_most: int
) -> list[Left]:
    """The articles that left feeds in the time `kept` before `at`, the latest first.

    None that stands in another of the feeds, or whose notice stands there, which it does for the time `noticed` after
    its withdrawal: such a one counts as leaving when its notice ends. Reads about `at_most` rows of each feed.
    """
    e = feed_entries.c
    found: dict[int, tuple[datetime, Left]] = {}
    for feed_id in feed_ids:
        of_feed = _rows().where(e.feed_id == feed_id, *([~_stands_in(feed_ids)] if len(feed_ids) > 1 else []))
        at_once = of_feed.where(e.left_at >= at - kept, ~_has_notice())
        after_notice = of_feed.where(e.left_at >= at - kept - noticed, e.left_at < at - noticed, _has_notice())
        for query, stood in ((at_once, timedelta()), (after_notice, noticed)):
            for row in connection.execute(query.order_by(e.left_at.desc(), e.article_id.desc()).limit(at_most)):
                one = row.left_at + stood, as_left(row)
                if row.article_id not in found or found[row.article_id][1].when < one[1].when:
                    found[row.article_id] = one
    latest_first = sorted(found.values(), key=lambda one: (one[0], one[1].article_id), reverse=True)
    return [one for _, one in latest_first[:at_most]]


def notices_ended(
    connection: Connection, feed_ids: Sequence[int], after: datetime, before: datetime, at_most: int
) -> set[int]:
    """The articles that were withdrawn with a notice, from one date on and before another one, and stood in feeds."""
    e = feed_entries.c
    found: set[int] = set()
    for feed_id in feed_ids:
        ended = _rows().where(e.feed_id == feed_id, e.left_at >= after, e.left_at < before, _has_notice())
        found.update(row.article_id for row in connection.execute(ended.limit(at_most)))
    return found


def as_left(row: Any) -> Left:
    """What a row of `_rows` tells."""
    when = _when(row)
    # Later than the notice, which was dated with the withdrawal.
    return Left(row.article_id, row.identity, row.foreign_id, when + ONE_SECOND if has_notice(row) else when)


def has_notice(row: Any) -> bool:
    """Whether the article of a row of `rows` is one that was withdrawn with a notice."""
    return bool(row.status == Status.WITHDRAWN and row.notice)


def rows(connection: Connection, feed_ids: Sequence[int], article_ids: Sequence[int]) -> Sequence[Any]:
    """Where articles stand or stood in feeds, with what is told of those that left."""
    e = feed_entries.c
    return connection.execute(_rows().where(e.article_id.in_(article_ids), e.feed_id.in_(feed_ids))).all()


def date_later(connection: Connection, under_way: Change, entering: Sequence[tuple[int, int]]) -> None:
    """Date articles that come back to feeds (pairs of feed and article) later than the tombstones they have there."""
    if not entering:
        return
    feed_ids, article_ids = ({pair[place] for pair in entering} for place in (0, 1))
    pairs = set(entering)
    later: dict[int, datetime] = {}
    for row in rows(connection, sorted(feed_ids), sorted(article_ids)):
        if (row.feed_id, row.article_id) in pairs and row.left_at is not None:
            may_have_ended = under_way.at - row.left_at >= SHORTEST_NOTICE
            least = _when(row) + ONE_SECOND * (2 if may_have_ended else 1)
            if row.updated is not None and row.updated < least:
                later[row.article_id] = max(least, later.get(row.article_id, least))
    for article_id, date in later.items():
        connection.execute(update(articles).where(articles.c.article_id == article_id).values(updated=date))


def _rows() -> Select[Any]:
    e, a = feed_entries.c, articles.c
    of_entry = (e.feed_id, e.article_id, e.left_seq, e.left_at, e.left_when)
    of_article = (a.identity, a.foreign_id, a.status, a.notice, a.withdrawn, a.updated)
    return select(*of_entry, *of_article).join(articles, a.article_id == e.article_id)


def _has_notice() -> ColumnElement[bool]:
    # Not the bare column, which has an index: SQLite would go through every story that was ever withdrawn.
    return and_(func.coalesce(articles.c.status, "") == Status.WITHDRAWN.value, articles.c.notice != "")


def _stands_in(feed_ids: Sequence[int]) -> ColumnElement[bool]:
    """Whether the article of a row stands in one of the feeds."""
    other = feed_entries.alias()
    stands = (other.c.article_id == feed_entries.c.article_id) & other.c.left_seq.is_(None)
    return exists().where(stands, other.c.feed_id.in_(feed_ids))


def _when(row: Any) -> datetime:
    """When an article left. What left before that was written down: as close as its dates for validators tell."""
    if row.left_when is not None:
        return row.left_when  # type: ignore[no-any-return]
    known: datetime | None = row.withdrawn if row.status == Status.WITHDRAWN else None
    return known or row.left_at - timedelta(seconds=LEAD_SECONDS)
