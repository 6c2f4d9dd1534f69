"""The command that looks whether all that is stored agrees."""

import argparse
import sys
from typing import TYPE_CHECKING

from feedsvc.settings import Settings
from feedsvc.storage.database import Database

if TYPE_CHECKING:
    from feedsvc.actions.check.finding import Finding

WRONG = 1
"""The exit code where something is wrong, and stays so."""

UNCHECKED = 2
"""The exit code where it could not be found out."""


def check(options: argparse.Namespace, settings: Settings, database: Database) -> int:
    """Look whether all that is stored agrees, also while it is served; says what is wrong and how to mend it."""
    from feedsvc.actions.check.run import run

    line = _Line()

    def tell(finding: "Finding", is_mended: bool) -> None:
        line.clear()
        print(f"{finding.where}: {finding.what} {'It is mended.' if is_mended else finding.mend}", flush=True)

    outcome = run(database, settings, options.repair, tell, line.show)
    line.clear()
    left = outcome.found - outcome.mended
    if not outcome.is_whole:
        print("Nothing else was looked at, since nothing that a damaged file says can be believed.")
    elif not outcome.found:
        print("All is well.")
    elif options.repair:
        print(f"{outcome.found:,} found, {outcome.mended:,} mended, {left:,} left.")
    else:
        print(f"{outcome.found:,} found.")
    return WRONG if left else 0


def add_arguments(of: argparse.ArgumentParser) -> None:
    """The arguments of `check`."""
    of.add_argument("--repair", action="store_true", help="mend what can be mended safely")


class _Line:
    """A line on standard error that counts; nothing where no terminal is."""

    def __init__(self) -> None:
        self._is_seen = sys.stderr.isatty()
        self._is_there = False

    def show(self, name: str, done: int, of: int) -> None:
        if self._is_seen:
            print(f"\r\x1b[K{name}: {done:,} of {of:,}", end="", file=sys.stderr, flush=True)
            self._is_there = True

    def clear(self) -> None:
        if self._is_there:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
            self._is_there = False
