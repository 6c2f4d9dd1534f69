"""The commands `user`: the accounts of the newsdesk, their roles, and invitations."""

import argparse
import getpass
import sys
from collections.abc import Callable

from feedsvc.actions import invitations, staff
from feedsvc.domain.roles import Role
from feedsvc.errors import Invalid
from feedsvc.settings import Settings
from feedsvc.storage import staff as stored_staff
from feedsvc.storage.database import Database

BY = "command line"

ROLES = [role.value for role in Role]


def add(options: argparse.Namespace, settings: Settings, database: Database) -> None:
    """Add an account; its password is asked for, or read from standard input."""
    staff.add_account(database, options.name, _ask_password(), Role(options.role), BY)
    print(f"{options.name} can sign in.")


def invite(options: argparse.Namespace, settings: Settings, database: Database) -> None:
    """Make a link with which somebody chooses name and password; it is shown this once."""
    token = invitations.invite(database, BY, Role(options.role))
    print(f"{settings.base_url}{invitations.PATH}/{token}")


def role(options: argparse.Namespace, settings: Settings, database: Database) -> None:
    """Give an account another role."""
    staff.set_role(database, BY, options.name, Role(options.role))
    print(f"{options.name} is {options.role} now.")


def password(options: argparse.Namespace, settings: Settings, database: Database) -> None:
    """Give an account another password; its sessions end."""
    staff.set_password(database, options.name, _ask_password(), BY)
    print(f"{options.name} has a new password and must sign in again.")


def remove(options: argparse.Namespace, settings: Settings, database: Database) -> None:
    """Remove an account; its sessions end, and its name stays on stories."""
    staff.remove_account(database, BY, options.name)
    print(f"{options.name} is removed and cannot sign in any more.")


def show(options: argparse.Namespace, settings: Settings, database: Database) -> None:
    """List the accounts with their roles."""
    with database.read() as connection:
        for account in stored_staff.all_accounts(connection):
            print(f"{account.name}\t{account.role}\tsince {account.added:%Y-%m-%d}")


def _takes_nothing(of: argparse.ArgumentParser) -> None:
    """No argument."""


def _takes_name(of: argparse.ArgumentParser) -> None:
    of.add_argument("name", help="the name to sign in with")


def _takes_role(of: argparse.ArgumentParser) -> None:
    of.add_argument("role", choices=ROLES, help="what the account may do")


def _takes_name_and_role(of: argparse.ArgumentParser) -> None:
    _takes_name(of)
    _takes_role(of)


def _takes_new(of: argparse.ArgumentParser) -> None:
    _takes_name(of)
    of.add_argument("--role", choices=ROLES, default=Role.ADMINISTRATOR.value, help="what it may do (administrator)")


COMMANDS: dict[
    str,
    tuple[Callable[[argparse.Namespace, Settings, Database], None], Callable[[argparse.ArgumentParser], None]],
] = {
    "add": (add, _takes_new),
    "invite": (invite, _takes_role),
    "role": (role, _takes_name_and_role),
    "password": (password, _takes_name),
    "remove": (remove, _takes_name),
    "list": (show, _takes_nothing),
}
"""Word behind `user` -> what it does, and what adds its arguments to a parser."""


def _ask_password() -> str:
    try:
        if not sys.stdin.isatty():
            return sys.stdin.readline().rstrip("\r\n")
        password = getpass.getpass("Password: ")
        is_same = getpass.getpass("Once more: ") == password
    except EOFError as error:
        raise Invalid({"password": "No password was typed. Nothing was changed."}) from error
    except UnicodeDecodeError as error:
        raise Invalid({"password": "A password is text in UTF-8, and this holds other bytes."}) from error
    if not is_same:
        raise Invalid({"password": "The two passwords differ. Nothing was changed."})
    return password
