"""A newsroom for each test: a real SQLite file, a clock that the test moves."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from feedsvc.domain.dates import Clock
from feedsvc.settings import Settings
from feedsvc.storage.database import Database

NOON = datetime(2026, 3, 14, 12, 0, 0, 250_000, tzinfo=UTC)


class HandClock(Clock):
    """A clock that stands still until it is moved, forwards or back."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now
        super().__init__(lambda: self.now)

    def move(self, **by: float) -> datetime:
        self.now += timedelta(**by)
        return self.now


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings({"FEEDSVC_INSTANCE_PATH": str(tmp_path / "instance")})


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a new newsroom with the sections Politics and Tech, to be copied."""
    from feedsvc.actions import sections, setup

    settings = Settings({"FEEDSVC_INSTANCE_PATH": str(tmp_path_factory.mktemp("founded"))})
    database = Database(settings.database_url, HandClock())
    setup.prepare(database, settings)
    for slug, title in (("politics", "Politics"), ("tech", "Tech")):
        sections.add(database, slug, title, f"All about {title.lower()}", "test")
    database.engine.dispose()
    return database.path


@pytest.fixture
def database(settings: Settings, clock: HandClock, founded: Path) -> Iterator[Database]:
    """A new newsroom with the sections Politics and Tech."""
    settings.media.mkdir(parents=True)
    shutil.copy(founded, settings.instance / "feedsvc.sqlite")
    database = Database(settings.database_url, clock)
    yield database
    database.engine.dispose()


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
