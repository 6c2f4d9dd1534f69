"""Feeds, their names, heads and entries, and sections."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, func, insert, select, update

from feedsvc.domain.article import Status, Syndication, new_identity
from feedsvc.domain.dates import WINDOW_LIMIT, Standing
from feedsvc.domain.feedname import ALL, CHOSEN, UNION_PARTS, parts_of, union_name
from feedsvc.storage.changes import Change
from feedsvc.storage.revisions import NAMED, name_key
from feedsvc.storage.tables import (
    articles,
    authors,
    feed_entries,
    feed_heads,
    feed_names,
    feeds,
    sections,
    topics,
)


@dataclass(frozen=True)
class Section:
    """A section: `slug` is the name of its feed and the address of its page."""

    section_id: int
    feed_id: int
    slug: str
    title: str
    description: str
    syndication: str = Syndication.FULL
    """How much of its stories goes out where they do not say it themselves."""


@dataclass(frozen=True)
class FeedHead:
    """What a document needs to know of its feed. `kind` is `all`, `section`, `topics`, `authors`, or its own
    name.

    `title` is that of the section, topic or author, or of the feed itself, empty for `all`;
    `seq` and `at` are the validators' number and
    date, `changed` the date of the last significant act.
    """

    feed_id: int
    identity: str
    kind: str
    name: str
    title: str
    description: str
    seq: int
    at: datetime
    changed: datetime


@dataclass(frozen=True)
class Resolved:
    """Where the name of a feed leads: to feeds (several are a union), to another name, or to none that is left."""

    feed_ids: tuple[int, ...] = ()
    moved_to: str | None = None

    @property
    def is_gone(self) -> bool:
        """Whether everything that had this name was retired."""
        return not self.feed_ids and self.moved_to is None


def find(connection: Connection, name: str) -> int | None:
    """The number of the feed with a name, None if there is none."""
    return connection.execute(
        select(feed_names.c.feed_id).where(feed_names.c.slug == name, feed_names.c.is_current)
    ).scalar()


def resolve(connection: Connection, name: str) -> Resolved | None:
    """Where a name, or the name of a union, leads; None if a part of it never was the name of a feed.

    A union joins at most `UNION_PARTS` sections, topics and authors; it has one name, and every other way to write it
    leads there.
    """
    parts = parts_of(name)
    if len(parts) > UNION_PARTS:
        return None
    current = feed_names.alias()
    rows = {
        row.slug: row
        for row in connection.execute(
            select(feed_names.c.slug, feeds.c.feed_id, feeds.c.kind, feeds.c.state, current.c.slug.label("current"))
            .join(feeds, feeds.c.feed_id == feed_names.c.feed_id)
            .outerjoin(current, (current.c.feed_id == feeds.c.feed_id) & current.c.is_current)
            .where(feed_names.c.slug.in_(parts))
        )
    }
    is_union = len(parts) > 1
    if rows.keys() != set(parts) or (is_union and any(row.kind in (ALL, *CHOSEN) for row in rows.values())):
        return None
    left = {row.current: row.feed_id for row in rows.values() if row.state == "open"}
    if not left:
        return Resolved()
    proper = union_name(left)
    if proper != name:
        return Resolved(moved_to=proper)
    return Resolved(tuple(left[part] for part in parts))


def chosen(connection: Connection) -> dict[str, int]:
    """The feeds in which stories stand by how they are read: name -> number."""
    rows = connection.execute(select(feed_names.c.slug, feed_names.c.feed_id).where(feed_names.c.slug.in_(CHOSEN)))
    return {row.slug: row.feed_id for row in rows}


def heads(connection: Connection, feed_ids: Sequence[int]) -> list[FeedHead]:
    """The heads of those of the feeds that exist, in the order given."""
    rows = {row.feed_id: _head(row) for row in connection.execute(_heads().where(feeds.c.feed_id.in_(feed_ids)))}
    return [rows[feed_id] for feed_id in feed_ids if feed_id in rows]


def directory(connection: Connection, kind: str, words: str = "", limit: int | None = None) -> list[FeedHead]:
    """The open feeds of one kind whose titles contain some words: sections in their order, the others by name."""
    query = _heads().where(feeds.c.kind == kind, feeds.c.state == "open")
    if kind in NAMED:
        of_name = NAMED[kind][0].c.name_key
        query = query.where(of_name.contains(name_key(words), autoescape=True)).order_by(of_name)
    else:
        query = query.where(sections.c.title.icontains(words, autoescape=True)).order_by(sections.c.place)
    return [_head(row) for row in connection.execute(query.limit(limit))]


def named(connection: Connection, kind: str, text: str) -> FeedHead | None:
    """The open feed of the topic or author (`kind`) that has a name, or failing that an address, as it is."""
    of_name = NAMED[kind][0].c.name_key
    for is_it in (of_name == name_key(text), feed_names.c.slug == f"{kind}/{text.strip()}"):
        row = connection.execute(_heads().where(feeds.c.kind == kind, feeds.c.state == "open", is_it)).first()
        if row is not None:
            return _head(row)
    return None


def _heads() -> Select[Any]:
    title = func.coalesce(sections.c.title, topics.c.name, authors.c.name, "")
    return (
        select(
            feeds.c.feed_id,
            feeds.c.identity,
            feeds.c.kind,
            feed_names.c.slug,
            title.label("title"),
            func.coalesce(sections.c.description, "").label("description"),
            feed_heads.c.seq,
            feed_heads.c.at,
            feed_heads.c.changed,
        )
        .join(feed_names, (feed_names.c.feed_id == feeds.c.feed_id) & feed_names.c.is_current)
        .join(feed_heads, feed_heads.c.feed_id == feeds.c.feed_id)
        .outerjoin(sections, sections.c.feed_id == feeds.c.feed_id)
        .outerjoin(topics, topics.c.feed_id == feeds.c.feed_id)
        .outerjoin(authors, authors.c.feed_id == feeds.c.feed_id)
    )


def _head(row: Any) -> FeedHead:
    title, description = CHOSEN.get(row.kind, (row.title, row.description))
    return FeedHead(row.feed_id, row.identity, row.kind, row.slug, title, description, row.seq, row.at, row.changed)


def all_sections(connection: Connection) -> tuple[Section, ...]:
    """Every open section, in the order in which the newsroom shows them."""
    return tuple(_section(row) for row in connection.execute(_sections().order_by(sections.c.place)))


def section(connection: Connection, slug: str) -> Section | None:
    """The open section with that slug."""
    row = connection.execute(_sections().where(feed_names.c.slug == slug)).first()
    return None if row is None else _section(row)


def section_slug(connection: Connection, slug: str) -> str | None:
    """The slug that the section has now which has, or had, that one, also if it was retired; None if none had it."""
    current = feed_names.alias()
    return connection.execute(
        select(current.c.slug)
        .join(feed_names, feed_names.c.feed_id == current.c.feed_id)
        .join(sections, sections.c.feed_id == current.c.feed_id)
        .where(feed_names.c.slug == slug, current.c.is_current)
    ).scalar()


def syndication(connection: Connection, slug: str) -> str:
    """How much of its stories goes out of the section with a slug, where they do not say it themselves."""
    of_section = select(sections.c.syndication).join(feed_names, feed_names.c.feed_id == sections.c.feed_id)
    return connection.execute(of_section.where(feed_names.c.slug == slug)).scalar() or Syndication.FULL


def set_syndication(connection: Connection, section_id: int, syndication: str) -> None:
    """Let a section say how much of its stories goes out from their next publication on."""
    connection.execute(update(sections).where(sections.c.section_id == section_id).values(syndication=syndication))


def _sections() -> Select[tuple[int, int, str, str, str, str]]:
    s = sections.c
    return (
        select(s.section_id, s.feed_id, feed_names.c.slug, s.title, s.description, s.syndication)
        .join(feed_names, (feed_names.c.feed_id == sections.c.feed_id) & feed_names.c.is_current)
        .join(feeds, (feeds.c.feed_id == sections.c.feed_id) & (feeds.c.state == "open"))
    )


def _section(row: Any) -> Section:
    return Section(row.section_id, row.feed_id, row.slug, row.title, row.description, row.syndication)


def name_is_taken(connection: Connection, name: str) -> bool:
    """Whether a feed has, or ever had, that name."""
    return connection.execute(select(feed_names.c.slug).where(feed_names.c.slug == name)).first() is not None


def free_name(connection: Connection, wanted: str) -> str:
    """The wanted name, or the first of `<wanted>-2`, `<wanted>-3` … that no feed has or ever had."""
    name, number = wanted, 1
    while name_is_taken(connection, name):
        number += 1
        name = f"{wanted}-{number}"
    return name


def add_feed(connection: Connection, under_way: Change, name: str, kind: str) -> int:
    """A new feed with its name and head; its number is returned."""
    feed_id: int = connection.execute(
        insert(feeds).values(identity=new_identity(), kind=kind, state="open").returning(feeds.c.feed_id)
    ).scalar_one()
    connection.execute(insert(feed_names).values(slug=name, feed_id=feed_id, is_current=True))
    connection.execute(
        insert(feed_heads).values(
            feed_id=feed_id,
            seq=under_way.seq,
            at=under_way.at,
            changed=under_way.now,
            removal_seq=0,
            position=0,
            archive_seq=under_way.seq,
            archive_at=under_way.at,
        )
    )
    return feed_id


def add_section(connection: Connection, under_way: Change, slug: str, title: str, description: str) -> Section:
    """A new section, last in order, with its feed."""
    feed_id = add_feed(connection, under_way, slug, "section")
    place = connection.execute(select(func.coalesce(func.max(sections.c.place), 0) + 1)).scalar_one()
    section_id = connection.execute(
        insert(sections)
        .values(feed_id=feed_id, title=title, description=description, place=place)
        .returning(sections.c.section_id)
    ).scalar_one()
    return Section(section_id, feed_id, slug, title, description)


def candidates(
    connection: Connection, feed_id: int, entries: int, since: datetime, at_most: int = WINDOW_LIMIT
) -> list[Standing]:
    """The articles among which the window of a document is chosen: the newest, and those that entered since a date.

    Reads at most `entries + at_most` rows, whatever the feed's size.
    """
    e = feed_entries.c
    wanted = select(e.article_id, e.published, e.entered).where(e.feed_id == feed_id, e.left_seq.is_(None))
    newest = wanted.order_by(e.published.desc(), e.article_id.desc()).limit(entries)
    recent = wanted.where(e.entered >= since).order_by(e.entered.desc(), e.article_id.desc()).limit(at_most)
    found = {
        row.article_id: Standing(row.article_id, row.published, row.entered)
        for query in (newest, recent)
        for row in connection.execute(query)
    }
    return list(found.values())


def noticed(connection: Connection, feed_id: int, since: datetime, at_most: int = WINDOW_LIMIT) -> Sequence[int]:
    """The withdrawn articles whose notices stand in a feed: withdrawn at or after `since`, the latest first.

    Those that were withdrawn without one are not among them.
    """
    e = feed_entries.c
    return (
        connection.execute(
            select(e.article_id)
            .join(articles, articles.c.article_id == e.article_id)
            .where(
                e.feed_id == feed_id,
                e.left_at >= since,
                articles.c.status == Status.WITHDRAWN.value,
                articles.c.notice != "",
            )
            .order_by(e.left_at.desc(), e.article_id.desc())
            .limit(at_most)
        )
        .scalars()
        .all()
    )
