"""Articles and their revisions, authors and topics.

What the public may see is read by `story`, `stories`, `page` and nothing else: they select live revisions of published
articles only. What editors see is read by `get`, `listing` and `counts`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, insert, select, tuple_, update

from feedsvc.domain.article import Article, LeadPicture, Revision, Status
from feedsvc.errors import NotFound
from feedsvc.storage import media
from feedsvc.storage.media import Picture
from feedsvc.storage.tables import (
    articles,
    authors,
    feed_names,
    pictures,
    revision_authors,
    revision_topics,
    revisions,
    sections,
    topics,
)

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


@dataclass(frozen=True)
class Withdrawn:
    """What is left to be seen of a withdrawn article: its address, its dates and its notice."""

    article_id: int
    identity: str
    slug: str
    published: datetime
    withdrawn: datetime
    notice: str


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


def get(connection: Connection, article_id: int) -> Article:
    """The article with its working and live revision, for those who edit it. Raises `NotFound`."""
    row = connection.execute(select(articles).where(articles.c.article_id == article_id)).first()
    if row is None:
        raise NotFound(f"There is no story {article_id}.", article_id)
    found = _revisions(connection, [i for i in (row.working_id, row.live_id) if i is not None])
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
    )


def body_before(connection: Connection, article_id: int) -> str | None:
    """The story's text as it was saved before its present wording; None if it never had another."""
    r = revisions.c
    working = (
        select(r.body)
        .join(articles, articles.c.working_id == r.revision_id)
        .where(articles.c.article_id == article_id)
        .scalar_subquery()
    )
    return connection.execute(
        select(r.body).where(r.article_id == article_id, r.body != working).order_by(r.revision_id.desc()).limit(1)
    ).scalar()


def add(
    connection: Connection, identity: str, revision: Revision, now: datetime, by: str, is_sample: bool = False
) -> int:
    """A new draft; its number is returned."""
    article_id: int = connection.execute(
        insert(articles)
        .values(
            identity=identity,
            status=Status.DRAFT.value,
            version=1,
            notice="",
            saved=now,
            saved_by=by,
            is_sample=is_sample,
        )
        .returning(articles.c.article_id)
    ).scalar_one()
    revision_id = _add_revision(connection, article_id, revision, now, by)
    connection.execute(update(articles).where(articles.c.article_id == article_id).values(working_id=revision_id))
    return article_id


def save_working(connection: Connection, article: Article, revision: Revision, now: datetime, by: str) -> None:
    """A new revision becomes the working copy; what is public stays as it is."""
    revision_id = _add_revision(connection, article.article_id, revision, now, by)
    connection.execute(
        update(articles)
        .where(articles.c.article_id == article.article_id)
        .values(working_id=revision_id, version=articles.c.version + 1, saved=now, saved_by=by)
    )


def save_move(connection: Connection, article: Article) -> None:
    """Store the status, dates and notice that a move gave an article; its working revision becomes live if it was
    published or updated."""
    goes_live = article.status is Status.PUBLISHED
    row = articles.c
    values: dict[str, Any] = {
        "status": article.status.value,
        "version": article.version,
        "published": article.published,
        "updated": article.updated,
        "withdrawn": article.withdrawn,
        "notice": article.notice,
    }
    if goes_live:
        section_of_working = (
            select(revisions.c.section_id).where(revisions.c.revision_id == row.working_id).scalar_subquery()
        )
        values |= {"live_id": row.working_id, "live_section_id": section_of_working}
    connection.execute(update(articles).where(row.article_id == article.article_id).values(values))
    if goes_live:
        media.mark_public(connection, article.article_id)


def story(connection: Connection, article_id: int) -> Story | Withdrawn | None:
    """What the public sees of an article: the story, its notice once it is withdrawn, or nothing."""
    found = stories(connection, [article_id])
    if found:
        return found[0]
    gone = withdrawn(connection, [article_id])
    return gone[0] if gone else None


def stories(connection: Connection, article_ids: Sequence[int]) -> list[Story]:
    """Those of the articles that are published, in the order given."""
    rows = {
        row.article_id: row
        for row in connection.execute(
            select(articles, sections.c.title.label("section_title"))
            .join(sections, sections.c.section_id == articles.c.live_section_id)
            .where(articles.c.article_id.in_(article_ids), articles.c.status == Status.PUBLISHED.value)
        )
    }
    found = _revisions(connection, [row.live_id for row in rows.values()])
    keys = [r.picture.key for r in found.values() if r.picture]
    by_key = media.by_keys(connection, keys)
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
            )
        )
    return result


def withdrawn(connection: Connection, article_ids: Sequence[int]) -> list[Withdrawn]:
    """Those of the articles that are withdrawn, in the order given."""
    rows = {
        row.article_id: Withdrawn(row.article_id, row.identity, row.slug, row.published, row.withdrawn, row.notice)
        for row in connection.execute(
            select(articles, revisions.c.slug)
            .join(revisions, revisions.c.revision_id == articles.c.live_id)
            .where(articles.c.article_id.in_(article_ids), articles.c.status == Status.WITHDRAWN.value)
        )
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


def listing(connection: Connection, limit: int, status: Status | None = None, before: Key | None = None) -> list[Line]:
    """Articles for the newsdesk, last saved first, of one status or of all, from `before` on."""
    a = articles.c
    query = (
        select(
            a.article_id,
            a.status,
            a.published,
            a.saved,
            a.saved_by,
            a.working_id,
            a.live_id,
            revisions.c.headline,
            sections.c.title,
        )
        .join(revisions, revisions.c.revision_id == a.working_id)
        .outerjoin(sections, sections.c.section_id == revisions.c.section_id)
    )
    if status is not None:
        query = query.where(a.status == status.value)
    if before is not None:
        query = query.where(tuple_(a.saved, a.article_id) < before)
    rows = connection.execute(query.order_by(a.saved.desc(), a.article_id.desc()).limit(limit))
    return [
        Line(
            row.article_id,
            row.headline,
            Status(row.status),
            row.title,
            row.published,
            row.saved,
            row.saved_by,
            row.status == Status.PUBLISHED.value and row.working_id != row.live_id,
        )
        for row in rows
    ]


def counts(connection: Connection) -> dict[Status, int]:
    """How many articles have each status, counted to `COUNT_LIMIT` and no further."""
    return {
        status: len(
            connection.execute(
                select(articles.c.article_id).where(articles.c.status == status.value).limit(COUNT_LIMIT)
            ).all()
        )
        for status in Status
    }


def _add_revision(connection: Connection, article_id: int, revision: Revision, now: datetime, by: str) -> int:
    picture = revision.picture
    section_id = picture_id = None
    if revision.section is not None:
        section_id = connection.execute(
            select(sections.c.section_id)
            .join(feed_names, feed_names.c.feed_id == sections.c.feed_id)
            .where(feed_names.c.slug == revision.section)
        ).scalar()
        if section_id is None:
            raise NotFound(f"There is no section “{revision.section}”.", revision.section)
    if picture is not None:
        picture_id = connection.execute(select(pictures.c.picture_id).where(pictures.c.key == picture.key)).scalar()
        if picture_id is None:
            raise NotFound("That picture is not stored. Choose it again.", picture.key)
    revision_id: int = connection.execute(
        insert(revisions)
        .values(
            article_id=article_id,
            headline=revision.headline,
            slug=revision.slug,
            section_id=section_id,
            standfirst=revision.standfirst,
            body=revision.body,
            picture_id=picture_id,
            picture_alt=picture.alt if picture else "",
            picture_credit=picture.credit if picture else "",
            picture_decorative=bool(picture and picture.decorative),
            saved=now,
            saved_by=by,
        )
        .returning(revisions.c.revision_id)
    ).scalar_one()
    _name(connection, revision_id, revision.authors, authors, revision_authors, "author_id")
    _name(connection, revision_id, revision.topics, topics, revision_topics, "topic_id")
    media.note_uses(connection, revision_id, picture_id, revision.body)
    return revision_id


def name_key(name: str) -> str:
    """What two spellings of one name have in common: `Night  buses` and `night Buses` are one topic."""
    return " ".join(name.split()).casefold()


def _name(
    connection: Connection, revision_id: int, names: Iterable[str], named: Table, uses: Table, id_column: str
) -> None:
    place = 0
    seen = set()
    for name in names:
        key = name_key(name)
        if key in seen:
            continue
        seen.add(key)
        found = connection.execute(select(named.c[id_column]).where(named.c.name_key == key)).scalar()
        if found is None:
            found = connection.execute(
                insert(named).values(name=name, name_key=key).returning(named.c[id_column])
            ).scalar_one()
        connection.execute(insert(uses).values({"revision_id": revision_id, "place": place, id_column: found}))
        place += 1


def _revisions(connection: Connection, revision_ids: Sequence[int]) -> dict[int, Revision]:
    rows = connection.execute(
        select(revisions, feed_names.c.slug.label("section"), pictures.c.key)
        .outerjoin(sections, sections.c.section_id == revisions.c.section_id)
        .outerjoin(feed_names, (feed_names.c.feed_id == sections.c.feed_id) & feed_names.c.is_current)
        .outerjoin(pictures, pictures.c.picture_id == revisions.c.picture_id)
        .where(revisions.c.revision_id.in_(revision_ids))
    ).all()
    by_authors = _names(connection, revision_ids, authors, revision_authors, "author_id")
    by_topics = _names(connection, revision_ids, topics, revision_topics, "topic_id")
    return {
        row.revision_id: Revision(
            headline=row.headline,
            slug=row.slug,
            section=row.section,
            standfirst=row.standfirst,
            body=row.body,
            authors=by_authors.get(row.revision_id, ()),
            topics=by_topics.get(row.revision_id, ()),
            picture=None
            if row.key is None
            else LeadPicture(row.key, row.picture_alt, row.picture_credit, row.picture_decorative),
        )
        for row in rows
    }


def _names(
    connection: Connection, revision_ids: Sequence[int], named: Table, uses: Table, id_column: str
) -> dict[int, tuple[str, ...]]:
    rows = connection.execute(
        select(uses.c.revision_id, named.c.name)
        .join(named, named.c[id_column] == uses.c[id_column])
        .where(uses.c.revision_id.in_(revision_ids))
        .order_by(uses.c.revision_id, uses.c.place)
    )
    result: dict[int, tuple[str, ...]] = {}
    for row in rows:
        result[row.revision_id] = (*result.get(row.revision_id, ()), row.name)
    return result
