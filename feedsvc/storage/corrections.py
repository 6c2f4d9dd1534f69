"""Corrections: what a published story got wrong and how it is right, each with an identity of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from feedsvc.domain.article import Article, new_identity
from feedsvc.storage.tables import corrections


@dataclass(frozen=True)
class Correction:
    """One correction of a story. `text` is Markdown; `updated` is later than `at` once its story was restored."""

    identity: str
    at: datetime
    updated: datetime
    text: str


def add(connection: Connection, article: Article, text: str) -> None:
    """Write down a correction of a story, dated with its last update."""
    values = {"article_id": article.article_id, "identity": new_identity(), "text": text}
    connection.execute(insert(corrections).values(**values, at=article.updated, updated=article.updated))


def renew(connection: Connection, article: Article) -> None:
    """Date the corrections of a story that was restored later than the notices that stood in their place."""
    connection.execute(
        update(corrections).where(corrections.c.article_id == article.article_id).values(updated=article.updated)
    )


def of(connection: Connection, article_ids: Sequence[int]) -> dict[int, tuple[Correction, ...]]:
    """Article -> its corrections, the first one first; without articles that have none."""
    c = corrections.c
    rows = connection.execute(
        select(corrections).where(c.article_id.in_(article_ids)).order_by(c.article_id, c.correction_id)
    )
    found: dict[int, tuple[Correction, ...]] = {}
    for row in rows:
        one = Correction(row.identity, row.at, row.updated, row.text)
        found[row.article_id] = (*found.get(row.article_id, ()), one)
    return found
