"""The error tree, and how a message names a command.

FeedsvcError                  message: one sentence for a person; key: what it is about
├── WrongSetting              a setting that cannot be used; key: its name
├── BrokenCatalogue           texts of a language that cannot be read; key: the language
├── NotAllowed                the status of a thing does not permit the act
├── NotPermitted              the role of who acts does not allow it; key: the right that is missing
├── NotFound                  nothing is stored under that key
├── Invalid                   values that cannot be taken; problems: field -> what is wrong
├── Conflict                  saved on an old version; the newer one is kept
├── SignInRefused             wrong name or password, or too many attempts
├── PictureRefused            an upload that is no usable picture
├── SourceRefused             what is to be brought in cannot be fetched or read
└── StorageError              the database did not do it
    ├── StorageBusy           locked or too slow: the same act may be tried again
    ├── StorageReadOnly       nothing can be written where the database lies
    └── NeedsNewerCode        the database was written by a newer feedsvc
"""

import shlex
import sys
from collections.abc import Mapping
from pathlib import Path


def command(words: str) -> str:
    """A command of feedsvc, in full as it can be typed here: with the Python that runs now."""
    python, here = Path(sys.executable), Path.cwd()
    if python.is_relative_to(here):
        python = python.relative_to(here)
    return f"{shlex.quote(str(python))} -m feedsvc {words}"


class FeedsvcError(Exception):
    """Whatever feedsvc says no to. `str(error)` is one sentence that a person can act on."""

    def __init__(self, message: str, key: object = None) -> None:
        super().__init__(message)
        self.message = message
        self.key = key


class WrongSetting(FeedsvcError):
    """A setting has a value that cannot be used."""


class BrokenCatalogue(FeedsvcError):
    """The file with the texts of a language cannot be read."""


class NotAllowed(FeedsvcError):
    """The act does not fit the status of the article, section or account."""


class NotPermitted(FeedsvcError):
    """Whoever acts has a role that does not allow it."""


class NotFound(FeedsvcError):
    """Nothing is stored under that key."""


class Retired(NotFound):
    """What had that name goes on no more."""


class Invalid(FeedsvcError):
    """Values that cannot be taken.

    `problems` maps a form field's name to one sentence: what is wrong and what to do.
    """

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = dict(problems)


class Conflict(FeedsvcError):
    """Somebody saved the article since the version that this change was made on."""


class SignInRefused(FeedsvcError):
    """No sign-in. `retry_after_seconds` is set when attempts are throttled."""

    def __init__(self, message: str, retry_after_seconds: int | None = None) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class PictureRefused(FeedsvcError):
    """An upload that is no usable picture."""


class SourceRefused(FeedsvcError):
    """What is to be brought in cannot be fetched, or is nothing that can be read."""


class Unavailable(FeedsvcError):
    """Nothing may be served under this address now; ask again after `retry_after_seconds`."""

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__(f"This feed cannot be served at the moment. Ask again in {retry_after_seconds} s.")
        self.retry_after_seconds = retry_after_seconds


class StorageError(FeedsvcError):
    """The database did not do what was asked."""


class StorageBusy(StorageError):
    """The database was locked, or the transaction took too long: it may be tried again."""


class StorageReadOnly(StorageError):
    """The database, or the folder it lies in, cannot be written."""


class NeedsNewerCode(StorageError):
    """A newer feedsvc wrote this database and allows no older one."""
