"""Write all that an installation owns to one file, while it is served and written to."""

import os
import stat
import tarfile
from collections.abc import Iterator
from pathlib import Path

from feedsvc.actions.backup_file import DATABASE, MEDIA, Manifest, Writer, belongs, part_of, said_plainly, sync_folder
from feedsvc.domain import address
from feedsvc.errors import FeedsvcError, StorageError
from feedsvc.settings import Settings
from feedsvc.storage import copies
from feedsvc.storage.database import CODE, Database
from feedsvc.storage.media import Picture

SMALL_FILE_BYTES = 1024 * 1024
"""Files of the instance folder up to this size are settings and secrets; what is larger is none."""


def backup(database: Database, settings: Settings, file: Path, overwrite: bool = False) -> Manifest:
    """Write database, pictures, settings and secrets to `file`, whole or not at all; only this user may read it.

    The backup holds one state: all that was acknowledged before this was called, and nothing half. The database is
    copied first, as it is at one moment; files of pictures are written before the database knows of them and never
    changed, so what the copy knows of is on disk afterwards; one that was lost is named in `Manifest.missing`.
    Raises `FeedsvcError`.
    """
    path = database.path
    _check(database, file, overwrite)
    made = database.clock()
    copied = file.with_name(f".{file.name}.sqlite")
    with said_plainly("The backup was not made", file), part_of(file, "backup") as (part, output):
        try:
            copies.remove(copied)
            os.close(os.open(copied, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            copies.copy(path, copied)
            known = copies.contents(copied)
            writer = Writer(output)
            writer.add(DATABASE, copied)
        finally:
            copies.remove(copied)
        missing = []
        for name in _files(known.pictures):
            try:
                writer.add(MEDIA + name, settings.media / name)
            except FileNotFoundError:
                missing.append(name)
        for path in _others(settings, database):
            writer.add(path.name, path)
        manifest = Manifest(made, CODE, known.articles, known.accounts, tuple(missing))
        writer.close(manifest)
        output.flush()
        os.fsync(output.fileno())
        part.replace(file)
        sync_folder(file.parent)
    return manifest


def _check(database: Database, file: Path, overwrite: bool) -> None:
    if not file.parent.is_dir():
        raise FeedsvcError(f"There is no folder {file.parent}. Make it, or name another file for the backup.")
    if database.is_new():
        raise StorageError(f"There is no database at {database.path}: there is nothing to back up.")
    if not file.exists():
        return
    if not overwrite:
        raise FeedsvcError(f"{file} is there already. Name another file, or overwrite it with --force.")
    if not stat.S_ISREG(file.stat().st_mode) or not (file.stat().st_size == 0 or tarfile.is_tarfile(file)):
        raise FeedsvcError(f"{file} is no backup, so it is not overwritten. Name another file.")


def _files(pictures: tuple[Picture, ...]) -> Iterator[str]:
    for picture in pictures:
        yield address.picture_file(picture.key, picture.media_type)
        if picture.small_width is not None:
            yield address.picture_file(picture.key, picture.media_type, is_small=True)


def _others(settings: Settings, database: Database) -> Iterator[Path]:
    """`config.py` and the secrets."""
    for path in sorted(settings.instance.iterdir()):
        is_part = path.is_file() and belongs(path.name) and not path.name.startswith(database.path.name)
        if is_part and path.stat().st_size <= SMALL_FILE_BYTES:
            yield path
