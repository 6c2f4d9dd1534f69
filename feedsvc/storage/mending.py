"""What a check writes to mend what is stored.

Each function looks itself, in the transaction that it writes in, at what is right: what was found before may have
changed since.
"""

from sqlalchemy import Connection, delete, insert, select, update

from feedsvc.domain.article import Kind, Status, Syndication
from feedsvc.domain.dates import change_date, floored
from feedsvc.domain.feedname import CORRECTIONS, RISING
from feedsvc.storage import articles as stored
from feedsvc.storage import checking, checking_pages, checking_pictures, installation, media, pages, standing
from feedsvc.storage.changes import Change, move_heads, record_feed
from feedsvc.storage.database import Database
from feedsvc.storage.standing import Recorded
from feedsvc.storage.tables import (
    articles,
    feed_entries,
    feed_heads,
    feed_names,
    feeds,
    log_head,
    picture_uses,
    revisions,
)


def raise_log(connection: Connection, database: Database, by: str) -> None:
    """Let the head of the log be beyond everything that is numbered and dated, and begin a new line.

    Numbers may have been given twice, so no validator given before may be taken for one of what is stored now.
    """
    head, highest = checking.log(connection)
    seq = max(head.seq or 0, highest.seq or 0) + 1
    now = database.clock()
    at = change_date(now, max(date for date in (head.at, highest.at, floored(now)) if date is not None), True)
    if head.seq is None:
        connection.execute(insert(log_head).values(log_head_id=1, seq=seq, at=at))
    else:
        connection.execute(update(log_head).values(seq=seq, at=at))
    installation.begin_line(connection, Change(seq, at, floored(now), by))


def mend_feed(connection: Connection, under_way: Change, feed_id: int) -> None:
    """Give a feed one current name, where it has any, and a head that is not behind what is written of it."""
    (state,) = checking.feed_states(connection, [feed_id])
    if len(state.current) != 1 and state.names and (state.is_open or state.current):
        # All of them go on leading there; which one it is matters less than that it stays.
        name = state.kind if state.kind in state.names else next(iter((*state.current, *state.names)))
        of = feed_names.c
        connection.execute(update(feed_names).where(of.feed_id == feed_id).values(is_current=of.slug == name))
        record_feed(connection, under_way, Kind.RENAMED, feed_id)
    if state.head is None:
        connection.execute(
            insert(feed_heads).values(
                feed_id=feed_id,
                seq=under_way.seq,
                at=under_way.at,
                changed=under_way.now,
                removal_seq=under_way.seq,
                position=state.highest_position,
            )
        )
    highest = max(state.position, state.highest_position)
    connection.execute(update(feed_heads).where(feed_heads.c.feed_id == feed_id).values(position=highest))
    move_heads(connection, under_way, [feed_id], significant=(), removals=[feed_id])


def mend_story(connection: Connection, under_way: Change, article_id: int) -> None:
    """Let a story stand where it belongs, and nowhere else, by the function that every change of stories uses."""
    a, r = articles.c, revisions.c
    of_live = r.revision_id == a.live_id
    connection.execute(
        update(articles)
        .where(a.article_id == article_id, a.live_id.is_not(None))
        .values(
            live_section_id=select(r.section_id).where(of_live).scalar_subquery(),
            is_syndicated=select(r.syndication != Syndication.NONE.value).where(of_live).scalar_subquery(),
        )
    )
    article = stored.get(connection, article_id)
    before = _stands_in(connection, article_id)
    touched = standing.record(connection, under_way, [Recorded(article, Kind.MOVED)])
    left = before - _stands_in(connection, article_id)
    # With their archives: what is wrong may have taken the story out of a page, or put it into one, without a change.
    move_heads(connection, under_way, touched | left, significant=(), removals=left)
    e = feed_entries.c
    dated_by_themselves = select(feeds.c.feed_id).where(feeds.c.kind.in_((RISING, CORRECTIONS)))
    of_story = update(feed_entries).where(e.article_id == article_id)
    if article.published is not None:
        connection.execute(of_story.where(e.feed_id.not_in(dated_by_themselves)).values(published=article.published))
    connection.execute(of_story.where(e.left_seq.is_(None)).values(is_listed=True))
    if article.status is Status.PUBLISHED:
        media.mark_public(connection, [article_id])


def mend_pages(connection: Connection, under_way: Change, feed_id: int) -> None:
    """Let the pages of a feed's archive divide its history, and be as new as everything in them."""
    if checking_pages.torn(connection, [feed_id]):
        pages.forget(connection, [feed_id])
        pages.close(connection, under_way, [feed_id])
    move_heads(connection, under_way, [feed_id], significant=())


def mend_picture_uses(connection: Connection, revision_id: int) -> None:
    """Write anew which pictures a revision uses."""
    connection.execute(delete(picture_uses).where(picture_uses.c.revision_id == revision_id))
    rows = [
        {"picture_id": picture_id, "revision_id": revision_id}
        for use in checking_pictures.uses(connection, [revision_id])
        for picture_id in sorted(use.right)
    ]
    if rows:
        connection.execute(insert(picture_uses), rows)


def _stands_in(connection: Connection, article_id: int) -> set[int]:
    e = feed_entries.c
    return set(connection.execute(select(e.feed_id).where(e.article_id == article_id, e.left_seq.is_(None))).scalars())
