"""Who stands where: what a change of articles does to feeds, written in the transaction of the change."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Update, bindparam, delete, func, insert, select, update

from feedsvc.domain.article import Article, Kind, Status, Syndication
from feedsvc.domain.dates import act_date
from feedsvc.domain.feedname import ALL, CORRECTIONS, RISING, slug_of
from feedsvc.storage import feeds, leaving, pages, tables
from feedsvc.storage.changes import Change, move_heads
from feedsvc.storage.revisions import NAMED
from feedsvc.storage.tables import articles, changes, feed_entries, feed_heads, sections

NEVER = 0
"""The `left_seq` of an article that is on the page of a feed and never stood in the feed itself."""

Row = dict[str, Any]


@dataclass(frozen=True)
class Recorded:
    """One article in a change: what happened to it, and how it is afterwards."""

    article: Article
    kind: Kind
    is_brought_in: bool = False


def record(connection: Connection, under_way: Change, recorded: Sequence[Recorded]) -> set[int]:
    """Write what a change did: its rows in the log, the feed entries, and the heads of the feeds and pages it touches.

    A withdrawal and a restoration touch every feed in which the article ever stood: its notice stands, or ends, there.
    A page is touched by what happens to the articles that stand in it. Returns the feeds that were touched.
    """
    first = under_way.seq - len(recorded) + 1
    connection.execute(
        insert(changes),
        [
            {
                "seq": first + offset,
                "at": under_way.at,
                "kind": one.kind.value,
                "article_id": one.article.article_id,
                "by": under_way.by,
            }
            for offset, one in enumerate(recorded)
        ],
    )
    kinds_of = {one.article.article_id: one.kind for one in recorded}
    stood = pages.of_articles(connection, list(kinds_of))
    touched, left, grown = _enter_and_leave(connection, under_way, recorded)
    news = [page for page, numbers in stood.items() if {kinds_of[number] for number in numbers} != {Kind.MINOR}]
    lost = [page for page, numbers in stood.items() if any((page[0], number) in left for number in numbers)]
    pages.move(connection, under_way, stood, news, lost)
    closed = pages.close(connection, under_way, grown)
    significant = {f for f, kinds in touched.items() if kinds != {Kind.MINOR}}
    removals = {f for f, kinds in touched.items() if Kind.WITHDRAWN in kinds}
    move_heads(connection, under_way, touched.keys() | closed, significant, removals, leaves_archives=True)
    return touched.keys() | grown


def _belongs_in(connection: Connection, under_way: Change, recorded: Sequence[Recorded]) -> dict[int, set[int]]:
    """Article -> the feeds that it belongs to from now on: `all`, its section, its topics and its authors.

    A topic or author gets its feed with the first published article that names it. Nothing enters what was retired.
    """
    public = [one.article.article_id for one in recorded if one.article.status is Status.PUBLISHED]
    if not public:
        return {}
    everything = feeds.find(connection, ALL)
    rows = sections_of(connection, public)
    result = {row.article_id: {everything, *([row.feed_id] if row.state == "open" else [])} for row in rows}
    for field, (named, _, id_column) in NAMED.items():
        made: dict[int, int] = {}
        for row in names_of(connection, field, public):
            if row.state == "retired":
                continue
            feed_id = row.feed_id or made.get(row.number)
            if feed_id is None:
                name = feeds.free_name(connection, f"{field}/{slug_of(row.name)}")
                feed_id = made[row.number] = feeds.add_feed(connection, under_way, name, field)
                connection.execute(update(named).where(named.c[id_column] == row.number).values(feed_id=feed_id))
            result[row.article_id].add(feed_id)
    return result


def sections_of(connection: Connection, article_ids: Sequence[int]) -> Sequence[Any]:
    """The sections of articles as they are public: `article_id`, and `feed_id` and `state` of the section's feed."""
    return connection.execute(
        select(articles.c.article_id, sections.c.feed_id, tables.feeds.c.state)
        .join(sections, sections.c.section_id == articles.c.live_section_id)
        .join(tables.feeds, tables.feeds.c.feed_id == sections.c.feed_id)
        .where(articles.c.article_id.in_(article_ids))
    ).all()


def names_of(connection: Connection, field: str, article_ids: Sequence[int]) -> Sequence[Any]:
    """The topics or authors (`field`) of articles as they are public: `article_id`, `number` and `name`, and `feed_id`
    and `state` of the feed, None where there is none yet."""
    named, uses, id_column = NAMED[field]
    return connection.execute(
        select(
            articles.c.article_id,
            named.c[id_column].label("number"),
            named.c.name,
            named.c.feed_id,
            tables.feeds.c.state,
        )
        .join(uses, uses.c.revision_id == articles.c.live_id)
        .join(named, named.c[id_column] == uses.c[id_column])
        .outerjoin(tables.feeds, tables.feeds.c.feed_id == named.c.feed_id)
        .where(articles.c.article_id.in_(article_ids))
        .order_by(articles.c.article_id, uses.c.place)
    ).all()


def _enter_and_leave(
    connection: Connection, under_way: Change, recorded: Sequence[Recorded]
) -> tuple[dict[int, set[Kind]], set[tuple[int, int]], set[int]]:
    """Write where the articles stand now; returns the feeds that were touched, and by what, which articles left which
    feeds (pairs of feed and article), and the feeds that gave positions."""
    belongs_in = _belongs_in(connection, under_way, recorded)
    before = _standings(connection, [one.article.article_id for one in recorded])
    chosen = feeds.chosen(connection)
    touched: defaultdict[int, set[Kind]] = defaultdict(set)
    going: list[Row] = []
    entering: list[Row] = []
    beside: list[Row] = []
    for one in recorded:
        article = one.article
        rows = before.get(article.article_id, {})
        standing = {feed_id for feed_id, row in rows.items() if row.left_seq is None}
        belongs = belongs_in.get(article.article_id, set())
        wanted = _wanted(one, belongs, standing, rows, chosen)
        anew = {chosen[CORRECTIONS]} & wanted if one.kind is Kind.CORRECTED else set()
        is_everywhere = one.kind in (Kind.WITHDRAWN, Kind.RESTORED)
        for feed_id in wanted | (_ever(rows) if is_everywhere else standing):
            touched[feed_id].add(one.kind)
        # A notice begins with its withdrawal, in the feeds that the article had left before too, and ends there with a
        # restoration.
        for feed_id in (_ever(rows) if is_everywhere else standing) - wanted:
            going.append({"of_feed": feed_id, "of_article": article.article_id, "when": _left_when(one, under_way)})
        for feed_id in sorted(wanted - standing | anew):
            entering.append(
                {
                    "feed_id": feed_id,
                    "article_id": article.article_id,
                    # The feed of corrections orders stories by their latest one.
                    "published": article.updated if feed_id in anew else article.published,
                    "entered": None if one.is_brought_in else under_way.at,
                    "was_there": feed_id in rows,
                    "is_dated_anew": feed_id in anew,
                }
            )
        beside += [
            {
                "feed_id": feed_id,
                "article_id": article.article_id,
                "published": article.published,
                "was_there": feed_id in rows,
                "is_listed": feed_id in belongs,
            }
            for feed_id in sorted(belongs | {feed_id for feed_id, row in rows.items() if row.is_listed})
            if feed_id not in wanted
        ]
    if going:
        connection.execute(
            _one_entry().values(left_seq=under_way.seq, left_at=under_way.at, left_when=bindparam("when")),
            going,
        )
    _enter(connection, under_way, entering)
    _list_beside(connection, beside)
    left = {(row["of_feed"], row["of_article"]) for row in going}
    return touched, left, {row["feed_id"] for row in (*entering, *beside)}


def _wanted(
    one: Recorded, belongs: set[int], standing: set[int], rows: Mapping[int, Any], chosen: Mapping[str, int]
) -> set[int]:
    """The feeds in which an article is to stand: those that it belongs to, unless it goes out in none."""
    live = one.article.live
    if not belongs or live is None or live.syndication == Syndication.NONE:
        return set()
    wanted = belongs | (standing & set(chosen.values()))
    # What rose once, or was corrected, stands there as long as it is public.
    wanted |= rows.keys() & {chosen[name] for name in (RISING, CORRECTIONS) if name in chosen}
    return wanted | ({chosen[CORRECTIONS]} if one.kind is Kind.CORRECTED else set())


def _left_when(one: Recorded, under_way: Change) -> datetime | None:
    """The date by which an article left a feed: later than all that the feed said of it."""
    article = one.article
    if one.kind is Kind.WITHDRAWN:
        return article.withdrawn
    return act_date(under_way.now, article.updated) if one.kind is Kind.MINOR else article.updated


def _ever(rows: Mapping[int, Any]) -> set[int]:
    """The feeds in which an article stands or stood; not those on whose pages alone it was."""
    return {feed_id for feed_id, row in rows.items() if row.left_seq != NEVER}


def _enter(connection: Connection, under_way: Change, entering: Sequence[Row]) -> None:
    """Give each entering article the next position of its feed, in the order given.

    One that comes back is dated later than it left.
    """
    _give_positions(connection, entering)
    leaving.date_later(
        connection, under_way, [(row["feed_id"], row["article_id"]) for row in entering if row["was_there"]]
    )
    new = [row for row in entering if not row["was_there"]]
    if new:
        columns = ("feed_id", "article_id", "position", "published", "entered")
        connection.execute(insert(feed_entries), [{name: row[name] for name in columns} for row in new])
    for row in entering:
        if row["was_there"]:
            values = {"position": row["position"], "entered": row["entered"]}
            values |= dict.fromkeys(("left_seq", "left_at", "left_when"))
            values |= {"published": row["published"]} if row.get("is_dated_anew") else {}
            connection.execute(
                _one_entry().values(is_listed=True, **values),
                {"of_feed": row["feed_id"], "of_article": row["article_id"]},
            )


def _give_positions(connection: Connection, rows_of_all: Sequence[Row]) -> None:
    by_feed: defaultdict[int, list[Row]] = defaultdict(list)
    for row in rows_of_all:
        by_feed[row["feed_id"]].append(row)
    for feed_id, rows in by_feed.items():
        last: int = connection.execute(
            update(feed_heads)
            .where(feed_heads.c.feed_id == feed_id)
            .values(position=feed_heads.c.position + len(rows))
            .returning(feed_heads.c.position)
        ).scalar_one()
        for position, row in enumerate(rows, start=last - len(rows) + 1):
            row["position"] = position


def _list_beside(connection: Connection, beside: Sequence[Row]) -> None:
    """Write on which pages of feeds articles are that do not stand in those feeds."""
    new = [row for row in beside if not row["was_there"]]
    _give_positions(connection, new)
    if new:
        columns = ("feed_id", "article_id", "position", "published", "is_listed")
        connection.execute(
            insert(feed_entries), [{name: row[name] for name in columns} | {"left_seq": NEVER} for row in new]
        )
    known = [
        {"of_feed": row["feed_id"], "of_article": row["article_id"], "is_there": row["is_listed"]}
        for row in beside
        if row["was_there"]
    ]
    if known:
        connection.execute(_one_entry().values(is_listed=bindparam("is_there")), known)


def take_over(connection: Connection, under_way: Change, feed_id: int, into: int) -> None:
    """Let all that stands in a feed stand in another one, in its order, behind what stands there; where a story left
    is taken over with it. No story is news by that. The pages of the one are no more, and whole pages of the other are
    closed; the caller moves the heads of both."""
    e = feed_entries.c
    rows = connection.execute(select(feed_entries).where(e.feed_id == feed_id).order_by(e.position)).mappings().all()
    known = {
        row.article_id: row.left_seq is None
        for row in connection.execute(select(e.article_id, e.left_seq).where(e.feed_id == into))
    }
    connection.execute(delete(feed_entries).where(e.feed_id == feed_id))
    new = [row for row in rows if row["article_id"] not in known]
    again = [row for row in rows if row["left_seq"] is None and known.get(row["article_id"]) is False]
    entering = [dict(row) | {"feed_id": into, "entered": None, "was_there": row in again} for row in (*new, *again)]
    _enter(connection, under_way, entering)
    left = [row for row in new if row["left_seq"] is not None]
    if left:
        connection.execute(
            _one_entry().values(
                left_seq=bindparam("seq"),
                left_at=bindparam("at"),
                left_when=bindparam("when"),
                is_listed=bindparam("is_there"),
            ),
            [
                {
                    "of_feed": into,
                    "of_article": row["article_id"],
                    "seq": row["left_seq"],
                    "at": row["left_at"],
                    "when": row["left_when"],
                    "is_there": row["is_listed"],
                }
                for row in left
            ],
        )
    listed = [
        {"of_feed": into, "of_article": row["article_id"]}
        for row in rows
        if row["is_listed"] and row["article_id"] in known
    ]
    if listed:
        connection.execute(_one_entry().values(is_listed=True), listed)
    pages.forget(connection, [feed_id])
    pages.close(connection, under_way, [into])


def reorder(connection: Connection, under_way: Change, feed_id: int, order: Sequence[tuple[int, datetime]]) -> None:
    """Let these articles, each with its date of publication, stand in a feed in this order, and no others."""
    e = feed_entries.c
    connection.execute(delete(feed_entries).where(e.feed_id == feed_id, e.left_seq.is_(None)))
    enter(connection, under_way, feed_id, order)


def enter(connection: Connection, under_way: Change, feed_id: int, order: Sequence[tuple[int, datetime]]) -> None:
    """Let these articles, each with the date by which the feed orders it, enter a feed in this order."""
    there = ever_stood(connection, feed_id, [number for number, _ in order])
    _enter(
        connection,
        under_way,
        [
            {
                "feed_id": feed_id,
                "article_id": number,
                "published": published,
                "entered": under_way.at,
                "was_there": number in there,
            }
            for number, published in order
        ],
    )


def ever_stood(connection: Connection, feed_id: int, article_ids: Sequence[int]) -> set[int]:
    """Those of the articles that stand in a feed or ever stood there."""
    e = feed_entries.c
    query = select(e.article_id).where(e.feed_id == feed_id, e.article_id.in_(article_ids))
    return set(connection.execute(query).scalars())


def notices_to_end(
    connection: Connection, after: datetime | None, before: datetime, kept: timedelta
) -> list[tuple[int, int]]:
    """The notices, as pairs of feed and article, that began after one date and before another one and stand yet.

    A notice stands in the documents of a feed while the date of the feed's head is less than `kept` later. What was
    withdrawn without one has none to end.
    """
    e = feed_entries.c
    # Not the bare column, which has an index: SQLite would go through every story that was ever withdrawn.
    status = func.coalesce(articles.c.status, "")
    query = (
        select(e.feed_id, e.article_id, e.left_at, feed_heads.c.at)
        .join(articles, articles.c.article_id == e.article_id)
        .join(feed_heads, feed_heads.c.feed_id == e.feed_id)
        .where(e.left_at < before, status == Status.WITHDRAWN.value, articles.c.notice != "")
    )
    if after is not None:
        query = query.where(e.left_at >= after)
    return [(row.feed_id, row.article_id) for row in connection.execute(query) if row.left_at >= row.at - kept]


def _one_entry() -> Update:
    e = feed_entries.c
    return update(feed_entries).where(e.feed_id == bindparam("of_feed"), e.article_id == bindparam("of_article"))


def _standings(connection: Connection, article_ids: Sequence[int]) -> dict[int, dict[int, Any]]:
    """Article -> feed in which it stands or stood, or on whose page it is -> `left_seq` and `is_listed` of that."""
    e = feed_entries.c
    result: defaultdict[int, dict[int, Any]] = defaultdict(dict)
    columns = (e.article_id, e.feed_id, e.left_seq, e.is_listed)
    for row in connection.execute(select(*columns).where(e.article_id.in_(article_ids))):
        result[row.article_id][row.feed_id] = row
    return result
