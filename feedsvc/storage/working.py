"""The working copy of a story: saved, and, where it was only saved while somebody typed, replaced by the next save."""

from datetime import datetime

from sqlalchemy import Connection, delete, exists, select, update

from feedsvc.domain.article import Article, Revision
from feedsvc.storage import indexing
from feedsvc.storage.revisions import NAMED, add_revisions
from feedsvc.storage.tables import articles, former_names, picture_uses, revisions


def save(
    connection: Connection, article: Article, revision: Revision, now: datetime, by: str, is_autosaved: bool = False
) -> None:
    """A new revision becomes the working copy, in the place of one that the same person only autosaved.

    What is public stays as it is.
    """
    superseded = _take_out(connection, article.article_id, by)
    (revision_id,) = add_revisions(connection, [(article.article_id, revision)], now, by, is_autosaved)
    connection.execute(
        update(articles)
        .where(articles.c.article_id == article.article_id)
        .values(working_id=revision_id, version=articles.c.version + 1, saved=now, saved_by=by)
    )
    indexing.index(connection, [article.article_id])
    _forget(connection, superseded)


def be_live(connection: Connection, article: Article, now: datetime, by: str) -> None:
    """The working copy is what is public again, with no revision of its own."""
    superseded = _take_out(connection, article.article_id, by)
    connection.execute(
        update(articles)
        .where(articles.c.article_id == article.article_id)
        .values(working_id=articles.c.live_id, version=articles.c.version + 1, saved=now, saved_by=by)
    )
    indexing.index(connection, [article.article_id])
    _forget(connection, superseded)


def bodies_before(connection: Connection, article_id: int, limit: int) -> list[str]:
    """The texts of the revisions that were saved before the working one, the latest first."""
    r = revisions.c
    working = select(articles.c.working_id).where(articles.c.article_id == article_id).scalar_subquery()
    return list(
        connection.execute(
            select(r.body)
            .where(r.article_id == article_id, r.revision_id < working)
            .order_by(r.revision_id.desc())
            .limit(limit)
        ).scalars()
    )


def keep(connection: Connection, article_id: int) -> None:
    """From now on the working copy counts as saved by somebody's “Save”."""
    working = select(articles.c.working_id).where(articles.c.article_id == article_id).scalar_subquery()
    connection.execute(update(revisions).where(revisions.c.revision_id == working).values(is_autosaved=False))


def _take_out(connection: Connection, article_id: int, by: str) -> int | None:
    """The number of the working copy if `by` only autosaved it and nobody reads it; None if it is to stay.

    What it names and uses is taken from it. Names that nothing else has ever had are forgotten, so that a topic that
    is half typed leaves nothing behind.
    """
    r = revisions.c
    query = (
        select(r.revision_id)
        .join(articles, articles.c.working_id == r.revision_id)
        .where(articles.c.article_id == article_id, r.is_autosaved, r.saved_by == by)
        .where(articles.c.live_id.is_(None) | (articles.c.live_id != r.revision_id))
    )
    superseded: int | None = connection.execute(query).scalar()
    if superseded is None:
        return None
    connection.execute(delete(picture_uses).where(picture_uses.c.revision_id == superseded))
    for named, uses, column in NAMED.values():
        taken = delete(uses).where(uses.c.revision_id == superseded).returning(uses.c[column])
        numbers = connection.execute(taken).scalars().all()
        is_used = exists().where(uses.c[column] == named.c[column])
        is_former = exists().where(former_names.c[column] == named.c[column])
        unused = named.c[column].in_(numbers) & named.c.feed_id.is_(None) & ~is_used & ~is_former
        connection.execute(delete(named).where(unused))
    return superseded


def _forget(connection: Connection, revision_id: int | None) -> None:
    """Remove a revision that was taken out, once it is nobody's working copy any more."""
    if revision_id is not None:
        connection.execute(delete(revisions).where(revisions.c.revision_id == revision_id))
