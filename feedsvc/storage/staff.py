"""Accounts, sign-in sessions, and the throttle of attempts."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from feedsvc.domain.roles import Role
from feedsvc.storage.tables import accounts, sign_in_failures, sign_ins


@dataclass(frozen=True)
class Account:
    """Somebody who may use the newsdesk."""

    account_id: int
    name: str
    password_hash: str
    added: datetime
    role: Role


@dataclass(frozen=True)
class SignIn:
    """One session of an account, known by the hash of its token."""

    account_id: int
    name: str
    expires: datetime
    revoked: datetime | None
    role: Role


@dataclass(frozen=True)
class Session:
    """A session that holds, as its owner sees it. `browser` is the beginning of its User-Agent."""

    token_hash: str
    began: datetime
    browser: str


@dataclass(frozen=True)
class Sessions:
    """When an account signed in last, as far as that is remembered, and how many of its sessions hold."""

    last_began: datetime
    open: int


def account(connection: Connection, name: str) -> Account | None:
    """The account with that name."""
    row = connection.execute(select(accounts).where(accounts.c.name == name)).first()
    return None if row is None else _account(row)


def all_accounts(connection: Connection) -> tuple[Account, ...]:
    """Every account, by name."""
    rows = connection.execute(select(accounts).order_by(accounts.c.name))
    return tuple(_account(row) for row in rows)


def _account(row: Any) -> Account:
    return Account(row.account_id, row.name, row.password_hash, row.added, Role(row.role))


def add_account(
    connection: Connection, name: str, password_hash: str, now: datetime, role: Role = Role.ADMINISTRATOR
) -> int:
    """A new account; its number."""
    values = {"name": name, "password_hash": password_hash, "added": now, "role": role.value}
    account_id: int = connection.execute(insert(accounts).values(values).returning(accounts.c.account_id)).scalar_one()
    return account_id


def set_password(connection: Connection, account_id: int, password_hash: str) -> None:
    """Give an account another password."""
    connection.execute(update(accounts).where(accounts.c.account_id == account_id).values(password_hash=password_hash))


def set_role(connection: Connection, account_id: int, role: Role) -> None:
    """Give an account another role."""
    connection.execute(update(accounts).where(accounts.c.account_id == account_id).values(role=role.value))


def administrators(connection: Connection) -> int:
    """How many accounts are administrators."""
    query = select(func.count()).select_from(accounts).where(accounts.c.role == Role.ADMINISTRATOR.value)
    return connection.execute(query).scalar_one()


def remove_account(connection: Connection, account_id: int) -> None:
    """Remove an account with its sessions."""
    connection.execute(delete(sign_ins).where(sign_ins.c.account_id == account_id))
    connection.execute(delete(accounts).where(accounts.c.account_id == account_id))


def add_sign_in(
    connection: Connection, token_hash: str, account_id: int, now: datetime, expires: datetime, browser: str = ""
) -> None:
    """A session begins."""
    values = {
        "token_hash": token_hash,
        "account_id": account_id,
        "began": now,
        "expires": expires,
        "browser": browser,
    }
    connection.execute(insert(sign_ins).values(values))


def sign_in(connection: Connection, token_hash: str) -> SignIn | None:
    """The session with that token, whether it still holds or not."""
    row = connection.execute(
        select(sign_ins, accounts.c.name, accounts.c.role)
        .join(accounts, accounts.c.account_id == sign_ins.c.account_id)
        .where(sign_ins.c.token_hash == token_hash)
    ).first()
    return None if row is None else SignIn(row.account_id, row.name, row.expires, row.revoked, Role(row.role))


def revoke(connection: Connection, token_hash: str, now: datetime) -> None:
    """End one session."""
    connection.execute(update(sign_ins).where(sign_ins.c.token_hash == token_hash).values(revoked=now))


def revoke_all(connection: Connection, account_id: int, now: datetime, but: str | None = None) -> None:
    """End every session of an account, but not the one with the token hash `but`."""
    query = update(sign_ins).where(sign_ins.c.account_id == account_id, sign_ins.c.revoked.is_(None))
    if but is not None:
        query = query.where(sign_ins.c.token_hash != but)
    connection.execute(query.values(revoked=now))


def sessions(connection: Connection, account_id: int, now: datetime) -> tuple[Session, ...]:
    """The sessions of an account that hold, the newest first."""
    rows = connection.execute(
        select(sign_ins)
        .where(sign_ins.c.account_id == account_id, sign_ins.c.revoked.is_(None), sign_ins.c.expires > now)
        .order_by(sign_ins.c.began.desc(), sign_ins.c.token_hash)
    )
    return tuple(Session(row.token_hash, row.began, row.browser) for row in rows)


def sessions_of_all(connection: Connection, now: datetime) -> dict[int, Sessions]:
    """Account -> its sessions; without those that never signed in, or not for long."""
    holds = (sign_ins.c.revoked.is_(None)) & (sign_ins.c.expires > now)
    rows = connection.execute(
        select(
            sign_ins.c.account_id, func.max(sign_ins.c.began).label("last"), func.count().filter(holds).label("open")
        )
        .select_from(sign_ins)
        .group_by(sign_ins.c.account_id)
    )
    return {row.account_id: Sessions(row.last, row.open) for row in rows}


def forget_sign_ins(connection: Connection, before: datetime) -> None:
    """Drop the sessions that expired before a date."""
    connection.execute(delete(sign_ins).where(sign_ins.c.expires < before))


def add_failure(connection: Connection, name_key: str, address: str, now: datetime) -> None:
    """Somebody at an address did not know the password for a name."""
    connection.execute(insert(sign_in_failures).values(name_key=name_key, address=address, at=now))


def failures(connection: Connection, since: datetime, name_key: str | None, address: str | None) -> int:
    """How many attempts failed since a date, for a name, from an address, or for both together."""
    query = select(func.count()).select_from(sign_in_failures).where(sign_in_failures.c.at >= since)
    if name_key is not None:
        query = query.where(sign_in_failures.c.name_key == name_key)
    if address is not None:
        query = query.where(sign_in_failures.c.address == address)
    return connection.execute(query).scalar_one()


def forget_failures(connection: Connection, before: datetime, name_key: str | None = None) -> None:
    """Drop the failures before a date, of one name or of all."""
    query = delete(sign_in_failures).where(sign_in_failures.c.at < before)
    if name_key is not None:
        query = query.where(sign_in_failures.c.name_key == name_key)
    connection.execute(query)
