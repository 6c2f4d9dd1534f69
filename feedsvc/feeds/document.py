"""bytes -> Document: a feed in one format, with every answer prepared before the question comes.

A poll only picks. One fixed level per coding, so that an entity tag means one sequence of bytes in every
process; `compressor_versions` names what else shapes them, for the epoch's fingerprint.
"""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import NamedTuple
from urllib.parse import quote

import brotli  # type: ignore[import-untyped, unused-ignore]

from feedsvc.feeds.feed import FORMATS

__all__ = [
    "CODINGS",
    "FORMATS",
    "Document",
    "Page",
    "Part",
    "compressed",
    "compressor_versions",
    "file_tags",
    "make_document",
]

CODINGS = ("br", "gzip", "identity")
"""The content codings of every document, the smallest first."""

BROTLI_LEVEL = 5
GZIP_LEVEL = 6

STALE_WHILE_REVALIDATE_SECONDS = 30
STALE_IF_ERROR_SECONDS = 3600

NAVIGATION_TYPE = "text/xml; charset=utf-8"
"""What browsers show, with the stylesheet that the document names, instead of saving it to disk."""

NAVIGATION_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

HEADERS_BYTES = 8_000
"""About what the prepared headers of a document take in memory."""

Headers = tuple[tuple[str, str], ...]


class Page(NamedTuple):
    """A closed page of a feed's archive, or `domain.feedname.ALL_PAGES` of it."""

    feed_id: int
    number: int

    def __str__(self) -> str:
        return f"{self.feed_id}/archive/{self.number or '*'}"


Part = int | Page
"""What a document is made of, each with a head: a feed, by its number, the parts of a union, or a page of an archive
together with all pages of it."""


@dataclass(frozen=True, slots=True)
class Document:
    """A feed in one format as it is sent. Nothing in it ever changes, so threads share it freely."""

    feed_ids: tuple[int, ...]
    """The feed, or the parts of the union; for a page of an archive its feed."""
    format: str
    """`rss`, `atom` or `json`."""
    seq: int
    """The `seq` of the feed's, or page's, head in the snapshot that the document was made from."""
    date: datetime | None
    """The date for Last-Modified: aware, UTC, whole seconds. It may lie ahead of the clock; None is never shown."""
    bodies: Mapping[str, bytes]
    """Coding -> bytes."""
    etags: Mapping[str, str]
    """Coding -> ETag as it stands in a header, with its quotes."""
    tags: Mapping[str, str]
    """Every opaque tag of this document, without quotes -> its coding; those of its files too."""
    full_headers: Mapping[tuple[str, bool, bool], Headers]
    """(coding, dated, navigated) -> headers of a 200. *dated*: with Last-Modified; *navigated*: for a
    browser that goes to the document itself (`Sec-Fetch-Dest: document`)."""
    unchanged_headers: Mapping[tuple[str, bool], Headers]
    """(coding, dated) -> headers of a 304."""
    is_page: bool = False
    """Whether it is a page of an archive, and not what the feed stands for now."""

    @property
    def size(self) -> int:
        """About how many bytes of memory it takes."""
        return sum(map(len, self.bodies.values())) + HEADERS_BYTES


def make_document(
    body: bytes,
    *,
    feed_ids: tuple[int, ...],
    format: str,
    seq: int,
    date: datetime | None,
    line: str,
    epoch: str,
    self_url: str,
    home_url: str,
    max_age_seconds: int,
    is_page: bool = False,
    variant: str = "",
) -> Document:
    """Prepare every answer that a poll of these bytes may get.

    `format` is a key of FORMATS; `date` is the latest of head, line and epoch, aware, in UTC
    (`datetime.UTC`) and in whole seconds, otherwise ValueError; `line` and `epoch` are made of characters
    that may stand in an entity tag (RFC 9110 §8.8.3). `self_url` and `home_url` become the Link header
    (RFC 8288). A coding that does not make the body smaller is offered all the same: a client that asks
    for gzip alone and one that asks for nothing then hold different tags, each with its own bytes.
    `variant` tells documents apart that are made of the same feeds; one that has it never lies as a file.
    """
    if date is not None and date.microsecond:
        raise ValueError("the date of a document has whole seconds")
    bodies = compressed(body)
    stem = f"{line}.{epoch}.{seq}.{variant}." if variant else f"{line}.{epoch}.{seq}."
    etags = {coding: f'"{stem}{coding}"' for coding in CODINGS}
    shared = (
        ("Cache-Control", _cache_control(max_age_seconds)),
        ("Vary", "Accept-Encoding" if format == "json" else "Accept-Encoding, Sec-Fetch-Dest"),
        # Readers that run in a browser fetch feeds from scripts; there is nothing private in one.
        ("Access-Control-Allow-Origin", "*"),
        ("Access-Control-Expose-Headers", "ETag, Link, Date"),
    )
    last_modified = () if date is None else (("Last-Modified", format_datetime(date, usegmt=True)),)
    link = (("Link", _link(self_url, home_url, FORMATS[format].partition(";")[0])),)

    full: dict[tuple[str, bool, bool], Headers] = {}
    unchanged: dict[tuple[str, bool], Headers] = {}
    for coding in CODINGS:
        for dated in (False, True):
            validators = (("ETag", etags[coding]), *(last_modified if dated else ()))
            unchanged[coding, dated] = validators + shared
            for navigated in (False, True):
                full[coding, dated, navigated] = (
                    *_content(format, coding, len(bodies[coding]), navigated),
                    *validators,
                    *shared,
                    *link,
                )
    return Document(
        feed_ids=feed_ids,
        format=format,
        seq=seq,
        date=date,
        bodies=bodies,
        etags=etags,
        tags={etag[1:-1]: coding for coding, etag in etags.items()} | ({} if variant else file_tags(bodies, date)),
        full_headers=full,
        unchanged_headers=unchanged,
        is_page=is_page,
    )


def compressed(body: bytes) -> dict[str, bytes]:
    """The bytes in every coding."""
    return {
        "br": brotli.compress(body, quality=BROTLI_LEVEL),
        # Not gzip.compress: the header that it writes differs between versions of Python. This one carries
        # no time (the field is 0).
        "gzip": zlib.compress(body, level=GZIP_LEVEL, wbits=31),
        "identity": body,
    }


def file_tags(bodies: Mapping[str, bytes], date: datetime | None) -> dict[str, str]:
    """The opaque tags that nginx gives to the codings where they lie as files with this date -> coding.

    Each is the file's date and size in hexadecimal. A coding that has the size of one before it would have its tag for
    other bytes, so it is no file and is not in the answer; without a date nothing is.
    """
    tags: dict[str, str] = {}
    if date is not None:
        for coding in reversed(CODINGS):
            tags.setdefault(f"{int(date.timestamp()):x}-{len(bodies[coding]):x}", coding)
    return tags


def compressor_versions() -> str:
    """What shapes the compressed bytes besides the body: for the fingerprint of the epoch."""
    return f"brotli {brotli.__version__} level {BROTLI_LEVEL}, zlib {zlib.ZLIB_RUNTIME_VERSION} level {GZIP_LEVEL}"


def _cache_control(max_age_seconds: int) -> str:
    """RFC 9111 §5.2.2 and RFC 5861: a cache may bridge the making of a new document, and a failure."""
    return (
        f"public, max-age={max_age_seconds}, "
        f"stale-while-revalidate={STALE_WHILE_REVALIDATE_SECONDS}, stale-if-error={STALE_IF_ERROR_SECONDS}"
    )


def _content(format: str, coding: str, length: int, navigated: bool) -> Headers:
    """The headers that describe the bytes of a 200."""
    as_page = navigated and format != "json"
    return (
        ("Content-Type", NAVIGATION_TYPE if as_page else FORMATS[format]),
        ("Content-Length", str(length)),
        *((("Content-Encoding", coding),) if coding != "identity" else ()),
        ("X-Content-Type-Options", "nosniff"),
        *((("Content-Security-Policy", NAVIGATION_POLICY),) if as_page else ()),
    )


def _link(self_url: str, home_url: str, media_type: str) -> str:
    return (
        f'<{_in_header(self_url)}>; rel="self"; type="{media_type}", '
        f'<{_in_header(home_url)}>; rel="alternate"; type="text/html"'
    )


def _in_header(url: str) -> str:
    """The URL in characters that may stand between `<` and `>` in a header; escapes stay as they are."""
    return quote(url, safe="%/:=&?~#+!$,;'@()*[]")
