"""Whole copies of a SQLite database: made while others write to it, checked, and made ready to take its place."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, update

from feedsvc.errors import StorageBusy, StorageError
from feedsvc.storage import installation, staff
from feedsvc.storage.changes import Change, change
from feedsvc.storage.database import Database
from feedsvc.storage.media import Picture
from feedsvc.storage.sqlite import wrapped
from feedsvc.storage.tables import articles, log_head

IN_USE_SECONDS = 2.0
"""How long another program may still hold a database that is to be replaced."""

NUMBERS_LEFT_OUT = 1000
"""Stories whose numbers are not given again after a restore, see `begin_again`."""

SIDE_FILES = ("-wal", "-shm", "-journal")
"""What SQLite may have beside the file of a database; it would be taken for that of another one put in its place."""


@dataclass(frozen=True)
class Contents:
    """What a database knows of: all its pictures, and how many stories and accounts."""

    pictures: tuple[Picture, ...]
    articles: int
    accounts: int


def copy(source: Path, target: Path) -> None:
    """Copy the database `source` as it is at one moment into the empty file `target`; writers need not wait.

    The copy is one file, with nothing beside it. It was found whole, see `check`. Follows
    https://www.sqlite.org/backup.html: all pages in one step are read in one transaction. Raises `StorageError`.
    """
    uri = f"{source.resolve().as_uri()}?mode=ro"
    with wrapped(source), closing(sqlite3.connect(uri, uri=True)) as original, _opened(target) as made:
        original.backup(made)
        made.execute("PRAGMA journal_mode=DELETE")
    try:
        check(target)
    except StorageError as error:
        raise StorageError(f"The database {source} cannot be backed up: {error}") from error


def check(path: Path) -> None:
    """Raise `StorageError` if a file is no database of feedsvc, or a damaged one."""
    try:
        with _opened(path) as driver:
            problem = driver.execute("PRAGMA integrity_check(1)").fetchone()[0]
            broken = driver.execute("PRAGMA foreign_key_check").fetchone()
            tables = {name for (name,) in driver.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    except sqlite3.DatabaseError as error:
        raise StorageError(f"It is damaged, or no database ({error}).") from error
    if problem != "ok":
        raise StorageError(f"It is damaged ({problem}).")
    if broken is not None:
        raise StorageError(f"It is damaged (a broken reference in table {broken[0]}).")
    if not {"alembic_version", "installation", "log_head"} <= tables:
        raise StorageError("It is no database of feedsvc.")


def contents(path: Path) -> Contents:
    """What the database in a file knows of. Raises `StorageError`."""
    with wrapped(path), _opened(path) as driver:
        rows = driver.execute("SELECT key, media_type, width, height, length, small_width FROM pictures")
        stored = tuple(Picture(*row) for row in rows)
        counts = driver.execute("SELECT (SELECT count(*) FROM articles), (SELECT count(*) FROM accounts)").fetchone()
        return Contents(stored, *counts)


def begin_again(database: Database, by: str, dates_shown_until: datetime | None) -> None:
    """Make a restored database one that may be served: what was given out after it was copied is not given out anew.

    A new line of validators begins, dated by now and after `dates_shown_until`, the date of the last change known to
    have been shown. Nobody is signed in any more: who signed out since would be in again. Numbers of stories are left
    out, since links to stories that the copy does not hold must not lead to others.
    """
    if dates_shown_until is not None:
        with database.write() as connection:
            connection.execute(update(log_head).where(log_head.c.at < dates_shown_until).values(at=dates_shown_until))

    def act(connection: Connection, under_way: Change) -> None:
        installation.begin_line(connection, under_way)
        for account in staff.all_accounts(connection):
            staff.revoke_all(connection, account.account_id, under_way.now)
        connection.exec_driver_sql(
            "UPDATE sqlite_sequence SET seq = seq + ? WHERE name = ?", (NUMBERS_LEFT_OUT, articles.name)
        )

    change(database, by, act)


def close_down(path: Path) -> None:
    """Bring a database into its one file, with nothing beside it; a damaged one stays as it is.

    Raises `StorageBusy` if another program has it open, which would write on to what it has open after another file
    was put in its place.
    """
    try:
        with wrapped(path), _opened(path) as driver:
            # SQLite ends write-ahead logging only for the one connection that there is.
            driver.execute("PRAGMA journal_mode=DELETE")
    except StorageBusy as error:
        raise StorageBusy(f"Another program has {path} open. Stop it, then try again.", path) from error
    except StorageError as error:
        if not _is_damage(error.__cause__):
            raise


def last_date(path: Path) -> datetime | None:
    """The date of the last change of a database; None if there is none, or it is too damaged to tell."""
    try:
        with _opened(path) as driver:
            (at,) = driver.execute("SELECT at FROM log_head").fetchone()
            return datetime.fromisoformat(at).replace(tzinfo=UTC)
    except (sqlite3.DatabaseError, TypeError, ValueError):
        return None


def remove(path: Path) -> None:
    """Remove a database, and what SQLite may have left beside it. Raises `OSError`."""
    for suffix in ("", *SIDE_FILES):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _is_damage(error: BaseException | None) -> bool:
    # What the driver says of a file that it could not open, lock or write is a subclass.
    return type(error) is sqlite3.DatabaseError


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    # SQLite would make an empty database where there is none.
    uri = f"{path.resolve().as_uri()}?mode=rw"
    with closing(sqlite3.connect(uri, uri=True, isolation_level=None, timeout=IN_USE_SECONDS)) as driver:
        yield driver
