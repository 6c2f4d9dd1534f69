"""The places of a shelf: what one document is known by, and which ones go when there is no room for all."""

import threading
from typing import NamedTuple

from feedsvc.feeds.document import Document, Part

Key = tuple[tuple[Part, ...], str]
"""What a document is made of, and the format."""

TRIMMED_TO = 0.9
"""So full is a shelf after it was trimmed, so that it is not trimmed for each new document."""


class Head(NamedTuple):
    """What is known of a feed or page that moved: its log seq, and the seq of the last removal from it (or 0)."""

    seq: int
    removal_seq: int


NOT_MOVED = Head(0, 0)


class Place:
    """One place on the shelf. Changed under the shelf's lock only, except `polled_at`."""

    __slots__ = ("document", "gone", "made_at", "making", "polled_at", "queued", "retry_at", "stale_since")

    def __init__(self) -> None:
        self.document: Document | None = None
        self.gone = False
        self.making: threading.Event | None = None
        self.queued = False
        self.polled_at = 0.0
        self.made_at = float("-inf")
        self.stale_since = float("-inf")
        self.retry_at = float("-inf")


def trim(places: dict[Key, Place], room_bytes: int, newest: Key) -> list[Key]:
    """Take the documents that were not polled for the longest time off a shelf that holds more than its room.

    `newest` stays, however large it is, and so does what is being made. Returns what was taken off.
    """
    sizes = {key: place.document.size for key, place in places.items() if place.document is not None}
    held = sum(sizes.values())
    if held <= room_bytes:
        return []
    gone = []
    for key in sorted(sizes, key=lambda key: places[key].polled_at):
        if held <= room_bytes * TRIMMED_TO:
            break
        if key != newest and places[key].making is None:
            held -= sizes[key]
            gone.append(key)
            del places[key]
    return gone
