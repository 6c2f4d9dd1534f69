"""One database: read and write transactions, errors wrapped, migrations and the check of the schema."""

import os
import sqlite3
import weakref
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from sqlalchemy import Connection, Engine, inspect, select, update
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from feedsvc.domain.dates import Clock
from feedsvc.errors import NeedsNewerCode, StorageError, command
from feedsvc.storage import postgresql, sqlite
from feedsvc.storage.postgresql import PostgreSQL
from feedsvc.storage.sqlite import SQLite
from feedsvc.storage.tables import installation

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"

CODE = 2
"""The number of this code. A migration that older code cannot live with raises `installation.oldest_code` to it."""


class Server(Protocol):
    """What keeps the database, and how it differs from the others."""

    @property
    def path(self) -> Path | None:
        """The file, where it is one."""

    @property
    def place(self) -> str:
        """Where it is, for messages; without a password."""

    @property
    def engine(self) -> Engine:
        """All connections come from it."""

    @property
    def reading(self) -> Engine:
        """Its transactions see one snapshot."""

    @property
    def writing(self) -> Engine:
        """Of its transactions there is one at a time; others wait for it at their beginning."""

    def is_there(self) -> bool: ...
    def make(self) -> None: ...
    def migrating(self) -> AbstractContextManager[Connection]: ...
    def gather(self) -> None: ...
    def look(self) -> Callable[[], int]: ...
    def translated(self, error: Exception) -> StorageError: ...


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
        self._server: Server
        if self.url.drivername in sqlite.DRIVERS:
            self._server = SQLite(self.url, pool_size)
        elif self.url.drivername in postgresql.DRIVERS:
            self._server = PostgreSQL(self.url, pool_size)
        else:
            raise StorageError(
                f"DATABASE_URL must begin with sqlite:/// or postgresql://, not with {self.url.drivername}://"
            )
        self.place = self._server.place
        self.engine = self._server.engine
        _dispose_after_fork(self.engine)

    @property
    def path(self) -> Path:
        """The file of SQLite. Raises `StorageError` where the database is none."""
        if self._server.path is None:
            raise StorageError(
                f"The database {self.place} is no file, and a backup is of one. Use PostgreSQL's own pg_dump and "
                "pg_restore and copy the instance folder, or take everything but the accounts out with: "
                f"{command('export FILE')}"
            )
        return self._server.path

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one snapshot and writes nothing."""
        with self.wrapped(), self._server.reading.begin() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that writes: one at a time, others wait for it. On an error nothing of it is kept."""
        with self.wrapped(), self._server.writing.begin() as connection:
            yield connection

    def look(self) -> Callable[[], int]:
        """A look, cheap enough for the path of a poll, at the number of the last change; `StorageError` if none."""
        return self._server.look()

    def is_new(self) -> bool:
        """Whether there is no feedsvc database yet."""
        return not self._server.is_there() or not self._has_tables()

    def migrate(self) -> None:
        """Bring the schema to what this code needs; makes it where there is none. Raises `NeedsNewerCode`."""
        self._server.make()
        self.check_code()
        if not self.is_new() and self._schema() == "newer":
            return
        # Every start looks at the schema, few change it: what that needs is loaded here.
        from alembic import command as alembic

        config = _alembic_config()
        with self.wrapped(), self._server.migrating() as connection:
            config.attributes["connection"] = connection
            alembic.upgrade(config, "head")

    def check_code(self) -> None:
        """Raise `NeedsNewerCode` if this database allows only newer code than this."""
        if self.is_new():
            return
        with self.read() as connection:
            oldest = connection.execute(select(installation.c.oldest_code)).scalar()
        if oldest is not None and oldest > CODE:
            raise NeedsNewerCode(
                f"The database {self.place} was written by a newer feedsvc (it needs code {oldest}, this is code "
                f"{CODE}). Install the newer version, or restore a backup made with this one."
            )

    def check_ready(self) -> None:
        """Raise `StorageError` if the schema is not the one that this code needs (a newer, allowed one is)."""
        if self.is_new():
            raise StorageError(f"There is no database at {self.place} yet. Make it with: {command('init')}")
        self.check_code()
        if self._schema() == "older":
            raise StorageError(
                f"The database {self.place} is older than this feedsvc. Bring it up with: {command('migrate')}"
            )

    def check_writable(self) -> None:
        """Raise `StorageError` if nothing can be written."""
        with self.wrapped(), self._server.writing.connect() as connection:
            # Where nothing can be written, BEGIN IMMEDIATE of SQLite begins to read and says nothing. Rolled back.
            connection.execute(update(installation).values(oldest_code=installation.c.oldest_code))

    def gather(self) -> None:
        """Let go of the database as one that may be copied: what is a file is whole by itself then."""
        with self.wrapped():
            self._server.gather()

    @contextmanager
    def wrapped(self) -> Iterator[None]:
        """Turn what SQLAlchemy and the driver raise into `StorageError`, once, here."""
        try:
            yield
        except (DBAPIError, sqlite3.Error) as error:
            raise self._server.translated(error) from error
        except SQLAlchemyError as error:
            raise StorageError(f"the database failed: {str(error).splitlines()[0]}") from error
        except (UnicodeError, OverflowError) as error:
            # The driver's, for text that is no Unicode and for numbers beyond 64 bits.
            raise StorageError(f"The database cannot hold such a value ({error}).") from error

    def _schema(self) -> Literal["older", "right", "newer"]:
        """How the schema stands to this code. One that is newer allows it: that was checked before."""
        with self.read() as connection:
            versions = set(connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalars())
        known = revisions()
        if not versions <= set(known):
            return "newer"
        return "right" if versions == {known[-1]} else "older"

    def _has_tables(self) -> bool:
        with self.wrapped(), self.engine.connect() as connection:
            return inspect(connection).has_table(installation.name)


def revisions() -> list[str]:
    """The revisions that this code knows, oldest first: the names of the migrations' files begin with them."""
    return sorted(path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*_*.py"))


def _alembic_config() -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    return config


def _dispose_after_fork(engine: Engine) -> None:
    held = weakref.ref(engine)

    def dispose() -> None:
        inherited: Any = held()
        if inherited is not None:
            inherited.dispose(close=False)

    os.register_at_fork(after_in_child=dispose)
