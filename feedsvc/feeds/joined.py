"""Feed -> bytes, where each entry is written once: its bytes are kept, and joined with those of the others.

Between two documents of a feed seldom more than one entry changes, and a story stands in several feeds. What a writer
makes of an entry depends on that entry, on the base URL and on nothing else, so the document is the same, byte for
byte, as if the writer had written it whole.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from feedsvc.feeds.feed import Entry, Feed
from feedsvc.feeds.jsonfeed import to_json
from feedsvc.feeds.kept import Kept
from feedsvc.feeds.rss_atom import to_atom, to_rss

ROOM_BYTES = 8 * 1024 * 1024
"""Memory for the entries of one format."""

ENTRY_BYTES = 2_000
"""About what an entry takes in memory besides its text."""

Write = Callable[[Feed], bytes]


@dataclass(frozen=True)
class Seam:
    """Where the entries begin and end in a document of a format.

    `empty` ends a document without entries; `begin`, `between` and `end` stand in its place around entries.
    """

    empty: bytes
    begin: bytes
    between: bytes
    end: bytes


WRITERS: dict[str, Write] = {"rss": to_rss, "atom": to_atom, "json": to_json}
"""Format -> what writes a whole feed in it."""

SEAMS = {
    "rss": Seam(b"  </channel>\n</rss>\n", b"", b"", b"  </channel>\n</rss>\n"),
    "atom": Seam(b"</feed>\n", b"", b"", b"</feed>\n"),
    "json": Seam(b"[]\n}", b"[\n", b",\n", b"\n ]\n}"),
}


class Joined:
    """Writes feeds in one format (a key of WRITERS), entry by entry. Threads may share it, of one language."""

    def __init__(self, format: str) -> None:
        self._write, self._seam = WRITERS[format], SEAMS[format]
        self._entry = Kept(self._write_entry, ROOM_BYTES, _size)

    def __call__(self, feed: Feed) -> bytes:
        """The document of a feed: UTF-8, same feed same bytes."""
        head = self._write(replace(feed, entries=()))
        if not feed.entries:
            return head
        entries = self._seam.between.join(self._entry((feed.base_url, entry)) for entry in feed.entries)
        return b"".join((_cut(head, b"", self._seam.empty), self._seam.begin, entries, self._seam.end))

    def _write_entry(self, question: tuple[str, Entry]) -> bytes:
        base_url, entry = question
        around = _feed_around(base_url)
        head = _cut(self._write(around), b"", self._seam.empty) + self._seam.begin
        return _cut(self._write(replace(around, entries=(entry,))), head, self._seam.end)


def _cut(document: bytes, head: bytes, end: bytes) -> bytes:
    """What stands between the head and the end of a document. Raises ValueError where these are others."""
    if not document.startswith(head) or not document.endswith(end):
        raise ValueError("a feed was not written as the seams of its format say")
    return document[len(head) : -len(end)]


def _feed_around(base_url: str) -> Feed:
    """A feed that says nothing, around an entry that is to be written."""
    return Feed(
        name="entry",
        identity="urn:uuid:00000000-0000-0000-0000-000000000000",
        title="",
        description="",
        language="en",
        copyright="",
        home_url=base_url,
        base_url=base_url,
        logo_url=None,
        author="",
        updated=datetime(2000, 1, 1, tzinfo=UTC),
        ttl_minutes=0,
    )


def _size(question: tuple[str, Entry], written: bytes) -> int:
    return sys.getsizeof(question[1].body) + sys.getsizeof(written) + ENTRY_BYTES
