"""Commands, each calling one action. Every refusal is one line on standard error and a non-zero exit.

What only some commands need is loaded by them, so that each begins at once.
"""

import argparse
import io
import os
import re
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from feedsvc import cli_check, cli_export, cli_import, cli_user
from feedsvc.domain.article import Status
from feedsvc.domain.dates import Clock
from feedsvc.errors import FeedsvcError, Invalid, StorageError, command
from feedsvc.serve import hold_instance, serve
from feedsvc.settings import Settings
from feedsvc.storage import articles, feeds, installation
from feedsvc.storage.database import Database

BY = "command line"
PROGRAM = "python -m feedsvc"
PAGE = 100
PAGE_LIMIT = 10_000
ID_LIMIT = 2**63 - 1

Command = Callable[[argparse.Namespace, Settings, Database], int | None]
"""Returns the exit code, None for 0."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    arguments = sys.argv[1:] if arguments is None else arguments
    refused = cli_check.UNCHECKED if list(arguments[:1]) == ["check"] else 1
    try:
        options = _parser().parse_args(_as_text(arguments))
        act: Command = options.act
        settings = Settings()
        database = Database(settings.database_url, Clock())
        is_whole = act is cli_import.bring and cli_export.is_export(options)
        held = hold_instance(settings, alone=act is put_back or is_whole)
        try:
            if act not in (init, migrate, back_up, put_back) and not is_whole:
                database.check_ready()
            code = act(options, settings, database) or 0
            sys.stdout.flush()
        finally:
            if held is not None:
                os.close(held)
    except FeedsvcError as error:
        print("feedsvc:", *str(error).split(), file=sys.stderr)
        return refused
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Nobody reads on: what is left is not written at the end of the process either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    return code


def init(options: argparse.Namespace, settings: Settings, database: Database) -> None:
    """Make the folders, the database and the account `admin`, whatever of it is missing."""
    from feedsvc.actions import setup

    is_new = setup.prepare(database, settings, with_sample=options.sample)
    if is_new:
        print(f"A new newsroom is in {settings.instance}" + (", with sample stories." if options.sample else "."))
    _settle_admin(database, settings)


def run(options: argparse.Namespace, settings: Settings, database: Database) -> None:
    """Answer requests until Ctrl-C or SIGTERM."""
    from feedsvc.actions import press

    _settle_admin(database, settings)
    # What would end every worker is said here, once.
    installation.settle_epoch(database, press.epoch(settings))
    database.check_writable()
    database.engine.dispose()
    serve(settings)
    database.gather()
    print("Stopped.")


def keep_time(options: argparse.Namespace, settings: Settings, database: Database) -> None:
    """Run the clock alone, until Ctrl-C or SIGTERM: for services with SCHEDULER=0, or beside others."""
    from feedsvc import jobs

    database.check_writable()
    # Held back, in the clock's threads too, until they are waited for. A handler would come too late for a thread that
    # is just going to sleep, and would wait for ever where that thread holds the lock of the event that it is to set.
    ends = {signal.SIGINT, signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)
    clock = jobs.start(database, settings)
    print("The clock runs.", flush=True)
    signal.sigwait(ends)
    clock.stop()
    print("Stopped.")


def migrate(options: argparse.Namespace, settings: Settings, database: Database) -> None:
    """Bring the database to what this version needs."""
    if database.is_new():
        raise StorageError(f"There is no database at {database.place} yet. Make it with: {command('init')}")
    database.migrate()
    print("The database is up to date.")


def back_up(options: argparse.Namespace, settings: Settings, database: Database) -> None:
    """Write all that this installation owns to one file, also while it is served."""
    from feedsvc.actions import backup

    made = backup.backup(database, settings, options.file, overwrite=options.force)
    for name in made.missing:
        print(f"The picture {name} is not in {settings.media}: the backup is without it.")
    size_mb = options.file.stat().st_size / 1_000_000
    print(f"{options.file} holds {made.articles} stories and {made.accounts} accounts ({size_mb:,.1f} MB).")


def put_back(options: argparse.Namespace, settings: Settings, database: Database) -> None:
    """Put a backup into the instance, while nothing works on it."""
    from feedsvc.actions import restore

    restored = restore.restore(database, settings, options.file, replace=options.force)
    made = restored.manifest
    for note in restored.notes:
        print(note)
    print(
        f"The backup of {made.made:%Y-%m-%d %H:%M} UTC is in {database.path}, with {made.articles} stories and "
        f"{made.accounts} accounts; nobody is signed in."
    )
    if (url := Settings().database_url) != settings.database_url:
        print(f"Its config.py says DATABASE_URL = {url}. Change that, or move the database there.")


def section_add(options: argparse.Namespace, settings: Settings, database: Database) -> None:
    """Add a section; it stands last in the order."""
    from feedsvc.actions import sections

    section = sections.add(database, options.slug, options.title, options.description, BY)
    print(f"{settings.base_url}/{section.slug} and {settings.base_url}/feeds/{section.slug} are there.")


def section_list(options: argparse.Namespace, settings: Settings, database: Database) -> None:
    """List the sections in their order."""
    with database.read() as connection:
        for section in feeds.all_sections(connection):
            print(f"{section.slug}\t{section.title}\t{section.description}")


def rename(options: argparse.Namespace, settings: Settings, database: Database) -> None:
    """Give it another name or address; the old addresses redirect."""
    from feedsvc.actions import naming

    feed = options.kind + options.slug
    name = naming.rename(database, feed, options.title, options.new_slug or "", options.description, BY)
    print(f"{settings.base_url}/feeds/{name} is its address now; the old ones redirect.")


def retire(options: argparse.Namespace, settings: Settings, database: Database) -> None:
    """End it: its addresses answer 410, its stories stay elsewhere."""
    from feedsvc.actions import naming

    naming.retire(database, options.kind + options.slug, BY)
    print(f"{options.slug} is retired: its page and its feeds answer 410.")


def merge(options: argparse.Namespace, settings: Settings, database: Database) -> None:
    """Let it be part of another one; its addresses redirect there."""
    from feedsvc.actions import naming

    naming.merge(database, options.kind + options.slug, options.kind + options.into, BY)
    print(f"The stories of {options.slug} stand in {options.into}, where its addresses lead.")


def name_list(options: argparse.Namespace, settings: Settings, database: Database) -> None:
    """List those that have a page, by name."""
    with database.read() as connection:
        for head in feeds.directory(connection, options.kind.rstrip("/")):
            print(f"{head.name.removeprefix(options.kind)}\t{head.title}")


def article_list(options: argparse.Namespace, settings: Settings, database: Database) -> None:
    """List stories, last saved first."""
    status = Status(options.status) if options.status else None
    with database.read() as connection:
        for line in articles.listing(connection, options.limit, status):
            print(f"{line.article_id}\t{line.status}\t{line.saved:%Y-%m-%d %H:%M}\t{line.headline}")


def article_publish(options: argparse.Namespace, settings: Settings, database: Database) -> None:
    """Publish a draft, or a withdrawn story again, as it was last saved."""
    from feedsvc.actions import edit

    edit.publish(database, options.id, _version(database, options.id), BY)
    print(f"Story {options.id} is published.")


def article_withdraw(options: argparse.Namespace, settings: Settings, database: Database) -> None:
    """Take a published story down; a notice stands in its place."""
    from feedsvc.actions import edit

    edit.withdraw(database, options.id, _version(database, options.id), BY, options.notice, settings=settings)
    print(f"Story {options.id} is withdrawn.")


def sample_remove(options: argparse.Namespace, settings: Settings, database: Database) -> None:
    """Remove the sample stories, and the sample sections in which nothing else stands."""
    from feedsvc.actions import sample

    sample.remove(database, settings.media)
    print("The sample newsroom is removed.")


def _settle_admin(database: Database, settings: Settings) -> None:
    from feedsvc.actions import setup

    def hand_over(password: str) -> None:
        if sys.stdout.isatty():
            print(f"Sign in as {setup.ADMIN} with the password {password} (it is shown this once).", flush=True)
        else:
            path = setup.write_secret(settings.instance, "admin-password.txt", password + "\n")
            print(f"Sign in as {setup.ADMIN} with the password in {path}.", flush=True)

    setup.settle_admin(database, settings, hand_over)


def _version(database: Database, article_id: int) -> int:
    with database.read() as connection:
        return articles.get(connection, article_id).version


def _as_text(arguments: Sequence[str]) -> Sequence[str]:
    for argument in arguments:
        try:
            argument.encode()
        except UnicodeEncodeError as error:
            raise Invalid({"argument": f"“{argument}” is no text in UTF-8. Nothing was changed."}) from error
    return arguments


def _whole(most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not re.fullmatch("[0-9]{1,19}", text, re.ASCII) or not 1 <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"“{text}” is no whole number from 1 to {most}")
        return int(text)

    return read


class _Parser(argparse.ArgumentParser):
    """Refuses like every command: in one line."""

    def error(self, message: str) -> NoReturn:
        words = self.prog.removeprefix(PROGRAM).strip()
        raise FeedsvcError(f"{message}. What there is: {command(f'{words} --help'.strip())}")


def _parser() -> _Parser:
    parser = _Parser(prog=PROGRAM, description="Stories in, feeds out.")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    of = _add(commands, "init", init)
    of.add_argument("--sample", action="store_true", help="fill a new database with a sample newsroom")
    _add(commands, "serve", run)
    _add(commands, "scheduler", keep_time)
    _add(commands, "migrate", migrate)
    of = _add(commands, "backup", back_up)
    of.add_argument("file", type=Path, help="the file to write, such as news.tar")
    of.add_argument("--force", action="store_true", help="overwrite a backup that is there already")
    of = _add(commands, "restore", put_back)
    of.add_argument("file", type=Path, help="a file that backup wrote")
    of.add_argument("--force", action="store_true", help="take the place of a newsroom, whose database is kept")

    cli_import.add_arguments(_add(commands, "import", cli_import.bring))
    cli_export.add_arguments(_add(commands, "export", cli_export.write))
    cli_check.add_arguments(_add(commands, "check", cli_check.check))

    user = _group(commands, "user", "the accounts of the newsdesk")
    for name, (act, add_arguments) in cli_user.COMMANDS.items():
        add_arguments(_add(user, name, act))

    section = _group(commands, "section", "the sections")
    of = _add(section, "add", section_add)
    of.add_argument("slug", help="its address: a to z, 0 to 9 and hyphens")
    of.add_argument("title", help="what readers see")
    of.add_argument("--description", default="", help="one sentence on what is in it")
    _add(section, "list", section_list)

    of = _add(section, "rename", rename, kind="")
    of.add_argument("slug", help="its address now")
    of.add_argument("new_slug", help="the address it gets; the same one to change the rest only")
    of.add_argument("--title", help="what readers see from now on")
    of.add_argument("--description", help="one sentence on what is in it")
    _add(section, "retire", retire, kind="").add_argument("slug", help="its address")

    for word in ("topic", "author"):
        kind = f"{word}s/"
        names = _group(commands, word, f"the {word}s")
        _add(names, "list", name_list, kind=kind)
        of = _add(names, "rename", rename, kind=kind, description=None)
        of.add_argument("slug", help=f"its address now, without {kind}")
        of.add_argument("title", help="its new name")
        of.add_argument("--slug", dest="new_slug", help="the address it gets, else one made from the name")
        of = _add(names, "merge", merge, kind=kind)
        of.add_argument("slug", help=f"its address, without {kind}")
        of.add_argument("into", help="the address of the one that stays")
        _add(names, "retire", retire, kind=kind).add_argument("slug", help=f"its address, without {kind}")

    article = _group(commands, "article", "the stories")
    of = _add(article, "list", article_list)
    of.add_argument("--status", choices=[status.value for status in Status], help="only stories of this status")
    of.add_argument("--limit", type=_whole(PAGE_LIMIT), default=PAGE, help=f"at most so many ({PAGE})")
    publish, withdraw = _add(article, "publish", article_publish), _add(article, "withdraw", article_withdraw)
    for of in (publish, withdraw):
        of.add_argument("id", type=_whole(ID_LIMIT), help="the number in its address")
    withdraw.add_argument("--notice", default="", help="what readers are told")

    _add(_group(commands, "sample", "the sample newsroom"), "remove", sample_remove)
    return parser


def _group(commands: "argparse._SubParsersAction[_Parser]", name: str, what: str):  # type: ignore[no-untyped-def]
    return commands.add_parser(name, help=what, description=what).add_subparsers(metavar="COMMAND", required=True)


def _add(commands: "argparse._SubParsersAction[_Parser]", name: str, act: Command, **values: str | None) -> _Parser:
    what = (act.__doc__ or "").rstrip(".")
    parser = commands.add_parser(name, help=what, description=what)
    parser.set_defaults(act=act, **values)
    return parser
