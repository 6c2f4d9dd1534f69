"""What sections, topics and authors are called, and whether they still go on: the one place that changes it.

The name of a feed stays its own for ever: it leads to the feed's present name, or, after a merging, to that of another.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, select, update

from feedsvc.storage import indexing, standing
from feedsvc.storage.changes import Change
from feedsvc.storage.revisions import NAMED, name_key
from feedsvc.storage.tables import feed_entries, feed_names, feeds, former_names, sections


@dataclass(frozen=True)
class Named:
    """An open section, topic or author with its feed. `kind` is `section`, `topics` or `authors`; `number` its own."""

    feed_id: int
    kind: str
    number: int
    feed: str
    title: str
    description: str = ""


def find(connection: Connection, feed: str) -> Named | None:
    """The open section, topic or author whose feed has that name now."""
    row = connection.execute(
        select(feeds.c.feed_id, feeds.c.kind)
        .join(feed_names, feed_names.c.feed_id == feeds.c.feed_id)
        .where(feed_names.c.slug == feed, feed_names.c.is_current, feeds.c.state == "open")
    ).first()
    if row is None:
        return None
    if row.kind in NAMED:
        named, _, id_column = NAMED[row.kind]
        one = connection.execute(select(named.c[id_column], named.c.name).where(named.c.feed_id == row.feed_id)).one()
        return Named(row.feed_id, row.kind, one[0], feed, one.name)
    section = connection.execute(select(sections).where(sections.c.feed_id == row.feed_id)).first()
    if section is None:
        return None
    return Named(row.feed_id, row.kind, section.section_id, feed, section.title, section.description)


def owner(connection: Connection, feed: str) -> int | None:
    """The number of the feed that has or had a name."""
    return connection.execute(select(feed_names.c.feed_id).where(feed_names.c.slug == feed)).scalar()


def spelled(connection: Connection, field: str, name: str) -> int | None:
    """The number of the topic or author (`field`) that is, or was, spelled so."""
    named, _, id_column = NAMED[field]
    key = name_key(name)
    of = former_names.c
    now = select(named.c[id_column]).where(named.c.name_key == key)
    was = select(of[id_column]).where(of.field == field, of.name_key == key)
    numbers: list[int] = [number for query in (now, was) for number in connection.execute(query).scalars()]
    return numbers[0] if numbers else None


def rename_feed(connection: Connection, feed_id: int, name: str) -> None:
    """Give a feed another name, one of its own former ones or a new one; the one it had leads there."""
    of = feed_names.c
    connection.execute(update(feed_names).where(of.feed_id == feed_id, of.is_current).values(is_current=False))
    taken_back = connection.execute(
        update(feed_names).where(of.feed_id == feed_id, of.slug == name).values(is_current=True).returning(of.slug)
    ).first()
    if taken_back is None:
        connection.execute(insert(feed_names).values(slug=name, feed_id=feed_id, is_current=True))


def describe(connection: Connection, one: Named, title: str, description: str) -> None:
    """Give a section another title and description, or a topic or author another spelling; who types the former one
    means it still."""
    if one.kind not in NAMED:
        change = update(sections).where(sections.c.section_id == one.number)
        connection.execute(change.values(title=title, description=description))
        return
    named, _, id_column = NAMED[one.kind]
    before, after = name_key(one.title), name_key(title)
    if before != after:
        of = former_names.c
        connection.execute(delete(former_names).where(of.field == one.kind, of.name_key == after))
        connection.execute(insert(former_names).values({"field": one.kind, "name_key": before, id_column: one.number}))
    change = update(named).where(named.c[id_column] == one.number)
    connection.execute(change.values(name=title, name_key=after))


def retire(connection: Connection, feed_id: int) -> None:
    """End a feed: its addresses answer 410, and unions lead to what is left of them."""
    connection.execute(update(feeds).where(feeds.c.feed_id == feed_id).values(state="retired"))


def open_sections(connection: Connection) -> int:
    """How many sections are open."""
    return connection.execute(
        select(func.count()).select_from(feeds).where(feeds.c.kind == "section", feeds.c.state == "open")
    ).scalar_one()


def showing(connection: Connection, feed_id: int) -> Sequence[int]:
    """The feeds in which stories of a feed stand, itself among them: their entries show its name."""
    its = feed_entries.alias()
    e = feed_entries.c
    query = select(e.feed_id).join(its, its.c.article_id == e.article_id)
    found = query.where(its.c.feed_id == feed_id, its.c.left_seq.is_(None), e.left_seq.is_(None)).distinct()
    return [*connection.execute(found.where(e.feed_id != feed_id)).scalars(), feed_id]


def merge(connection: Connection, under_way: Change, one: Named, into: Named) -> None:
    """Let `into` be all that `one` was: for its stories, for who types its spelling, and at its addresses."""
    named, uses, id_column = NAMED[one.kind]
    of_into = select(uses.c.revision_id).where(uses.c[id_column] == into.number).scalar_subquery()
    of_one = uses.c[id_column] == one.number
    indexing.rename(connection, one.kind, one.number, into.number)
    connection.execute(delete(uses).where(of_one, uses.c.revision_id.in_(of_into)))
    connection.execute(update(uses).where(of_one).values({id_column: into.number}))

    former = former_names.c
    connection.execute(update(former_names).where(former[id_column] == one.number).values({id_column: into.number}))
    connection.execute(delete(named).where(named.c[id_column] == one.number))
    connection.execute(
        insert(former_names).values({"field": one.kind, "name_key": name_key(one.title), id_column: into.number})
    )

    connection.execute(
        update(feed_names).where(feed_names.c.feed_id == one.feed_id).values(feed_id=into.feed_id, is_current=False)
    )
    retire(connection, one.feed_id)
    standing.take_over(connection, under_way, one.feed_id, into.feed_id)
