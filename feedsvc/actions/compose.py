"""Make the documents of feeds that readers compose: some stories of a feed, each document from one snapshot."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from operator import itemgetter

from sqlalchemy import Connection

from feedsvc.actions.entries import Entries
from feedsvc.actions.press import Press
from feedsvc.domain import address, composed
from feedsvc.domain.composed import KINDS, Wish
from feedsvc.domain.dates import WINDOW_LIMIT
from feedsvc.domain.feedname import ALL, CHOSEN, union_identity, union_name
from feedsvc.errors import Invalid, NotFound, Retired
from feedsvc.feeds.composed import ComposedFeed
from feedsvc.feeds.document import HEADERS_BYTES, Document, make_document
from feedsvc.feeds.feed import Entry
from feedsvc.feeds.kept import Kept
from feedsvc.metrics import RENDERING_SECONDS, RENDERINGS
from feedsvc.settings import Settings
from feedsvc.storage import articles, composing, feeds, installation
from feedsvc.storage.composing import Asked, Filter
from feedsvc.storage.database import Database
from feedsvc.storage.feeds import FeedHead
from feedsvc.texts import _, language_for, speaking

CANDIDATES = 500
"""The newest stories of a feed among which those of a composed one are looked for."""

ROOM_BYTES = 16 * 1024 * 1024
"""Memory of a process for the documents of composed feeds."""


@dataclass(frozen=True)
class Plan:
    """A composed feed as it is called now. `base` are the heads of the feeds that it begins with, `named` those of the
    feeds that its wish names, in the order of `Wish.feeds`."""

    name: str
    wish: Wish
    base: tuple[FeedHead, ...]
    named: tuple[FeedHead, ...]

    @property
    def address(self) -> tuple[str, str]:
        """Its one address: the name of the feed that it begins with, and the query."""
        return self.name, self.wish.query

    @property
    def filter(self) -> Filter:
        """What its stories must be."""
        without, authors, topics = (tuple(head.feed_id for head in heads) for heads in self._by_parameter())
        return Filter(without, authors, topics, self.wish.words)

    @property
    def title(self) -> str:
        """What it is called, in the language that is spoken."""
        without, authors, topics = ([head.title for head in heads] for heads in self._by_parameter())
        return composed.title(" + ".join(head.title for head in self.base), topics, authors, self.wish.words, without)

    @property
    def identity(self) -> str:
        """Its identity, which no renaming changes."""
        identities = [head.identity for head in self.base]
        base = identities[0] if len(identities) == 1 else union_identity(identities)
        return composed.identity(base, self.wish, [head.identity for head in self.named])

    def _by_parameter(self) -> list[tuple[FeedHead, ...]]:
        first = len(self.wish.without)
        second = first + len(self.wish.authors)
        return [self.named[:first], self.named[first:second], self.named[second:]]


@dataclass(frozen=True)
class _Question:
    """A document, by its address and by what its tags are made of."""

    name: str
    wish: Wish
    format: str
    line: str
    seq: int
    variant: str


class Composer:
    """Makes documents of composed feeds for one process, and keeps those that were asked for last.

    It writes with the writers of `press`, in the epoch of that. Heads are read for each answer, so nothing that was
    taken down is sent again.
    """

    is_asked = staticmethod(composed.is_asked)

    def __init__(
        self, database: Database, settings: Settings, epoch: str, press: Press, room_bytes: int = ROOM_BYTES
    ) -> None:
        self._database = database
        self._settings = settings
        self._epoch = epoch
        self._press = press
        self._writing = Entries(settings)
        self._language = language_for(settings.site_language)
        self._documents = Kept(self._make, room_bytes, _size)

    @property
    def default_limit(self) -> int:
        """How many stories a composed feed has where nobody says it."""
        return min(self._settings.feed_entries, WINDOW_LIMIT)

    def __call__(self, name: str, format: str, query: str, is_read: bool = True) -> Document | tuple[str, str] | None:
        """The document at an address; if that is not its one address, the name of the feed and the query that are.

        `query` is as it stands behind the question mark. None where the address is right and nothing is to be read.
        Raises `Invalid`, `NotFound`, `Retired`, each with a sentence for the reader, and `StorageError`.
        """
        with speaking(self._language):
            asked = composed.fields(query)
            wish = composed.read(asked, self.default_limit)
            with self._database.read() as connection:
                plan = self.plan(connection, name, wish)
                if (plan.name, plan.wish.pairs) != (name, asked):
                    return plan.address
                if not is_read:
                    return None
                question = self._question(connection, plan, format)
            return self._documents(question)

    def plan(self, connection: Connection, name: str, wish: Wish) -> Plan:
        """The composed feed that begins with the feed or union of that name, everything under its present name.

        Raises `NotFound` or `Retired`, whose key is the parameter (`feed` for the name), and `Invalid`.
        """
        base = _base(connection, name)
        found = composing.named(connection, wish.feeds) if wish.feeds else {}
        wish = _present(wish, found)
        # What is asked for by two names of one feed is asked for once.
        of_name = {one.name: one.feed_id for one in found.values()}
        ids = [of_name[feed] for feed in wish.feeds]
        heads = {head.feed_id: head for head in feeds.heads(connection, [*base, *ids])}
        plan = Plan(
            union_name(heads[feed_id].name for feed_id in base),
            wish,
            tuple(heads[feed_id] for feed_id in base),
            tuple(heads[feed_id] for feed_id in ids),
        )
        _refuse_nonsense(plan)
        return plan

    def stories(self, connection: Connection, plan: Plan) -> list[int]:
        """The numbers of the stories that stand in a composed feed now, newest first."""
        base = [head.feed_id for head in plan.base]
        return composing.stories(connection, base, plan.filter, CANDIDATES, plan.wish.limit or self.default_limit)

    def _question(self, connection: Connection, plan: Plan, format: str) -> _Question:
        seq = max(head.seq for head in plan.base)
        if plan.named:
            # The feeds that are only named may move as they like; what they are called stands in the document.
            seq = max(seq, composing.last_named(connection, [head.feed_id for head in plan.named]))
        told_apart = "\n".join((*plan.address, plan.identity, plan.title))
        variant = hashlib.sha256(told_apart.encode()).hexdigest()[:12]
        return _Question(plan.name, plan.wish, format, installation.edition(connection).line, seq, variant)

    def _make(self, question: _Question) -> Document:
        """Make a document from a snapshot of its own, which is as new as the question or newer."""
        format = question.format
        with RENDERING_SECONDS.labels(format).time(), self._database.read() as connection:
            plan = self.plan(connection, question.name, question.wish)
            present = self._question(connection, plan, format)
            edition = installation.edition(connection)
            feed = self._feed(connection, plan)
            document = make_document(
                self._press.bytes_of(feed, format),
                feed_ids=tuple(head.feed_id for head in plan.base),
                format=format,
                seq=present.seq,
                date=self._press.date_of(edition, [*plan.base, *plan.named]),
                line=edition.line,
                epoch=self._epoch,
                self_url=feed.url(format),
                home_url=feed.home_url,
                max_age_seconds=self._settings.feed_max_age,
                variant=present.variant,
            )
        RENDERINGS.labels(format, "made").inc()
        return document

    def _feed(self, connection: Connection, plan: Plan) -> ComposedFeed:
        settings = self._settings
        entries = self._entries(connection, plan)
        return ComposedFeed(
            name=plan.name,
            identity=plan.identity,
            title=f"{plan.title} – {settings.site_title}",
            description=_(composed.DESCRIPTION),
            language=settings.site_language,
            copyright=settings.copyright,
            home_url=settings.base_url + address.home_path(plan.name),
            base_url=settings.base_url,
            logo_url=settings.site_logo,
            author=settings.site_title,
            updated=max([*(head.changed for head in plan.base), *(entry.updated for entry in entries)]),
            ttl_minutes=settings.feed_ttl,
            entries=entries,
            query=plan.wish.query,
        )

    def _entries(self, connection: Connection, plan: Plan) -> tuple[Entry, ...]:
        """The stories, and beside them the notices of those that readers may have got, newest first."""
        since = max(head.at for head in plan.base) - timedelta(days=self._settings.notice_days)
        noticed = dict.fromkeys(
            number for head in plan.base for number in feeds.noticed(connection, head.feed_id, since)
        )
        withdrawn = composing.notices(connection, list(noticed), plan.filter) if noticed else []
        standing = [
            ((story.published, story.article_id), self._writing.entry(story))
            for story in articles.stories(connection, self.stories(connection, plan))
        ]
        standing += [
            ((one.published, one.article_id), self._writing.notice(one))
            for one in articles.withdrawn(connection, withdrawn)
        ]
        return tuple(entry for _, entry in sorted(standing, key=itemgetter(0), reverse=True))


def _base(connection: Connection, name: str) -> tuple[int, ...]:
    led_to = feeds.resolve(connection, name)
    if led_to is not None and led_to.moved_to is not None:
        led_to = feeds.resolve(connection, led_to.moved_to)
    if led_to is None:
        raise NotFound(_("There is no feed at this address. All feeds are listed at /feeds."), "feed")
    if led_to.is_gone:
        raise Retired(_("This feed was retired. All feeds are listed at /feeds."), "feed")
    return led_to.feed_ids


def _present(wish: Wish, found: dict[str, Asked]) -> Wish:
    """The wish by the names that feeds have now. Of several authors or topics, those that were retired are left out;
    what a reader does not want stays away, whether it goes on or not."""
    for parameter, names in _names(wish):
        for name in names:
            if name not in found:
                raise NotFound(
                    _(
                        "%(parameter)s: no feed is called “%(name)s”. All feeds are listed at /feeds.",
                        parameter=parameter,
                        name=name,
                    ),
                    parameter,
                )
            if found[name].kind in (ALL, *CHOSEN):
                sentence = _("“%(name)s” cannot be left out. Leave out sections, topics or authors.", name=name)
                raise Invalid({parameter: sentence})
    left: dict[str, tuple[str, ...]] = {"without": tuple(sorted({found[name].name for name in wish.without}))}
    for parameter, names in _names(wish)[1:]:
        left[parameter] = tuple(sorted({_slug(found[name].name) for name in names if found[name].is_open}))
        if names and not left[parameter]:
            sentence = _("%(parameter)s: nothing goes on under that name: it was retired.", parameter=parameter)
            raise Retired(sentence, parameter)
    return Wish(left["without"], left["author"], left["topic"], wish.words, wish.limit)


def _names(wish: Wish) -> list[tuple[str, Sequence[str]]]:
    """Parameter -> the names of the feeds that it names."""
    return [
        ("without", wish.without),
        ("author", [f"{KINDS['author']}/{slug}" for slug in wish.authors]),
        ("topic", [f"{KINDS['topic']}/{slug}" for slug in wish.topics]),
    ]


def _slug(name: str) -> str:
    return name.rpartition("/")[2]


def _refuse_nonsense(plan: Plan) -> None:
    """Raise `Invalid` for what no reader can mean."""
    if plan.base[0].kind in CHOSEN:
        sentence = _(
            "Stories cannot be chosen from “%(name)s”. Begin with a section, a topic, an author or all.",
            name=plan.name,
        )
        raise Invalid({"feed": sentence})
    first = len(plan.wish.without)
    wanted = {head.feed_id for head in (*plan.base, *plan.named[first:])}
    for head in plan.named[:first]:
        if head.feed_id in wanted:
            sentence = _("“%(name)s” is asked for and left out at once. Take it out of one of the two.", name=head.name)
            raise Invalid({"without": sentence})


def _size(question: _Question, document: Document) -> int:
    return document.size + HEADERS_BYTES // 4
