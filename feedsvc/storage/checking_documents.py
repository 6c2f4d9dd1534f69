"""What a check reads of a feed to compare its documents with. Writes nothing."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, or_, select

from feedsvc.domain.article import Status
from feedsvc.domain.feedname import CORRECTIONS, TRENDING
from feedsvc.storage.tables import articles, corrections, feed_entries


def newest(connection: Connection, feed_id: int, kind: str, limit: int) -> list[int]:
    """The numbers of the stories that every document of a feed holds: the first of those that stand there."""
    e = feed_entries.c
    order: tuple[Any, ...] = (e.position,) if kind == TRENDING else (e.published.desc(), e.article_id.desc())
    query = select(e.article_id).where(e.feed_id == feed_id, e.left_seq.is_(None)).order_by(*order).limit(limit)
    return list(connection.execute(query).scalars())


def stories_of(connection: Connection, kind: str, identities: Collection[str]) -> dict[str, int]:
    """Identity of an entry, as documents have it -> the number of the story, for those that are stored."""
    a, c = articles.c, corrections.c
    if kind == CORRECTIONS:
        rows = connection.execute(select(c.identity, c.article_id).where(c.identity.in_(identities)))
        return {row.identity: row.article_id for row in rows}
    query = select(a.article_id, a.identity, a.foreign_id)
    found: dict[str, int] = {}
    for row in connection.execute(query.where(or_(a.identity.in_(identities), a.foreign_id.in_(identities)))):
        found |= {identity: row.article_id for identity in (row.identity, row.foreign_id) if identity in identities}
    return found


def identities(connection: Connection, article_ids: Collection[int]) -> list[tuple[int, str]]:
    """The numbers and identities of stories; those that are known elsewhere by another name have two."""
    a = articles.c
    rows = connection.execute(select(a.article_id, a.identity, a.foreign_id).where(a.article_id.in_(article_ids)))
    return [(row.article_id, one) for row in rows for one in (row.identity, row.foreign_id) if one is not None]


def may_be_in(connection: Connection, feed_id: int, article_ids: Collection[int]) -> set[int]:
    """Those of the stories that may be in the documents of a feed: they stand there, or their notices may."""
    e, a = feed_entries.c, articles.c
    has_notice = (a.status == Status.WITHDRAWN.value) & (a.notice != "")
    return set(
        connection.execute(
            select(e.article_id)
            .join(articles, a.article_id == e.article_id)
            .where(e.feed_id == feed_id, e.article_id.in_(article_ids), e.left_seq.is_(None) | has_notice)
        ).scalars()
    )
