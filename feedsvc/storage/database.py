"""The engine: pragmas, read and write transactions, errors wrapped, migrations and the check of the schema."""

import os
import sqlite3
import weakref
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Literal

from alembic import command as alembic
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, inspect, select, update
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from feedsvc.domain.dates import Clock
from feedsvc.errors import NeedsNewerCode, StorageBusy, StorageError, StorageReadOnly, command
from feedsvc.storage.tables import installation

CODE = 1
"""The number of this code. A migration that older code cannot live with raises `installation.oldest_code` to it."""

BUSY_TIMEOUT_SECONDS = 5

DRIVERS = ("sqlite", "sqlite+pysqlite")


class Database:
    """One database with its clock. Threads may share it; after a fork the child opens connections of its own."""

    def __init__(self, url: str, clock: Clock, pool_size: int = 12) -> None:
        try:
            self.url = make_url(url)
        except (SQLAlchemyError, ValueError) as error:
            raise StorageError("DATABASE_URL is no address of a database, such as sqlite:///feedsvc.sqlite") from error
        self.clock = clock
        self.has_recorded = False
        """Whether this process has recorded a change: its first one cannot know which dates were shown before."""
        if self.url.drivername not in DRIVERS:
            raise StorageError(f"DATABASE_URL must begin with sqlite:///, not with {self.url.drivername}://")
        if self.url.host or self.url.username or self.url.port or self.url.query:
            raise StorageError(
                "DATABASE_URL names a file and nothing else: sqlite:/// and its path, no host and no “?”."
            )
        if not self.url.database or self.url.database == ":memory:":
            raise StorageError("DATABASE_URL must name a file: sqlite:///path/to/feedsvc.sqlite")
        self.path = Path(self.url.database)
        self.engine = _engine(self.url.render_as_string(hide_password=False), pool_size)
        _dispose_after_fork(self.engine)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one snapshot and writes nothing."""
        with wrapped(self.path), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that writes: one at a time, others wait for it. On an error nothing of it is kept."""
        with wrapped(self.path), self.engine.connect().execution_options(write=True) as connection, connection.begin():
            yield connection

    def is_new(self) -> bool:
        """Whether there is no feedsvc database yet."""
        with _reaching(self.path):
            is_there = self.path.exists()
        return not is_there or not self._has_tables()

    def migrate(self) -> None:
        """Bring the schema to what this code needs; makes it where there is none. Raises `NeedsNewerCode`.

        Foreign keys are off while a migration runs and checked before it commits: with them on, the rebuild of a
        table on SQLite deletes its children.
        """
        with _reaching(self.path):
            if not self.path.parent.is_dir():
                raise StorageError(
                    f"The folder {self.path.parent} for the database does not exist. Make it, or set DATABASE_URL."
                )
            # Only this user may read what is not public yet; SQLite gives its -wal and -shm the mode of the file.
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
        self.check_code()
        if not self.is_new() and self._schema() == "newer":
            return
        config = _alembic_config()
        with wrapped(self.path), self.engine.connect().execution_options(write=True) as connection:
            driver: Any = connection.connection.driver_connection
            driver.execute("PRAGMA foreign_keys=OFF")
            try:
                with connection.begin():
                    config.attributes["connection"] = connection
                    alembic.upgrade(config, "head")
                    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
                    if broken is not None:
                        raise StorageError(f"the migration would leave a broken reference in table {broken[0]}")
            finally:
                driver.execute("PRAGMA foreign_keys=ON")

    def check_code(self) -> None:
        """Raise `NeedsNewerCode` if this database allows only newer code than this."""
        if self.is_new():
            return
        with self.read() as connection:
            oldest = connection.execute(select(installation.c.oldest_code)).scalar()
        if oldest is not None and oldest > CODE:
            raise NeedsNewerCode(
                f"The database {self.path} was written by a newer feedsvc (it needs code {oldest}, this is code "
                f"{CODE}). Install the newer version, or restore a backup made with this one."
            )

    def check_ready(self) -> None:
        """Raise `StorageError` if the schema is not the one that this code needs (a newer, allowed one is)."""
        if self.is_new():
            raise StorageError(f"There is no database at {self.path} yet. Make it with: {command('init')}")
        self.check_code()
        if self._schema() == "older":
            raise StorageError(
                f"The database {self.path} is older than this feedsvc. Bring it up with: {command('migrate')}"
            )

    def check_writable(self) -> None:
        """Raise `StorageError` if nothing can be written."""
        with wrapped(self.path), self.engine.connect().execution_options(write=True) as connection:
            # Where nothing can be written, BEGIN IMMEDIATE of SQLite begins to read and says nothing. Rolled back.
            connection.execute(update(installation).values(oldest_code=installation.c.oldest_code))

    def gather(self) -> None:
        """Bring all that was committed into the one file `path`, so that a copy of it alone is whole.

        Where others still read or write, SQLite leaves it to the last of them.
        """
        with wrapped(self.path), closing(self.engine.raw_connection()) as connection:
            driver: Any = connection.driver_connection
            driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.engine.dispose()

    def _schema(self) -> Literal["older", "right", "newer"]:
        """How the schema stands to this code. One that is newer allows it: that was checked before."""
        with self.read() as connection:
            versions = set(connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalars())
        scripts = ScriptDirectory.from_config(_alembic_config())
        if not versions <= {script.revision for script in scripts.walk_revisions()}:
            return "newer"
        return "right" if versions == set(scripts.get_heads()) else "older"

    def _has_tables(self) -> bool:
        with wrapped(self.path), self.engine.connect() as connection:
            return inspect(connection).has_table(installation.name)


def _alembic_config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    return config


def _engine(url: str, pool_size: int) -> Engine:
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


def _dispose_after_fork(engine: Engine) -> None:
    held = weakref.ref(engine)

    def dispose() -> None:
        inherited: Any = held()
        if inherited is not None:
            inherited.dispose(close=False)

    os.register_at_fork(after_in_child=dispose)


@contextmanager
def wrapped(path: Path) -> Iterator[None]:
    """Turn what SQLAlchemy and the driver raise about the database at `path` into `StorageError`, once, here."""
    try:
        yield
    except DBAPIError as error:
        raise _translated(path, str(error.orig), error) from error
    except sqlite3.Error as error:
        raise _translated(path, str(error), error) from error
    except SQLAlchemyError as error:
        raise StorageError(f"the database failed: {str(error).splitlines()[0]}") from error
    except (UnicodeError, OverflowError) as error:
        # The driver's, for text that is no Unicode and for numbers beyond 64 bits.
        raise StorageError(f"The database cannot hold such a value ({error}).") from error


@contextmanager
def _reaching(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _cannot_be_used(path, error.strerror) from error


def _translated(path: Path, text: str, error: Exception) -> StorageError:
    if "locked" in text or "busy" in text:
        return StorageBusy("The database is busy. Try again in a moment.")
    if "readonly" in text or "unable to open" in text:
        return _cannot_be_used(path, text)
    if "not a database" in text or "malformed" in text:
        return StorageError(
            f"{path} is damaged, or no database of feedsvc ({text}). Move it away, then put a backup in its place or "
            f"begin anew with: {command('init')}"
        )
    if "disk is full" in text:
        return StorageError("The disk is full: nothing was saved. Free some room and try again.")
    return StorageError(f"the database failed: {text} ({type(error).__name__})")


def _cannot_be_used(path: Path, why: str | None) -> StorageError:
    if os.path.isdir(path):
        return StorageError(f"{path} is a folder, where the file of the database should be. Move it away.")
    return StorageReadOnly(
        f"The database {path} cannot be opened or written ({why}). Give this user the right to write it and its "
        "folder, or set FEEDSVC_INSTANCE_PATH to a folder that can be written."
    )
