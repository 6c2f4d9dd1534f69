"""Where the name of a feed leads."""

import threading
from collections.abc import Callable
from typing import NamedTuple

from feedsvc.feeds.document import Part

NAMES_KEPT = 10_000


class Found(NamedTuple):
    """A name leads to a feed, to the parts of a union, or to a page of an archive and what changed all pages of it."""

    parts: tuple[Part, ...]


class Moved(NamedTuple):
    """A feed has another name by now."""

    name: str


class Gone(NamedTuple):
    """Everything that had a name was retired."""


Resolution = Found | Moved | Gone
"""Where a name leads that some feed has or had."""


class Names:
    """What the names of feeds led to when they were asked for, until the log moves. Threads may share it.

    `resolve` asks the database. Names nobody has are not remembered: there is no end of them.
    """

    def __init__(self, resolve: Callable[[str], Resolution | None]) -> None:
        self._resolve = resolve
        self._lock = threading.Lock()
        self._known: dict[str, tuple[Resolution, object]] = {}
        self._edition = object()

    def lead_to(self, name: str) -> Resolution | None:
        """Where a name leads now. Raises what `resolve` raises."""
        # Read before the question is asked: an answer that a change overtook on the way is not believed after it.
        edition = self._edition
        known = self._known.get(name)
        if known is not None and known[1] is edition:
            return known[0]
        led_to = self._resolve(name)
        with self._lock:
            if led_to is None:
                self._known.pop(name, None)
            else:
                if len(self._known) >= NAMES_KEPT:
                    self._known.clear()
                self._known[name] = led_to, edition
        return led_to

    def remembered(self, name: str) -> Resolution | None:
        """Where a name led when it was last asked for."""
        known = self._known.get(name)
        return None if known is None else known[0]

    def forget(self) -> None:
        """Have every name asked for again: the log moved, and names may have changed."""
        self._edition = object()
