"""Make the document of a feed from one snapshot of what is stored."""

import hashlib
import sys
import unicodedata
from collections.abc import Callable
from datetime import datetime, timedelta
from importlib.metadata import version

from sqlalchemy import Connection

from feedsvc.domain import address, dates
from feedsvc.errors import NotFound
from feedsvc.feeds.document import Document, compressor_versions, make_document
from feedsvc.feeds.feed import Category, Entry, Feed, Person, Picture
from feedsvc.feeds.jsonfeed import to_json
from feedsvc.feeds.rss_atom import to_atom, to_rss
from feedsvc.settings import Settings
from feedsvc.storage import articles, feeds, installation
from feedsvc.storage.articles import Story, Withdrawn
from feedsvc.storage.database import Database
from feedsvc.storage.feeds import FeedHead

RENDERER = 1
"""Raised whenever this code would write other bytes for the same news."""

WRITERS: dict[str, Callable[[Feed], bytes]] = {"rss": to_rss, "atom": to_atom, "json": to_json}

NOTICE_TITLE = "Withdrawn"


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
        *(version(library) for library in ("feedgen", "lxml", "nh3", "markdown-it-py")),
        sys.version_info[:2],
        unicodedata.unidata_version,
        compressor_versions(),
    )
    return hashlib.sha256(repr(shaping).encode()).hexdigest()[:8]


class Press:
    """Makes documents for one process. `epoch_since` is the date of its epoch, see `installation.settle_epoch`."""

    def __init__(self, database: Database, settings: Settings, epoch: str, epoch_since: datetime) -> None:
        self._database = database
        self._settings = settings
        self._epoch = epoch
        self._epoch_since = epoch_since

    def __call__(self, feed_id: int, format: str) -> Document:
        """The document of a feed, with the validators that belong to the snapshot it was made from.

        Raises `NotFound` if there is no such feed (any more).
        """
        with self._database.read() as connection:
            head = feeds.head(connection, feed_id)
            if head is None:
                raise NotFound(f"There is no feed {feed_id}.", feed_id)
            line, line_since = installation.line(connection)
            feed = self._feed(connection, head)
        return make_document(
            WRITERS[format](feed),
            feed_id=feed_id,
            format=format,
            seq=head.seq,
            date=max(head.at, line_since, self._epoch_since),
            line=line,
            epoch=self._epoch,
            self_url=feed.url(format),
            home_url=feed.home_url,
            max_age_seconds=self._settings.feed_max_age,
        )

    def _feed(self, connection: Connection, head: FeedHead) -> Feed:
        settings = self._settings
        since = head.at - timedelta(hours=settings.feed_hours)
        standing = feeds.candidates(connection, head.feed_id, settings.feed_entries, since)
        stories = articles.stories(connection, dates.window(standing, settings.feed_entries, since))
        noticed = feeds.noticed(connection, head.feed_id, head.at - timedelta(days=settings.notice_days))
        notices = articles.withdrawn(connection, noticed)
        entries = [self._entry(story) for story in stories] + [self._notice(one) for one in notices]
        entries.sort(key=lambda entry: (entry.published, entry.identity), reverse=True)
        section = head.section
        home_path = address.section_path(section.slug) if section else "/"
        return Feed(
            name=head.name,
            identity=head.identity,
            title=f"{section.title} – {settings.site_title}" if section else settings.site_title,
            description=(section.description if section else "") or settings.site_description or settings.site_title,
            language=settings.site_language,
            copyright=settings.copyright,
            home_url=settings.base_url + home_path,
            base_url=settings.base_url,
            logo_url=settings.site_logo or None,
            author=settings.site_title,
            updated=max([head.changed, *(entry.updated for entry in entries)]),
            ttl_minutes=settings.feed_ttl,
            entries=tuple(entries),
        )

    def _entry(self, story: Story) -> Entry:
        revision = story.revision
        topics = tuple(Category(term=topic, label=topic, scheme=None) for topic in revision.topics)
        section = Category(
            term=revision.section or "",
            label=story.section_title,
            scheme=self._settings.base_url + address.section_path(revision.section or ""),
        )
        return Entry(
            identity=story.identity,
            url=self._settings.base_url + address.article_path(story.article_id, revision.slug),
            title=revision.headline,
            summary=revision.standfirst,
            body=revision.body,
            published=story.published,
            updated=story.updated,
            authors=tuple(Person(name) for name in revision.authors),
            categories=(section, *topics),
            picture=self._picture(story),
        )

    def _picture(self, story: Story) -> Picture | None:
        stored, used = story.picture, story.revision.picture
        if stored is None or used is None:
            return None
        return Picture(
            url=self._settings.base_url + address.picture_path(stored.key, stored.media_type),
            media_type=stored.media_type,
            width=stored.width,
            height=stored.height,
            length=stored.length,
            alt="" if used.decorative else used.alt,
            credit=used.credit,
        )

    def _notice(self, one: Withdrawn) -> Entry:
        return Entry(
            identity=one.identity,
            url=self._settings.base_url + address.article_path(one.article_id, one.slug),
            title=NOTICE_TITLE,
            summary=one.notice,
            body=one.notice,
            published=one.published,
            updated=one.withdrawn,
            is_notice=True,
        )
