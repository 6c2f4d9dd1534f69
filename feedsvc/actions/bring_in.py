"""Take in many stories at once, with their own identities and dates: the sample newsroom, imports, benches."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from feedsvc.actions import pictures
from feedsvc.actions.working_copy import Sections, complete, prepared
from feedsvc.domain.article import Article, Kind, LeadPicture, Revision, Status, check_publishable, new_identity
from feedsvc.domain.dates import floored
from feedsvc.errors import StorageBusy
from feedsvc.storage import articles, changes, pages, standing
from feedsvc.storage.changes import Change
from feedsvc.storage.database import Database
from feedsvc.storage.standing import Recorded

BATCH = 250
FEEDS_AT_ONCE = 200


@dataclass(frozen=True)
class Incoming:
    """A story to be taken in. Its lead picture is stored already and in the `revision`, or `picture` is the file.

    Without an `identity` one is minted; `foreign_id` is what the story is called elsewhere, if that is no IRI. The
    dates are aware; what lies in the future becomes now, and `updated` is at least `published`.
    """

    revision: Revision
    published: datetime
    updated: datetime
    identity: str | None = None
    picture: Path | None = None
    picture_alt: str = ""
    picture_credit: str = ""
    foreign_id: str | None = None


def bring_in(
    database: Database,
    media: Path,
    stories: Sequence[Incoming],
    by: str,
    is_sample: bool = False,
    has_more: bool = False,
) -> set[int]:
    """Take in stories as published, the oldest first; each batch moves the head of each feed once.

    The feeds in which they stand are returned; at the end their pages are closed, see `close_pages`. Whoever `has_more`
    to bring in does that once, at an end of its own: else each few stories would have a page for themselves. Pictures
    are stored in the folder `media` before any story. Raises `Invalid` or `PictureRefused` for the first story that
    cannot be taken, with nothing of its batch kept.
    """
    ready = [_with_picture(database, media, story) for story in stories]
    ready.sort(key=lambda story: story.published)
    size = BATCH
    touched: set[int] = set()
    while ready:
        batch = ready[:size]
        try:
            touched |= _take_in(database, batch, by, is_sample)
        except StorageBusy:
            # On a slow machine a batch can take longer than a change may.
            if size == 1:
                raise
            size = max(1, size // 2)
        else:
            ready = ready[size:]
    if not has_more:
        close_pages(database, touched, by)
    return touched


def close_pages(database: Database, feed_ids: Iterable[int], by: str) -> None:
    """Close what is open of the archives of feeds: no document is to go on holding old stories that were brought in."""
    ordered = sorted(feed_ids)
    for start in range(0, len(ordered), FEEDS_AT_ONCE):
        _close_some(database, ordered[start : start + FEEDS_AT_ONCE], by)


def _with_picture(database: Database, media: Path, story: Incoming) -> Incoming:
    if story.picture is None:
        return story
    key = pictures.store(database, media, story.picture.read_bytes())
    picture = LeadPicture(key, story.picture_alt, story.picture_credit, decorative=not story.picture_alt)
    return replace(story, revision=replace(story.revision, picture=picture))


def _take_in(database: Database, batch: Sequence[Incoming], by: str, is_sample: bool) -> set[int]:
    """Take in a batch; the feeds in which its stories stand are returned."""

    def act(connection: Connection, change: Change) -> set[int]:
        sections = Sections(connection)
        drafts = [(story.identity or new_identity(), _revision(connection, story, sections)) for story in batch]
        foreign_ids = [story.foreign_id for story in batch]
        article_ids = articles.add(connection, drafts, change.now, by, is_sample, foreign_ids, are_moved_next=True)
        published = [
            Article(
                article_id=article_id,
                identity=identity,
                status=Status.PUBLISHED,
                version=1,
                working=revision,
                live=revision,
                published=min(floored(story.published), change.now),
                updated=min(floored(max(story.updated, story.published)), change.now),
                withdrawn=None,
                notice="",
                saved=change.now,
                saved_by=by,
            )
            for article_id, (identity, revision), story in zip(article_ids, drafts, batch, strict=True)
        ]
        articles.save_moves(connection, published)
        brought = [Recorded(one, Kind.PUBLISHED, is_brought_in=True) for one in published]
        return standing.record(connection, change, brought)

    return changes.change(database, by, act, count=len(batch))


def _close_some(database: Database, feed_ids: Sequence[int], by: str) -> None:
    def act(connection: Connection, change: Change) -> None:
        closed = pages.close(connection, change, feed_ids, with_rest=True)
        changes.move_heads(connection, change, closed, significant=(), leaves_archives=True)

    changes.change(database, by, act)


def _revision(connection: Connection, story: Incoming, sections: Sections) -> Revision:
    revision = complete(connection, prepared(connection, story.revision, sections=sections), sections)
    check_publishable(revision)
    return revision
