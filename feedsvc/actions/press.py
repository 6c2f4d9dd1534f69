"""Make the document of a feed from one snapshot of what is stored."""

import hashlib
import sys
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from importlib.metadata import version
from operator import itemgetter

from sqlalchemy import Connection

from feedsvc.actions.entries import TEXTS as TEXTS_OF_ENTRIES
from feedsvc.actions.entries import Entries
from feedsvc.domain import address, composed, dates
from feedsvc.domain.feedname import CHOSEN, CORRECTIONS, RISING, TRENDING, union_identity, union_name
from feedsvc.errors import NotFound
from feedsvc.feeds.document import Document, Page, Part, compressor_versions, make_document
from feedsvc.feeds.feed import Archive, Entry, Feed, Tombstone
from feedsvc.feeds.joined import WRITERS, Joined
from feedsvc.feeds.ready import UNTITLED
from feedsvc.feeds.rss_atom import writer_versions
from feedsvc.settings import Settings
from feedsvc.storage import articles, corrections, feeds, installation, leaving, pages, readings
from feedsvc.storage.database import Database
from feedsvc.storage.feeds import FeedHead
from feedsvc.storage.installation import Edition
from feedsvc.storage.leaving import Left
from feedsvc.storage.pages import ClosedPage
from feedsvc.texts import N_, _, language_for, speaking

RENDERER = 3
"""Raised whenever this code would write other bytes for the same news."""

TOMBSTONES_LIMIT = 200
"""The most tombstones in a document."""

OF_UNION = N_("Stories of %(feeds)s")

TEXTS = (*TEXTS_OF_ENTRIES, *composed.TEXTS, OF_UNION, UNTITLED, *(words for pair in CHOSEN.values() for words in pair))
"""Our own words in documents."""


def epoch(settings: Settings, renderer: int = RENDERER) -> str:
    """The fingerprint of all that shapes a document's bytes besides what is stored."""
    shaping = (
        renderer,
        settings.base_url,
        settings.site_title,
        settings.site_description,
        settings.site_language,
        settings.site_logo,
        settings.copyright,
        settings.feed_entries,
        settings.feed_hours,
        settings.feed_ttl,
        settings.notice_days,
        settings.tombstone_days,
        str(settings.time_zone),
        *(version(library) for library in ("nh3", "markdown-it-py")),
        writer_versions(),
        sys.version_info[:3],
        unicodedata.unidata_version,
        compressor_versions(),
        *_said(settings.site_language),
    )
    return hashlib.sha256(repr(shaping).encode()).hexdigest()[:8]


def _said(site_language: str) -> tuple[str, ...]:
    """Our own words as documents say them; none where those are English, as they stand in this code."""
    with speaking(language_for(site_language)):
        said = tuple(_(text) for text in TEXTS)
    return () if said == TEXTS else said


class Press:
    """Makes documents for one process, of the epoch that its settings and code stand for."""

    def __init__(self, database: Database, settings: Settings, epoch: str) -> None:
        self._database = database
        self._settings = settings
        self._epoch = epoch
        self._writing = Entries(settings)
        self._language = language_for(settings.site_language)
        self._writers = {format: Joined(format) for format in WRITERS}

    def __call__(self, parts: tuple[Part, ...], format: str) -> Document:
        """The document of a feed, of the union of several, or of a page of an archive, with the validators that belong
        to its snapshot.

        Raises `NotFound` if there is no such feed or page (any more).
        """
        # The language is the site's, whoever asks, and in whichever thread.
        with speaking(self._language), self._database.read() as connection:
            feed_ids = tuple(dict.fromkeys(part.feed_id if isinstance(part, Page) else part for part in parts))
            heads = feeds.heads(connection, feed_ids)
            page = pages.get(connection, *parts[0]) if isinstance(parts[0], Page) else None
            if len(heads) < len(feed_ids) or (page is None and isinstance(parts[0], Page)):
                raise NotFound(f"There are no feeds {'+'.join(map(str, parts))}.", parts)
            edition = installation.edition(connection)
            if page is not None:
                return self._document(self._page(connection, heads[0], page), edition, format, heads, [page])
            # What readers of RSS and JSON Feed do not look for stands in deltas alone.
            left = self.left(connection, heads) if format == "atom" else []
            archive = None
            if len(heads) == 1 and heads[0].kind in pages.KINDS:
                archive = Archive(previous=pages.newest(connection, heads[0].feed_id))
            return self.write(heads, edition, format, self._entries(connection, heads), left, archive)

    def write(
        self,
        heads: Sequence[FeedHead],
        edition: Edition,
        format: str,
        entries: tuple[Entry, ...],
        left: Sequence[Left] = (),
        archive: Archive | None = None,
    ) -> Document:
        """The document of these entries, and tombstones of what left, with the validators of the feeds' heads."""
        tombstones = tuple(Tombstone(one.identity, one.foreign_id, one.when) for one in left)
        feed = self._around(heads, entries, max(head.changed for head in heads), archive, tombstones)
        return self._document(feed, edition, format, heads, heads)

    def _document(
        self,
        feed: Feed,
        edition: Edition,
        format: str,
        heads: Sequence[FeedHead],
        moved: Sequence[FeedHead | ClosedPage],
    ) -> Document:
        """The feed as it is sent, with the validators of what `moved`: its heads, or a page of its archive."""
        return make_document(
            self._writers[format](feed),
            feed_ids=tuple(head.feed_id for head in heads),
            format=format,
            seq=max(one.seq for one in moved),
            date=self.date_of(edition, moved),
            line=edition.line,
            epoch=self._epoch,
            self_url=feed.url(format),
            home_url=feed.home_url,
            max_age_seconds=self._settings.feed_max_age,
            is_page=feed.archive is not None and feed.archive.page is not None,
        )

    def left(self, connection: Connection, heads: Sequence[FeedHead]) -> Sequence[Left]:
        """What left the feeds and has its tombstone in their document, the latest first; nothing where stories stand
        by how they are read, or by their corrections, and not because they belong there."""
        if heads[0].kind in CHOSEN:
            return ()
        feed_ids, at = [head.feed_id for head in heads], max(head.at for head in heads)
        kept, noticed = timedelta(days=self._settings.tombstone_days), timedelta(days=self._settings.notice_days)
        return leaving.left(connection, feed_ids, at, kept, noticed, TOMBSTONES_LIMIT)

    def date_of(self, edition: Edition, moved: Sequence[FeedHead | ClosedPage]) -> datetime | None:
        """The date for Last-Modified: the latest of the heads of what `moved`, of line and epoch.

        None while another process, with other settings or code, has begun an epoch of its own: both would give the
        dates of changes to different bytes.
        """
        if edition.epoch != self._epoch or edition.epoch_since is None:
            return None
        return max(edition.line_since, edition.epoch_since, *(one.at for one in moved))

    def _page(self, connection: Connection, head: FeedHead, page: ClosedPage) -> Feed:
        """What stands in a page, newest first. Notices stand in the feed's document alone."""
        stories = articles.stories(connection, pages.articles_in(connection, page))
        archive = Archive(page.page, page.page - 1 or None, page.page + 1 if page.has_next else None)
        entries = tuple(self._writing.entry(story) for story in stories)
        return self._around([head], entries, page.changed, archive)

    def _around(
        self,
        heads: Sequence[FeedHead],
        entries: tuple[Entry, ...],
        changed: datetime,
        archive: Archive | None,
        tombstones: tuple[Tombstone, ...] = (),
    ) -> Feed:
        """The feed that says what its `heads` do, around its entries; `changed` by a significant act at that date."""
        settings = self._settings
        name = union_name(head.name for head in heads)
        title = " + ".join(head.title for head in heads)
        described = heads[0].description if len(heads) == 1 else _(OF_UNION, feeds=title)
        if name in CHOSEN:
            title, described = _(title), _(described)
        return Feed(
            name=name,
            identity=heads[0].identity if len(heads) == 1 else union_identity(head.identity for head in heads),
            title=f"{title} – {settings.site_title}" if title else settings.site_title,
            description=described or settings.site_description or settings.site_title,
            language=settings.site_language,
            copyright=settings.copyright,
            home_url=settings.base_url + address.home_path(name),
            base_url=settings.base_url,
            logo_url=settings.site_logo,
            author=settings.site_title,
            updated=max([changed, *(entry.updated for entry in entries)]),
            ttl_minutes=settings.feed_ttl,
            entries=entries,
            tombstones=tombstones,
            archive=archive,
        )

    def _entries(self, connection: Connection, heads: Sequence[FeedHead]) -> tuple[Entry, ...]:
        """What stands in the window of the feeds together, each story once, and the notices beside it; where a feed has
        an archive, whatever stands in no closed page too."""
        if heads[0].kind == TRENDING:
            return self._ranked(connection, heads[0])
        if heads[0].kind == CORRECTIONS:
            return self._corrections(connection, heads[0])
        chosen, noticed, standing = self.window(connection, heads)
        # A story that rises is news again, and dated so there.
        dated = {number: standing[number].published for number in chosen} if heads[0].kind == RISING else {}
        return self.entries(connection, chosen, noticed, dated)

    def window(
        self, connection: Connection, heads: Sequence[FeedHead]
    ) -> tuple[Sequence[int], Sequence[int], dict[int, dates.Standing]]:
        """The stories in the document of feeds and the notices there, and how those that may be in it stand."""
        settings = self._settings
        at = max(head.at for head in heads)
        since = at - timedelta(hours=settings.feed_hours)
        standing: dict[int, dates.Standing] = {}
        noticed: list[int] = []
        for head in heads:
            for one in feeds.candidates(connection, head.feed_id, settings.feed_entries, since):
                known = standing.setdefault(one.article_id, one)
                if known.entered is None or (one.entered is not None and one.entered > known.entered):
                    standing[one.article_id] = one
            noticed += feeds.noticed(connection, head.feed_id, at - timedelta(days=settings.notice_days))
        chosen = list(dates.window(standing.values(), settings.feed_entries, since))
        if len(heads) == 1 and heads[0].kind in pages.KINDS:
            tail = {one.article_id: one for one in pages.tail(connection, heads[0].feed_id)}
            standing = tail | standing
            chosen += tail.keys() - set(chosen)
        return chosen, list(dict.fromkeys(noticed)), standing

    def entries(
        self,
        connection: Connection,
        chosen: Sequence[int],
        noticed: Sequence[int],
        dated: Mapping[int, datetime] | None = None,
    ) -> tuple[Entry, ...]:
        """The entries of stories and of notices, newest first; `dated` has other dates than those of publication."""
        dated = dated or {}
        stories, notices = articles.stories(connection, chosen), articles.withdrawn(connection, noticed)
        standing_at = [
            ((dated.get(story.article_id, story.published), story.article_id), self._writing.entry(story, dated))
            for story in stories
        ]
        standing_at += [((one.published, one.article_id), self._writing.notice(one)) for one in notices]
        return tuple(entry for _, entry in sorted(standing_at, key=itemgetter(0), reverse=True))

    def _ranked(self, connection: Connection, head: FeedHead) -> tuple[Entry, ...]:
        """The stories of a feed in the order of their positions, and behind them the notices."""
        since = head.at - timedelta(days=self._settings.notice_days)
        order = readings.standing(connection, head.feed_id, self._settings.feed_entries)
        noticed = feeds.noticed(connection, head.feed_id, since)
        return (
            *(self._writing.entry(story) for story in articles.stories(connection, order)),
            *(self._writing.notice(one) for one in articles.withdrawn(connection, noticed)),
        )

    def _corrections(self, connection: Connection, head: FeedHead) -> tuple[Entry, ...]:
        """The corrections of the stories that were corrected last, each an entry, the latest first.

        Those of a withdrawn story carry its notice, like the story itself elsewhere.
        """
        settings = self._settings
        since = head.at - timedelta(hours=settings.feed_hours)
        candidates = feeds.candidates(connection, head.feed_id, settings.feed_entries, since)
        chosen = dates.window(candidates, settings.feed_entries, since)
        noticed = feeds.noticed(connection, head.feed_id, head.at - timedelta(days=settings.notice_days))
        stories = articles.stories(connection, chosen)
        of_withdrawn = corrections.of(connection, noticed)
        entries = [
            self._writing.correction(story, number, one)
            for story in stories
            for number, one in enumerate(story.corrections, start=1)
        ]
        entries += [
            replace(self._writing.notice(withdrawn), identity=one.identity, published=one.at, foreign_id=None)
            for withdrawn in articles.withdrawn(connection, noticed)
            for one in of_withdrawn.get(withdrawn.article_id, ())
        ]
        return tuple(sorted(entries, key=lambda entry: (entry.published, entry.identity), reverse=True))

    # For other documents of the same stories

    def bytes_of(self, feed: Feed, format: str) -> bytes:
        """A feed in a format: the entries that its documents have in common are written once."""
        return self._writers[format](feed)
