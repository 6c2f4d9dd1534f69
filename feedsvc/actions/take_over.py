"""Put what an export holds into an installation that has nothing yet: all of it, or nothing."""

import hashlib
import json
import os
import re
import shutil
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from feedsvc.actions import setup
from feedsvc.actions.backup_file import CHUNK_BYTES, said_plainly, sync_folder
from feedsvc.actions.export import FORMAT, MANIFEST, MEDIA, TABLES
from feedsvc.errors import FeedsvcError, NeedsNewerCode, StorageError
from feedsvc.settings import Settings
from feedsvc.storage import archive
from feedsvc.storage.database import CODE, Database

MANIFEST_LIMIT_BYTES = 256 * 1024 * 1024
LINE_LIMIT_BYTES = 64 * 1024 * 1024

_PICTURE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,99}(?:\.[A-Za-z0-9]{1,10}){0,2}")


@dataclass(frozen=True)
class TakenOver:
    """How many rows of each table came in, and what an operator should know, a sentence each."""

    counts: dict[str, int]
    notes: tuple[str, ...]


def is_export(path: Path) -> bool:
    """Whether a file is an export of feedsvc, whole or damaged."""
    try:
        with zipfile.ZipFile(path) as packed:
            return MANIFEST in packed.namelist()
    except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError):
        return False


def take_over(database: Database, settings: Settings, path: Path, keep_line: bool = False) -> TakenOver:
    """Restore the export at `path` into an empty newsroom, which nobody may serve meanwhile; makes it if need be.

    Numbers, identities, dates and positions are those of the export. With `keep_line` entity tags stay valid too,
    which is right where this installation takes the place of the other one; else a new line of validators begins.
    Accounts stay as they are. Everything is checked before anything is written. Raises `FeedsvcError`.
    """
    with said_plainly("The import failed", path), _opened(path) as export:
        setup.prepare(database, settings)
        _check_schema(database, export)
        written = []
        try:
            for name in export.media:
                target = settings.media / name.removeprefix(MEDIA)
                if not target.exists():
                    written.append(target)
                    export.write(name, target)
            sync_folder(settings.media)
            with database.write() as connection:
                if not archive.is_empty(connection):
                    raise _not_empty(database)
                archive.replace_all(connection, database, export.rows, export.counters, keep_line)
        except BaseException:
            for target in written:
                target.unlink(missing_ok=True)
            raise
    notes = [f"The picture {name} was missing when the export was made." for name in export.missing]
    return TakenOver(export.counts, tuple(notes))


def _check_schema(database: Database, export: "_Export") -> None:
    with database.read() as connection:
        if not archive.is_empty(connection):
            raise _not_empty(database)
        here = archive.schema(connection)
    if export.schema != here:
        raise StorageError(
            f"The export has the tables of another feedsvc ({export.schema}, here {here}): nothing was imported. "
            "Bring that installation to this version, and export again."
        )
    if export.tables != {f"{TABLES}{name}.jsonl" for name in archive.tables()}:
        raise StorageError("The export holds other tables than it should: nothing was imported.")


def _not_empty(database: Database) -> FeedsvcError:
    return FeedsvcError(
        f"There is a newsroom in {database.place} already, and an export takes the place of none: nothing was "
        "imported. Set FEEDSVC_INSTANCE_PATH to a new folder (and FEEDSVC_DATABASE_URL, where it is set, to an empty "
        "database), and import there."
    )


class _Export:
    """A whole export, of which everything was read and found to be what was written."""

    def __init__(self, packed: zipfile.ZipFile, path: Path) -> None:
        self._packed = packed
        self._path = path
        members = {member.filename: member for member in packed.infolist()}
        if len(members) != len(packed.infolist()):
            raise self._refusal("holds what no export holds")
        if MANIFEST not in members or members[MANIFEST].file_size > MANIFEST_LIMIT_BYTES:
            raise self._refusal("has no manifest")
        said = json.loads(packed.read(MANIFEST))
        if said["format"] != FORMAT:
            raise self._refusal("was made by another feedsvc than this one can read")
        if int(said["code"]) > CODE:
            raise NeedsNewerCode(f"{path} needs a newer feedsvc. Install that, then import.", path)
        self.schema = str(said["schema"])
        self.counts = {str(name): int(count) for name, count in said["counts"].items()}
        self.counters = {str(name): int(last) for name, last in said["counters"].items()}
        self.missing = [str(name) for name in said["missing"]]
        sums = {str(name): str(digest) for name, digest in said["files"].items()}
        if sums.keys() != members.keys() - {MANIFEST}:
            raise self._refusal("holds other files than it should")
        self.media = [name for name in sums if name.startswith(MEDIA)]
        self.tables = sums.keys() - set(self.media)
        for name in self.media:
            # What is stored as it is cannot unpack to more than the file has.
            is_plain = _PICTURE.fullmatch(name.removeprefix(MEDIA))
            if not is_plain or members[name].compress_type != zipfile.ZIP_STORED:
                raise self._refusal("holds what no export holds")
        for name, digest in sums.items():
            if self._sum(name) != digest:
                raise self._refusal(f"is damaged in {name}")

    def rows(self, table: str) -> Iterator[dict[str, Any]]:
        """The rows of a table. Raises `StorageError` for what is none."""
        with self._packed.open(f"{TABLES}{table}.jsonl") as member:
            while line := member.readline(LINE_LIMIT_BYTES):
                row = json.loads(line)
                if not isinstance(row, dict):
                    raise self._refusal(f"holds what is no row of {table}")
                yield row

    def write(self, name: str, target: Path) -> None:
        """Write a picture to disk, durably, for this user only; it is there whole or not at all. Raises `OSError`."""
        part = target.with_name(f".{target.name}.part")
        part.unlink(missing_ok=True)
        try:
            new = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with self._packed.open(name) as source, os.fdopen(new, "wb") as file:
                shutil.copyfileobj(source, file)
                file.flush()
                os.fsync(file.fileno())
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)

    def _sum(self, name: str) -> str:
        digest = hashlib.sha256()
        with self._packed.open(name) as member:
            while read := member.read(CHUNK_BYTES):
                digest.update(read)
        return digest.hexdigest()

    def _refusal(self, why: str) -> StorageError:
        return StorageError(f"{self._path} {why}: nothing was imported.", self._path)


@contextmanager
def _opened(path: Path) -> Iterator[_Export]:
    try:
        with zipfile.ZipFile(path) as packed:
            yield _Export(packed, path)
    # What reading values that somebody else wrote may raise.
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        LookupError,
        TypeError,
        ValueError,
        AttributeError,
        RuntimeError,
    ) as error:
        raise StorageError(
            f"{path} is no export of feedsvc, or not a whole one: nothing was imported.", path
        ) from error
