"""Accounts, and signing in and out."""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from feedsvc.domain.roles import Person, Role
from feedsvc.errors import Invalid, NotFound, SignInRefused
from feedsvc.storage import staff
from feedsvc.storage.database import Database

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

hasher = PasswordHasher()


@dataclass(frozen=True)
class Editor(Person):
    """Somebody who is signed in."""

    account_id: int


def add_account(database: Database, name: str, password: str, role: Role = Role.ADMINISTRATOR) -> None:
    """A new account. Raises `Invalid`."""
    name = name.strip()
    problems = _problems(password)
    if not name or len(name) > NAME_LENGTH or any(ord(c) < 33 for c in name) or not _is_text(name):
        problems["user"] = f"A name has 1 to {NAME_LENGTH} characters and no spaces."
    if problems:
        raise Invalid(problems)
    hashed = hasher.hash(password)
    with database.write() as connection:
        if staff.account(connection, name) is not None:
            raise Invalid({"user": f"There is an account “{name}” already."})
        staff.add_account(connection, name, hashed, database.clock(), role)


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


def set_password(database: Database, name: str, password: str) -> None:
    """Give an account another password; all its sessions end. Raises `Invalid`, `NotFound`."""
    if problems := _problems(password):
        raise Invalid(problems)
    hashed = hasher.hash(password)
    with database.write() as connection:
        account = staff.account(connection, name)
        if account is None:
            raise NotFound(f"There is no account “{name}”.", name)
        staff.set_password(connection, account.account_id, hashed)
        staff.revoke_all(connection, account.account_id, database.clock())


def has_password(database: Database, name: str, password: str) -> bool:
    """Whether the account exists and has this password."""
    with database.read() as connection:
        account = staff.account(connection, name)
    return account is not None and _matches(account.password_hash, password)


def new_password() -> str:
    """A password that nobody guesses and everybody can type."""
    return "-".join(secrets.token_hex(2) for _ in range(4))


def sign_in(database: Database, name: str, password: str, address: str) -> str:
    """Begin a session of `SESSION_DAYS` days; its token is returned, of which only a hash is stored.

    `address` is the client's. Raises `SignInRefused`: the same for an unknown name and a wrong password, and with
    `retry_after_seconds` after too many failures.
    """
    name = name.strip()
    now = database.clock()
    name_key = _hashed(name)
    since = now - timedelta(minutes=WINDOW_MINUTES)
    with database.write() as connection:
        is_throttled = (
            staff.failures(connection, since, name_key, address) >= FAILURES_OF_NAME_AND_ADDRESS
            or staff.failures(connection, since, name_key, None) >= FAILURES_OF_NAME
            or staff.failures(connection, since, None, address) >= FAILURES_OF_ADDRESS
        )
        if not is_throttled:
            # Counted as failed until it succeeds: attempts made at the same time cannot slip past the limit.
            staff.forget_failures(connection, now - timedelta(days=1))
            staff.add_failure(connection, name_key, address, now)
        account = staff.account(connection, name)
    if is_throttled:
        raise SignInRefused(f"Too many attempts. Wait {WINDOW_MINUTES} minutes, then try again.", WINDOW_MINUTES * 60)
    if account is None:
        # An unknown name takes as long as a known one, so that the time does not tell which names exist.
        hasher.hash(password[:1000])
    if account is None or not _matches(account.password_hash, password):
        raise SignInRefused("That name and password do not belong together. Try again.")
    token = secrets.token_urlsafe(32)
    with database.write() as connection:
        staff.forget_sign_ins(connection, now - timedelta(days=KEPT_DAYS))
        staff.forget_failures(connection, now + timedelta(seconds=1), name_key)
        staff.add_sign_in(connection, _hashed(token), account.account_id, now, now + timedelta(days=SESSION_DAYS))
    return token


def forget(database: Database) -> None:
    """Remove sessions and attempts to sign in that are long over."""
    now = database.clock()
    with database.write() as connection:
        staff.forget_sign_ins(connection, now - timedelta(days=KEPT_DAYS))
        staff.forget_failures(connection, now - timedelta(days=1))


def who(database: Database, token: str) -> Editor | None:
    """Whose session a token is; None once it expired or was revoked."""
    with database.read() as connection:
        session = staff.sign_in(connection, _hashed(token))
    if session is None or session.revoked is not None or session.expires <= database.clock():
        return None
    return Editor(session.name, session.role, session.account_id)


def was_signed_in(database: Database, token: str) -> bool:
    """Whether a token was given out by this newsroom, and its session ended not long ago."""
    with database.read() as connection:
        return staff.sign_in(connection, _hashed(token)) is not None


def sign_out(database: Database, token: str) -> None:
    """End a session."""
    with database.write() as connection:
        staff.revoke(connection, _hashed(token), database.clock())


def _problems(password: str) -> dict[str, str]:
    if len(password) < PASSWORD_LENGTH or len(password) > 1000:
        return {"password": f"A password has {PASSWORD_LENGTH} to 1,000 characters."}
    if not _is_text(password):
        return {"password": "A password is text in UTF-8, and this holds other bytes."}
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
