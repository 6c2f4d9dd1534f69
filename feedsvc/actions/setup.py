"""Make an installation, and bring it up to this code."""

import os
from pathlib import Path

from feedsvc.actions import sample, staff
from feedsvc.domain.dates import floored
from feedsvc.errors import StorageReadOnly
from feedsvc.settings import Settings
from feedsvc.storage import installation
from feedsvc.storage import staff as stored_staff
from feedsvc.storage.database import Database

ADMIN = "admin"


def prepare(database: Database, settings: Settings, with_sample: bool = False) -> bool:
    """Make the folders, the schema and the first rows where they are missing; True if the database is new.

    Only a new database gets the sample newsroom, and only if asked for. Raises `StorageError`, whose message says what
    to do.
    """
    for folder in (settings.instance, settings.media):
        _make(folder)
    database.migrate()
    with database.write() as connection:
        is_new = not installation.is_founded(connection)
        if is_new:
            installation.found(connection, floored(database.clock()))
    if is_new and with_sample:
        sample.bring(database, settings.media)
    return is_new


def _make(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = folder / f".write-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise StorageReadOnly(
            f"{folder} cannot be written ({error.strerror}). Give this user the right to write there, or set "
            "FEEDSVC_INSTANCE_PATH to a folder that can be written."
        ) from error


def settle_admin(database: Database, settings: Settings) -> str | None:
    """See that `admin` exists and has the password of the settings, if one is set.

    Returns the password that was made for a new account, or None.
    """
    with database.read() as connection:
        is_there = stored_staff.account(connection, ADMIN) is not None
        is_first = not stored_staff.all_accounts(connection)
    chosen = settings.admin_password
    if chosen and is_there:
        if not staff.has_password(database, ADMIN, chosen):
            staff.set_password(database, ADMIN, chosen)
        return None
    if chosen:
        staff.add_account(database, ADMIN, chosen)
        return None
    if not is_first:
        return None
    password = staff.new_password()
    staff.add_account(database, ADMIN, password)
    return password


def write_secret(folder: Path, name: str, text: str) -> Path:
    """Write a file that only this user may read, and return its path."""
    path = folder / name
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(text)
    return path
