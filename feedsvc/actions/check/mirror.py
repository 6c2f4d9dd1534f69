"""Are the files of the mirror those of feeds, and none older than its feed."""

import time
from collections.abc import Iterator
from pathlib import Path

from feedsvc.actions.check.finding import Finding, Newsroom, Progress
from feedsvc.actions.mirror import AT_ONCE, date_of
from feedsvc.actions.mirror_files import Files
from feedsvc.feeds.document import FORMATS
from feedsvc.storage import installation, mirrored
from feedsvc.storage.database import Database

LATE_SECONDS = 2.0
"""So much later than a change, and than this check saw it, the clock may remove files."""

REMOVED = "--repair removes it; the service answers instead, until the clock writes it anew."

Suspected = dict[Path, str]
"""File -> what is wrong with it."""


def check(newsroom: Newsroom, progress: Progress) -> Iterator[Finding]:
    """The files of the folder that the settings name, if there is a mirror."""
    folder = newsroom.settings.mirror_dir
    if folder is None or not Files(folder).position():
        return
    progress(0, 1)
    suspected = _suspected(newsroom, folder)
    if suspected:
        # The clock, which may run in another process, is a little behind each change.
        time.sleep(LATE_SECONDS)
        again = _suspected(newsroom, folder)
        suspected = {file: what for file, what in suspected.items() if again.get(file) == what}
    progress(1, 1)
    for file, what in sorted(suspected.items()):

        def remove(database: Database, file: Path = file) -> None:
            file.unlink(missing_ok=True)

        yield Finding(f"The mirror's {file.relative_to(folder)}", what, REMOVED, remove)


def _suspected(newsroom: Newsroom, folder: Path) -> Suspected:
    files = Files(folder)
    with newsroom.database.read() as connection:
        names, edition = mirrored.names(connection), installation.edition(connection)
        right: dict[str, float] = {}
        numbers = sorted(names.values())
        for start in range(0, len(numbers), AT_ONCE):
            for feed in mirrored.of(connection, numbers[start : start + AT_ONCE]):
                if feed.name is not None:
                    right[feed.name] = date_of(edition, feed.at).timestamp()
    found: Suspected = {}
    for file, document, date in files.dated():
        name, _, format = document.rpartition(".")
        if name not in right or format not in FORMATS:
            found[file] = "It is of no feed that there is."
        elif date != right[name]:
            found[file] = "It is of another date than its feed, so what it says may be over."
    return found
