"""Feed names, and which feeds a revision belongs to."""

import re

ALL = "all"

RESERVED = frozenset(
    {"all", "trending", "rising", "corrections", "topics", "authors", "feeds", "articles", "archive", "search", "media"}
    | {"static", "newsdesk", "hub", "api", "micropub", "healthz", "metrics", "sitemap", "robots", "favicon"}
)
"""Never a section's slug: they are, or begin, addresses of their own."""

SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z")
SLUG_LENGTH = 100


def is_slug(text: str) -> bool:
    """Whether a text can stand in an address as it is: a-z, 0-9 and single hyphens between them."""
    return len(text) <= SLUG_LENGTH and SLUG.match(text) is not None


def feeds_of(section: str) -> tuple[str, ...]:
    """The names of the feeds that an article of this section stands in."""
    return (ALL, section)
