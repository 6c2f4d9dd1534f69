"""What is SQLite's own: its file and pragmas, one writer at a time, a cheap look for changes, and its errors."""

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from feedsvc.errors import StorageBusy, StorageError, StorageReadOnly, command
from feedsvc.texts import N_

DRIVERS = ("sqlite", "sqlite+pysqlite")

BUSY_TIMEOUT_SECONDS = 5


class SQLite:
    """A database that is one file, see `storage.database.Server`."""

    def __init__(self, url: URL, pool_size: int) -> None:
        if url.host or url.username or url.port or url.query:
            raise StorageError(
                "DATABASE_URL names a file and nothing else: sqlite:/// and its path, no host and no “?”."
            )
        if not url.database or url.database == ":memory:":
            raise StorageError("DATABASE_URL must name a file: sqlite:///path/to/feedsvc.sqlite")
        self.path = Path(url.database)
        self.place = str(self.path)
        self.engine = self.reading = _engine(url, pool_size)
        self.writing = self.engine.execution_options(write=True)

    def is_there(self) -> bool:
        """Whether there is a file; looking into one that is not would make it."""
        with self._reaching():
            return self.path.exists()

    def make(self) -> None:
        """Make the file where there is none."""
        with self._reaching():
            if not self.path.parent.is_dir():
                raise StorageError(
                    f"The folder {self.path.parent} for the database does not exist. Make it, or set DATABASE_URL."
                )
            # Only this user may read what is not public yet; SQLite gives its -wal and -shm the mode of the file.
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        """A transaction for migrations: foreign keys are off while they run and checked before it commits.

        With them on, the rebuild of a table deletes its children.
        """
        with self.writing.connect() as connection:
            driver: Any = connection.connection.driver_connection
            driver.execute("PRAGMA foreign_keys=OFF")
            try:
                with connection.begin():
                    yield connection
                    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
                    if broken is not None:
                        raise StorageError(f"the migration would leave a broken reference in table {broken[0]}")
            finally:
                driver.execute("PRAGMA foreign_keys=ON")

    def gather(self) -> None:
        """Bring all that was committed into the one file, so that a copy of it alone is whole.

        Where others still read or write, SQLite leaves it to the last of them.
        """
        with closing(self.engine.raw_connection()) as connection:
            driver: Any = connection.driver_connection
            driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.engine.dispose()

    def look(self) -> "Look":
        """A look at whether anything was changed."""
        return Look(self.path)

    def translated(self, error: Exception) -> StorageError:
        """What the driver raised, as a sentence."""
        return translated(self.path, error)

    @contextmanager
    def _reaching(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise _cannot_be_used(self.path, error.strerror) from error


class Look:
    """One look at whether anything was changed: the log's number, read anew only when another connection committed.

    Keeps one raw connection that never writes, since `PRAGMA data_version` tells about the commits of others only.
    After a fork the child opens its own. Threads may share it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._opened_at_fork = -1
        self._data_version = -1
        self._seq = 0

    def __call__(self) -> int:
        """The number of the last change. Raises `StorageError` if the database cannot be read."""
        with self._lock, wrapped(self._path):
            try:
                connection = self._open()
                version: int = connection.execute("PRAGMA data_version").fetchone()[0]
                if version != self._data_version:
                    self._seq = connection.execute("SELECT seq FROM log_head").fetchone()[0]
                    self._data_version = version
            except sqlite3.Error:
                self._connection = None
                raise
            return self._seq

    def _open(self) -> sqlite3.Connection:
        if self._connection is None or self._opened_at_fork != _forks:
            uri = f"{self._path.resolve().as_uri()}?mode=ro"
            self._connection = sqlite3.connect(uri, uri=True, check_same_thread=False, isolation_level=None)
            self._opened_at_fork = _forks
            self._data_version = -1
        return self._connection


_forks = 0


def _count_fork() -> None:
    global _forks  # noqa: PLW0603 - one number a process
    _forks += 1


os.register_at_fork(after_in_child=_count_fork)


def _engine(url: URL, pool_size: int) -> Engine:
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        # What people wrote, and the hashes of passwords and tokens, are nothing for a log.
        hide_parameters=True,
        connect_args={"check_same_thread": False, "timeout": BUSY_TIMEOUT_SECONDS},
    )

    @event.listens_for(engine, "connect")
    def prepare(driver: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
        # The driver must not begin transactions by itself: its deferred BEGIN loses the race for the write lock.
        driver.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            driver.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("write")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


@contextmanager
def wrapped(path: Path) -> Iterator[None]:
    """Turn what the driver raises about the file at `path` into `StorageError`."""
    try:
        yield
    except sqlite3.Error as error:
        raise translated(path, error) from error


def translated(path: Path, error: Exception) -> StorageError:
    """What the driver, or SQLAlchemy for it, raised about the file at `path`, as a sentence."""
    text = str(error.orig if isinstance(error, DBAPIError) else error)
    if "locked" in text or "busy" in text:
        return StorageBusy(N_("The database is busy. Try again in a moment."))
    if "readonly" in text or "unable to open" in text:
        return _cannot_be_used(path, text)
    if "not a database" in text or "malformed" in text:
        return StorageError(
            f"{path} is damaged, or no database of feedsvc ({text}). Move it away, then put a backup in its place or "
            f"begin anew with: {command('init')}"
        )
    if "disk is full" in text:
        return StorageError(N_("The disk is full: nothing was saved. Free some room and try again."))
    return StorageError(f"the database failed: {text} ({type(error).__name__})")


def _cannot_be_used(path: Path, why: str | None) -> StorageError:
    if os.path.isdir(path):
        return StorageError(f"{path} is a folder, where the file of the database should be. Move it away.")
    return StorageReadOnly(
        f"The database {path} cannot be opened or written ({why}). Give this user the right to write it and its "
        "folder, or set FEEDSVC_INSTANCE_PATH to a folder that can be written."
    )
