"""Revisions with what they name: section, authors, topics and pictures. Many at once cost few statements."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select

from feedsvc.domain.article import LeadPicture, Revision
from feedsvc.errors import NotFound
from feedsvc.storage import media
from feedsvc.storage.tables import (
    authors,
    feed_names,
    feeds,
    former_names,
    pictures,
    revision_authors,
    revision_topics,
    revisions,
    sections,
    topics,
)
from feedsvc.texts import _

NAMED = {
    "authors": (authors, revision_authors, "author_id"),
    "topics": (topics, revision_topics, "topic_id"),
}
"""Field of a revision -> the table of names, the table of their uses, and the column that joins them."""


@dataclass(frozen=True)
class Named:
    """A topic or author of a revision, and the name of its feed, which is also the address of its page; None once it
    was retired."""

    name: str
    feed: str | None


def add_revisions(
    connection: Connection,
    saved: Sequence[tuple[int, Revision]],
    now: datetime,
    by: str,
    is_autosaved: bool = False,
) -> list[int]:
    """Store revisions of articles, given by their numbers; the numbers of the revisions are returned, in order.

    Raises `NotFound` for a section or picture that is not stored.
    """
    section_ids = _section_ids(connection, {one.section for _story, one in saved if one.section is not None})
    picture_ids = media.ids(connection, {key for _story, revision in saved for key in media.keys_of(revision)})
    rows = []
    for article_id, revision in saved:
        picture = revision.picture
        if revision.section is not None and revision.section not in section_ids:
            raise NotFound(_("There is no section “%(slug)s”.", slug=revision.section), revision.section)
        if picture is not None and picture.key not in picture_ids:
            raise NotFound(_("That picture is not stored. Choose it again."), picture.key)
        rows.append(
            {
                "article_id": article_id,
                "headline": revision.headline,
                "slug": revision.slug,
                "section_id": None if revision.section is None else section_ids[revision.section],
                "standfirst": revision.standfirst,
                "body": revision.body,
                "picture_id": picture_ids[picture.key] if picture else None,
                "picture_alt": picture.alt if picture else "",
                "picture_credit": picture.credit if picture else "",
                "picture_decorative": bool(picture and picture.decorative),
                "syndication": revision.syndication,
                "source": revision.source,
                "source_url": revision.source_url,
                "rights": revision.rights,
                "saved": now,
                "saved_by": by,
                "is_autosaved": is_autosaved,
            }
        )
    inserting = insert(revisions).returning(revisions.c.revision_id, sort_by_parameter_order=True)
    revision_ids = list(connection.execute(inserting, rows).scalars())
    by_revision = dict(zip(revision_ids, (revision for _story, revision in saved), strict=True))
    for field in NAMED:
        _name(connection, field, {i: getattr(revision, field) for i, revision in by_revision.items()})
    media.note_uses(connection, by_revision, picture_ids)
    return revision_ids


def load_revisions(connection: Connection, revision_ids: Sequence[int]) -> dict[int, Revision]:
    """The revisions with those numbers."""
    rows = connection.execute(
        select(revisions, feed_names.c.slug.label("section"), pictures.c.key)
        .outerjoin(sections, sections.c.section_id == revisions.c.section_id)
        .outerjoin(feed_names, (feed_names.c.feed_id == sections.c.feed_id) & feed_names.c.is_current)
        .outerjoin(pictures, pictures.c.picture_id == revisions.c.picture_id)
        .where(revisions.c.revision_id.in_(revision_ids))
    ).all()
    named = {field: _names(connection, field, revision_ids) for field in NAMED}
    return {
        row.revision_id: Revision(
            headline=row.headline,
            slug=row.slug,
            section=row.section,
            standfirst=row.standfirst,
            body=row.body,
            authors=named["authors"].get(row.revision_id, ()),
            topics=named["topics"].get(row.revision_id, ()),
            picture=None
            if row.key is None
            else LeadPicture(row.key, row.picture_alt, row.picture_credit, row.picture_decorative),
            syndication=row.syndication,
            source=row.source,
            source_url=row.source_url,
            rights=row.rights,
        )
        for row in rows
    }


def named(connection: Connection, field: str, revision_ids: Sequence[int]) -> dict[int, tuple[Named, ...]]:
    """The `topics` or `authors` of live revisions, with their feeds."""
    of, uses, id_column = NAMED[field]
    rows = connection.execute(
        select(uses.c.revision_id, of.c.name, feed_names.c.slug, feeds.c.state)
        .join(of, of.c[id_column] == uses.c[id_column])
        .join(feeds, feeds.c.feed_id == of.c.feed_id)
        .join(feed_names, (feed_names.c.feed_id == of.c.feed_id) & feed_names.c.is_current)
        .where(uses.c.revision_id.in_(revision_ids))
        .order_by(uses.c.revision_id, uses.c.place)
    )
    result: dict[int, tuple[Named, ...]] = {}
    for row in rows:
        result[row.revision_id] = (
            *result.get(row.revision_id, ()),
            Named(row.name, row.slug if row.state == "open" else None),
        )
    return result


def name_key(name: str) -> str:
    """What two spellings of one name have in common: `Night  buses` and `night Buses` are one topic."""
    return " ".join(name.split()).casefold()


def name_ids(connection: Connection, field: str, names: Iterable[str]) -> dict[str, int]:
    """The topics or authors that are, or were, called so: name -> number."""
    names = tuple(names)
    known = _name_ids(connection, field, [name_key(name) for name in names])
    return {name: known[name_key(name)] for name in names if name_key(name) in known}


def _section_ids(connection: Connection, slugs: Iterable[str]) -> dict[str, int]:
    rows = connection.execute(
        select(feed_names.c.slug, sections.c.section_id)
        .join(sections, sections.c.feed_id == feed_names.c.feed_id)
        .where(feed_names.c.slug.in_(list(slugs)))
    )
    return {row.slug: row.section_id for row in rows}


def _name(connection: Connection, field: str, names_of: Mapping[int, Iterable[str]]) -> None:
    named, uses, id_column = NAMED[field]
    by_key = {name_key(name): name for names in names_of.values() for name in reversed(tuple(names))}
    if not by_key:
        return
    known = _name_ids(connection, field, by_key)
    missing = [{"name": by_key[key], "name_key": key} for key in by_key if key not in known]
    if missing:
        connection.execute(insert(named), missing)
        known = _name_ids(connection, field, by_key)
    rows = [
        {"revision_id": revision_id, "place": place, id_column: number}
        for revision_id, names in names_of.items()
        for place, number in enumerate(dict.fromkeys(known[name_key(name)] for name in names))
    ]
    connection.execute(insert(uses), rows)


def _name_ids(connection: Connection, field: str, keys: Iterable[str]) -> dict[str, int]:
    """The topics or authors that are, or were, spelled so."""
    named, _, id_column = NAMED[field]
    of = former_names.c
    was = select(of.name_key, of[id_column]).where(of.field == field, of.name_key.in_(list(keys)))
    now = select(named.c.name_key, named.c[id_column]).where(named.c.name_key.in_(list(keys)))
    return {row.name_key: row[1] for query in (was, now) for row in connection.execute(query)}


def _names(connection: Connection, field: str, revision_ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    named, uses, id_column = NAMED[field]
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
