"""The command `import`: bring in stories from a file, a folder or an address, and tell what became of each."""

import argparse
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from feedsvc import cli_export
from feedsvc.errors import Invalid
from feedsvc.settings import Settings
from feedsvc.storage.database import Database

if TYPE_CHECKING:
    from feedsvc.actions.importing.plan import Plan
    from feedsvc.actions.importing.table import Names

BY = "import"
BAR_WIDTH = 30


def bring(options: argparse.Namespace, settings: Settings, database: Database) -> None:
    """Bring in stories from elsewhere: a feed, a list of feeds, or an export of WordPress or Ghost."""
    from feedsvc.actions.importing import sniff
    from feedsvc.actions.importing.carry_out import carry_out
    from feedsvc.actions.importing.fetch import fetch
    from feedsvc.actions.importing.plan import make_plan
    from feedsvc.actions.importing.sniff import PictureFinder

    if cli_export.is_export(options):
        cli_export.bring(options, settings, database)
        return
    if options.keep_line:
        raise Invalid({"keep_line": "--keep-line goes with a file that export wrote, and with nothing else."})
    names = _names(options)
    sources, oddities = sniff.from_place(options.source, fetch, options.site)
    with database.read() as connection:
        plan = make_plan(connection, sources, names, database.clock(), options.redirects, oddities)
    if options.dry_run:
        _tell_plan(plan)
        return
    folder = Path(options.source) if Path(options.source).is_dir() else None
    finder = PictureFinder(fetch, folder)
    outcome = carry_out(database, settings.media, plan, finder, BY, on_progress=progress_bar())
    are = "story is" if outcome.brought == 1 else "stories are"
    print(f"{outcome.brought:,} {are} new, {_rest(plan)}.")
    if plan.sections and outcome.brought:
        print(f"New sections: {', '.join(sorted(plan.sections))}.")
    if options.redirects:
        print(f"Old addresses that lead here now: {outcome.addresses:,}.")
    _list(plan.left_out, "Left out", plan.oddities, outcome.oddities)


def _tell_plan(plan: "Plan") -> None:
    are = "story would be" if len(plan.new) == 1 else "stories would be"
    print(f"{len(plan.new):,} {are} new, {_rest(plan)}. Nothing was changed.")
    for story in plan.new:
        print(f"{story.published:%Y-%m-%d}\t{story.revision.section}\t{story.revision.headline}")
    for slug, title in plan.sections.items():
        print(f"The section “{title}” would be made at /{slug}.")
    if plan.addresses:
        print(f"Old addresses that would lead here: {len(plan.addresses):,}.")
    _list(plan.left_out, "Left out", plan.oddities)


def _rest(plan: "Plan") -> str:
    was = "was" if len(plan.left_out) == 1 else "were"
    are = "is" if plan.here == 1 else "are"
    return f"{plan.here:,} {are} here already, {len(plan.left_out):,} {was} left out"


def _list(left_out: Iterable[object], heading: str, *others: Iterable[object]) -> None:
    for one in left_out:
        print(f"{heading}: {one}")
    for oddities in others:
        for one in oddities:
            print(f"Note: {one}")


def _names(options: argparse.Namespace) -> "Names":
    from feedsvc.actions.importing import table
    from feedsvc.actions.importing.table import Names

    try:
        text = options.table.read_text(encoding="utf-8") if options.table else ""
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid({"table": f"The table {options.table} cannot be read ({error})."}) from error
    names = table.read(text)
    return Names(names["section"], names["author"], names["topic"], options.section, options.make_sections)


def progress_bar() -> Callable[[int, int], None]:
    """A line on standard error that fills; nothing where no terminal is."""

    def show(done: int, of: int) -> None:
        filled = BAR_WIDTH * done // of if of else BAR_WIDTH
        end = "\n" if done == of else ""
        print(f"\r[{'#' * filled:<{BAR_WIDTH}}] {done:,} of {of:,}", end=end, file=sys.stderr, flush=True)

    return show if sys.stderr.isatty() else lambda done, of: None


def add_arguments(of: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    of.add_argument("source", help="a file, a folder with files and pictures, or the address of a feed")
    of.add_argument("--dry-run", action="store_true", help="only say what would happen")
    of.add_argument("--section", default="", metavar="SLUG", help="the section of stories that have none otherwise")
    of.add_argument("--make-sections", action="store_true", help="make the sections that are not here yet")
    of.add_argument("--table", type=Path, metavar="FILE", help="CSV of kind,foreign,ours: section, author or topic")
    of.add_argument("--redirects", action="store_true", help="have the old addresses of the stories lead here")
    of.add_argument("--keep-line", action="store_true", help="of an export: entity tags given before stay valid")
    of.add_argument("--site", default="", metavar="URL", help="the site that an export of Ghost comes from")
