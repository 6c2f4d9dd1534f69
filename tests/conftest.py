"""A newsroom for each test: a real SQLite file or a real PostgreSQL database, a clock that the test moves."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import flask
import jinja2
import pytest
from argon2 import PasswordHasher
from sqlalchemy import Connection, Engine, event
from sqlalchemy.pool import Pool
from werkzeug.routing import Rule

from feedsvc.domain.dates import Clock
from feedsvc.settings import Settings
from feedsvc.storage.database import Database
from feedsvc.storage.tables import installation
from tests import postgresql

NOON = datetime(2026, 3, 14, 12, 0, 0, 250_000, tzinfo=UTC)


class Statements(dict):
    """Statements that were made into SQL, for all databases of one kind: otherwise each test makes all of its own."""

    def get(self, key: tuple[Any, ...], default: Any = None) -> Any:
        return super().get(self._for_all(key), default)

    def __setitem__(self, key: tuple[Any, ...], compiled: Any) -> None:
        super().__setitem__(self._for_all(key), compiled)

    def _for_all(self, key: tuple[Any, ...]) -> tuple[Any, ...]:
        dialect, *rest = key
        return (dialect.name, dialect.driver, *rest)


class Templates(jinja2.BytecodeCache):
    """Templates that were compiled, for all applications."""

    def __init__(self) -> None:
        self._compiled: dict[str, bytes] = {}

    def load_bytecode(self, bucket: jinja2.bccache.Bucket) -> None:
        if bucket.key in self._compiled:
            bucket.bytecode_from_string(self._compiled[bucket.key])

    def dump_bytecode(self, bucket: jinja2.bccache.Bucket) -> None:
        self._compiled[bucket.key] = bucket.bytecode_to_string()


STATEMENTS = Statements()


@event.listens_for(Engine, "engine_connect")
def save_time(connection: Connection) -> None:
    """Share statements, and let SQLite's files survive no loss of power: no test waits for the disk."""
    connection.execution_options(compiled_cache=STATEMENTS)
    if connection.dialect.name == "sqlite":
        connection.connection.driver_connection.execute("PRAGMA synchronous=OFF")


flask.Flask.jinja_options = {"bytecode_cache": Templates()}


class LateRule(Rule):
    """A rule that makes what builds its addresses when the first is built: most tests need those of few pages."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        make = super()._compile_builder
        built = []

        def build(rule: Rule, **values: Any) -> tuple[str, str]:
            if not built:
                built.append(make(append_unknown))
            return built[0](rule, **values)

        return build


flask.Flask.url_rule_class = LateRule


on_sqlite = pytest.mark.parametrize("kind", ["sqlite"])
"""For a test that looks at what only SQLite has, among others that run on both databases."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--pictures", metavar="FOLDER", help="keep what the guide's walk shows in a folder")


class HandClock(Clock):
    """A clock that stands still until it is moved, forwards or back."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now
        super().__init__(lambda: self.now)

    def move(self, **by: float) -> datetime:
        self.now += timedelta(**by)
        return self.now


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """Passwords cost next to nothing here; what they cost a newsroom, the services of `journeys` pay."""
    from feedsvc.actions import staff

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(staff, "hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def kind() -> str:
    """The kind of the database: `sqlite`, or `postgresql` where a folder's tests run on both."""
    return "sqlite"


@pytest.fixture(scope="session")
def cluster() -> Iterator[postgresql.Cluster]:
    with postgresql.running() as cluster:
        yield cluster


@pytest.fixture
def database_url(kind: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of the test's database, which is empty unless the test asks for `database` or `with_tables`."""
    if kind == "sqlite":
        yield ""
        return
    cluster = request.getfixturevalue("cluster")
    template = "template0"
    if "database" in request.fixturenames:
        template = request.getfixturevalue("founded_on_postgresql")
    elif "with_tables" in request.fixturenames:
        template = request.getfixturevalue("migrated_on_postgresql")
    name = cluster.create(template)
    opened = []

    def note(driver: Any, _: object) -> None:
        opened.append(driver)

    event.listen(Pool, "connect", note)
    yield cluster.url(name)
    event.remove(Pool, "connect", note)
    for driver in opened:
        driver.close()
    cluster.drop(name)


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    return settings_in(tmp_path / "instance", database_url)


def settings_in(instance: Path, database_url: str = "") -> Settings:
    return Settings({"FEEDSVC_INSTANCE_PATH": str(instance), "FEEDSVC_DATABASE_URL": database_url})


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a database that has all tables and no newsroom yet, to be copied where a new one is founded."""
    return migrate(settings_in(tmp_path_factory.mktemp("migrated"))).path


@pytest.fixture(scope="session")
def migrated_on_postgresql(cluster: postgresql.Cluster, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a database with the same, to be copied."""
    name = cluster.create()
    migrate(settings_in(tmp_path_factory.mktemp("migrated"), cluster.url(name)))
    return name


def migrate(settings: Settings) -> Database:
    database = Database(settings.database_url, HandClock())
    database.migrate()
    database.engine.dispose()
    return database


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a new newsroom with the sections Politics and Tech, to be copied."""
    return found(settings_in(tmp_path_factory.mktemp("founded"))).path


@pytest.fixture(scope="session")
def founded_on_postgresql(cluster: postgresql.Cluster, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a database with the same, to be copied."""
    name = cluster.create()
    found(settings_in(tmp_path_factory.mktemp("founded"), cluster.url(name)))
    return name


def found(settings: Settings) -> Database:
    from feedsvc.actions import sections, setup

    database = Database(settings.database_url, HandClock())
    setup.prepare(database, settings)
    for slug, title in (("politics", "Politics"), ("tech", "Tech")):
        sections.add(database, slug, title, f"All about {title.lower()}", "test")
    database.engine.dispose()
    return database


@pytest.fixture
def database(kind: str, settings: Settings, clock: HandClock, founded: Path) -> Iterator[Database]:
    """A new newsroom with the sections Politics and Tech."""
    settings.media.mkdir(parents=True)
    if kind == "sqlite":
        shutil.copy(founded, settings.instance / "feedsvc.sqlite")
    database = Database(settings.database_url, clock)
    yield database
    database.engine.dispose()


@dataclass
class Cost:
    """What a database was asked: statements, and tens of SQLite's own steps, which follow the rows that it reads."""

    statements: int = 0
    steps: int = 0


@contextmanager
def counted(database: Database) -> Iterator[Cost]:
    """Count what is done inside, on whichever connection."""
    cost, drivers = Cost(), []

    def tick() -> None:
        cost.steps += 1

    def watch(driver: Any, *_: object) -> None:
        drivers.append(driver)
        driver.set_progress_handler(tick, 10)

    def note(*_: object) -> None:
        cost.statements += 1

    event.listen(database.engine, "checkout", watch)
    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield cost
    finally:
        event.remove(database.engine, "checkout", watch)
        event.remove(database.engine, "before_cursor_execute", note)
        for driver in drivers:
            driver.set_progress_handler(None, 0)


def set_page_size(database: Database, size: int) -> None:
    """Let pages of archives be closed with that many positions: few, so that few stories are enough for a test."""
    with database.write() as connection:
        connection.execute(installation.update().values(page_size=size))


@pytest.fixture
def with_tables(kind: str, settings: Settings, migrated: Path) -> None:
    """The database has its tables and no newsroom: for first starts of which the migrations are not the point."""
    if kind == "sqlite":
        settings.instance.mkdir(mode=0o700)
        shutil.copy(migrated, settings.instance / "feedsvc.sqlite")


@pytest.fixture
def as_nobody() -> Callable[[], AbstractContextManager[None]]:
    """`with as_nobody():` file permissions hold inside, for root too."""

    @contextmanager
    def acting() -> Iterator[None]:
        user = os.geteuid()
        if user == 0:
            os.seteuid(65534)
        try:
            yield
        finally:
            os.seteuid(user)

    return acting


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Where nothing may be skipped, a skipped test has failed."""
    report = (yield).get_result()
    if report.skipped and os.environ.get("FEEDSVC_TEST_NOTHING_SKIPPED") and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped where nothing may be: {report.longrepr}"
