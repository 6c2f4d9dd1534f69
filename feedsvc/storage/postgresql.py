"""What is PostgreSQL's own: snapshots to read from, one writer at a time, the look for changes, and its errors."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import URL, Connection, Engine, create_engine, event, select
from sqlalchemy.exc import ArgumentError, DBAPIError

from feedsvc.errors import StorageBusy, StorageError, StorageReadOnly
from feedsvc.storage.tables import log_head
from feedsvc.texts import N_

DRIVERS = ("postgresql", "postgres", "postgresql+psycopg")

WAIT_SECONDS = 5
"""How long a connection, or the turn to write, is waited for."""

WRITER = 0x66656564
"""The advisory lock that a transaction holds which writes, `feed` in ASCII."""

# https://www.postgresql.org/docs/current/errcodes-appendix.html: whole codes, or the class that they begin with.
_BUSY = ("55P03", "40", "57014", "53300")
_NO_RIGHT = ("25006", "42501")
_AWAY = ("08", "28", "3D000", "57P")


class PostgreSQL:
    """A database on a PostgreSQL server, see `storage.database.Server`."""

    path = None

    def __init__(self, url: URL, pool_size: int) -> None:
        if not url.database:
            raise StorageError("DATABASE_URL must name a database: postgresql://user@host/feedsvc")
        self.place = url.render_as_string(hide_password=True)
        try:
            self.engine = _engine(url.set(drivername="postgresql+psycopg"), pool_size)
        except ModuleNotFoundError as error:
            raise StorageError(
                "DATABASE_URL names PostgreSQL, and psycopg is not installed. Install it with: make postgresql"
            ) from error
        except (ArgumentError, TypeError, ValueError) as error:
            raise StorageError("DATABASE_URL is no address such as postgresql://user@host/feedsvc") from error
        self.reading = self.engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        # A snapshot taken before the turn came would be of what was before the last writer.
        self.writing = self.engine.execution_options(isolation_level="READ COMMITTED", write=True)

    def is_there(self) -> bool:
        """True: where there is no such database, connecting says so."""
        return True

    def make(self) -> None:
        """Nothing: a database of PostgreSQL is made by those who may, with `createdb`."""

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        """A transaction for migrations."""
        with self.writing.connect() as connection, connection.begin():
            yield connection

    def gather(self) -> None:
        """Nothing but to let go of all connections: the server keeps what was committed."""
        self.engine.dispose()

    def look(self) -> Callable[[], int]:
        """A look at the number of the last change. Raises what `translated` is for."""
        alone = self.engine.execution_options(isolation_level="AUTOCOMMIT")

        def look() -> int:
            try:
                with alone.connect() as connection:
                    return int(connection.execute(select(log_head.c.seq)).scalar_one())
            except DBAPIError as error:
                raise self.translated(error) from error

        return look

    def translated(self, error: Exception) -> StorageError:
        """What the driver raised, as a sentence."""
        cause = error.orig if isinstance(error, DBAPIError) else error
        text = " ".join(str(cause).split("\n")[0].split())
        code = str(getattr(cause, "sqlstate", None) or "")
        if code.startswith(_BUSY):
            return StorageBusy(N_("The database is busy. Try again in a moment."))
        if code.startswith(_NO_RIGHT):
            return StorageReadOnly(
                f"The database {self.place} cannot be written ({text}). Give this user the right to write it."
            )
        if code == "53100":
            return StorageError("The disk of the database is full: nothing was saved. Free some room and try again.")
        if code.startswith("22") or type(cause).__name__ == "DataError":
            return StorageError(f"The database cannot hold such a value ({text}).")
        is_cut = isinstance(error, DBAPIError) and error.connection_invalidated
        if code.startswith(_AWAY) or is_cut or (not code and type(cause).__name__ == "OperationalError"):
            return StorageError(
                f"The database {self.place} cannot be reached ({text}). Look whether PostgreSQL runs there and lets "
                "this user in, or change FEEDSVC_DATABASE_URL."
            )
        return StorageError(f"the database failed: {text} ({type(cause).__name__})")


def _engine(url: URL, pool_size: int) -> Engine:
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={
            "connect_timeout": WAIT_SECONDS,
            # Moments come back in UTC, and nobody waits for a lock for ever.
            "options": f"-c timezone=UTC -c lock_timeout={WAIT_SECONDS}s",
            "application_name": "feedsvc",
        },
    )

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if connection.get_execution_options().get("write"):
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITER})")

    return engine
