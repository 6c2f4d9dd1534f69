"""Results that take long to make and are asked for again, kept as far as there is room."""

import hashlib
import sys
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock


class Kept:
    """A function of two texts that remembers the texts it made, up to so many bytes of memory in all.

    What was asked for longest ago goes first. A text given is remembered by its digest, however long it is. Threads
    may share it.
    """

    def __init__(self, make: Callable[[str, str], str], room_bytes: int) -> None:
        self._make = make
        self._room_bytes = room_bytes
        self._made: OrderedDict[bytes, str] = OrderedDict()
        self._lock = Lock()

    def __call__(self, text: str, about: str) -> str:
        """What is made of `text`; `about` is part of the question."""
        digest = hashlib.sha256(f"{about}\n{text}".encode("utf-8", "surrogatepass")).digest()
        with self._lock:
            made = self._made.get(digest)
            if made is not None:
                self._made.move_to_end(digest)
                return made
        # Outside the lock: a long text keeps nobody waiting who asks for another one.
        made = self._make(text, about)
        with self._lock:
            if digest not in self._made:
                self._made[digest] = made
                self._room_bytes -= _size(made)
            while self._room_bytes < 0:
                _, dropped = self._made.popitem(last=False)
                self._room_bytes += _size(dropped)
        return made


def _size(made: str) -> int:
    """Bytes of memory that an entry takes: its text, and about as much as its key and its place."""
    return sys.getsizeof(made) + 250
