"""Feed -> RSS 2.0 and Atom 1.0 bytes; the only file that knows feedgen.

feedgen 1.0.0 writes the elements that both formats share; the extensions here write what it leaves out or
gets wrong. Sources: RSS 2.0 with the Best Practices Profile of the RSS Advisory Board, RFC 4287, Media RSS 1.5, and for
archives RFC 5005.
"""

import re
from email.utils import format_datetime
from html import escape
from importlib.metadata import version
from typing import Any

import feedgen.entry
import feedgen.feed
from lxml import etree

from feedsvc.feeds.feed import FORMATS, Entry, Feed, Tombstone
from feedsvc.feeds.ready import content_html, ready

_ATOM = "http://www.w3.org/2005/Atom"
_DC = "http://purl.org/dc/elements/1.1/"
_MEDIA = "http://search.yahoo.com/mrss/"
_TOMBSTONES = "http://purl.org/atompub/tombstones/1.0"
_HISTORY = "http://purl.org/syndication/history/1.0"

# feedgen's own switches the locale of the whole process to format a date.
feedgen.feed.formatRFC2822 = format_datetime
feedgen.entry.formatRFC2822 = format_datetime

_RSS_HTML = re.compile(rb"(<content:encoded>[^<]*</content:encoded>)")


def to_rss(feed: Feed) -> bytes:
    """Write a feed as RSS 2.0: UTF-8, same feed same bytes."""
    feed = ready(feed)
    generator = _generator(feed, "rss")
    generator.register_extension("feedsvc", _RssHead, _RssItem)
    generator.feedsvc.feed = feed
    generator.docs("https://www.rssboard.org/rss-specification")
    generator.ttl(feed.ttl_minutes)
    for entry in feed.entries:
        item = _add_entry(generator, entry, feed.base_url)
        # Readers take an item's description for HTML, whatever it holds.
        item.description(escape(entry.summary, quote=False), isSummary=True)
        item.link(href=entry.url)
        item.guid(entry.foreign_id or entry.identity)
        for category in entry.categories:
            item.category(term=category.term, scheme=category.scheme)
    return _with_stylesheet(feed, _hexadecimal(generator.rss_str(pretty=True, xml_declaration=False)))


def to_atom(feed: Feed) -> bytes:
    """Write a feed as Atom 1.0: UTF-8, same feed same bytes."""
    feed = ready(feed)
    generator = _generator(feed, "atom")
    generator.register_extension("feedsvc", _AtomHead, _AtomLinks)
    generator.feedsvc.feed = feed
    generator.author(name=feed.author, uri=feed.base_url)
    generator.icon(feed.logo_url)
    for entry in feed.entries:
        item = _add_entry(generator, entry, feed.base_url)
        item.summary(entry.summary, type="text")
        for person in entry.authors:
            item.author(name=person.name, uri=person.url)
        item.rights(entry.rights or None)
        for category in entry.categories:
            item.category(term=category.term, scheme=category.scheme, label=category.label)
    return _with_stylesheet(feed, generator.atom_str(pretty=True, xml_declaration=False))


class _RssHead:
    """Declares on the root what items use, so that the bytes of an item do not depend on its neighbours, and writes the
    channel's links to its archive and the tombstones."""

    feed: Feed

    def extend_ns(self) -> dict[str, str]:
        return {"dc": _DC, "media": _MEDIA, "at": _TOMBSTONES, "fh": _HISTORY}

    def extend_rss(self, root: Any) -> Any:
        channel = root.find("channel")
        _add_archive(channel, self.feed, "rss", f"{{{_ATOM}}}link")
        for tombstone in self.feed.tombstones:
            _add_tombstone(channel, tombstone, tombstone.foreign_id or tombstone.identity)
        return root


class _AtomHead:
    """The same for a feed in Atom, where tombstones stand before the entries (RFC 6721)."""

    feed: Feed

    def extend_ns(self) -> dict[str, str]:
        return {"at": _TOMBSTONES, "fh": _HISTORY}

    def extend_atom(self, root: Any) -> Any:
        _add_archive(root, self.feed, "atom", "link")
        for tombstone in self.feed.tombstones:
            _add_tombstone(root, tombstone, tombstone.identity)
        return root


def _add_archive(parent: Any, feed: Feed, format: str, link: str) -> None:
    """Write where a feed's head stands in its archive: RFC 5005 §2 and §4. `link` is the element's name there."""
    if feed.archive is None:
        return
    if feed.archive.page:
        _add(parent, f"{{{_HISTORY}}}archive")
    elif not feed.archive.previous:
        _add(parent, f"{{{_HISTORY}}}complete")
    for relation, url in feed.archive_links(format):
        _add(parent, link, rel=relation, type=_media_type(format), href=url)


class _RssItem:
    """What feedgen cannot say in an item: the date of the last update, authors without e-mail, where it comes from,
    the picture."""

    entry: Entry

    def extend_rss(self, item: Any) -> Any:
        _add(item, f"{{{_ATOM}}}updated", self.entry.updated.isoformat())
        for person in self.entry.authors:
            _add(item, f"{{{_DC}}}creator", person.name)
        source = self.entry.source
        if source:
            _add(item, f"{{{_DC}}}source", source.url or source.name)
        if self.entry.rights:
            _add(item, f"{{{_DC}}}rights", self.entry.rights)
        picture = self.entry.picture
        if picture:
            content = _add(
                item,
                f"{{{_MEDIA}}}content",
                url=picture.url,
                type=picture.media_type,
                medium="image",
                fileSize=str(picture.length),
                width=str(picture.width),
                height=str(picture.height),
            )
            if picture.alt:
                _add(content, f"{{{_MEDIA}}}description", picture.alt, type="plain")
            if picture.credit:
                _add(content, f"{{{_MEDIA}}}credit", picture.credit)
        return item


class _AtomLinks:
    """Writes an entry's links, as feedgen loses all but their addresses. Names are bare in feedgen's Atom tree."""

    entry: Entry

    def extend_atom(self, element: Any) -> Any:
        _add(element, "link", rel="alternate", type="text/html", href=self.entry.url)
        source = self.entry.source
        if source and source.url:
            _add(element, "link", rel="via", type="text/html", href=source.url, title=source.name)
        picture = self.entry.picture
        if picture:
            length = str(picture.length)
            link = _add(element, "link", rel="enclosure", type=picture.media_type, length=length, href=picture.url)
            if picture.alt:
                link.set("title", picture.alt)
        return element


def _generator(feed: Feed, format: str) -> Any:
    generator = feedgen.feed.FeedGenerator()
    generator.id(feed.identity)
    generator.title(feed.title)
    generator.subtitle(feed.description)
    generator.language(feed.language)
    generator.updated(feed.updated)
    generator.rights(feed.copyright)
    generator.logo(feed.logo_url)
    generator.generator("feedsvc")
    generator.link(href=feed.url(format), rel="self", type=_media_type(format))
    # The last link becomes the channel's, whatever its rel.
    generator.link(href=feed.home_url, rel="alternate", type="text/html")
    return generator


def _add_entry(generator: Any, entry: Entry, base_url: str) -> Any:
    item = generator.add_entry(order="append")
    item.feedsvc.entry = entry
    item.id(entry.identity)
    item.title(entry.title)
    item.published(entry.published)
    item.updated(entry.updated)
    item.content(content_html(entry, base_url), type="html")
    return item


def _add_tombstone(parent: Any, tombstone: Tombstone, ref: str) -> None:
    """`ref` is what an entry of the article has as its id in this format."""
    _add(parent, f"{{{_TOMBSTONES}}}deleted-entry", ref=ref, when=tombstone.when.isoformat())


def _media_type(format: str) -> str:
    return FORMATS[format].partition(";")[0]


def _add(parent: Any, name: str, text: str | None = None, **attributes: str) -> Any:
    element = etree.SubElement(parent, name, attributes)
    element.text = text
    return element


def _hexadecimal(rss: bytes) -> bytes:
    """Write `<` and `&` in plain-text elements as the RSS profile asks for, so that no reader takes them for HTML."""
    parts = _RSS_HTML.split(rss)
    parts[::2] = [part.replace(b"&lt;", b"&#x3C;").replace(b"&amp;", b"&#x26;") for part in parts[::2]]
    return b"".join(parts)


def _with_stylesheet(feed: Feed, root: bytes) -> bytes:
    href = escape(f"{feed.base_url}/static/feed.css")
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<?xml-stylesheet type="text/css" href="{href}"?>\n'
    ).encode() + root


def writer_versions() -> str:
    """The versions of the libraries that shape the bytes: for the fingerprint of the epoch."""
    return f"feedgen {version('feedgen')}, lxml {version('lxml')}, libxml2 {etree.LIBXML_VERSION}"
