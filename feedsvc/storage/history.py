"""The versions of a story: each save that is kept, who made it and when, and which of them readers and editors have."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, select

from feedsvc.domain.article import Revision
from feedsvc.errors import NotFound
from feedsvc.storage.revisions import load_revisions
from feedsvc.storage.tables import articles, revisions
from feedsvc.texts import _


@dataclass(frozen=True)
class Version:
    """One revision as a list shows it; `words` are those of its text.

    `is_live` says that it is what was made public last, which readers see unless the story is withdrawn.
    """

    number: int
    saved: datetime
    saved_by: str
    is_autosaved: bool
    is_live: bool
    is_working: bool
    headline: str
    words: int


@dataclass(frozen=True)
class Current:
    """The numbers of the revisions that a story has now: the working one, the one that was saved before that (None if
    it is the first), and the one that was made public last (None before the first publication)."""

    working: int
    before_working: int | None
    live: int | None


def listing(connection: Connection, article_id: int, limit: int, before: int | None = None) -> list[Version]:
    """The revisions of a story, the latest first, of those before the number `before`; none for an unknown story."""
    r = revisions.c
    query = _versions(article_id)
    if before is not None:
        query = query.where(r.revision_id < before)
    return [_version(row) for row in connection.execute(query.order_by(r.revision_id.desc()).limit(limit))]


def version(connection: Connection, article_id: int, number: int) -> tuple[Version, Revision]:
    """The revision of a story with a number. Raises `NotFound`, also for a revision of another story."""
    row = connection.execute(_versions(article_id).where(revisions.c.revision_id == number)).first()
    if row is None:
        raise NotFound(_("This story has no such version. The list of its versions shows those it has."), number)
    return _version(row), load_revisions(connection, [number])[number]


def number_before(connection: Connection, article_id: int, number: int) -> int | None:
    """The number of the revision of a story that was saved before another one; None if that is the first."""
    r = revisions.c
    query = select(r.revision_id).where(r.article_id == article_id, r.revision_id < number)
    return connection.execute(query.order_by(r.revision_id.desc()).limit(1)).scalar()


def current(connection: Connection, article_id: int) -> Current:
    """The revisions that a story has now. Raises `NotFound`."""
    a = articles.c
    row = connection.execute(select(a.working_id, a.live_id).where(a.article_id == article_id)).first()
    if row is None:
        raise NotFound(_("There is no story %(number)s.", number=article_id), article_id)
    return Current(row.working_id, number_before(connection, article_id, row.working_id), row.live_id)


def _versions(article_id: int) -> Select[Any]:
    r = revisions.c
    return (
        select(
            r.revision_id,
            r.saved,
            r.saved_by,
            r.is_autosaved,
            r.headline,
            r.body,
            articles.c.working_id,
            articles.c.live_id,
        )
        .join(articles, articles.c.article_id == r.article_id)
        .where(r.article_id == article_id)
    )


def _version(row: Any) -> Version:
    return Version(
        number=row.revision_id,
        saved=row.saved,
        saved_by=row.saved_by,
        is_autosaved=row.is_autosaved,
        is_live=row.revision_id == row.live_id,
        is_working=row.revision_id == row.working_id,
        headline=row.headline,
        words=len(row.body.split()),
    )
