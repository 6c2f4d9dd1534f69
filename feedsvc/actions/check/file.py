"""Is the database itself whole: SQLite's file, and what rows refer to."""

from collections.abc import Iterator

from feedsvc.actions.check.finding import FROM_BACKUP, Finding, Newsroom, Progress
from feedsvc.storage import checking


def check(newsroom: Newsroom, progress: Progress) -> Iterator[Finding]:
    """Damages of the file, and broken references. PostgreSQL looks after both itself."""
    place = f"The database {newsroom.database.place}"
    progress(0, 2)
    damages = checking.damages(newsroom.database)
    for damage in damages:
        yield Finding(place, f"Its file is damaged: {damage.rstrip('.')}.", FROM_BACKUP, ends_the_check=True)
    if damages:
        return
    progress(1, 2)
    with newsroom.database.read() as connection:
        for table, number, parent in checking.broken_references(connection):
            yield Finding(place, f"Row {number} of {table} refers to a row of {parent} that is not there.", FROM_BACKUP)
    progress(2, 2)
