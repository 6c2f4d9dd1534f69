"""What a check reads of the closed pages of archives."""

from collections.abc import Sequence

from sqlalchemy import Connection, func, select

from feedsvc.domain.article import Kind
from feedsvc.storage import pages
from feedsvc.storage.checking import BATCH
from feedsvc.storage.tables import changes, feed_entries, feed_heads, feed_pages, feeds


def torn(connection: Connection, feed_ids: Sequence[int]) -> dict[int, int]:
    """The feeds whose pages do not adjoin from the first position on, or go beyond the last -> the first such page."""
    p = feed_pages.c
    query = (
        select(p.feed_id, p.page, p.first_position, p.last_position, feed_heads.c.position, feeds.c.kind)
        .join(feed_heads, feed_heads.c.feed_id == p.feed_id)
        .join(feeds, feeds.c.feed_id == p.feed_id)
        .where(p.feed_id.in_(feed_ids))
        .order_by(p.feed_id, p.page)
    )
    found: dict[int, int] = {}
    before, last = (0, 0), 0
    for row in connection.execute(query, execution_options={"yield_per": BATCH}):
        if row.feed_id != before[0]:
            before, last = (row.feed_id, 0), 0
        follows = row.page == before[1] + 1 and row.first_position == last + 1 <= row.last_position <= row.position
        if not follows or row.kind not in pages.KINDS:
            found.setdefault(row.feed_id, row.page)
        before, last = (row.feed_id, row.page), row.last_position
    return found


def behind(connection: Connection, feed_ids: Sequence[int]) -> dict[int, int]:
    """The feeds with a page that is behind what happened to a story in it -> the first such page. Reads all stories
    that stand in them."""
    p, e, c, heads = feed_pages.c, feed_entries.c, changes.c, feed_heads.c
    of_entries = select(e.feed_id, e.article_id, pages.of_entry().label("page"))
    standing = of_entries.where(e.feed_id.in_(feed_ids), e.left_seq.is_(None)).subquery()
    query = (
        select(standing.c.feed_id, func.min(p.page))
        .join(feed_pages, (p.feed_id == standing.c.feed_id) & (p.page == standing.c.page))
        .join(feed_heads, heads.feed_id == standing.c.feed_id)
        .join(changes, c.article_id == standing.c.article_id)
        .where(c.kind != Kind.EXPIRED.value, c.seq > p.seq, c.seq > heads.archive_seq)
        .group_by(standing.c.feed_id)
    )
    return {row[0]: row[1] for row in connection.execute(query)}
