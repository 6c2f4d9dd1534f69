"""What a check reads of stories: where they stand and where they belong. Writes nothing."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from feedsvc.domain.article import Status, Syndication
from feedsvc.domain.feedname import ALL, CORRECTIONS, RISING, TRENDING
from feedsvc.storage import feeds as stored_feeds
from feedsvc.storage import standing
from feedsvc.storage.revisions import NAMED
from feedsvc.storage.tables import articles, feed_entries, feeds, picture_uses, pictures, revisions


@dataclass(frozen=True)
class EntryState:
    """What is written of a story and a feed: whether it stands there, and whether it is on the feed's page."""

    feed_id: int
    kind: str
    is_open: bool
    stands: bool
    is_listed: bool
    published: datetime


@dataclass(frozen=True)
class StoryState:
    """A story as it is stored, with all feeds that it belongs to, and all entries."""

    article_id: int
    headline: str
    status: Status
    published: datetime | None
    lacks: tuple[str, ...]
    """What a story of its status has and this one has not, in words."""
    has_copies: bool
    """Whether its section, and whether it goes out, are written beside it as its live revision says."""
    is_out: bool
    """Whether it is to stand in feeds: it is public, and goes out."""
    belongs: frozenset[int]
    """The open feeds that it belongs to, whether it goes out or not."""
    nameless: tuple[str, ...]
    """Its topics and authors that have no feed, though it is public."""
    entries: tuple[EntryState, ...]
    hidden_pictures: tuple[str, ...]
    """The keys of pictures that it shows and that are said never to have been public."""

    @property
    def wanted(self) -> frozenset[int]:
        """The feeds in which it is to stand, by what is known of it: in `trending` stands what was chosen."""
        if not self.is_out:
            return frozenset()
        chosen = {
            e.feed_id for e in self.entries if e.kind in (RISING, CORRECTIONS) or (e.kind == TRENDING and e.stands)
        }
        return self.belongs | chosen


def story_states(connection: Connection, article_ids: Sequence[int]) -> list[StoryState]:
    """Stories by their numbers."""
    a, live = articles.c, revisions.alias("live")
    working = revisions.alias("working")
    query = (
        select(
            articles,
            working.c.headline,
            working.c.article_id.label("of_working"),
            live.c.article_id.label("of_live"),
            live.c.section_id.label("section_id"),
            live.c.syndication.label("syndication"),
        )
        .outerjoin(working, working.c.revision_id == a.working_id)
        .outerjoin(live, live.c.revision_id == a.live_id)
        .where(a.article_id.in_(article_ids))
        .order_by(a.article_id)
    )
    rows = connection.execute(query).all()
    public = [row.article_id for row in rows if row.status == Status.PUBLISHED.value]
    belongs, nameless = _belongs(connection, public)
    entries = _entries(connection, article_ids)
    hidden = _hidden(connection, public)
    return [
        StoryState(
            row.article_id,
            row.headline or "",
            Status(row.status),
            row.published,
            _lacks(row),
            row.live_id is None
            or (row.live_section_id, row.is_syndicated) == (row.section_id, row.syndication != Syndication.NONE.value),
            row.status == Status.PUBLISHED.value and row.syndication != Syndication.NONE.value,
            frozenset(belongs.get(row.article_id, ())),
            tuple(nameless.get(row.article_id, ())),
            tuple(entries.get(row.article_id, ())),
            tuple(hidden.get(row.article_id, ())),
        )
        for row in rows
    ]


def _lacks(row: Any) -> tuple[str, ...]:
    is_public = row.status in (Status.PUBLISHED.value, Status.WITHDRAWN.value)
    lacking = {
        "a working copy of its own": row.of_working != row.article_id,
        "a public version of its own": row.of_live not in (None, row.article_id),
        "the date of its last update": is_public and row.updated is None,
        "the date of its withdrawal": row.status == Status.WITHDRAWN.value and row.withdrawn is None,
        "the time at which it is to be published": row.status == Status.SCHEDULED.value and row.publish_at is None,
        "a section": is_public and row.section_id is None,
    }
    return tuple(words for words, is_lacking in lacking.items() if is_lacking)


def _belongs(connection: Connection, public: Sequence[int]) -> tuple[Mapping[int, set[int]], Mapping[int, list[str]]]:
    everything = stored_feeds.find(connection, ALL)
    belongs: defaultdict[int, set[int]] = defaultdict(set)
    nameless: defaultdict[int, list[str]] = defaultdict(list)
    if everything is not None:
        for article_id in public:
            belongs[article_id].add(everything)
    for row in standing.sections_of(connection, public):
        if row.state == "open":
            belongs[row.article_id].add(row.feed_id)
    for field in NAMED:
        for row in standing.names_of(connection, field, public):
            if row.feed_id is None:
                nameless[row.article_id].append(row.name)
            elif row.state == "open":
                belongs[row.article_id].add(row.feed_id)
    return belongs, nameless


def _entries(connection: Connection, article_ids: Sequence[int]) -> dict[int, list[EntryState]]:
    e = feed_entries.c
    query = (
        select(feed_entries, feeds.c.kind, feeds.c.state)
        .join(feeds, feeds.c.feed_id == e.feed_id)
        .where(e.article_id.in_(article_ids))
        .order_by(e.article_id, e.feed_id)
    )
    found: defaultdict[int, list[EntryState]] = defaultdict(list)
    for row in connection.execute(query):
        stands = row.left_seq is None
        found[row.article_id].append(
            EntryState(row.feed_id, row.kind, row.state == "open", stands, row.is_listed, row.published)
        )
    return found


def _hidden(connection: Connection, public: Sequence[int]) -> dict[int, list[str]]:
    query = (
        select(articles.c.article_id, pictures.c.key)
        .join(picture_uses, picture_uses.c.revision_id == articles.c.live_id)
        .join(pictures, pictures.c.picture_id == picture_uses.c.picture_id)
        .where(articles.c.article_id.in_(public), pictures.c.was_public.is_(False))
        .order_by(articles.c.article_id, pictures.c.key)
    )
    found: defaultdict[int, list[str]] = defaultdict(list)
    for article_id, key in connection.execute(query):
        found[article_id].append(key)
    return found
