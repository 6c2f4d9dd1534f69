"""(feed, format) -> Document: what a process holds ready, and how it knows when one is out of date."""

import logging
import os
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterable
from functools import partial

from feedsvc.errors import NotFound, Unavailable
from feedsvc.feeds.document import Document, Part
from feedsvc.metrics import RENDERING_SECONDS, RENDERINGS
from feedsvc.poll.names import Found, Names, Resolution
from feedsvc.poll.places import NOT_MOVED, Head, Key, Place, trim
from feedsvc.poll.workshop import Workshop

LOOK_EVERY_SECONDS = 0.02
LOOK_OVERDUE_SECONDS = 0.1
"""After this long without a look every poll waits for one. A withdrawal is acknowledged 0.2 s after its
commit, so what is acknowledged has been seen by every poll that comes later."""
STALE_SECONDS = 1.0
WAIT_SECONDS = 5.0
RETRY_SECONDS = 1.0
IDLE_SECONDS = 3600.0
"""A document nobody polled for this long is let go when its feed moves, instead of being made anew."""
LAG_SECONDS = 0.02
PASSED = float("-inf")
"""A moment that has passed, always."""

LOOK: Key = ((0,), "look")
NAMES: Key = ((0,), "names")
"""Where `failures` tells that the database cannot be asked for news, or for names. Feeds count from 1."""

_log = logging.getLogger(__name__)


class Shelf:
    """The documents of one process, made when first polled and made anew when their feed's head moves.

    What it needs from the rest of the service are callables; each may be called from any thread:
    `resolve(name)` says where a name leads, or None. `press(parts, format)` makes a Document from one snapshot and
    raises NotFound when there is no such feed any more. `look()` gives the seq of the change log now and is cheap.
    `heads_after(seq)` gives (part, seq, seq of the last removal or 0) of each part whose head moved after that seq;
    these two are never called by two threads at once. `monotonic` judges ages, in seconds.

    A feed that moves again and again has its documents made every `render_interval` seconds, and at once where
    something was removed. Documents take at most `room_bytes`: what was polled longest ago is let go, and made when it
    is polled again.

    Why threads do no harm. Documents and heads are immutable, and each is reached by one read of a dict,
    so a hit takes no lock: it sees the state before a change or after it, both of which were right when
    the poll arrived. Places and heads change under `_lock` only, which is never held while anything
    is called that may take long. A place's `making` is set under the lock by the one thread that makes;
    all others wait for that event. Looks are serialised by `_looking`, and `_look_due` moves only when
    the heads a look found are in place.

    Why a document ends fresh. No document is made before the first look, so its snapshot is at least as
    new as `_known`; whatever commits after that raises the log's seq, and a later look finds the feed's
    head and compares it with the seq that the document itself carries, whether the document was made
    before or after that look. An older document never takes the place of a newer one.
    """

    def __init__(
        self,
        resolve: Callable[[str], Resolution | None],
        press: Callable[[tuple[Part, ...], str], Document],
        look: Callable[[], int],
        heads_after: Callable[[int], Iterable[tuple[Part, int, int]]],
        monotonic: Callable[[], float] = time.monotonic,
        wait_seconds: float = WAIT_SECONDS,
        render_interval: float = 0.0,
        room_bytes: int = sys.maxsize,
    ) -> None:
        self._resolve = resolve
        self._press = press
        self._look_at_log = look
        self._heads_after = heads_after
        self.monotonic = monotonic
        self._wait_seconds = wait_seconds
        self._render_interval = render_interval
        self._room_bytes = room_bytes
        self._begin()
        _shelves.add(self)

    def _begin(self) -> None:
        """Hold nothing and know nothing: at the start, and in a forked child (see `_shelves`)."""
        self._lock = threading.Lock()
        self._looking = threading.Lock()
        self._workshop = Workshop()
        self._places: dict[Key, Place] = {}
        self._heads: dict[Part, Head] = {}
        self._names = Names(self._resolve)
        self._failures: dict[Key, str] = {}
        self._known: int | None = None
        self._is_blind = False
        self._looked_at = float("-inf")
        self._look_due = float("-inf")
        self._look_overdue = float("-inf")

    def document(self, name: str, format: str) -> Document | Resolution | None:
        """The document that a poll gets now, or where its feed went; None when no feed ever had that name.

        `format` is a key of FORMATS. It is the newest one, or one whose feed moved at most a second ago,
        or, while making it fails, the last good one; never one older than a removal from its feed that was
        seen. Waits at most `wait_seconds` for a document that another thread makes. Raises Unavailable.
        """
        return self.poll(name, format)[0]

    def poll(self, name: str, format: str) -> tuple[Document | Resolution | None, float]:
        """What `document` gives, and until when, by `monotonic`, every poll of it gets the same.

        Heads move with a look alone, and none begins before the next one is due: until then a document that is not
        behind its feed's head stays so. For any other answer the moment has passed.
        """
        now = self.monotonic()
        self._look_if_due(now)
        # Read before the head: a look that comes between makes the moment too early, never too late.
        until = self._look_due
        led_to = self._lookup(name)
        if not isinstance(led_to, Found):
            return led_to, PASSED
        key = led_to.parts, format
        place = self._places.get(key)
        if place is not None:
            place.polled_at = now
            document = place.document
            if document is not None and document.seq >= self._head(led_to.parts).seq:
                return document, until
        return self._not_fresh(key, now), PASSED

    def leads_to(self, name: str) -> Resolution | None:
        """Where the name leads, with no document made of it. Raises Unavailable."""
        self._look_if_due(self.monotonic())
        return self._lookup(name)

    def failures(self) -> dict[Key, str]:
        """What cannot be made at the moment: (parts, format), or LOOK or NAMES -> cause, for /healthz."""
        return self._failures.copy()

    # What the log says

    def _look_if_due(self, now: float) -> None:
        if now >= self._look_due:
            self._look(now)
        if self._is_blind:
            raise Unavailable(1)

    def _look(self, now: float) -> None:
        """See whether the log moved, unless another thread is looking and the last look is young enough."""
        must_wait = now >= self._look_overdue and LOOK not in self._failures
        if not self._looking.acquire(timeout=self._wait_seconds if must_wait else 0):
            if must_wait:
                # Something may have been removed that the look under way has not come back with.
                raise Unavailable(1)
            return
        try:
            started = self.monotonic()
            if started < self._look_due:
                return
            try:
                self._take_in(self._look_at_log())
            # Whatever keeps the log from being read, documents that are ready are better than none.
            except Exception as error:  # noqa: BLE001
                self._report(LOOK, "the change log cannot be read", error)
                self._look_due = self.monotonic() + LOOK_EVERY_SECONDS
            else:
                self._recovered(LOOK)
                self._looked_at = started
                self._look_overdue = started + LOOK_OVERDUE_SECONDS
                self._look_due = started + LOOK_EVERY_SECONDS
        finally:
            self._looking.release()

    def _take_in(self, seq: int) -> None:
        """Learn the heads that moved up to `seq`, and have their documents made anew. One thread at a time."""
        if self._known is None or seq == self._known:
            self._known = seq
            return
        if seq < self._known:
            # An older state of the database was put back: its numbers say nothing about what is held here.
            with self._lock:
                self._places, self._heads, self._failures = {}, {}, {}
        else:
            # If it cannot be learnt which feeds moved, each may be one from which something was removed.
            try:
                moved = {part: Head(*seqs) for part, *seqs in self._heads_after(self._known)}
            except Exception:
                self._is_blind = True
                raise
            with self._lock:
                before = {key: self._head(key[0]) for key in self._places if not moved.keys().isdisjoint(key[0])}
                self._heads.update(moved)
                for key, head in before.items():
                    self._overtake(key, head, self._head(key[0]))
        self._names.forget()
        self._known = seq
        self._is_blind = False

    def _head(self, parts: tuple[Part, ...]) -> Head:
        """The head of a feed; that of a union, or of a page, is the latest of its parts."""
        if len(parts) == 1:
            return self._heads.get(parts[0], NOT_MOVED)
        heads = [self._heads.get(part, NOT_MOVED) for part in parts]
        return Head(max(head.seq for head in heads), max(head.removal_seq for head in heads))

    def _overtake(self, key: Key, before: Head, head: Head) -> None:
        """Have the document in a place made anew if `head` is newer. Called with the lock held.

        The feed may have moved right after the look before this one: its second counts from there, so that the first
        poll after a quiet time gets what is new.
        """
        place = self._places.get(key)
        if place is None or place.document is None or place.document.seq >= head.seq:
            return
        if self.monotonic() - place.polled_at > IDLE_SECONDS:
            del self._places[key]
            self._failures.pop(key, None)
            return
        if place.document.seq >= before.seq:
            place.stale_since = self._looked_at
        self._queue(key, place)

    def _lookup(self, name: str) -> Resolution | None:
        """Where the name leads; while the database cannot be asked, where it led a moment ago."""
        try:
            led_to = self._names.lead_to(name)
        # As for a look: a name that was known a moment ago still leads to a document.
        except Exception as error:
            self._report(NAMES, "the names of feeds cannot be read", error)
            remembered = self._names.remembered(name)
            if remembered is None:
                raise Unavailable(5) from error
            return remembered
        if NAMES in self._failures:
            self._recovered(NAMES)
        return led_to

    # When no fresh document is there

    def _not_fresh(self, key: Key, now: float) -> Document | None:
        """Settle for a stale document where that is allowed, otherwise have one made and wait."""
        with self._lock:
            if self._known is None:
                raise Unavailable(5)
            place = self._places.get(key)
            if place is None:
                place = self._places[key] = Place()
                place.polled_at = now
            stale = self._servable(key, place)
            if stale is not None:
                if key in self._failures:
                    if now >= place.retry_at:
                        self._queue(key, place)
                    return stale
                if now - place.stale_since < STALE_SECONDS:
                    self._queue(key, place)
                    return stale
            wanted = self._head(key[0]).seq
        return self._wait(key, place, wanted)

    def _servable(self, key: Key, place: Place) -> Document | None:
        """The document in a place, unless something was removed from its feed since it was made."""
        document = place.document
        if document is None or document.seq < self._head(key[0]).removal_seq:
            return None
        return document

    def _wait(self, key: Key, place: Place, wanted: int) -> Document | None:
        """A document at least as new as `wanted`, made here or by the thread that is at it."""
        # Waiting happens in real time, whatever clock judges the ages.
        deadline = time.monotonic() + self._wait_seconds
        while True:
            with self._lock:
                document = self._servable(key, place)
                if document is not None and document.seq >= wanted:
                    return document
                if place.gone:
                    return None
                remaining = deadline - time.monotonic()
                failing = key in self._failures and self.monotonic() < place.retry_at
                if failing or remaining <= 0:
                    break
                others = place.making
                if others is None:
                    mine = place.making = threading.Event()
            if others is not None:
                others.wait(remaining)
            elif self._make(key, place, mine):
                # The press read an older state than this process has seen: let the database catch up.
                time.sleep(LAG_SECONDS)
        if not failing:
            self._failed(key, place, TimeoutError(f"no new document within {self._wait_seconds:g} s"))
        if document is None:
            raise Unavailable(5 if failing else 1)
        return document

    # Making

    def _queue(self, key: Key, place: Place) -> None:
        """Have a document made in the background, unless that is on its way. Called with the lock held."""
        if place.queued or place.making is not None:
            return
        is_servable = self._servable(key, place) is not None
        rest = place.made_at + self._render_interval - self.monotonic() if is_servable else 0.0
        self._workshop.after(max(rest, 0.0), partial(self._make_in_background, key, place))
        place.queued = True

    def _make_in_background(self, key: Key, place: Place) -> None:
        with self._lock:
            place.queued = False
            if place.making is not None or not self._overtaken(key, place.document):
                return
            making = place.making = threading.Event()
        self._make(key, place, making)

    def _make(self, key: Key, place: Place, making: threading.Event) -> bool:
        """Make one document and put it in its place; `making` is the caller's. True if the press lags."""
        parts, format = key
        started = self.monotonic()
        wanted = self._head(parts).seq
        document: Document | None = None
        try:
            with RENDERING_SECONDS.labels(format).time():
                document = self._press(parts, format)
        except NotFound:
            with self._lock:
                place.gone = True
                self._failures.pop(key, None)
                if self._places.get(key) is place:
                    del self._places[key]
        # Not only FeedsvcError: a bug that one feed's news brings to light must not take the polls of the
        # last good document down, or the thread that makes all the others. It is logged and reported.
        except Exception as error:  # noqa: BLE001
            RENDERINGS.labels(format, "failed").inc()
            self._failed(key, place, error)
        else:
            RENDERINGS.labels(format, "made").inc()
            self._put(key, place, document, wanted, started)
        finally:
            with self._lock:
                place.making = None
                # Its feed moved while it was made. One that lags is left to the next poll: making it again
                # at once would go on until the database catches up.
                if document is not None and document.seq >= wanted and self._overtaken(key, document):
                    self._queue(key, place)
            making.set()
        return document is not None and document.seq < wanted

    def _overtaken(self, key: Key, document: Document | None) -> bool:
        return document is not None and document.seq < self._head(key[0]).seq

    def _put(self, key: Key, place: Place, document: Document, wanted: int, started: float) -> None:
        """Put a document in its place. `wanted` was the feed's seq when its making began, at `started`."""
        with self._lock:
            if place.document is None or document.seq >= place.document.seq:
                place.document = document
            place.made_at = started
            for gone in trim(self._places, self._room_bytes, key):
                self._failures.pop(gone, None)
            if document.seq >= wanted:
                # What overtook it meanwhile was seen after its making began.
                place.stale_since = started
                self._failures.pop(key, None)

    def _failed(self, key: Key, place: Place, error: Exception) -> None:
        with self._lock:
            place.retry_at = self.monotonic() + RETRY_SECONDS
        self._report(key, f"the {key[1]} document of feed {key[0]} cannot be made", error)

    def _report(self, key: Key, what: str, error: Exception) -> None:
        """Keep a failure for /healthz; log it, with its traceback, when it is not the one already known."""
        cause = f"{type(error).__name__}: {error}"
        with self._lock:
            known = self._failures.get(key)
            self._failures[key] = cause
        if cause != known:
            _log.error("%s: %s", what, cause, exc_info=error)

    def _recovered(self, key: Key) -> None:
        with self._lock:
            self._failures.pop(key, None)


_shelves: "weakref.WeakSet[Shelf]" = weakref.WeakSet()


def _begin_anew() -> None:
    """In a forked child: the parent's locks may be held for ever and its background thread is not here."""
    for shelf in _shelves:
        shelf._begin()


os.register_at_fork(after_in_child=_begin_anew)
