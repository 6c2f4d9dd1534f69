"""Newsrooms to measure: an instance in a folder of its own, filled through `bring_in` as an import fills one."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

from bench import words
from feedsvc.actions import sections, setup, staff
from feedsvc.actions.bring_in import BATCH, Incoming, bring_in, close_pages
from feedsvc.domain.article import Revision
from feedsvc.domain.dates import Clock
from feedsvc.domain.roles import Role
from feedsvc.settings import Settings
from feedsvc.storage.database import Database

SECTIONS = ("politics", "world", "business", "culture", "science", "sport")
AUTHORS = tuple(f"Reporter {name}" for name in "ABCDEFGHIJKLMNOPQRST")
TOPICS = tuple(f"Subject {number}" for number in range(200))

APART = timedelta(minutes=20)
"""Between two stories: 72 a day, so that a feed's 48 hours hold as many however large the archive is."""

PART = BATCH
"""Stories in one call of `bring_in`."""

BY = "bench"
EDITOR, PASSWORD = "bench", "measured side by side"


def make(settings: Settings, feeds: tuple[str, ...] = SECTIONS) -> Database:
    """A newsroom with sections and an account, and no story."""
    database = Database(settings.database_url, Clock(), pool_size=settings.threads + 4)
    setup.prepare(database, settings)
    for slug in feeds:
        sections.add(database, slug, slug.capitalize(), f"News of {slug}.", BY)
    staff.add_account(database, EDITOR, PASSWORD, role=Role.ADMINISTRATOR)
    return database


def story(number: int, size: int, section: str, published: datetime) -> Incoming:
    """The story of a number: a body of `size` characters, one author, two topics."""
    revision = Revision(
        headline=words.headline(number),
        section=section,
        standfirst=words.text(number + 1, 160),
        body=words.text(number, size),
        authors=(words.pick(number, AUTHORS),),
        topics=(words.pick(number, TOPICS), words.pick(number // 7 + 1, TOPICS)),
    )
    return Incoming(revision, published, published)


def fill(
    database: Database, media: Path, count: int, size: int, feeds: tuple[str, ...], tell: Callable[[int], None]
) -> None:
    """Bring in `count` stories, `APART` from each other, the newest of now; `tell` is told how many are there."""
    now = database.clock()
    there, touched = 0, set[int]()
    for part in _parts(count):
        stories = [story(n, size, words.pick(n, feeds), now - APART * (count - 1 - n)) for n in part]
        touched |= bring_in(database, media, stories, BY, has_more=True)
        there += len(stories)
        tell(there)
    close_pages(database, touched, BY)


def _parts(count: int) -> Iterator[range]:
    for first in range(0, count, PART):
        yield range(first, min(first + PART, count))
