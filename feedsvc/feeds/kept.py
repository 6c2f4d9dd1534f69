"""Results that take long to make and are asked for again, kept as far as there is room."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

Question = TypeVar("Question", bound=Hashable)
Answer = TypeVar("Answer")


class Kept(Generic[Question, Answer]):
    """A function that remembers what it made, up to so many bytes of memory in all.

    `size(question, answer)` says how many bytes the two take. What was asked for longest ago goes first. Threads may
    share it.
    """

    def __init__(
        self, make: Callable[[Question], Answer], room_bytes: int, size: Callable[[Question, Answer], int]
    ) -> None:
        self._make = make
        self._room_bytes = room_bytes
        self._size = size
        self._made: OrderedDict[Question, Answer] = OrderedDict()
        self._lock = Lock()

    def __call__(self, question: Question) -> Answer:
        """What is made of `question`."""
        with self._lock:
            if question in self._made:
                self._made.move_to_end(question)
                return self._made[question]
        # Outside the lock: what takes long keeps nobody waiting who asks for something else.
        made = self._make(question)
        with self._lock:
            if question not in self._made:
                self._made[question] = made
                self._room_bytes -= self._size(question, made)
            while self._room_bytes < 0:
                self._room_bytes += self._size(*self._made.popitem(last=False))
        return made
