"""The closed pages of archives (RFC 5005 §4): ranges of the positions of a feed that never change any more.

The feeds that hold what belongs to them for ever have pages: `all`, sections, topics and authors. The positions behind
the last closed page are the feed's open tail, which its document holds. What stands in a page is what stands at its
positions: a story that enters again gets a new position, so that a page only ever loses stories.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Connection,
    ScalarSelect,
    bindparam,
    case,
    delete,
    func,
    insert,
    literal,
    select,
    union_all,
    update,
)

from feedsvc.domain.dates import Standing
from feedsvc.domain.feedname import ALL, ALL_PAGES, page_name
from feedsvc.storage import feeds, tables
from feedsvc.storage.changes import Change
from feedsvc.storage.feeds import Resolved
from feedsvc.storage.revisions import NAMED
from feedsvc.storage.tables import feed_entries, feed_heads, feed_pages, installation

KINDS = (ALL, "section", *NAMED)
"""The kinds of feeds that have an archive."""

PageNumber = tuple[int, int]
"""A page: the number of its feed, and its own in that feed, from 1."""


@dataclass(frozen=True)
class ClosedPage:
    """A closed page with its validators' number and date, those of its feed's archive among them.

    `changed` is the date that its documents show; `has_next` says whether there is a later one.
    """

    feed_id: int
    page: int
    first_position: int
    last_position: int
    seq: int
    at: datetime
    changed: datetime
    has_next: bool


def get(connection: Connection, feed_id: int, page: int) -> ClosedPage | None:
    """A closed page of a feed, None if there is none of that number."""
    p, heads, later = feed_pages.c, feed_heads.c, feed_pages.alias()
    row = connection.execute(
        select(feed_pages, heads.archive_seq, heads.archive_at, later.c.page.label("next"))
        .join(feed_heads, heads.feed_id == p.feed_id)
        .outerjoin(later, (later.c.feed_id == p.feed_id) & (later.c.page == p.page + 1))
        .where(p.feed_id == feed_id, p.page == page)
    ).first()
    if row is None:
        return None
    return ClosedPage(
        feed_id,
        page,
        row.first_position,
        row.last_position,
        max(row.seq, row.archive_seq),
        row.at if row.archive_at is None else max(row.at, row.archive_at),
        row.changed,
        row.next is not None,
    )


def resolve(connection: Connection, feed: str, page: int) -> Resolved | None:
    """Where the page of that number leads of the feed that has, or had, a name; None if no feed has such a page.

    Where another feed took the place of the one that had the name and has no such page, it leads to that feed.
    """
    if "+" in feed:
        return None
    led_to = feeds.resolve(connection, feed)
    if led_to is None or led_to.is_gone:
        return led_to
    name = led_to.moved_to or feed
    feed_id = feeds.find(connection, name)
    if feed_id is None or not exists(connection, feed_id, page):
        return led_to if led_to.moved_to else None
    return Resolved(moved_to=page_name(name, page)) if led_to.moved_to else led_to


def exists(connection: Connection, feed_id: int, page: int) -> bool:
    """Whether a feed has a closed page of that number."""
    p = feed_pages.c
    return connection.execute(select(p.page).where(p.feed_id == feed_id, p.page == page)).first() is not None


def newest(connection: Connection, feed_id: int) -> int | None:
    """The number of the page of a feed that was closed last, None if none was."""
    p = feed_pages.c
    return connection.execute(select(func.max(p.page)).where(p.feed_id == feed_id)).scalar()


def articles_in(connection: Connection, page: ClosedPage) -> Sequence[int]:
    """The articles that stand in a page, newest first."""
    e = feed_entries.c
    query = select(e.article_id).where(
        e.feed_id == page.feed_id,
        e.position.between(page.first_position, page.last_position),
        e.left_seq.is_(None),
    )
    return connection.execute(query.order_by(e.published.desc(), e.article_id.desc())).scalars().all()


def tail(connection: Connection, feed_id: int) -> list[Standing]:
    """The articles that stand in the open tail of a feed; fewer than a page has room for."""
    e, p = feed_entries.c, feed_pages.c
    closed = select(func.coalesce(func.max(p.last_position), 0)).where(p.feed_id == feed_id).scalar_subquery()
    query = select(e.article_id, e.published, e.entered)
    rows = connection.execute(query.where(e.feed_id == feed_id, e.position > closed, e.left_seq.is_(None)))
    return [Standing(row.article_id, row.published, row.entered) for row in rows]


def close(connection: Connection, under_way: Change, feed_ids: Collection[int], with_rest: bool = False) -> set[int]:
    """Close each whole page of the open tails of feeds, and `with_rest` what is left of those too.

    The page before shows from now on that there is a next one. Returns the feeds in which a page was closed: their
    documents are others by that, and the caller moves their heads.
    """
    if not feed_ids:
        return set()
    p, heads = feed_pages.c, feed_heads.c
    of_feed = p.feed_id == heads.feed_id
    size = connection.execute(select(installation.c.page_size)).scalar_one()
    last_page = select(func.coalesce(func.max(p.page), 0)).where(of_feed).scalar_subquery()
    last_position = select(func.coalesce(func.max(p.last_position), 0)).where(of_feed).scalar_subquery()
    rows = connection.execute(
        select(heads.feed_id, heads.position, last_page.label("page"), last_position.label("closed"))
        .join(tables.feeds, tables.feeds.c.feed_id == heads.feed_id)
        .where(heads.feed_id.in_(sorted(feed_ids)), tables.feeds.c.kind.in_(KINDS))
    ).all()
    new, before = [], []
    for row in rows:
        ranges = list(_ranges(row.closed, row.position, size, with_rest))
        new += [
            {"feed_id": row.feed_id, "page": page, "first_position": first, "last_position": last}
            for page, (first, last) in enumerate(ranges, start=row.page + 1)
        ]
        if ranges and row.page:
            before.append((row.feed_id, row.page))
    if new:
        dates = {"seq": under_way.seq, "at": under_way.at, "changed": under_way.now, "removal_seq": 0}
        connection.execute(insert(feed_pages), [page | dates for page in new])
    move(connection, under_way, before)
    return {page["feed_id"] for page in new}


def forget(connection: Connection, feed_ids: Sequence[int]) -> None:
    """Let feeds have no pages: what stood there stands nowhere any more, or in another feed."""
    connection.execute(delete(feed_pages).where(feed_pages.c.feed_id.in_(feed_ids)))


def _ranges(closed: int, position: int, size: int, with_rest: bool) -> Iterator[tuple[int, int]]:
    """The first and last positions of the pages that can be closed behind a position."""
    while position - closed >= size:
        yield closed + 1, closed + size
        closed += size
    if with_rest and position > closed:
        yield closed + 1, position


def of_entry() -> ScalarSelect[int]:
    """The number of the closed page in which a row of `feed_entries` is, NULL in the open tail."""
    e, p = feed_entries.c, feed_pages.c
    # Pages adjoin: the one with a position is the first that does not end before it.
    first = select(p.page).where(p.feed_id == e.feed_id, p.last_position >= e.position)
    return first.order_by(p.last_position).limit(1).correlate(feed_entries).scalar_subquery()


def of_articles(connection: Connection, article_ids: Sequence[int]) -> dict[PageNumber, set[int]]:
    """The closed pages in which articles stand -> which of them stand there."""
    e = feed_entries.c
    found: defaultdict[PageNumber, set[int]] = defaultdict(set)
    query = select(e.article_id, e.feed_id, of_entry().label("page"))
    for row in connection.execute(query.where(e.article_id.in_(article_ids), e.left_seq.is_(None))):
        if row.page is not None:
            found[row.feed_id, row.page].add(row.article_id)
    return dict(found)


def move(
    connection: Connection,
    under_way: Change,
    pages: Iterable[PageNumber],
    significant: Collection[PageNumber] = (),
    removals: Collection[PageNumber] = (),
) -> None:
    """Move the heads of pages to a change, like `changes.move_heads` those of feeds."""
    rows: list[Mapping[str, Any]] = [
        {
            "of": page[0],
            "of_page": page[1],
            "changed_now": under_way.now if page in significant else None,
            "removed_now": under_way.seq if page in removals else None,
        }
        for page in sorted(pages)
    ]
    if not rows:
        return
    p = feed_pages.c
    changed_now = bindparam("changed_now", type_=p.changed.type)
    connection.execute(
        update(feed_pages)
        .where(p.feed_id == bindparam("of"), p.page == bindparam("of_page"))
        .values(
            seq=under_way.seq,
            at=under_way.at,
            changed=case((changed_now > p.changed, changed_now), else_=p.changed),
            removal_seq=func.coalesce(bindparam("removed_now"), p.removal_seq),
        ),
        rows,
    )


def heads_after(connection: Connection, seq: int) -> list[tuple[int, int, int, int]]:
    """The heads of pages that moved after a number: (feed_id, page, seq, number of the last removal from the page).

    Where all pages of a feed moved at once the page is `ALL_PAGES`, and the move is taken for a removal.
    """
    p, heads = feed_pages.c, feed_heads.c
    moved = select(p.feed_id, p.page, p.seq, p.removal_seq).where(p.seq > seq)
    at_once = select(heads.feed_id, literal(ALL_PAGES), heads.archive_seq, heads.archive_seq)
    rows = connection.execute(union_all(moved, at_once.where(heads.archive_seq > seq)))
    return [(row.feed_id, row.page, row.seq, row.removal_seq) for row in rows]
