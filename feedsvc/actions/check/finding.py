"""What a check gets, and what it says."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from feedsvc.settings import Settings
from feedsvc.storage.changes import change
from feedsvc.storage.database import Database

BY = "check"

FROM_BACKUP = "This cannot be mended safely: put a backup back, with restore."

Progress = Callable[[int, int], None]
"""Is told how much was looked at, of how much."""


@dataclass(frozen=True)
class Newsroom:
    """What is checked."""

    database: Database
    settings: Settings


@dataclass(frozen=True)
class Finding:
    """Something that is wrong: where, what, and how to mend it, each in plain words.

    `repair`, where it can be mended safely, looks at what is stored by itself and writes what is right.
    """

    where: str
    what: str
    mend: str
    repair: Callable[[Database], None] | None = None
    ends_the_check: bool = False
    """Nothing else can be believed before this is mended."""


Check = Callable[[Newsroom, Progress], Iterator[Finding]]


def changing(act: Callable[..., None], number: int) -> Callable[[Database], None]:
    """A repair of what the public sees: `act(connection, change, number)`, as one change of the log."""

    def repair(database: Database) -> None:
        change(database, BY, lambda connection, under_way: act(connection, under_way, number))

    return repair


def writing(act: Callable[..., None], *values: object) -> Callable[[Database], None]:
    """A repair of what only looks like what the public sees: `act(connection, *values)`, without a change."""

    def repair(database: Database) -> None:
        with database.write() as connection:
            act(connection, *values)

    return repair


def story(article_id: int, headline: str) -> str:
    """What a story is called in a report."""
    return f"Story {article_id}, “{headline}”" if headline else f"Story {article_id}"
