"""What the change log tells of feeds since one of its numbers: what deltas are made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection, exists, func, or_, select

from feedsvc.domain.article import Kind
from feedsvc.storage import leaving
from feedsvc.storage.feeds import FeedHead
from feedsvc.storage.leaving import Left
from feedsvc.storage.standing import NEVER
from feedsvc.storage.tables import changes, feed_entries

CHANGES_LIMIT = 100_000
"""So many numbers of the log are read at most, of whatever feeds they tell."""

_OF_NAMES = (Kind.RENAMED.value, Kind.MERGED.value, Kind.RETIRED.value)


@dataclass(frozen=True)
class Touched:
    """Articles of which feeds say something else than before: those that stand there, those whose notices stand there,
    and those that left."""

    standing: tuple[int, ...]
    noticed: tuple[int, ...]
    left: tuple[Left, ...]


def since(
    connection: Connection, heads: Sequence[FeedHead], base: int, kept: timedelta, noticed: timedelta, most: int
) -> Touched | None:
    """What happened in feeds after the change `base` up to their present heads.

    None where that cannot be told: of a number before all that the log knows, of changes longer ago than `kept`, of
    more than `most` articles, or where sections, topics or authors were named otherwise, so that entries say something
    else of which no change of an article tells. `noticed` is the time for which notices stand. What this costs follows
    what happened since, in whichever feeds, up to `CHANGES_LIMIT`.
    """
    c = changes.c
    feed_ids, at = [head.feed_id for head in heads], max(head.at for head in heads)
    # Not every number has a row: that pages were closed tells of no story.
    base_at = connection.execute(select(c.at).where(c.seq <= base).order_by(c.seq.desc()).limit(1)).scalar()
    if base_at is None or at - base_at > kept or max(head.seq for head in heads) - base > CHANGES_LIMIT:
        return None
    if connection.execute(select(c.seq).where(c.seq > base, c.kind.in_(_OF_NAMES)).limit(1)).first():
        return None
    # A head that moves for another reason ends notices too, of which no change tells then.
    ended = leaving.notices_ended(connection, feed_ids, base_at - noticed, at - noticed, most + 1)
    article_ids = sorted(_articles(connection, feed_ids, base, most + 1) | ended)
    if len(article_ids) > most:
        return None
    standing: set[int] = set()
    shown: set[int] = set()
    left: dict[int, Left] = {}
    for row in leaving.rows(connection, feed_ids, article_ids):
        if row.left_seq is None:
            standing.add(row.article_id)
        elif row.left_seq == NEVER:
            continue
        elif leaving.has_notice(row) and row.left_at >= at - noticed:
            shown.add(row.article_id)
        # What had left before is not in the copy of whoever holds the base.
        elif row.left_seq > base or row.article_id in ended:
            one = leaving.as_left(row)
            if row.article_id not in left or left[row.article_id].when < one.when:
                left[row.article_id] = one
    gone = [one for article_id, one in left.items() if article_id not in standing | shown]
    gone.sort(key=lambda one: (one.when, one.article_id), reverse=True)
    return Touched(tuple(sorted(standing)), tuple(sorted(shown - standing)), tuple(gone))


def _articles(connection: Connection, feed_ids: Sequence[int], base: int, at_most: int) -> set[int]:
    """The articles that changed after a number and stand, or ever stood, in one of the feeds."""
    c, e = changes.c, feed_entries.c
    stood = exists().where(
        e.article_id == c.article_id, e.feed_id.in_(feed_ids), or_(e.left_seq.is_(None), e.left_seq != NEVER)
    )
    # Not the bare column, which has an index: it would be gone through from its beginning for what is distinct.
    article_id = func.coalesce(c.article_id, 0)
    found = select(article_id).where(c.seq > base, stood).distinct().limit(at_most)
    return set(connection.execute(found).scalars())
