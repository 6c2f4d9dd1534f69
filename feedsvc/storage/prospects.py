"""The feeds in which a story stands, and those in which it would stand if a revision of it were public."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, or_, select

from feedsvc.domain.article import Revision, Syndication
from feedsvc.domain.feedname import ALL, slug_of
from feedsvc.storage import feeds
from feedsvc.storage.feeds import FeedHead
from feedsvc.storage.revisions import NAMED, name_ids
from feedsvc.storage.standing import NEVER
from feedsvc.storage.tables import feed_entries, feed_names
from feedsvc.storage.tables import feeds as of_feeds


@dataclass(frozen=True)
class Prospect:
    """A feed by its name and title, the latter empty for that of all stories; `is_new` before its first story."""

    name: str
    title: str
    is_new: bool = False


def standing(connection: Connection, article_id: int) -> list[Prospect]:
    """The feeds in which a story stands now, in the order in which it entered them."""
    e = feed_entries.c
    query = select(e.feed_id).where(e.article_id == article_id, e.left_seq.is_(None)).order_by(e.feed_id)
    return _of(feeds.heads(connection, connection.execute(query).scalars().all()))


def ever_standing(connection: Connection, article_id: int) -> list[Prospect]:
    """The feeds in which a story stands or stood, retired ones aside: its notice stands in them once it is withdrawn
    with one."""
    e = feed_entries.c
    query = (
        select(e.feed_id)
        .join(of_feeds, of_feeds.c.feed_id == e.feed_id)
        .where(e.article_id == article_id, or_(e.left_seq.is_(None), e.left_seq != NEVER), of_feeds.c.state == "open")
    )
    return _of(feeds.heads(connection, connection.execute(query.order_by(e.feed_id)).scalars().all()))


def would_stand(connection: Connection, revision: Revision) -> list[Prospect]:
    """The feeds in which a story would stand if this revision were public; trending and its like aside."""
    carried = revision.syndication
    if not carried and revision.section is not None:
        carried = feeds.syndication(connection, revision.section)
    if carried == Syndication.NONE:
        return []
    numbers: list[int | None] = [feeds.find(connection, ALL)]
    section = feeds.section(connection, revision.section) if revision.section else None
    numbers += [section.feed_id] if section else []
    found = _of(feeds.heads(connection, [number for number in numbers if number is not None]))
    for field in NAMED:
        found += [feed for _, feed in named(connection, field, getattr(revision, field)) if feed is not None]
    return list({one.name: one for one in found}.values())


def named(connection: Connection, field: str, names: Sequence[str]) -> list[tuple[str, Prospect | None]]:
    """Names of topics or authors (`field`), each with its feed: None where that was retired."""
    of, _, id_column = NAMED[field]
    known = name_ids(connection, field, names)
    query = (
        select(of.c[id_column], of.c.name, feed_names.c.slug, of_feeds.c.state)
        .join(of_feeds, of_feeds.c.feed_id == of.c.feed_id)
        .join(feed_names, (feed_names.c.feed_id == of.c.feed_id) & feed_names.c.is_current)
        .where(of.c[id_column].in_(list(known.values())))
    )
    feed_of = {row[0]: row for row in connection.execute(query)}
    found: list[tuple[str, Prospect | None]] = []
    for name in names:
        row = feed_of.get(known.get(name))
        if row is None:
            found.append((name, Prospect(feeds.free_name(connection, f"{field}/{slug_of(name)}"), name, is_new=True)))
        else:
            found.append((name, Prospect(row.slug, row.name) if row.state == "open" else None))
    return found


def _of(heads: Sequence[FeedHead]) -> list[Prospect]:
    return [Prospect(head.name, head.title) for head in heads]
