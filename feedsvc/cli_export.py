"""The commands that write an export, and bring one in."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from feedsvc.errors import Invalid
from feedsvc.settings import Settings
from feedsvc.storage.database import Database


def write(options: argparse.Namespace, settings: Settings, database: Database) -> None:
    """Write all stories, pictures and feeds to a file for another installation, or all pages to a folder."""
    from feedsvc.actions import export

    if (options.file is None) == (options.static is None):
        raise Invalid({"file": "Name either a file for the export, or a folder with --static."})
    if options.static is not None:
        if options.force:
            raise Invalid({"force": "--force does not go with --static: the folder must be new or empty."})
        # What this needs is loaded for it alone: it is all of the application.
        from feedsvc.freeze import freeze

        written = freeze(database, settings, options.static, _progress())
        print(f"{options.static} holds {written:,} files, with {settings.base_url} as their address.")
        return
    made = export.export(database, settings, options.file, overwrite=options.force)
    for name in made.missing:
        print(f"The picture {name} is not in {settings.media}: the export is without it.")
    print(f"{options.file} holds {made.counts['articles']:,} stories; accounts and settings are not in it.")


def is_export(options: argparse.Namespace) -> bool:
    """Whether what `import` was given is such a file."""
    from feedsvc.actions import take_over

    return take_over.is_export(Path(options.source))


def bring(options: argparse.Namespace, settings: Settings, database: Database) -> None:
    """Bring an export into an installation that has nothing yet; other options of `import` do not go with it."""
    from feedsvc.actions import take_over

    others = ("dry_run", "section", "make_sections", "table", "redirects", "site")
    if given := [name for name in others if getattr(options, name)]:
        option = "--" + given[0].replace("_", "-")
        raise Invalid({given[0]: f"{option} does not go with an export, which is brought in whole. Leave it out."})
    taken = take_over.take_over(database, settings, Path(options.source), keep_line=options.keep_line)
    for note in taken.notes:
        print(note)
    print(f"{taken.counts['articles']:,} stories are here, with all that was exported; accounts are as they were.")


def add_arguments(of: argparse.ArgumentParser) -> None:
    """The arguments of `export`."""
    of.add_argument("file", type=Path, nargs="?", help="the file to write, such as news.zip")
    of.add_argument("--force", action="store_true", help="overwrite an export that is there already")
    of.add_argument("--static", type=Path, metavar="FOLDER", help="write all pages and feeds as files instead")


def _progress() -> Callable[[int, int], None]:
    """A line on standard error that counts; nothing where no terminal is."""

    def show(done: int, of: int) -> None:
        print(f"\r{done:,} of {of:,}", end="\n" if done == of else "", file=sys.stderr, flush=True)

    return show if sys.stderr.isatty() else lambda done, of: None
