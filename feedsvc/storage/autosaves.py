"""Working copies that were saved while somebody typed: each takes the place of the one before."""

from sqlalchemy import Connection, delete, exists, select, update

from feedsvc.storage.revisions import NAMED
from feedsvc.storage.tables import articles, former_names, picture_uses, revisions


def keep(connection: Connection, article_id: int) -> None:
    """From now on the working copy counts as saved by somebody's “Save”."""
    working = select(articles.c.working_id).where(articles.c.article_id == article_id).scalar_subquery()
    connection.execute(update(revisions).where(revisions.c.revision_id == working).values(is_autosaved=False))


def take_out(connection: Connection, article_id: int, by: str) -> int | None:
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


def forget(connection: Connection, revision_id: int | None) -> None:
    """Remove a revision that was taken out, once it is nobody's working copy any more."""
    if revision_id is not None:
        connection.execute(delete(revisions).where(revisions.c.revision_id == revision_id))
