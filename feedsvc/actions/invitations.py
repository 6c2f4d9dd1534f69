"""Inviting somebody to the newsdesk by a link that holds once and for `INVITATION_DAYS` days.

Of the token in the link only a hash is stored.
"""

import hashlib
import secrets
from datetime import timedelta

from sqlalchemy import Connection

from feedsvc.actions import staff
from feedsvc.domain.roles import By, Right, Role, require
from feedsvc.errors import NotFound, SignInRefused
from feedsvc.storage import invitations
from feedsvc.storage import staff as stored_staff
from feedsvc.storage.database import Database
from feedsvc.storage.invitations import Invitation
from feedsvc.texts import N_, _

INVITATION_DAYS = 7

PATH = "/newsdesk/invitation"
"""The token stands behind it in the address of the link."""

NOT_OPEN = N_("This invitation does not hold any more. Ask whoever sent it for a new one.")
"""The same for a token that is wrong, used, revoked or expired; to be translated."""


def invite(database: Database, by: By, role: Role) -> str:
    """Invite somebody to be a `role`; the token of the invitation. Raises `NotPermitted`."""
    name = require(by, Right.MANAGE)
    token = secrets.token_urlsafe(32)
    now = database.clock()
    invitation = Invitation(_hashed(token), role, name, now, now + timedelta(days=INVITATION_DAYS))
    with database.write() as connection:
        invitations.add(connection, invitation)
    return token


def open_invitations(database: Database, by: By) -> tuple[Invitation, ...]:
    """The invitations that can be accepted, the newest first. Raises `NotPermitted`."""
    require(by, Right.MANAGE)
    with database.read() as connection:
        return invitations.all_open(connection, database.clock())


def revoke(database: Database, by: By, token_hash: str) -> None:
    """Let an invitation hold no more. Raises `NotPermitted`, and `NotFound` if it does not hold now."""
    require(by, Right.MANAGE)
    with database.write() as connection:
        if not invitations.all_open(connection, database.clock(), token_hash):
            raise NotFound(_("This invitation was used or has expired, so there is nothing to revoke."), token_hash)
        invitations.remove(connection, token_hash)


def look(database: Database, token: str, address: str) -> Invitation:
    """The invitation of a token. Throttled like sign-ins, by the client's `address`. Raises `SignInRefused`."""
    now, key = database.clock(), _hashed(token)
    with database.read() as connection:
        if staff.is_throttled(connection, key, address, now):
            raise staff.too_many()
        found = _open(connection, database, key)
    if found is not None:
        return found
    with database.write() as connection:
        stored_staff.forget_failures(connection, now - timedelta(days=1))
        stored_staff.add_failure(connection, key, address, now)
    raise SignInRefused(_(NOT_OPEN))


def accept(database: Database, token: str, name: str, password: str, address: str, browser: str = "") -> str:
    """Make the account that somebody was invited to, and begin a session; its token.

    Raises `SignInRefused` if the invitation does not hold, and `Invalid` for a name or a password that can be none:
    then it still holds.
    """
    look(database, token, address)
    name = staff.checked(name, password)
    hashed = staff.hasher.hash(password)
    key = _hashed(token)
    with database.write() as connection:
        # Asked again: of two who accept at the same time, the second finds it used.
        invitation = _open(connection, database, key)
        if invitation is None:
            raise SignInRefused(_(NOT_OPEN))
        now = database.clock()
        account_id = staff.add_checked(connection, name, hashed, now, invitation.role)
        invitations.use(connection, key, name)
        return staff.begin_session(connection, account_id, now, browser)


def _open(connection: Connection, database: Database, token_hash: str) -> Invitation | None:
    return next(iter(invitations.all_open(connection, database.clock(), token_hash)), None)


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
