"""What an editor offered to bring in, kept on disk between the preview and the act, for a day at most."""

import fcntl
import json
import os
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from feedsvc.errors import Conflict, NotFound, StorageError
from feedsvc.texts import _

KEPT_SECONDS = 24 * 60 * 60

_TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")


@dataclass(frozen=True)
class Offered:
    """A document; where it was fetched from, empty for a file; what to call it; and its site, if that was told."""

    data: bytes
    url: str = ""
    name: str = ""
    site: str = ""


def keep(folder: Path, offered: Offered) -> str:
    """Write down what was offered, for this user only, and return the word under which it is found again.

    What was kept longer than `KEPT_SECONDS` ago is removed at that. Raises `StorageError`.
    """
    token = secrets.token_urlsafe(16)
    told = asdict(offered)
    data = told.pop("data")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _forget_old(folder)
        with os.fdopen(os.open(folder / token, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(json.dumps(told).encode() + b"\n" + data)
    except OSError as error:
        (folder / token).unlink(missing_ok=True)
        raise StorageError(f"Nothing can be kept in {folder}: {error.strerror}.") from error
    return token


def read(folder: Path, token: str) -> Offered:
    """What was offered under a word. Raises `NotFound` once it is not kept any more."""
    path = _path(folder, token)
    try:
        head, _end, data = path.read_bytes().partition(b"\n")
    except FileNotFoundError as error:
        raise NotFound(_("What was offered is not kept any more. Offer it again."), token) from error
    return Offered(data, **json.loads(head))


@contextmanager
def alone_with(folder: Path, token: str) -> Iterator[None]:
    """Nobody else brings in the same meanwhile. Raises `Conflict` if somebody does, and `NotFound`."""
    try:
        descriptor = os.open(_path(folder, token), os.O_RDONLY)
    except FileNotFoundError as error:
        raise NotFound(_("What was offered is not kept any more. Offer it again."), token) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise Conflict(_("This is being brought in already. Look again in a minute."), token) from error
    finally:
        os.close(descriptor)


def forget(folder: Path, token: str) -> None:
    """Remove what was offered; that it is gone already does not matter."""
    _path(folder, token).unlink(missing_ok=True)


def _path(folder: Path, token: str) -> Path:
    if not _TOKEN.fullmatch(token):
        raise NotFound(_("Nothing was offered under that address."), token)
    return folder / token


def _forget_old(folder: Path) -> None:
    for path in folder.iterdir():
        # Another process may have removed it just now.
        with suppress(FileNotFoundError):
            if time.time() - path.stat().st_mtime > KEPT_SECONDS:
                path.unlink()
