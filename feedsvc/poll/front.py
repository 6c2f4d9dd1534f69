"""The WSGI layer that answers polls in front of everything else, which it hands on untouched."""

import logging
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Protocol
from urllib.parse import quote
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from feedsvc.errors import Invalid, NotFound, Retired, Unavailable
from feedsvc.feeds.document import FORMATS, Document, Headers
from feedsvc.metrics import POLLS
from feedsvc.poll.conditional import best_coding, matching_tag, unchanged_since
from feedsvc.poll.deltas import Deltas
from feedsvc.poll.names import Gone, Moved, Resolution
from feedsvc.poll.shelf import PASSED, Shelf

_ADDRESS = re.compile(rf"/feeds/(.+)\.({'|'.join(FORMATS)})")

READING_SECONDS = 0.1

LONGEST_REMEMBERED = 300
"""Characters: so many paths of so many characters take about a megabyte."""

NOT_MODIFIED = "304 Not Modified"

_METHODS = ("GET", "HEAD")

_NO_FEED = "There is no feed at this address. All feeds are listed at /feeds."

_log = logging.getLogger(__name__)


class Composer(Protocol):
    """Makes documents of feeds that readers compose with the query of an address."""

    def is_asked(self, query: str, /) -> bool:
        """Whether a query asks for a composed feed; any other means nothing."""

    def __call__(self, name: str, format: str, query: str, is_read: bool, /) -> Document | tuple[str, str] | None:
        """The document; or the name and the query of its one address where this is another; or None if nothing is read.

        Raises `Invalid`, `NotFound` or `Retired`, with a sentence for the reader.
        """


class Front:
    """WSGI middleware: answers `/feeds/<feed>.<rss|atom|json>` from the shelf, all else goes to `app`.

    `clock()` gives the time now, aware, in UTC: a document's Last-Modified is shown once it has passed. How long ago
    something was is judged by the shelf's `monotonic`.
    Between two looks of the shelf at the log, polls of an address are answered from what the first of them found.
    `deltas` answers polls with `A-IM` (RFC 3229), or leaves them to be answered like others. Query strings mean nothing
    here, unless the `composer` says so: polls of what it composes get whole documents.
    The Date field (RFC 9110 §6.6.1) is the server's, on a 304 too: granian adds it to every answer.
    """

    def __init__(
        self,
        app: WSGIApplication,
        shelf: Shelf,
        clock: Callable[[], datetime],
        composer: Composer | None = None,
        deltas: Deltas | None = None,
    ) -> None:
        self._app = app
        self._shelf = shelf
        self._clock = clock
        self._composer = composer
        self._monotonic = shelf.monotonic
        self._deltas = deltas
        self._read = datetime.min.replace(tzinfo=UTC)
        self._read_at = float("-inf")
        self._ready = _Ready(PASSED)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        query = environ.get("QUERY_STRING")
        composer = self._composer if query and self._composer and self._composer.is_asked(query) else None
        ready = self._ready
        hit = None if composer else ready.hits.get(path)
        if hit is not None and self._monotonic() < ready.until and environ["REQUEST_METHOD"] in _METHODS:
            unchanged = hit.unchanged.get(environ.get("HTTP_IF_NONE_MATCH"))
            if unchanged is not None:
                hit.count_unchanged()
                # Servers may change the list that they are given (PEP 3333), so each answer gets its own.
                start_response(NOT_MODIFIED, list(unchanged))
                return []
            format = hit.document.format
            status, headers, body = self._told(environ, hit.document, hit.dated)
        else:
            asked = _remembered(path) if len(path) <= LONGEST_REMEMBERED else _asked(path)
            if asked is None:
                return self._app(environ, start_response)
            name, format = asked
            if composer is not None:
                status, headers, body = self._composed(composer, environ, name, format)
            else:
                status, headers, body = self._answer(environ, path, name, format)
        POLLS.tallies[status, format].count()
        start_response(status, headers)
        return [body] if body and environ["REQUEST_METHOD"] != "HEAD" else []

    def _answer(
        self, environ: WSGIEnvironment, path: str, name: str | None, format: str
    ) -> tuple[str, list[tuple[str, str]], bytes]:
        """Status, headers and body for one poll."""
        is_read = environ["REQUEST_METHOD"] in _METHODS
        led_to: Document | Resolution | None = None
        until = PASSED
        try:
            if name is not None and is_read:
                led_to, until = self._shelf.poll(name, format)
            elif name is not None:
                led_to = self._shelf.leads_to(name)
        except Unavailable as error:
            return _plain("503 Service Unavailable", str(error), ("Retry-After", str(error.retry_after_seconds)))
        if is_read and isinstance(led_to, Document):
            dated = self._has_come(led_to.date)
            if until > PASSED:
                self._keep_ready(path, led_to, dated, until)
            return self._told(environ, led_to, dated)
        if isinstance(led_to, Moved):
            return _moved(environ, led_to.name, format, is_read)
        if not is_read:
            return _not_read()
        if isinstance(led_to, Gone):
            return _plain("410 Gone", "This feed was retired. All feeds are listed at /feeds.")
        return _plain("404 Not Found", _NO_FEED)

    def _composed(
        self, composer: Composer, environ: WSGIEnvironment, name: str | None, format: str
    ) -> tuple[str, list[tuple[str, str]], bytes]:
        """Status, headers and body for one poll of a composed feed."""
        is_read = environ["REQUEST_METHOD"] in _METHODS
        if name is None:
            return _plain("404 Not Found", _NO_FEED)
        query = environ["QUERY_STRING"].encode("latin-1", "replace").decode("utf-8", "replace")
        try:
            led_to = composer(name, format, query, is_read)
        except Invalid as error:
            said = (f"{parameter}: {problem}" for parameter, problem in error.problems.items())
            return _plain("400 Bad Request", " ".join(said))
        except NotFound as error:
            return _plain("410 Gone" if isinstance(error, Retired) else "404 Not Found", str(error))
        # As on the shelf: whatever keeps one document from being made is logged, and takes no other poll down.
        except Exception:  # noqa: BLE001
            _log.exception("the %s document of %s?%s cannot be made", format, name, query)
            return _plain("503 Service Unavailable", str(Unavailable(5)), ("Retry-After", "5"))
        if isinstance(led_to, Document):
            return _poll(environ, led_to, self._has_come(led_to.date))
        return _not_read() if led_to is None else _moved(environ, led_to[0], format, is_read, led_to[1])

    def _told(
        self, environ: WSGIEnvironment, document: Document, dated: bool
    ) -> tuple[str, list[tuple[str, str]], bytes]:
        """What changed since the client's copy, where it asks for that and can have it; else what every poll gets."""
        is_asked = "HTTP_A_IM" in environ
        changes = self._deltas(environ, document, self._has_come) if is_asked and self._deltas else None
        return changes or _poll(environ, document, dated)

    def _keep_ready(self, path: str, document: Document, dated: bool, until: float) -> None:
        """Let polls of an address get the same until a moment, with no question asked."""
        ready = self._ready
        if until > ready.until:
            # What was found before the last look is let go. Threads may each begin anew: the last one stays.
            ready = self._ready = _Ready(until)
        if until == ready.until:
            ready.hits[path] = _Hit(document, dated)

    def _has_come(self, date: datetime | None) -> bool:
        """Whether the second of a document's date has come.

        Until then another state could still get the same date (RFC 9110 §8.8.2.1). A clock that was set back behind the
        date is noticed after READING_SECONDS: no earlier reading is trusted for longer.
        """
        if date is None:
            return False
        ticks = self._monotonic()
        if date > self._read or ticks - self._read_at >= READING_SECONDS:
            self._read, self._read_at = self._clock(), ticks
        return date <= self._read


class _Hit:
    """A document that polls of one address get, and the headers of a 304 for each of its tags as clients send them."""

    __slots__ = ("count_unchanged", "dated", "document", "unchanged")

    def __init__(self, document: Document, dated: bool) -> None:
        self.document = document
        self.dated = dated
        self.unchanged: dict[str | None, Headers] = {
            etag: document.unchanged_headers[coding, dated] for coding, etag in document.etags.items()
        }
        self.count_unchanged = POLLS.tallies[NOT_MODIFIED, document.format].count


class _Ready:
    """Path -> hit: what needs no question to be answered until a moment, by the shelf's `monotonic`."""

    __slots__ = ("hits", "until")

    def __init__(self, until: float) -> None:
        self.until = until
        self.hits: dict[str, _Hit] = {}


def _asked(path: str) -> tuple[str | None, str] | None:
    """The name of a feed and the format that are asked for at a path, None if it is no feed's address.

    A name of None is one that no feed can have.
    """
    address = _ADDRESS.fullmatch(path)
    if address is None:
        return None
    path_name, format = address.groups()
    return _name(path_name), format


_remembered = lru_cache(maxsize=4096)(_asked)
"""What is asked for again and again is not looked at again."""


def _name(path_name: str) -> str | None:
    """The feed's name; WSGI hands over the bytes of a path as if they were Latin-1 (PEP 3333)."""
    try:
        name = path_name.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return None
    # No name holds a control character, and some databases refuse to be asked about one.
    return name if name.isprintable() else None


def _poll(environ: WSGIEnvironment, document: Document, dated: bool) -> tuple[str, list[tuple[str, str]], bytes]:
    """200 or 304, in the order that RFC 9110 §13.2.2 asks for; `dated` if the document's date is shown."""
    coding = best_coding(environ.get("HTTP_ACCEPT_ENCODING"))
    held = None
    if_none_match = environ.get("HTTP_IF_NONE_MATCH")
    if if_none_match == document.etags[coding]:
        # What nearly every client sends that has this document.
        held = coding
    elif if_none_match is not None:
        tag = matching_tag(if_none_match, document.etags[coding][1:-1], document.tags)
        held = None if tag is None else document.tags[tag]
    elif dated and document.date and unchanged_since(environ.get("HTTP_IF_MODIFIED_SINCE", ""), document.date):
        held = coding
    if held is not None:
        return NOT_MODIFIED, list(document.unchanged_headers[held, dated]), b""
    navigated = environ.get("HTTP_SEC_FETCH_DEST") == "document"
    headers = document.full_headers[coding, dated, navigated]
    return "200 OK", list(headers), document.bodies[coding]


def _moved(
    environ: WSGIEnvironment, name: str, format: str, is_read: bool, query: str | None = None
) -> tuple[str, list[tuple[str, str]], bytes]:
    """301, or 308 where the method must stay (RFC 9110 §15.4.9), to the feed's present name, with another query or the
    one that was asked."""
    status = "301 Moved Permanently" if is_read else "308 Permanent Redirect"
    query = environ.get("QUERY_STRING", "") if query is None else query
    path = quote(f"{environ.get('SCRIPT_NAME', '')}/feeds/{name}.{format}", safe="/+")
    location = f"{path}?{quote(query, safe='/?:@!$&*+,;=%~')}" if query else path
    return _plain(status, f"This feed is at {location}.", ("Location", location))


def _not_read() -> tuple[str, list[tuple[str, str]], bytes]:
    return _plain("405 Method Not Allowed", "Feeds are read with GET or HEAD.", ("Allow", ", ".join(_METHODS)))


def _plain(status: str, sentence: str, *headers: tuple[str, str]) -> tuple[str, list[tuple[str, str]], bytes]:
    """An answer for people, that no cache keeps."""
    body = f"{sentence}\n".encode()
    return (
        status,
        [
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
            ("Access-Control-Allow-Origin", "*"),
            *headers,
        ],
        body,
    )
