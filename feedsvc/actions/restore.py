"""Put what a backup holds into an instance: all of it, or nothing."""

import os
from dataclasses import dataclass
from pathlib import Path

from feedsvc.actions import backup_file
from feedsvc.actions.backup_file import DATABASE, MEDIA, Manifest, Reader, said_plainly, sync_folder
from feedsvc.errors import FeedsvcError, NeedsNewerCode, StorageError
from feedsvc.settings import Settings
from feedsvc.storage import copies
from feedsvc.storage.copies import SIDE_FILES
from feedsvc.storage.database import Database

BY = "restore"


@dataclass(frozen=True)
class Restored:
    """What was restored, and what an operator should know about it, a sentence each."""

    manifest: Manifest
    notes: tuple[str, ...]


def restore(database: Database, settings: Settings, file: Path, replace: bool = False) -> Restored:
    """Put the backup in `file` into the instance of the settings, which nobody may serve meanwhile.

    With `replace` an existing database is kept beside the new one, under another name. Everything is checked before
    anything is replaced, and one renaming is what replaces it: killed at any moment, there is the old state or the new
    one, at most with more pictures than it needs. Stories, accounts, dates and identities are those of the backup; a
    new line of validators begins and everybody has to sign in again. Raises `FeedsvcError`.
    """
    with said_plainly("Restoring failed", file):
        database.engine.dispose()
        is_there = database.path.exists() and database.path.stat().st_size > 0
        if is_there and not replace:
            raise FeedsvcError(
                f"There is a newsroom in {database.path} already. With --force the backup takes its place, and that "
                "database is kept under another name."
            )
        with backup_file.opened(file) as backup:
            return _put_back(database, settings, backup, file, is_there)


def _put_back(database: Database, settings: Settings, backup: Reader, file: Path, is_there: bool) -> Restored:
    for folder in (settings.instance, settings.media, database.path.parent):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    staged = database.path.with_name(f".{database.path.name}.restoring")
    try:
        copies.remove(staged)
        _stage(database, staged, backup, file)
        if is_there:
            copies.close_down(database.path)
        _add_pictures(settings, backup)
        notes = _add_others(settings, backup, is_there)
        notes += _set_aside(database)
        staged.replace(database.path)
        sync_folder(database.path.parent)
    finally:
        copies.remove(staged)
    notes += [f"The picture {name} was missing when the backup was made." for name in backup.manifest.missing]
    return Restored(backup.manifest, tuple(notes))


def _stage(database: Database, staged: Path, backup: Reader, file: Path) -> None:
    """Write the database of the backup beside the place where it will be, ready to be served by this code."""
    backup.write(DATABASE, staged)
    try:
        copies.check(staged)
    except StorageError as error:
        raise StorageError(f"The database in {file} cannot be used. {error}", file) from error
    copy = Database(database.url.set(database=str(staged)).render_as_string(hide_password=False), database.clock)
    try:
        try:
            copy.check_ready()
        except NeedsNewerCode as error:
            raise NeedsNewerCode(f"{file} needs a newer feedsvc. Install that, then restore.", file) from error
        except StorageError:
            copy.migrate()
        copies.begin_again(copy, BY, copies.last_date(database.path))
    finally:
        copy.engine.dispose()
    copies.close_down(staged)
    with staged.open("rb") as written:
        os.fsync(written.fileno())


def _add_pictures(settings: Settings, backup: Reader) -> None:
    for name in backup.media:
        target = settings.media / name.removeprefix(MEDIA)
        if not backup.is_at(name, target):
            backup.write(name, target)
    sync_folder(settings.media)


def _add_others(settings: Settings, backup: Reader, is_there: bool) -> list[str]:
    """Put the settings and secrets where there are none; returns what to say about the others, which stay as they are:
    the old database is served with them until it is replaced."""
    notes = []
    for name in backup.others:
        target = settings.instance / name
        if backup.is_at(name, target):
            continue
        if is_there or target.exists():
            target = target.with_name(f"{name}.from-backup")
            notes.append(f"{name} is as it was before; the backup's is in {target}. Look whether you need that.")
        backup.write(name, target)
    sync_folder(settings.instance)
    return notes


def _set_aside(database: Database) -> list[str]:
    """Give the old database a second name, and what SQLite left beside it another one; returns what to say about it."""
    path = database.path
    aside = path.with_name(f"{path.name}.before-restore-{database.clock():%Y-%m-%d-%H%M%S}")
    while aside.exists():
        aside = aside.with_name(f"{aside.name}-again")
    notes = []
    if path.exists():
        os.link(path, aside)
        notes.append(f"The database that was there is kept as {aside}.")
    for suffix in SIDE_FILES:
        beside = path.with_name(path.name + suffix)
        if beside.exists():
            beside.replace(aside.with_name(aside.name + suffix))
    return notes
