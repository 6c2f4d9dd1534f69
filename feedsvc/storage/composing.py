"""Which stories stand in feeds that readers compose, and the feeds by whose names they do so.

What a feed names of a story is what its live revision says, so that it holds for withdrawn ones too.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, exists, func, or_, select, union

from feedsvc.domain.article import Status
from feedsvc.domain.query import Query, parse
from feedsvc.storage.indexing import search_rows
from feedsvc.storage.revisions import NAMED
from feedsvc.storage.search import is_in_words
from feedsvc.storage.standing import NEVER
from feedsvc.storage.tables import articles, changes, feed_entries, feed_names, feeds, sections


@dataclass(frozen=True)
class Filter:
    """What stories must be, by the numbers of feeds: of none of `without`; if there are any, of one of `authors`, and
    of one of `topics`; and they have `words`."""

    without: tuple[int, ...] = ()
    authors: tuple[int, ...] = ()
    topics: tuple[int, ...] = ()
    words: str = ""


@dataclass(frozen=True)
class Asked:
    """The feed that has or had a name: its number, its present name and its kind; retired, unless `is_open`."""

    feed_id: int
    name: str
    kind: str
    is_open: bool


def named(connection: Connection, names: Sequence[str]) -> dict[str, Asked]:
    """The feeds by the names that they have or had. Those that no feed ever had are not among them."""
    current = feed_names.alias()
    rows = connection.execute(
        select(feed_names.c.slug, feeds.c.feed_id, feeds.c.kind, feeds.c.state, current.c.slug.label("current"))
        .join(feeds, feeds.c.feed_id == feed_names.c.feed_id)
        .join(current, (current.c.feed_id == feeds.c.feed_id) & current.c.is_current)
        .where(feed_names.c.slug.in_(names))
    )
    return {row.slug: Asked(row.feed_id, row.current, row.kind, row.state == "open") for row in rows}


def last_named(connection: Connection, feed_ids: Sequence[int]) -> int:
    """The number of the last change of what feeds are called, or by which another was merged into one of them; or 0."""
    query = select(func.max(changes.c.seq)).where(changes.c.feed_id.in_(feed_ids))
    return connection.execute(query).scalar() or 0


def stories(connection: Connection, feed_ids: Sequence[int], wanted: Filter, among: int, limit: int) -> list[int]:
    """The numbers of the stories in one of the feeds that are what is wanted, newest first.

    Only the `among` newest of these feeds are looked at, whatever the archive has.
    """
    e, a = feed_entries.c, articles.c
    newest = (
        select(e.published, e.article_id)
        .where(e.feed_id == feed_id, e.left_seq.is_(None))
        .order_by(e.published.desc(), e.article_id.desc())
        .limit(among)
        .subquery()
        for feed_id in feed_ids
    )
    found = union(*(select(one) for one in newest)).subquery()
    candidates = (
        select(found).order_by(found.c.published.desc(), found.c.article_id.desc()).limit(among).subquery("candidates")
    )
    query = (
        select(a.article_id)
        .join(candidates, candidates.c.article_id == a.article_id)
        .where(a.status == Status.PUBLISHED.value, *_left_out(wanted))
        .order_by(candidates.c.published.desc(), candidates.c.article_id.desc())
    )
    for of in filter(None, (wanted.authors, wanted.topics)):
        query = query.where(_belongs(of))
    if wanted.words:
        query = query.where(_has_words(connection, parse(wanted.words)))
    return list(connection.execute(query.limit(limit)).scalars())


def notices(connection: Connection, article_ids: Sequence[int], wanted: Filter) -> list[int]:
    """Those of some withdrawn stories whose notices stand in a composed feed, in the order given.

    With authors and topics, those that ever stood with one of them. What words a story had when readers got it is not
    known, so words are of no account.
    """
    a, e = articles.c, feed_entries.c
    query = select(a.article_id).where(a.article_id.in_(article_ids), *_left_out(wanted))
    for of in filter(None, (wanted.authors, wanted.topics)):
        there = select(e.article_id).where(e.article_id == a.article_id, e.feed_id.in_(of))
        query = query.where(exists(there.where(or_(e.left_seq.is_(None), e.left_seq != NEVER))))
    found = set(connection.execute(query).scalars())
    return [number for number in article_ids if number in found]


def _left_out(wanted: Filter) -> list[ColumnElement[bool]]:
    return [~_belongs(wanted.without)] if wanted.without else []


def _belongs(feed_ids: Sequence[int]) -> ColumnElement[bool]:
    """Whether a story is, as its live revision says, in one of these sections, on one of these topics, or by one of
    these authors."""
    a = articles.c
    is_in_section = a.live_section_id.in_(select(sections.c.section_id).where(sections.c.feed_id.in_(feed_ids)))
    ways: list[ColumnElement[bool]] = [a.live_section_id.is_not(None) & is_in_section]
    for of, uses, id_column in NAMED.values():
        # Not the bare column, which has an index: SQLite would go through every revision that ever named it.
        number = func.coalesce(uses.c[id_column], 0)
        numbers = select(of.c[id_column]).where(of.c.feed_id.in_(feed_ids))
        ways.append(exists(select(uses.c.place).where(uses.c.revision_id == a.live_id, number.in_(numbers))))
    return or_(*ways)


def _has_words(connection: Connection, query: Query) -> ColumnElement[bool]:
    rows = search_rows.c
    row = select(rows.place).where(rows.article_id == articles.c.article_id, rows.revision_id == articles.c.live_id)
    return exists(row.where(is_in_words(connection, query)))
