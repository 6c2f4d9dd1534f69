"""What the conditional and content-negotiating fields of a request ask for: pure functions.

Feeds and pages use the same ones. No field value, however odd, raises: what cannot be read is not there.
"""

import re
from collections.abc import Container, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache

from feedsvc.feeds.document import CODINGS

# An entity tag in quotes (which may hold commas), or what a client left of one without them.
_ENTITY_TAG = re.compile(r'(?:W/)?"([^"]*)"|([^\s,"]+)', re.IGNORECASE)

# Apache, nginx modules and Jetty mark the tag of an answer that they compressed, and hand it back so.
_PROXY_SUFFIX = re.compile(r"(?:--?|;)(?:gzip|br|deflate|zstd)\Z", re.IGNORECASE)

_WEIGHT = re.compile(r"(?:[01](?:\.[0-9]*)?|\.[0-9]+)\Z")

_LONGEST_DATE = 64
"""Characters. The longest form that RFC 9110 knows has 33."""


def matching_tag(if_none_match: str, preferred: str, tags: Container[str]) -> str | None:
    """Which of a resource's entity tags the client says it holds; None when none.

    `tags` holds all opaque tags (without quotes) that the resource has at this moment, one a coding;
    `preferred`, one of them, is the one that this client would be sent, and is what `*` stands for.
    Comparison is weak, as If-None-Match asks: `W/` does not count (RFC 9110 §13.1.2, §8.8.3.2).
    """
    if if_none_match.strip() == "*":
        return preferred
    found = None
    for named in _named_tags(if_none_match):
        if named == preferred:
            return preferred
        if found is None and named in tags:
            found = named
    return found


def _named_tags(field: str) -> Iterator[str]:
    """The opaque tags in an If-None-Match field, each as it stands and without a proxy's suffix."""
    for quoted, bare in _ENTITY_TAG.findall(field):
        tag = quoted or bare.removeprefix("W/").removeprefix("w/")
        yield tag
        if suffix := _PROXY_SUFFIX.search(tag):
            yield tag[: suffix.start()]


def only_tag(if_none_match: str) -> str | None:
    """The opaque tag in a field that names exactly one, without a proxy's suffix; None for any other field."""
    found = _ENTITY_TAG.findall(if_none_match)
    if len(found) != 1:
        return None
    *_, tag = _named_tags(if_none_match)
    return tag


def unchanged_since(if_modified_since: str, date: datetime) -> bool:
    """Whether nothing changed after the client's date: `date` is what Last-Modified shows, aware, UTC.

    Later dates than Last-Modified count too: readers invent them. False when the field holds no date, or
    more than one (RFC 9110 §13.1.3). Only for requests without If-None-Match, and only while the date is
    shown.
    """
    since = http_date(if_modified_since)
    return since is not None and date <= since


@lru_cache(maxsize=256)
def http_date(field: str) -> datetime | None:
    """A date in any of the three forms of RFC 9110 §5.6.7, aware; None for anything else.

    The years 69 to 99 of the two-digit form are of the last century, which can only make a client's copy
    look older than it is.
    """
    if len(field) > _LONGEST_DATE or field.count(",") > 1:
        return None
    try:
        date = parsedate_to_datetime(field)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return date if date.tzinfo is not None else date.replace(tzinfo=UTC)


@lru_cache(maxsize=256)
def best_coding(accept_encoding: str | None) -> str:
    """The coding of CODINGS that a client likes best, the smallest among equals (RFC 9110 §12.5.3).

    None (no such field) and an empty field get `identity`, and so does a client that nothing suits: it is
    better served than turned away. A member whose weight cannot be read counts as refused.
    """
    weights = weighted(accept_encoding)
    # x-gzip is the older name of the same coding (RFC 9110 §8.4.1.3).
    if "x-gzip" in weights:
        weights["gzip"] = max(weights["x-gzip"], weights.get("gzip", 0))
    others = weights.get("*", 0)
    # Without a word about it, identity is acceptable but last, which the fallback gives it.
    weight, _, coding = max((weights.get(coding, others), -place, coding) for place, coding in enumerate(CODINGS))
    return coding if weight > 0 else "identity"


def weighted(field: str | None) -> dict[str, float]:
    """The members of a field, in small letters -> how much the client likes each, 0 to 1."""
    weights: dict[str, float] = {}
    for member in (field or "").lower().split(","):
        name, *parameters = (part.strip() for part in member.split(";"))
        weights[name] = max(_weight(parameters), weights.get(name, 0))
    return weights


def _weight(parameters: list[str]) -> float:
    """The q of a member, 0 to 1; 1 when it names none (RFC 9110 §12.4.2)."""
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            value = value.strip()
            return min(float(value), 1.0) if _WEIGHT.match(value) else 0.0
    return 1.0
