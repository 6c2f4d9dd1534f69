"""Articles and their revisions, authors and topics.

What the public may see is read by `story`, `stories`, `page` and nothing else: they select live revisions of published
articles only. What editors see is read by `get`, `listing` and `counts`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Connection,
    Row,
    Select,
    bindparam,
    func,
    insert,
    select,
    tuple_,
    union_all,
    update,
)

from feedsvc.domain.article import Article, Revision, Status, Syndication
from feedsvc.errors import NotFound
from feedsvc.storage import corrections, indexing, media
from feedsvc.storage.corrections import Correction
from feedsvc.storage.drafts import MINE, are_of, counted
from feedsvc.storage.media import Picture
from feedsvc.storage.revisions import Named, add_revisions, load_revisions, named
from feedsvc.storage.tables import articles, feed_entries, feeds, revisions, sections
from feedsvc.texts import _

MOVED = ("status", "version", "publish_at", "published", "updated", "withdrawn", "notice")
"""What a move changes in the row of an article."""

COUNT_LIMIT = 1_000
"""Counts stop here, whatever there is: an editor reads “1,000+”."""

Key = tuple[datetime, int]
"""Where a page of a list ends: the date by which it is ordered, and the article's number."""


@dataclass(frozen=True)
class Story:
    """A published article as the public sees it: its live revision and nothing else."""

    article_id: int
    identity: str
    revision: Revision
    section_title: str
    published: datetime
    updated: datetime
    picture: Picture | None
    topics: tuple[Named, ...] = ()
    authors: tuple[Named, ...] = ()
    foreign_id: str | None = None
    section_is_open: bool = True
    corrections: tuple[Correction, ...] = ()


@dataclass(frozen=True)
class Withdrawn:
    """What is left to be seen of a withdrawn article: its address, its dates and its notice."""

    article_id: int
    identity: str
    slug: str
    published: datetime
    withdrawn: datetime
    notice: str
    foreign_id: str | None = None


@dataclass(frozen=True)
class Line:
    """An article in the newsdesk's list. `date` is its publication, or its last save while it is a draft."""

    article_id: int
    headline: str
    status: Status
    section_title: str | None
    published: datetime | None
    saved: datetime
    saved_by: str
    has_unpublished_changes: bool
    is_sample: bool
    publish_at: datetime | None = None


def get(connection: Connection, article_id: int) -> Article:
    """The article with its working and live revision, for those who edit it. Raises `NotFound`."""
    row = connection.execute(
        select(articles, revisions.c.is_autosaved)
        .outerjoin(revisions, revisions.c.revision_id == articles.c.working_id)
        .where(articles.c.article_id == article_id)
    ).first()
    if row is None:
        raise NotFound(_("There is no story %(number)s.", number=article_id), article_id)
    found = load_revisions(connection, [i for i in (row.working_id, row.live_id) if i is not None])
    return Article(
        article_id=row.article_id,
        identity=row.identity,
        status=Status(row.status),
        version=row.version,
        working=found[row.working_id],
        live=None if row.live_id is None else found[row.live_id],
        published=row.published,
        updated=row.updated,
        withdrawn=row.withdrawn,
        notice=row.notice,
        saved=row.saved,
        saved_by=row.saved_by,
        publish_at=row.publish_at,
        is_autosaved=bool(row.is_autosaved),
        last_saved_body=_last_saved_body(connection, article_id) if row.is_autosaved else found[row.working_id].body,
    )


def _last_saved_body(connection: Connection, article_id: int) -> str:
    """The text as it was saved last, and not while somebody typed; empty if it never was."""
    r = revisions.c
    query = select(r.body).where(r.article_id == article_id, ~r.is_autosaved).order_by(r.revision_id.desc()).limit(1)
    return connection.execute(query).scalar() or ""


def due(connection: Connection, now: datetime, limit: int) -> list[int]:
    """The numbers of the scheduled articles whose time has come, the earliest first."""
    a = articles.c
    query = select(a.article_id).where(a.status == Status.SCHEDULED.value, a.publish_at <= now)
    return list(connection.execute(query.order_by(a.publish_at, a.article_id).limit(limit)).scalars())


def find(connection: Connection, identity: str) -> int | None:
    """The number of the article with an identity, None if there is none."""
    return connection.execute(select(articles.c.article_id).where(articles.c.identity == identity)).scalar()


def add(
    connection: Connection,
    drafts: Sequence[tuple[str, Revision]],
    now: datetime,
    by: str,
    is_sample: bool = False,
    foreign_ids: Sequence[str | None] | None = None,
    is_autosaved: bool = False,
    are_moved_next: bool = False,
) -> list[int]:
    """New drafts, each an identity and its first revision; their numbers are returned, in order.

    `foreign_ids`, in the same order, are the names under which stories are known elsewhere, where those are no IRIs.
    Drafts that `save_moves` gets in the same transaction can be found once they were moved.
    """
    row = {
        "status": Status.DRAFT.value,
        "version": 1,
        "notice": "",
        "saved": now,
        "saved_by": by,
        "is_sample": is_sample,
    }
    inserting = insert(articles).returning(articles.c.article_id, sort_by_parameter_order=True)
    rows = [
        {"identity": identity, "foreign_id": foreign_id, **row}
        for (identity, _), foreign_id in zip(drafts, foreign_ids or [None] * len(drafts), strict=True)
    ]
    article_ids = list(connection.execute(inserting, rows).scalars())
    saved = [(article_id, revision) for article_id, (_, revision) in zip(article_ids, drafts, strict=True)]
    revision_ids = add_revisions(connection, saved, now, by, is_autosaved)
    connection.execute(
        update(articles).where(articles.c.article_id == bindparam("of")).values(working_id=bindparam("working")),
        [{"of": i, "working": revision_id} for i, revision_id in zip(article_ids, revision_ids, strict=True)],
    )
    if not are_moved_next:
        indexing.index(connection, article_ids)
    return article_ids


def save_moves(connection: Connection, moved: Sequence[Article]) -> None:
    """Store the status, dates and notice that moves gave to articles.

    The working revision of those that are published becomes, or stays, live.
    """
    row = articles.c
    goes_live = {
        "live_id": row.working_id,
        "live_section_id": (
            select(revisions.c.section_id).where(revisions.c.revision_id == row.working_id).scalar_subquery()
        ),
        "is_syndicated": (
            select(revisions.c.syndication != Syndication.NONE.value)
            .where(revisions.c.revision_id == row.working_id)
            .scalar_subquery()
        ),
    }
    live = [article for article in moved if article.status is Status.PUBLISHED]
    others = [article for article in moved if article.status is not Status.PUBLISHED]
    for group, more in ((live, goes_live), (others, {})):
        if group:
            connection.execute(
                update(articles)
                .where(row.article_id == bindparam("of"))
                .values({name: bindparam(f"new_{name}") for name in MOVED} | more),
                [{"of": one.article_id, **{f"new_{name}": getattr(one, name) for name in MOVED}} for one in group],
            )
    indexing.index(connection, [article.article_id for article in moved])
    media.mark_public(connection, [article.article_id for article in live])


def story(connection: Connection, article_id: int) -> Story | Withdrawn | None:
    """What the public sees of an article: the story, its notice once it is withdrawn, or nothing."""
    found = stories(connection, [article_id])
    if found:
        return found[0]
    gone = withdrawn(connection, [article_id])
    return gone[0] if gone else None


def stories(connection: Connection, article_ids: Sequence[int]) -> list[Story]:
    """Those of the articles that are published, in the order given."""
    # By their numbers alone: with the status to go by, SQLite reads through all that is published.
    rows = {
        row.article_id: row
        for row in connection.execute(
            select(articles, sections.c.title.label("section_title"), feeds.c.state.label("section_state"))
            .join(sections, sections.c.section_id == articles.c.live_section_id)
            .join(feeds, feeds.c.feed_id == sections.c.feed_id)
            .where(articles.c.article_id.in_(article_ids))
        )
        if row.status == Status.PUBLISHED
    }
    live_ids = [row.live_id for row in rows.values()]
    found = load_revisions(connection, live_ids)
    topics, authors = named(connection, "topics", live_ids), named(connection, "authors", live_ids)
    keys = [r.picture.key for r in found.values() if r.picture]
    by_key = media.by_keys(connection, keys)
    corrected = corrections.of(connection, list(rows))
    result = []
    for article_id in article_ids:
        if (row := rows.get(article_id)) is None:
            continue
        revision = found[row.live_id]
        picture = by_key[revision.picture.key] if revision.picture else None
        result.append(
            Story(
                row.article_id,
                row.identity,
                revision,
                row.section_title,
                row.published,
                row.updated,
                picture,
                topics.get(row.live_id, ()),
                authors.get(row.live_id, ()),
                row.foreign_id,
                row.section_state == "open",
                corrected.get(article_id, ()),
            )
        )
    return result


def withdrawn(connection: Connection, article_ids: Sequence[int]) -> list[Withdrawn]:
    """Those of the articles that are withdrawn, in the order given."""
    rows = {
        row.article_id: Withdrawn(
            row.article_id, row.identity, row.slug, row.published, row.withdrawn, row.notice, row.foreign_id
        )
        for row in connection.execute(
            select(articles, revisions.c.slug)
            .join(revisions, revisions.c.revision_id == articles.c.live_id)
            .where(articles.c.article_id.in_(article_ids))
        )
        if row.status == Status.WITHDRAWN
    }
    return [rows[i] for i in article_ids if i in rows]


def page(connection: Connection, limit: int, section_id: int | None = None, before: Key | None = None) -> list[Story]:
    """Published stories, newest first, of one section or of all, from `before` on. Reads no more rows than `limit`."""
    a = articles.c
    query = select(a.article_id).where(a.status == Status.PUBLISHED.value)
    if section_id is not None:
        query = query.where(a.live_section_id == section_id)
    if before is not None:
        query = query.where(tuple_(a.published, a.article_id) < before)
    ids = connection.execute(query.order_by(a.published.desc(), a.article_id.desc()).limit(limit)).scalars()
    return stories(connection, list(ids))


def page_of_feeds(
    connection: Connection, limit: int, feed_ids: Sequence[int], before: Key | None = None, is_of_site: bool = False
) -> list[Story]:
    """Published stories that stand in a feed, or in one of several, newest first and once each, from `before` on.

    For a page of the site, `is_of_site`, also those that belong there and go out in no feed.
    """
    e = feed_entries.c
    keys: set[Key] = set()
    for feed_id in feed_ids:
        stands = e.is_listed.is_(True) if is_of_site else e.left_seq.is_(None)
        query = select(e.published, e.article_id).where(e.feed_id == feed_id, stands)
        if before is not None:
            query = query.where(tuple_(e.published, e.article_id) < before)
        rows = connection.execute(query.order_by(e.published.desc(), e.article_id.desc()).limit(limit))
        keys |= {(row.published, row.article_id) for row in rows}
    return stories(connection, [article_id for _, article_id in sorted(keys, reverse=True)[:limit]])


def listing(
    connection: Connection, limit: int, status: Status | None = None, before: Key | None = None, by: str | None = None
) -> list[Line]:
    """Articles for the newsdesk, last saved first, of one status or of all, from `before` on.

    With `by` the drafts of one person, whatever the status: last saved or created by them. Looks at each draft.
    """
    a = articles.c
    query = _lines()
    if by is not None:
        query = query.where(are_of(by))
    elif status is not None:
        query = query.where(a.status == status.value)
    if before is not None:
        query = query.where(tuple_(a.saved, a.article_id) < before)
    return [_line(row) for row in connection.execute(query.order_by(a.saved.desc(), a.article_id.desc()).limit(limit))]


def lines(connection: Connection, article_ids: Sequence[int]) -> dict[int, Line]:
    """Articles for the newsdesk, by the numbers of their working revisions."""
    rows = connection.execute(_lines().where(articles.c.article_id.in_(article_ids)))
    return {row.working_id: _line(row) for row in rows}


def _lines() -> Select[Any]:
    a = articles.c
    story = (
        a.article_id,
        a.status,
        a.published,
        a.saved,
        a.saved_by,
        a.working_id,
        a.live_id,
        a.is_sample,
        a.publish_at,
    )
    return (
        select(*story, revisions.c.headline, sections.c.title)
        .join(revisions, revisions.c.revision_id == a.working_id)
        .outerjoin(sections, sections.c.section_id == revisions.c.section_id)
    )


def _line(row: Row[Any]) -> Line:
    return Line(
        row.article_id,
        row.headline,
        Status(row.status),
        row.title,
        row.published,
        row.saved,
        row.saved_by,
        row.status == Status.PUBLISHED.value and row.working_id != row.live_id,
        row.is_sample,
        row.publish_at,
    )


def counts(connection: Connection, by: str | None = None) -> dict[str, int]:
    """How many articles have each status, and with `by` how many drafts (`MINE`) are of one person, see `listing`.

    Counted to `COUNT_LIMIT` and no further; `MINE` among the drafts that were saved last, as many.
    """
    a = articles.c
    limited = [
        select(select(a.status).where(a.status == status.value).limit(COUNT_LIMIT).subquery().c.status)
        for status in Status
    ]
    if by is not None:
        limited.append(counted(by, COUNT_LIMIT))
    every = union_all(*limited).subquery()
    rows = connection.execute(select(every.c.status, func.count().label("stories")).group_by(every.c.status))
    none = dict.fromkeys(Status, 0) | ({} if by is None else {MINE: 0})
    return none | {row.status: row.stories for row in rows}
