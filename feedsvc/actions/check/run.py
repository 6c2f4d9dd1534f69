"""All checks, one after the other, and the repairs."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from feedsvc.actions.check import documents, file, heads, mirror, pages, pictures, search, stories
from feedsvc.actions.check.finding import Check, Finding, Newsroom
from feedsvc.settings import Settings
from feedsvc.storage.database import Database

CHECKS: dict[str, Check] = {
    "database": file.check,
    "log": heads.check_log,
    "feeds": heads.check_feeds,
    "stories": stories.check,
    "pages": pages.check,
    "search": search.check,
    "pictures": pictures.check,
    "documents": documents.check,
    "mirror": mirror.check,
}
"""What is looked at, in an order in which what is mended first is not found once more in what follows."""


@dataclass(frozen=True)
class Outcome:
    """How much was found, and how much of it was mended."""

    found: int
    mended: int
    is_whole: bool = True
    """Whether everything was looked at: not where the database's file is damaged."""


def run(
    database: Database,
    settings: Settings,
    repair: bool,
    tell: Callable[[Finding, bool], None],
    progress: Callable[[str, int, int], None] = lambda name, done, of: None,
) -> Outcome:
    """Look at everything; `tell` gets each finding as soon as it is there, and whether it was mended.

    Reads beside a running service. With `repair` what can be mended safely is, each finding in a short transaction of
    its own, unless something is wrong with the database itself. `progress` is told the name of a check, and how much of
    how much it did. Raises `StorageError` for what cannot be read or written.
    """
    found = mended = 0
    newsroom = Newsroom(database, settings)
    for name, check in CHECKS.items():
        ends = False
        for finding in check(newsroom, partial(progress, name)):
            is_mended = repair and finding.repair is not None
            if repair and finding.repair is not None:
                finding.repair(database)
            found, mended = found + 1, mended + is_mended
            tell(finding, is_mended)
            ends = ends or finding.ends_the_check
        if ends:
            return Outcome(found, mended, is_whole=False)
        # A row that is not there would stop what is written.
        repair = repair and not (check is file.check and found)
    return Outcome(found, mended)
