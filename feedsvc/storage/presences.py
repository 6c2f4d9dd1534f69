"""Who has which story open at the newsdesk: one row for each account and story, renewed while its page is open."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from feedsvc.storage.tables import accounts, presences


@dataclass(frozen=True)
class Present:
    """Somebody who has a story open, and when that was last heard of them."""

    name: str
    at: datetime


def note(connection: Connection, article_id: int, account_id: int, at: datetime) -> None:
    """Write down that an account has a story open."""
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    noted = insert(presences).values(article_id=article_id, account_id=account_id, at=at)
    connection.execute(noted.on_conflict_do_update(index_elements=["article_id", "account_id"], set_={"at": at}))


def heard(connection: Connection, article_id: int, account_id: int) -> datetime | None:
    """When an account was last heard of at a story."""
    p = presences.c
    return connection.execute(select(p.at).where(p.article_id == article_id, p.account_id == account_id)).scalar()


def others(connection: Connection, article_id: int, account_id: int, since: datetime, limit: int) -> list[Present]:
    """Who else has a story open, the latest first, as far as they were heard of since a moment."""
    p = presences.c
    rows = connection.execute(
        select(accounts.c.name, p.at)
        .join(accounts, accounts.c.account_id == p.account_id)
        .where(p.article_id == article_id, p.account_id != account_id, p.at > since)
        .order_by(p.at.desc(), accounts.c.name)
        .limit(limit)
    )
    return [Present(row.name, row.at) for row in rows]


def forget(connection: Connection, before: datetime) -> None:
    """Remove whoever was not heard of since a moment."""
    connection.execute(delete(presences).where(presences.c.at < before))
