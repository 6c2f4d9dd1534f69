"""Invitations to the newsdesk, each known by the hash of its token."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from feedsvc.domain.roles import Role
from feedsvc.storage.tables import invitations


@dataclass(frozen=True)
class Invitation:
    """What somebody was invited to, until when, and by whom."""

    token_hash: str
    role: Role
    invited_by: str
    made: datetime
    expires: datetime


def add(connection: Connection, invitation: Invitation) -> None:
    """Somebody is invited."""
    values = {
        "token_hash": invitation.token_hash,
        "role": invitation.role.value,
        "invited_by": invitation.invited_by,
        "made": invitation.made,
        "expires": invitation.expires,
    }
    connection.execute(insert(invitations).values(values))


def all_open(connection: Connection, now: datetime, token_hash: str | None = None) -> tuple[Invitation, ...]:
    """The invitations that can be accepted, the newest first; of one token if it is given."""
    query = select(invitations).where(invitations.c.used_by.is_(None), invitations.c.expires > now)
    if token_hash is not None:
        query = query.where(invitations.c.token_hash == token_hash)
    rows = connection.execute(query.order_by(invitations.c.made.desc(), invitations.c.token_hash))
    return tuple(Invitation(row.token_hash, Role(row.role), row.invited_by, row.made, row.expires) for row in rows)


def use(connection: Connection, token_hash: str, name: str) -> None:
    """An invitation was accepted, by the account that it made."""
    connection.execute(update(invitations).where(invitations.c.token_hash == token_hash).values(used_by=name))


def remove(connection: Connection, token_hash: str) -> None:
    """An invitation cannot be accepted any more."""
    connection.execute(delete(invitations).where(invitations.c.token_hash == token_hash))


def remove_open_of(connection: Connection, invited_by: str) -> None:
    """What somebody invited to cannot be accepted any more."""
    is_open = invitations.c.used_by.is_(None)
    connection.execute(delete(invitations).where(invitations.c.invited_by == invited_by, is_open))


def forget(connection: Connection, before: datetime) -> None:
    """Drop the invitations, used or not, that expired before a date."""
    connection.execute(delete(invitations).where(invitations.c.expires < before))
