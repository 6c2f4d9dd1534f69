"""Accounts and their roles, signing in and out, and the sessions of each account.

What somebody does to the accounts of others takes who it is, and the right to manage. One administrator always stays.
"""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection

from feedsvc.domain.roles import By, Person, Right, Role, require
from feedsvc.errors import Invalid, NotAllowed, NotFound, SignInRefused
from feedsvc.storage import invitations, staff
from feedsvc.storage.database import Database
from feedsvc.storage.staff import Account
from feedsvc.texts import N_, _

SESSION_DAYS = 14
KEPT_DAYS = 30
"""How long an expired session is remembered, so that what its editor typed can be given back to the form."""

WINDOW_MINUTES = 15
FAILURES_OF_NAME_AND_ADDRESS = 5
FAILURES_OF_NAME = 50
FAILURES_OF_ADDRESS = 30
"""More failures than these in the window, and further attempts are refused unread."""

PASSWORD_LENGTH = 8
NAME_LENGTH = 100

BROWSER_CHARACTERS = 200
"""So much of a User-Agent is kept with a session."""

OURSELVES = "feedsvc"
"""Who acts where nobody is named: the newsroom as it is set up, or whoever may use its command line."""

WRONG = N_("That name and password do not belong together. Try again.")
TOO_MANY = N_("Too many attempts. Wait %(minutes)s minutes, then try again.")

hasher = PasswordHasher()


@dataclass(frozen=True)
class Editor(Person):
    """Somebody who is signed in."""

    account_id: int


def add_account(
    database: Database, name: str, password: str, role: Role = Role.ADMINISTRATOR, by: By = OURSELVES
) -> None:
    """A new account. Raises `Invalid`, `NotPermitted`."""
    require(by, Right.MANAGE)
    name = checked(name, password)
    hashed = hasher.hash(password)
    with database.write() as connection:
        add_checked(connection, name, hashed, database.clock(), role)


def checked(name: str, password: str) -> str:
    """The name as an account can have it. Raises `Invalid` for a name or a password that can be none."""
    name = name.strip()
    problems = _problems(password)
    if not name or len(name) > NAME_LENGTH or any(ord(c) < 33 for c in name) or not _is_text(name):
        problems["user"] = _("A name has 1 to %(most)s characters and no spaces.", most=NAME_LENGTH)
    if problems:
        raise Invalid(problems)
    return name


def add_checked(connection: Connection, name: str, password_hash: str, now: datetime, role: Role) -> int:
    """An account of a name that was checked; its number. Raises `Invalid` if there is one of that name."""
    if staff.account(connection, name) is not None:
        raise Invalid({"user": _("There is an account “%(name)s” already. Choose another name.", name=name)})
    return staff.add_account(connection, name, password_hash, now, role)


def add_first_account(database: Database, name: str, hand_over: Callable[[str], None]) -> bool:
    """An account with a password that is made, unless there is any account already; whether it was added.

    `hand_over` gets the password before the account is stored, so that no account has a password that was lost. If it
    raises, nothing is stored.
    """
    password = new_password()
    hashed = hasher.hash(password)
    with database.write() as connection:
        if staff.all_accounts(connection):
            return False
        hand_over(password)
        staff.add_account(connection, name, hashed, database.clock())
    return True


def set_password(database: Database, name: str, password: str, by: By = OURSELVES) -> None:
    """Give an account another password; all its sessions end. Raises `Invalid`, `NotFound`, `NotPermitted`."""
    require(by, Right.MANAGE)
    if problems := _problems(password):
        raise Invalid(problems)
    hashed = hasher.hash(password)
    with database.write() as connection:
        account = _account(connection, name)
        staff.set_password(connection, account.account_id, hashed)
        staff.revoke_all(connection, account.account_id, database.clock())


def change_password(database: Database, by: Editor, token: str, present: str, password: str, address: str) -> None:
    """Give one's own account another password; its sessions end but the one of `token`.

    A wrong `present` password counts as a failed sign-in of that name from `address`. Raises `Invalid`, and
    `SignInRefused` after too many failures.
    """
    if problems := _problems(password):
        raise Invalid(problems)
    try:
        account = _recognized(database, by.name, present, address)
    except SignInRefused as refused:
        if refused.retry_after_seconds is not None:
            raise
        raise Invalid({"present": _("This is not your present password. Type it again.")}) from refused
    hashed = hasher.hash(password)
    now = database.clock()
    with database.write() as connection:
        staff.forget_failures(connection, now + timedelta(seconds=1), _hashed(by.name))
        staff.set_password(connection, account.account_id, hashed)
        staff.revoke_all(connection, account.account_id, now, but=_hashed(token))


def set_role(database: Database, by: By, name: str, role: Role) -> None:
    """Give an account another role, from its next request on; who is no administrator any more has invited nobody.

    Raises `NotPermitted`, `NotFound`, and `NotAllowed` for one's own account and for the last administrator.
    """
    require(by, Right.MANAGE)
    with database.write() as connection:
        account = _account(connection, name)
        if role is account.role:
            return
        _check_who_stays(connection, by, account)
        staff.set_role(connection, account.account_id, role)
        if account.role is Role.ADMINISTRATOR:
            invitations.remove_open_of(connection, name)


def remove_account(database: Database, by: By, name: str) -> None:
    """Remove an account; its sessions and the invitations that it made end, and its name stays on stories.

    Raises `NotPermitted`, `NotFound`, and `NotAllowed` for one's own account and for the last administrator.
    """
    require(by, Right.MANAGE)
    with database.write() as connection:
        account = _account(connection, name)
        _check_who_stays(connection, by, account)
        staff.remove_account(connection, account.account_id)
        # A link that was kept would be a way back in.
        invitations.remove_open_of(connection, name)


def end_sessions(database: Database, by: By, name: str) -> None:
    """End all sessions of an account. Raises `NotPermitted`, `NotFound`."""
    require(by, Right.MANAGE)
    with database.write() as connection:
        staff.revoke_all(connection, _account(connection, name).account_id, database.clock())


def end_session(database: Database, by: Editor, token_hash: str) -> None:
    """End one of one's own sessions. Raises `NotFound` if there is none such that holds."""
    now = database.clock()
    with database.write() as connection:
        if token_hash not in {session.token_hash for session in staff.sessions(connection, by.account_id, now)}:
            raise NotFound(_("This session has ended already."), token_hash)
        staff.revoke(connection, token_hash, now)


def end_other_sessions(database: Database, by: Editor, token: str) -> None:
    """End all of one's own sessions but the one of `token`."""
    with database.write() as connection:
        staff.revoke_all(connection, by.account_id, database.clock(), but=_hashed(token))


def is_of(token: str, token_hash: str) -> bool:
    """Whether a stored hash is that of a token."""
    return secrets.compare_digest(_hashed(token), token_hash)


def has_password(database: Database, name: str, password: str) -> bool:
    """Whether the account exists and has this password."""
    with database.read() as connection:
        account = staff.account(connection, name)
    return account is not None and _matches(account.password_hash, password)


def new_password() -> str:
    """A password that nobody guesses and everybody can type."""
    return "-".join(secrets.token_hex(2) for _ in range(4))


def sign_in(database: Database, name: str, password: str, address: str, browser: str = "") -> str:
    """Begin a session of `SESSION_DAYS` days; its token is returned, of which only a hash is stored.

    `address` is the client's, `browser` what it says of itself. Raises `SignInRefused`: the same for an unknown name
    and a wrong password, and with `retry_after_seconds` after too many failures.
    """
    name = name.strip()
    account = _recognized(database, name, password, address)
    now = database.clock()
    with database.write() as connection:
        if staff.account(connection, name) != account:
            # It was removed, or got another password, since it was read.
            raise SignInRefused(_(WRONG))
        staff.forget_sign_ins(connection, now - timedelta(days=KEPT_DAYS))
        staff.forget_failures(connection, now + timedelta(seconds=1), _hashed(name))
        return begin_session(connection, account.account_id, now, browser)


def begin_session(connection: Connection, account_id: int, now: datetime, browser: str) -> str:
    """Begin a session of somebody who was recognized; its token."""
    token = secrets.token_urlsafe(32)
    expires = now + timedelta(days=SESSION_DAYS)
    shortened = "".join(c for c in browser if c.isprintable())[:BROWSER_CHARACTERS]
    staff.add_sign_in(connection, _hashed(token), account_id, now, expires, shortened)
    return token


def is_throttled(connection: Connection, name_key: str, address: str, now: datetime) -> bool:
    """Whether too many attempts failed lately for what the key stands for, from an address, or both."""
    since = now - timedelta(minutes=WINDOW_MINUTES)
    return (
        staff.failures(connection, since, name_key, address) >= FAILURES_OF_NAME_AND_ADDRESS
        or staff.failures(connection, since, name_key, None) >= FAILURES_OF_NAME
        or staff.failures(connection, since, None, address) >= FAILURES_OF_ADDRESS
    )


def too_many() -> SignInRefused:
    """The refusal of an attempt after too many."""
    return SignInRefused(_(TOO_MANY, minutes=WINDOW_MINUTES), WINDOW_MINUTES * 60)


def _recognized(database: Database, name: str, password: str, address: str) -> Account:
    """The account whose name and password these are; an attempt that fails is counted. Raises `SignInRefused`."""
    now = database.clock()
    name_key = _hashed(name)
    with database.write() as connection:
        throttled = is_throttled(connection, name_key, address, now)
        if not throttled:
            # Counted as failed until it succeeds: attempts made at the same time cannot slip past the limit.
            staff.forget_failures(connection, now - timedelta(days=1))
            staff.add_failure(connection, name_key, address, now)
        account = staff.account(connection, name)
    if throttled:
        raise too_many()
    if account is None:
        # An unknown name takes as long as a known one, so that the time does not tell which names exist.
        hasher.hash(password[:1000])
    if account is None or not _matches(account.password_hash, password):
        raise SignInRefused(_(WRONG))
    return account


def forget(database: Database) -> None:
    """Remove sessions, invitations and attempts to sign in that are long over."""
    now = database.clock()
    with database.write() as connection:
        staff.forget_sign_ins(connection, now - timedelta(days=KEPT_DAYS))
        staff.forget_failures(connection, now - timedelta(days=1))
        invitations.forget(connection, now - timedelta(days=KEPT_DAYS))


def who(database: Database, token: str) -> Editor | None:
    """Whose session a token is; None once it expired or was revoked."""
    with database.read() as connection:
        session = staff.sign_in(connection, _hashed(token))
    if session is None or session.revoked is not None or session.expires <= database.clock():
        return None
    return Editor(session.name, session.role, session.account_id)


def was_signed_in(database: Database, token: str) -> str:
    """Who had the session of a token, which may have ended not long ago; empty if this newsroom did not give it out."""
    with database.read() as connection:
        session = staff.sign_in(connection, _hashed(token))
        return "" if session is None else session.name


def sign_out(database: Database, token: str) -> None:
    """End a session."""
    with database.write() as connection:
        staff.revoke(connection, _hashed(token), database.clock())


def _account(connection: Connection, name: str) -> Account:
    account = staff.account(connection, name)
    if account is None:
        raise NotFound(_("There is no account “%(name)s”.", name=name), name)
    return account


def _check_who_stays(connection: Connection, by: By, account: Account) -> None:
    """Raise `NotAllowed` where an account would lose what it, or the newsroom, cannot do without."""
    if isinstance(by, Person) and by.name == account.name:
        raise NotAllowed(_("Nobody changes their own role or removes themselves: ask another administrator."))
    if account.role is Role.ADMINISTRATOR and staff.administrators(connection) == 1:
        raise NotAllowed(
            _(
                "%(name)s is the last administrator and stays one. Make somebody else an administrator first.",
                name=account.name,
            )
        )


def _problems(password: str) -> dict[str, str]:
    if len(password) < PASSWORD_LENGTH or len(password) > 1000:
        return {"password": _("A password has %(least)s to 1,000 characters.", least=PASSWORD_LENGTH)}
    if not _is_text(password):
        return {"password": _("A password is text in UTF-8, and this holds other bytes.")}
    return {}


def _is_text(given: str) -> bool:
    """Whether there are no lone surrogates, which stand for bytes that are no UTF-8."""
    return not any("\ud800" <= character <= "\udfff" for character in given)


def _matches(password_hash: str, password: str) -> bool:
    try:
        return hasher.verify(password_hash, password[:1000])
    except (VerificationError, InvalidHashError):
        return False


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
