"""Stories from elsewhere: under which identities they are stored, and which of their old addresses lead here."""

from collections.abc import Iterable, Iterator, Mapping

from sqlalchemy import Connection, insert, select

from feedsvc.domain.article import Status
from feedsvc.storage.tables import articles, redirects, revisions

AT_ONCE = 500
"""So many names are asked for with one statement."""


def known(connection: Connection, identities: Iterable[str]) -> dict[str, int]:
    """Those of the identities that are stored -> the numbers of their articles."""
    a = articles.c
    return {
        row.identity: row.article_id
        for some in _parts(identities)
        for row in connection.execute(select(a.identity, a.article_id).where(a.identity.in_(some)))
    }


def taken(connection: Connection, foreign_ids: Iterable[str]) -> set[str]:
    """Those of the foreign ids that an article has already."""
    column = articles.c.foreign_id
    return {
        foreign_id
        for some in _parts(foreign_ids)
        for foreign_id in connection.execute(select(column).where(column.in_(some))).scalars()
    }


def led(connection: Connection, paths: Iterable[str]) -> dict[str, int | None]:
    """Those of the paths that lead somewhere already -> the article, None if it is no article."""
    r = redirects.c
    return {
        row.path: row.article_id
        for some in _parts(paths)
        for row in connection.execute(select(r.path, r.article_id).where(r.path.in_(some)))
    }


def add(connection: Connection, article_ids: Mapping[str, int]) -> None:
    """Have paths (path -> article) lead to articles; none of them may lead anywhere yet."""
    if article_ids:
        rows = [{"path": path, "article_id": article_id} for path, article_id in article_ids.items()]
        connection.execute(insert(redirects), rows)


def find(connection: Connection, paths: Iterable[str]) -> tuple[int, str] | None:
    """The article, that is or was public, to which the first of the paths leads that leads to one: its number, slug."""
    wanted = list(paths)
    public = (Status.PUBLISHED.value, Status.WITHDRAWN.value)
    rows = connection.execute(
        select(redirects.c.path, articles.c.article_id, revisions.c.slug)
        .join(articles, articles.c.article_id == redirects.c.article_id)
        .join(revisions, revisions.c.revision_id == articles.c.live_id)
        .where(redirects.c.path.in_(wanted), articles.c.status.in_(public))
    )
    found = {row.path: (row.article_id, row.slug) for row in rows}
    return next((found[path] for path in wanted if path in found), None)


def _parts(names: Iterable[str]) -> Iterator[list[str]]:
    every = list(dict.fromkeys(names))
    return (every[start : start + AT_ONCE] for start in range(0, len(every), AT_ONCE))
