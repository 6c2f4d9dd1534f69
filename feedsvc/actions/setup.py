"""Make an installation, and bring it up to this code."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile

from feedsvc.actions import sample, staff
from feedsvc.domain.dates import floored
from feedsvc.errors import Invalid, StorageReadOnly, WrongSetting
from feedsvc.settings import Settings
from feedsvc.storage import installation
from feedsvc.storage import staff as stored_staff
from feedsvc.storage.database import Database

ADMIN = "admin"


def prepare(database: Database, settings: Settings, with_sample: bool = False) -> bool:
    """Make the folders, the schema and the first rows where they are missing; True if the newsroom is new.

    Only a new one gets the sample newsroom, and only if asked for; one that was interrupted is finished. Raises
    `StorageError`, whose message says what to do.
    """
    for folder in (settings.instance, settings.media):
        _make(folder)
    with _alone_in(settings.instance):
        database.migrate()
        with database.write() as connection:
            is_new = not installation.is_founded(connection)
            if is_new:
                installation.found(connection, floored(database.clock()))
                installation.note_sample(connection, is_there=with_sample, is_unfinished=with_sample)
            is_unfinished = installation.sample_is_unfinished(connection)
        if with_sample and is_unfinished:
            sample.bring(database, settings.media)
    return is_new or (with_sample and is_unfinished)


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Wait until no other process makes the same installation. The lock ends with the process, however that ends."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise StorageReadOnly(
            f"{folder} cannot be written ({error.strerror}). Give this user the right to write there, or set "
            "FEEDSVC_INSTANCE_PATH to a folder that can be written."
        ) from error


def settle_admin(database: Database, settings: Settings, hand_over: Callable[[str], None]) -> None:
    """See that somebody can sign in: `admin` with the password of the settings, or with one that is made.

    One is made only where there is no account at all; `hand_over` gets it, see `staff.add_first_account`. Raises
    `WrongSetting` for a password that cannot be one.
    """
    with database.read() as connection:
        is_there = stored_staff.account(connection, ADMIN) is not None
        is_first = not stored_staff.all_accounts(connection)
    chosen = settings.admin_password
    if not chosen:
        if is_first:
            staff.add_first_account(database, ADMIN, hand_over)
        return
    try:
        if not is_there:
            staff.add_account(database, ADMIN, chosen)
        elif not staff.has_password(database, ADMIN, chosen):
            staff.set_password(database, ADMIN, chosen)
    except Invalid as error:
        raise WrongSetting(f"FEEDSVC_ADMIN_PASSWORD cannot be used. {error}", "FEEDSVC_ADMIN_PASSWORD") from error


def write_secret(folder: Path, name: str, text: str) -> Path:
    """Write a file that only this user may read, and return its path; it is on disk then. Raises `StorageReadOnly`."""
    path = folder / name
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise StorageReadOnly(f"{path} cannot be written ({error.strerror}). Nothing was changed.") from error
    return path
