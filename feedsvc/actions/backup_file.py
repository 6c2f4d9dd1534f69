"""The file of a backup: an uncompressed tar of the database, the pictures, the small files beside them, and a manifest.

Its members are `feedsvc.sqlite`, `media/<file>`, `<file>` for each small file of the instance folder, and, as the last
one, `feedsvc-backup.json`, which tells a whole backup from a part of one: it holds the SHA-256 of all the others.
"""

import fcntl
import hashlib
import io
import json
import os
import re
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

from feedsvc.errors import FeedsvcError, StorageError

FORMAT = 1
DATABASE = "feedsvc.sqlite"
MEDIA = "media/"
MANIFEST = "feedsvc-backup.json"
MANIFEST_LIMIT_BYTES = 256 * 1024 * 1024
CHUNK_BYTES = 1024 * 1024

_PLAIN_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,199}")

# Locks and databases belong to this machine, backups hold no backups, and a password in clear belongs on no other disk.
_LEFT_OUT = re.compile(
    r"admin-password\.txt|README\.md|feedsvc-backup\.json|.*\.(?:lock|log|part|pid|sock|tar|tmp)"
    r"|.*\.(?:db|sqlite|before-restore|from-backup)(?:[.-].*)?"
)


@dataclass(frozen=True)
class Manifest:
    """What a backup says of itself: when it was made (aware), by which `CODE`, how much is in it, and which files of
    pictures the database knows that were not on disk."""

    made: datetime
    code: int
    articles: int
    accounts: int
    missing: tuple[str, ...]


def belongs(name: str) -> bool:
    """Whether a file of the instance folder, beside the database and the pictures, is part of a backup."""
    return bool(_PLAIN_NAME.fullmatch(name)) and not _LEFT_OUT.fullmatch(name)


class Writer:
    """Takes in members one by one; `close` writes the manifest. All raise `OSError`."""

    def __init__(self, file: IO[bytes]) -> None:
        self._tar = tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT)  # noqa: SIM115 - see `close`
        self._sums: dict[str, str] = {}

    def add(self, name: str, path: Path) -> None:
        """Take in a file under a name."""
        with path.open("rb") as source:
            stat = os.fstat(source.fileno())
            summed = _Summed(source)
            self._tar.addfile(_member(name, stat.st_size, stat.st_mtime), summed)
        self._sums[name] = summed.digest.hexdigest()

    def close(self, manifest: Manifest) -> None:
        """Write the manifest, and the end of the file."""
        text = json.dumps(
            {
                "format": FORMAT,
                "made": manifest.made.isoformat(),
                "code": manifest.code,
                "articles": manifest.articles,
                "accounts": manifest.accounts,
                "missing": manifest.missing,
                "files": self._sums,
            },
            indent=1,
        ).encode()
        self._tar.addfile(_member(MANIFEST, len(text), manifest.made.timestamp()), io.BytesIO(text))
        self._tar.close()


class Reader:
    """A whole backup, of which everything was read and found to be what was written."""

    def __init__(self, tar: tarfile.TarFile, path: Path) -> None:
        self._path = path
        self._tar = tar
        self._members: dict[str, tarfile.TarInfo] = {}
        # Names, links and modes are never followed: each name is a plain one that was looked at, and is written to a
        # path that is made here. So a filter of `tarfile` has nothing to do.
        for member in tar:
            # Sparse members would claim sizes that the file does not have.
            if not member.isreg() or member.issparse() or member.size < 0 or member.name in self._members:
                raise self._refusal("holds what no backup holds")
            self._members[member.name] = member
        self.manifest, self._sums = self._read_manifest()
        if self._sums.keys() != self._members.keys() - {MANIFEST}:
            raise self._refusal("holds other files than it should")
        if DATABASE not in self._sums or not all(map(_is_expected, self._sums)):
            raise self._refusal("holds what no backup holds")
        for name, expected in self._sums.items():
            with self._open(name) as source:
                if _sum(source) != expected:
                    raise self._refusal(f"is damaged in {name}")

    @property
    def media(self) -> list[str]:
        """The members that are pictures."""
        return [name for name in self._sums if name.startswith(MEDIA)]

    @property
    def others(self) -> list[str]:
        """The members that are other files of the instance."""
        return [name for name in self._sums if name != DATABASE and not name.startswith(MEDIA)]

    def write(self, name: str, target: Path) -> None:
        """Write a member to disk, durably, for this user only; `target` is there whole or not at all. Raises
        `OSError`."""
        part = target.with_name(f".{target.name}.part")
        part.unlink(missing_ok=True)
        try:
            with self._open(name) as source, os.fdopen(os.open(part, _NEW, 0o600), "wb") as file:
                shutil.copyfileobj(source, file)
                file.flush()
                os.fsync(file.fileno())
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)

    def is_at(self, name: str, path: Path) -> bool:
        """Whether a file on disk is this member already. Raises `OSError`."""
        if not path.is_file() or path.stat().st_size != self._members[name].size:
            return False
        with path.open("rb") as file:
            return _sum(file) == self._sums[name]

    def _open(self, name: str) -> IO[bytes]:
        source = self._tar.extractfile(self._members[name])
        if source is None:
            raise self._refusal("holds what no backup holds")
        return source

    def _read_manifest(self) -> tuple[Manifest, dict[str, str]]:
        member = self._members.get(MANIFEST)
        if member is None or not member.isreg() or member.size > MANIFEST_LIMIT_BYTES:
            raise self._refusal("has no manifest")
        with self._open(MANIFEST) as source:
            said = json.load(source)
        if not isinstance(said, dict) or said.get("format") != FORMAT:
            raise self._refusal("was made by another feedsvc than this one can read")
        manifest = Manifest(
            made=datetime.fromisoformat(said["made"]),
            code=int(said["code"]),
            articles=int(said["articles"]),
            accounts=int(said["accounts"]),
            missing=tuple(map(str, said["missing"])),
        )
        return manifest, {str(name): str(digest) for name, digest in said["files"].items()}

    def _refusal(self, why: str) -> StorageError:
        return StorageError(f"{self._path} {why}: nothing was restored.", self._path)


@contextmanager
def opened(path: Path) -> Iterator[Reader]:
    """Read the backup in a file. Raises `OSError`, and `StorageError` if it is not one, whole and undamaged."""
    try:
        tar = tarfile.open(path, "r:")  # noqa: SIM115 - closed below
    except tarfile.TarError as error:
        raise _no_backup(path) from error
    with tar:
        try:
            reader = Reader(tar, path)
        # What reading values that somebody else wrote may raise.
        except (
            tarfile.TarError,
            EOFError,
            LookupError,
            TypeError,
            ValueError,
            AttributeError,
            RecursionError,
        ) as error:
            raise _no_backup(path) from error
        yield reader


@contextmanager
def said_plainly(what: str, file: Path) -> Iterator[None]:
    """Turn what the operating system refuses into a `StorageError` that begins with `what` was not done."""
    try:
        yield
    except OSError as error:
        raise StorageError(f"{what}: {error.filename or file}: {error.strerror or error}.", file) from error


@contextmanager
def part_of(file: Path, what: str) -> Iterator[tuple[Path, IO[bytes]]]:
    """The file that becomes `file`, a `what`, empty, beside it; removed if it does not. One that a killed process left
    is used again. Held by a lock, so that two that are written to one file do not mix. Raises `FeedsvcError`."""
    part = file.with_name(f".{file.name}.part")
    with os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as output:
        try:
            fcntl.flock(output, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # The other process may have renamed it between the opening and the locking.
            is_ours = os.path.samestat(os.fstat(output.fileno()), part.stat())
        except (BlockingIOError, FileNotFoundError):
            is_ours = False
        if not is_ours:
            raise FeedsvcError(f"Another {what} to {file} is under way. Nothing was done.")
        os.fchmod(output.fileno(), 0o600)
        output.truncate()
        try:
            yield part, output
        except BaseException:
            part.unlink(missing_ok=True)
            raise


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on disk. Raises `OSError`."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class _Summed:
    """A file that is summed up while it is read."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        read = self._source.read(size)
        self.digest.update(read)
        return read


def _sum(file: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while read := file.read(CHUNK_BYTES):
        digest.update(read)
    return digest.hexdigest()


def _no_backup(path: Path) -> StorageError:
    return StorageError(f"{path} is no backup of feedsvc, or not a whole one: nothing was restored.", path)


_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL


def _member(name: str, size_bytes: int, modified: float) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mtime, member.mode = size_bytes, int(modified), 0o600
    return member


def _is_expected(name: str) -> bool:
    if name.startswith(MEDIA):
        return bool(_PLAIN_NAME.fullmatch(name.removeprefix(MEDIA)))
    return name == DATABASE or belongs(name)
