"""Feed names, and which feeds a revision belongs to."""

import re
from collections.abc import Iterable
from uuid import UUID, uuid5

from slugify import slugify

from feedsvc.texts import N_

ALL = "all"

TRENDING = "trending"
RISING = "rising"
CORRECTIONS = "corrections"

CHOSEN = {
    TRENDING: (N_("Trending"), N_("What is read most now, in that order.")),
    RISING: (N_("Rising"), N_("Each story once, when many begin to read it.")),
    CORRECTIONS: (N_("Corrections"), N_("What this newsroom got wrong, and how it is right.")),
}
"""Feeds in which stories stand by what happened to them, wherever they belong -> title and description, to be
translated."""

GROUPS = {"section": N_("Sections"), "topics": N_("Topics"), "authors": N_("Authors")}
"""Kind of feed -> the heading under which lists of feeds show it, to be translated."""

UNION_PARTS = 10
"""The most sections, topics and authors that one union may join."""

RESERVED = frozenset(
    {"all", "trending", "rising", "corrections", "topics", "authors", "feeds", "articles", "archive", "search", "media"}
    | {"static", "newsdesk", "hub", "api", "micropub", "healthz", "metrics", "sitemap", "robots", "favicon"}
)
"""Never a section's slug: they are, or begin, addresses of their own."""

SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z")
SLUG_LENGTH = 100

_PAGE = re.compile(r"(.+)/archive/([1-9][0-9]{0,8})", re.ASCII)

UNIONS = UUID("6f3a3c0e-6f1b-4f0e-9a53-2f8a5c1d7b60")
"""The namespace of the identities of unions."""


def is_slug(text: str) -> bool:
    """Whether a text can stand in an address as it is: a-z, 0-9 and single hyphens between them."""
    return len(text) <= SLUG_LENGTH and SLUG.match(text) is not None


def feeds_of(section: str | None, topics: Iterable[str], authors: Iterable[str]) -> tuple[str, ...]:
    """The names of the feeds that an article stands in, as they are where no two topics or authors share a slug."""
    names = [ALL, *([section] if section else [])]
    names += [f"topics/{slug_of(topic)}" for topic in topics]
    names += [f"authors/{slug_of(author)}" for author in authors]
    return tuple(dict.fromkeys(names))


def slug_of(text: str) -> str:
    """A slug from any text: other scripts are written in Latin letters; `story` if nothing is left."""
    words = text[:500]
    return (
        slugify(words, max_length=60, word_boundary=True, save_order=True) or slugify(words, max_length=60) or "story"
    )


def parts_of(name: str) -> tuple[str, ...]:
    """The names that a union's name joins, as they are written; the name itself if it is no union."""
    return tuple(name.split("+"))


def union_name(parts: Iterable[str]) -> str:
    """The one name of a union: its parts once each, sorted by their characters' numbers."""
    return "+".join(sorted(set(parts)))


ALL_PAGES = 0
"""In place of the number of a page: what changed all pages of an archive at once."""


def page_of(name: str) -> tuple[str, int] | None:
    """The name of the feed and the number of the page of its archive that a name means; None if it means no page."""
    found = _PAGE.fullmatch(name)
    return None if found is None else (found[1], int(found[2]))


def page_name(feed: str, page: int) -> str:
    """The name of a page of a feed's archive: what stands in its address in place of the feed's name."""
    return f"{feed}/archive/{page}"


def union_identity(identities: Iterable[str]) -> str:
    """The identity of a union, made of those of its parts (RFC 9562, version 5): it stays when a part is renamed."""
    return uuid5(UNIONS, " ".join(sorted(identities))).urn
