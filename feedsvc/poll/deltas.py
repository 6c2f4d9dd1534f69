"""Polls that ask for what changed since the client's copy alone (RFC 3229, `A-IM: feed`)."""

import logging
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import datetime
from wsgiref.types import WSGIEnvironment

from feedsvc.feeds.delta import Delta
from feedsvc.feeds.document import Document
from feedsvc.poll.conditional import best_coding, only_tag, weighted

STATUS = "226 IM Used"

CANNOT_TAKE_IT = ("feedparser", "rss2email")
"""Names in a User-Agent of what asks for deltas always and takes a 226 for a failure, or for all that there is."""

REPEATS = 10
"""A client that asked for changes since one copy so often does not keep what it is sent: it gets documents."""

REPEATS_REMEMBERED = 20_000

LONGEST_NUMBER = 18
"""Digits: what a database can hold."""

_SEQ = re.compile(rf"[0-9]{{1,{LONGEST_NUMBER}}}\Z")

_log = logging.getLogger(__name__)

Make = Callable[[tuple[int, ...], str, str, int, int], Delta | None]
"""(feed_ids, format, line, seq of the base, seq of the document) -> what changed, None where it cannot be told."""


class Deltas:
    """Answers polls with a 226 where the client asks for it, can take it, and gains by it.

    `make` may be called from any thread. `agents` are names in a User-Agent of clients that can take it, even where
    it names what cannot, too.
    """

    def __init__(self, make: Make, agents: Sequence[str]) -> None:
        self._make = make
        self._agents = tuple(agent.lower() for agent in agents)
        self._asked: OrderedDict[int, int] = OrderedDict()
        self._lock = threading.Lock()
        self._failure = ""

    def __call__(
        self, environ: WSGIEnvironment, document: Document, has_come: Callable[[datetime | None], bool]
    ) -> tuple[str, list[tuple[str, str]], bytes] | None:
        """Status, headers and body of a 226; None where the document, or a 304, is the answer.

        `document` is what is sent otherwise; `has_come` says whether a date may be shown as Last-Modified.
        """
        if document.is_page or not weighted(environ.get("HTTP_A_IM")).get("feed"):
            return None
        tag = only_tag(environ.get("HTTP_IF_NONE_MATCH", ""))
        base = None if tag is None else base_of(tag, document)
        agent = environ.get("HTTP_USER_AGENT", "")
        if base is None or not self._can_take_it(agent) or self._repeats(environ, agent, document, base):
            return None
        delta = self._made(document, base)
        coding = best_coding(environ.get("HTTP_ACCEPT_ENCODING"))
        if delta is None or _says_less(delta, document, coding):
            return None
        changes = delta.answers
        headers = changes.full_headers[coding, has_come(changes.date), False]
        return STATUS, [*headers, ("Delta-Base", f'"{tag}"')], changes.bodies[coding]

    def _can_take_it(self, agent: str) -> bool:
        agent = agent.lower()
        return not any(name in agent for name in CANNOT_TAKE_IT) or any(name in agent for name in self._agents)

    def _repeats(self, environ: WSGIEnvironment, agent: str, document: Document, base: int) -> bool:
        """Whether a client asked as often as is plausible for the changes since one copy.

        Nobody is kept from anything by it, so what a client says of its address is believed.
        """
        address = environ.get("REMOTE_ADDR"), environ.get("HTTP_X_FORWARDED_FOR")
        asked = hash((address, agent, document.feed_ids, document.format, base))
        with self._lock:
            times = self._asked.pop(asked, 0) + 1
            self._asked[asked] = min(times, REPEATS + 1)
            if len(self._asked) > REPEATS_REMEMBERED:
                self._asked.popitem(last=False)
        return times > REPEATS

    def _made(self, document: Document, base: int) -> Delta | None:
        line = document.etags["identity"][1:].partition(".")[0]
        try:
            made = self._make(document.feed_ids, document.format, line, base, document.seq)
        # Not only FeedsvcError: whatever keeps changes from being told, the document tells them too.
        except Exception as error:  # noqa: BLE001
            cause = f"{type(error).__name__}: {error}"
            if cause != self._failure:
                self._failure = cause
                _log.error("changes of feed %s cannot be told: %s", document.feed_ids, cause, exc_info=error)
            return None
        self._failure = ""
        return made


def base_of(tag: str, document: Document) -> int | None:
    """The number of the change up to which the copy with a tag is, if it is a former one of this document."""
    edition, _, rest = tag.rpartition(".")[0].rpartition(".")
    if not _SEQ.match(rest) or edition != document.etags["identity"][1:].rsplit(".", 2)[0]:
        return None
    return int(rest) if int(rest) < document.seq else None


def _says_less(delta: Delta, document: Document, coding: str) -> bool:
    """Whether the document is the better answer: it is newer, or it says as much in as few bytes."""
    if delta.answers.seq < document.seq:
        return True
    return delta.is_in_document and len(document.bodies[coding]) <= len(delta.answers.bodies[coding])
