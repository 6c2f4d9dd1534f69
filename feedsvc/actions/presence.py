"""Who has which story open, so that two editors hear of each other before they write over each other."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from feedsvc.storage import articles, presences
from feedsvc.storage.database import Database
from feedsvc.storage.presences import Present

PRESENT_SECONDS = 30
"""Who was not heard of for so long has the story open no more."""

RENEWED_SECONDS = 5
"""Who was heard of more recently is not written down again."""

ELSEWHERE_SECONDS = 12
"""Who closed a story is told of for so long: another window of theirs says within that time that it is still open."""

SHOWN = 10
"""So many others are told at most."""


def stay(database: Database, article_id: int, account_id: int) -> None:
    """Write down that somebody has a story open. Raises `NotFound`."""
    now = database.clock()
    with database.read() as connection:
        before = presences.heard(connection, article_id, account_id)
    if before is not None and now - timedelta(seconds=RENEWED_SECONDS) < before <= now:
        return
    with database.write() as connection:
        articles.get(connection, article_id)
        presences.note(connection, article_id, account_id, now)


def leave(database: Database, article_id: int, account_id: int) -> None:
    """Write down that somebody closed a story: they are forgotten soon, unless they have it open elsewhere."""
    with database.write() as connection:
        if presences.heard(connection, article_id, account_id) is not None:
            before = database.clock() - timedelta(seconds=PRESENT_SECONDS - ELSEWHERE_SECONDS)
            presences.note(connection, article_id, account_id, before)


def others(database: Database, article_id: int, account_id: int) -> Sequence[Present]:
    """Who else has a story open now, the latest heard of first."""
    with database.read() as connection:
        return others_in(connection, article_id, account_id, database.clock())


def others_in(connection: Connection, article_id: int, account_id: int, now: datetime) -> Sequence[Present]:
    """Who else has a story open now, in a transaction that is open."""
    return presences.others(connection, article_id, account_id, now - timedelta(seconds=PRESENT_SECONDS), SHOWN)


def forget(database: Database) -> None:
    """Remove those who have no story open any more."""
    with database.write() as connection:
        presences.forget(connection, database.clock() - timedelta(seconds=PRESENT_SECONDS))
