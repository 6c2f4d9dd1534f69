"""The one background thread of a shelf: it makes documents, each not before its time."""

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable

from feedsvc.priority import step_behind

_log = logging.getLogger(__name__)


class Workshop:
    """Does what it is given, one after the other, in a thread of its own that begins with the first.

    One thread, which stands behind those of polls: rendering is work for the processor, and polls need it too. It ends
    with the process. What fails is
    logged, and keeps nothing else from being done.
    """

    def __init__(self) -> None:
        self._waiting: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = itertools.count()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def after(self, seconds: float, do: Callable[[], None]) -> None:
        """Do it when so many seconds have passed, or as soon after that as the thread is free."""
        with self._changed:
            heapq.heappush(self._waiting, (time.monotonic() + seconds, next(self._numbers), do))
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="feedsvc-press", daemon=True)
                self._thread.start()
            self._changed.notify()

    def _work(self) -> None:
        step_behind()
        while True:
            do = self._next()
            try:
                do()
            # Whatever it was, the next document can be made.
            except Exception:  # noqa: BLE001
                _log.exception("a document was not made")

    def _next(self) -> Callable[[], None]:
        """What is due, once something is."""
        with self._changed:
            while True:
                now = time.monotonic()
                if self._waiting and self._waiting[0][0] <= now:
                    return heapq.heappop(self._waiting)[2]
                self._changed.wait(self._waiting[0][0] - now if self._waiting else None)
