"""One neutral feed: what a document says, before it is RSS, Atom or JSON.

All texts may hold any Unicode: the writers clean them. All URLs here are absolute.
All dates are aware, UTC, whole seconds, and lie in the past (of several acts on one article in one second, each is a
second later than the one before).
"""

from dataclasses import dataclass
from datetime import datetime

from feedsvc.domain.feedname import page_name

FORMATS = {
    "rss": "application/rss+xml; charset=utf-8",
    "atom": "application/atom+xml; charset=utf-8",
    "json": "application/feed+json; charset=utf-8",
}
"""Ending of the address -> media type."""


@dataclass(frozen=True)
class Picture:
    """The picture of an entry as feeds name it. `alt` is empty for a decorative picture."""

    url: str
    media_type: str
    width: int
    height: int
    length: int
    """Size in bytes."""
    alt: str
    credit: str


@dataclass(frozen=True)
class Category:
    """A section or topic: `term` is its slug, `label` what people read, `scheme` the URL of its page or None."""

    term: str
    label: str
    scheme: str | None


@dataclass(frozen=True)
class Person:
    """An author: a person or a desk. `url` is the author's page, or None while there is none."""

    name: str
    url: str | None = None


@dataclass(frozen=True)
class Source:
    """Where a story from elsewhere comes from: `url` is its address there, which is its canonical one, or None.

    `label` is the word before it, such as "Source", in the language of the feed.
    """

    label: str
    name: str
    url: str | None = None


@dataclass(frozen=True)
class Correction:
    """What a story got wrong and how it is right, as Markdown, under a dated `label` in the language of the feed."""

    label: str
    text: str


@dataclass(frozen=True)
class Entry:
    """One article in a feed, or the notice that stands for a withdrawn one (same identity), or a correction.

    A notice has `is_notice=True`, the title "Withdrawn", the notice as text, no picture and no categories.
    `body` is Markdown, as the newsdesk stores it.
    """

    identity: str
    """An IRI: `urn:uuid:…`, or what it was elsewhere."""
    url: str
    title: str
    summary: str
    body: str
    published: datetime
    updated: datetime
    authors: tuple[Person, ...] = ()
    categories: tuple[Category, ...] = ()
    picture: Picture | None = None
    is_notice: bool = False
    foreign_id: str | None = None
    """What the article is called elsewhere where that is no IRI: its id in RSS and JSON Feed, which allow any text."""
    corrections: tuple[Correction, ...] = ()
    source: Source | None = None
    rights: str = ""
    is_summary: bool = False
    """Whether the feed carries the summary in place of the text."""


@dataclass(frozen=True)
class Tombstone:
    """What is left of an article that left a feed: who has it there is to let go of it (RFC 6721)."""

    identity: str
    """As in `Entry`, and so is `foreign_id`."""
    foreign_id: str | None
    when: datetime
    """Later than every entry and notice of the article before; an entry that is later yet is the story come back."""


@dataclass(frozen=True)
class Archive:
    """Where a document stands among the closed pages of its feed's archive (RFC 5005 §4): the numbers of pages.

    `page` is the one that the document is; None for the feed's document itself, which stands in front of them all. Its
    `previous` is the page that was closed last; where there is none, it holds everything.
    """

    page: int | None = None
    previous: int | None = None
    next: int | None = None


@dataclass(frozen=True)
class Feed:
    """A feed's head and its entries, newest first. No tombstone stands beside an entry of one identity."""

    name: str
    """The name in the address, such as `politics`."""
    identity: str
    """`urn:uuid:…`"""
    title: str
    description: str
    language: str
    """BCP 47, such as `en`."""
    copyright: str
    home_url: str
    """The page that the feed is about: the section's page, or the front page."""
    base_url: str
    """Where the service stands, without a slash at the end."""
    logo_url: str | None
    author: str
    """Who publishes: the newsroom's name."""
    updated: datetime
    ttl_minutes: int
    entries: tuple[Entry, ...] = ()
    tombstones: tuple[Tombstone, ...] = ()
    """The latest first."""
    archive: Archive | None = None
    """None for a feed that has no archive."""

    def url(self, format: str) -> str:
        """The address of what is written in a format (`rss`, `atom`, `json`): the feed's document, or one page."""
        page = self.archive and self.archive.page
        return self.page_url(format, page) if page else self.current_url(format)

    def current_url(self, format: str) -> str:
        """The address of this feed's document in a format."""
        return f"{self.base_url}/feeds/{self.name}.{format}"

    def page_url(self, format: str, page: int) -> str:
        """The address of a page of this feed's archive in a format."""
        return f"{self.base_url}/feeds/{page_name(self.name, page)}.{format}"

    def archive_links(self, format: str) -> tuple[tuple[str, str], ...]:
        """What RSS and Atom link for the archive: pairs of relation and address."""
        if self.archive is None:
            return ()
        pages = (("prev-archive", self.archive.previous), ("next-archive", self.archive.next))
        current = (("current", self.current_url(format)),) if self.archive.page else ()
        return (*current, *((relation, self.page_url(format, page)) for relation, page in pages if page))
