"""What the passing of time does: notices end, and what nobody needs any more is removed."""

from datetime import timedelta

from sqlalchemy import Connection

from feedsvc.actions import pictures, presence, staff, trend
from feedsvc.settings import Settings
from feedsvc.storage import changes, installation, standing
from feedsvc.storage.changes import Change
from feedsvc.storage.database import Database

BY = "upkeep"


def end_notices(database: Database, settings: Settings) -> int:
    """Let the feeds in which a notice stood for `NOTICE_DAYS` be without it; how many stories' notices ended.

    A document depends on the date of its feed's head and not on the clock, so the heads move.
    """
    with database.read() as connection:
        kept = timedelta(days=settings.notice_days)
        before = database.clock() - kept
        since = installation.notices_ended_until(connection)
        ending = standing.notices_to_end(connection, since, before, kept)
    if not ending:
        return 0
    stories = sorted({article_id for _, article_id in ending})

    def act(connection: Connection, change: Change) -> None:
        changes.record_expired(connection, change, stories)
        changes.move_heads(connection, change, {feed_id for feed_id, _ in ending}, (), leaves_archives=True)
        installation.end_notices_until(connection, before)

    changes.change(database, BY, act, count=len(stories))
    return len(stories)


def clean(database: Database, settings: Settings) -> None:
    """Remove what is over: sessions and attempts to sign in, pictures that no story uses, readings that decayed, and
    who had a story open."""
    staff.forget(database)
    presence.forget(database)
    pictures.forget_unused(database, settings.media)
    trend.forget(database, settings)
