from collections.abc import Callable

import pytest

from feedsvc.actions.press import Press, epoch
from feedsvc.settings import Settings
from feedsvc.storage import feeds, installation
from feedsvc.storage.database import Database


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    """Every test here runs on both databases, unless its module says why it does not."""
    return request.param


@pytest.fixture
def document(database: Database, settings: Settings) -> Callable[..., str]:
    """The document of a feed in one format, as its text."""
    fingerprint = epoch(settings)
    installation.settle_epoch(database, fingerprint)
    press = Press(database, settings, fingerprint)

    def document(name: str, format: str = "json") -> str:
        with database.read() as connection:
            feed_ids = feeds.resolve(connection, name).feed_ids
        return press(feed_ids, format).bodies["identity"].decode()

    return document
