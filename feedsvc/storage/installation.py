"""What one installation is: its first rows, its sample newsroom, and the line and epoch of its validators."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from feedsvc.domain.feedname import ALL, CHOSEN
from feedsvc.storage import feeds
from feedsvc.storage.changes import Change, change
from feedsvc.storage.database import CODE, Database
from feedsvc.storage.tables import articles, installation, log_head, revisions


@dataclass(frozen=True)
class Edition:
    """The line and the epoch that validators begin with, and since when each is so."""

    line: str
    line_since: datetime
    epoch: str | None
    epoch_since: datetime | None


def found(connection: Connection, now: datetime) -> None:
    """Write the first rows of a new installation: its line, its log head, and the feeds that every newsroom has.

    `now` has whole seconds, since documents show it.
    """
    connection.execute(
        insert(installation).values(installation_id=1, line=new_line(), line_since=now, oldest_code=CODE)
    )
    connection.execute(insert(log_head).values(log_head_id=1, seq=1, at=now))
    for name in (ALL, *CHOSEN):
        feeds.add_feed(connection, Change(1, now, now, "feedsvc"), name, name)


def edition(connection: Connection) -> Edition:
    """What validators begin with now."""
    i = installation.c
    row = connection.execute(select(i.line, i.line_since, i.epoch, i.epoch_since)).one()
    return Edition(row.line, row.line_since, row.epoch, row.epoch_since)


def settle_epoch(database: Database, epoch: str) -> datetime:
    """The date since which `epoch` is what shapes the documents; it is given anew whenever another one was before."""
    with database.read() as connection:
        settled = _since(connection, epoch)
    if settled is not None:
        return settled

    def act(connection: Connection, under_way: Change) -> datetime:
        # Another process that started at the same time may have settled it since.
        if (settled := _since(connection, epoch)) is not None:
            return settled
        # With the settings the time for which notices stand may be another one.
        connection.execute(update(installation).values(epoch=epoch, epoch_since=under_way.at, notices_until=None))
        return under_way.at

    return change(database, "feedsvc", act)


def _since(connection: Connection, epoch: str) -> datetime | None:
    """The date since which an epoch holds, None if another one does."""
    stored = installation.c
    return connection.execute(select(stored.epoch_since).where(stored.epoch == epoch)).scalar()


def begin_line(connection: Connection, under_way: Change) -> None:
    """A new line: no validator given before is taken for one of what is stored from now on."""
    connection.execute(update(installation).values(line=new_line(), line_since=under_way.at))


def notices_ended_until(connection: Connection) -> datetime | None:
    """The notices that began before this date were ended; None if none were since the settings changed."""
    return connection.execute(select(installation.c.notices_until)).scalar()


def end_notices_until(connection: Connection, until: datetime) -> None:
    """Write down which notices were ended."""
    connection.execute(update(installation).values(notices_until=until))


def new_line() -> str:
    """A line: eight random characters that may stand in an entity tag."""
    return secrets.token_hex(4)


def is_founded(connection: Connection) -> bool:
    """Whether the first rows are there."""
    return connection.execute(select(installation.c.line)).first() is not None


def has_sample(connection: Connection) -> bool:
    """Whether the sample newsroom is still there."""
    return bool(connection.execute(select(installation.c.has_sample)).scalar())


def sample_is_unfinished(connection: Connection) -> bool:
    """Whether the sample newsroom was begun and not brought in to its end."""
    return bool(connection.execute(select(installation.c.sample_unfinished)).scalar())


def sample_headlines(connection: Connection) -> set[str]:
    """The headlines that the stored sample stories have, or had."""
    query = select(revisions.c.headline).join(articles, articles.c.article_id == revisions.c.article_id)
    return set(connection.execute(query.where(articles.c.is_sample)).scalars())


def note_sample(connection: Connection, is_there: bool, is_unfinished: bool = False) -> None:
    """Write down that the sample newsroom came or went."""
    connection.execute(update(installation).values(has_sample=is_there, sample_unfinished=is_unfinished))
