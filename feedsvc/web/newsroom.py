"""What every page needs: the settings and the database of the newsroom it belongs to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask import current_app

from feedsvc.actions.compose import Composer
from feedsvc.actions.trend import Readings
from feedsvc.feeds.document import Part
from feedsvc.settings import Settings
from feedsvc.storage.database import Database


@dataclass(frozen=True)
class Newsroom:
    """One installation, as `create_app` joined it.

    `failures` tells which documents could not be made: (feed number, format) -> why. `readings` counts who reads,
    `composer` knows the feeds that readers compose.
    """

    settings: Settings
    database: Database
    failures: Callable[[], Mapping[tuple[tuple[Part, ...], str], str]]
    readings: Readings
    composer: Composer


def newsroom() -> Newsroom:
    """The newsroom of the application that answers this request."""
    found: Newsroom = current_app.extensions["feedsvc"]
    return found
