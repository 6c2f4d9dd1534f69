"""What protects every page: where an unsafe request comes from, how much it carries, what a browser may do with it."""

import re
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, ip_address
from threading import BoundedSemaphore
from typing import IO
from urllib.parse import urlsplit

from flask import Flask, Response, abort, request
from werkzeug.exceptions import ServiceUnavailable

from feedsvc.texts import _
from feedsvc.web import languages
from feedsvc.web.newsroom import newsroom

BODY_BYTES = 64 * 1024
"""The most that a request may carry."""

NEWSDESK_BODY_BYTES = 45 * 1024 * 1024
"""The most that a form of the newsdesk may carry: a picture that is refused as too large is refused in the form, where
what was typed is kept, and a story of a million characters takes up to 12 MB percent-encoded."""

TEXT_FIELD_BYTES = 16 * 1024 * 1024
"""The most that one text field of a multipart form may hold."""

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})

BUSY_SECONDS = 5
"""After so long a request that was refused because others were being read may be sent again."""

TURN_SECONDS = 0.5
"""How long a request waits for others that are being read."""

BODY = "feedsvc.body"
"""Where the environment of a request keeps its body, whose turn must end with the request."""

DEFAULT_PORTS = {"http": ":80", "https": ":443"}

_ORIGIN = re.compile(r"(https?)://([^/?#@\s]+)", re.ASCII)

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
        "manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}

Address = IPv4Address | IPv6Address


def install(app: Flask) -> None:
    """Check every request of `app` before its body is read, and give every answer the headers that protect it."""
    app.config["MAX_CONTENT_LENGTH"] = BODY_BYTES
    app.config["MAX_FORM_MEMORY_SIZE"] = TEXT_FIELD_BYTES
    # Merging slashes redirects to an absolute address, which is that of the Host header.
    app.url_map.merge_slashes = False
    app.before_request(check_address)
    app.before_request(check_origin)
    app.before_request(check_size)
    _keep_threads_free(app)
    app.after_request(protect)


class _Body:
    """The body of a request, read when it is its turn: from its first byte asked for to its last one."""

    def __init__(self, body: IO[bytes], length: int, turns: BoundedSemaphore) -> None:
        self._body = body
        self._left = length
        self._turns = turns
        self._has_turn = False

    def read(self, size: int = -1) -> bytes:
        if not self._has_turn and self._left > 0:
            self._has_turn = self._turns.acquire(timeout=TURN_SECONDS)
            if not self._has_turn:
                raise ServiceUnavailable(
                    _(
                        "Others are sending just now, and nothing was done. Go back: what you typed is still in the "
                        "form. Press the button again in %(seconds)s seconds.",
                        seconds=BUSY_SECONDS,
                    ),
                    retry_after=BUSY_SECONDS,
                )
        read = self._body.read(size)
        self._left -= len(read)
        if not read or self._left <= 0:
            self.give_turn_back()
        return read

    def give_turn_back(self) -> None:
        if self._has_turn:
            self._has_turn, self._left = False, 0
            self._turns.release()


def _keep_threads_free(app: Flask) -> None:
    """Let half of the threads at most wait for bodies, so that pages and polls are answered whatever is being sent.

    A body may come slowly or never, and its reader waits. Who gets no turn within `TURN_SECONDS` gets 503: bodies that
    are there already are read in less. A service of one thread reads one body, and nothing can be kept free for others.
    """
    turns = BoundedSemaphore(max(1, app.extensions["feedsvc"].settings.threads // 2))

    @app.before_request
    def wait_for_turn() -> None:
        if request.content_length:
            body = _Body(request.environ["wsgi.input"], request.content_length, turns)
            request.environ["wsgi.input"] = request.environ[BODY] = body

    @app.teardown_request
    def give_turn_back(error: BaseException | None) -> None:
        body = request.environ.pop(BODY, None)
        if body is not None:
            body.give_turn_back()


def check_address() -> None:
    """Answer 404 to a path that begins with two slashes: routing would take it for one, but a link to it leads away."""
    if request.environ.get("PATH_INFO", "").startswith("//"):
        abort(404)


def check_origin() -> None:
    """Answer 403 to an unsafe request that another site's page may have sent.

    The browser says `Sec-Fetch-Site: same-origin` (or `none`: typed by hand); where it says nothing, as scripts do,
    the `Origin` must be that of the address asked for, or of the site (Fetch Metadata; RFC 6454).
    """
    if request.method in SAFE_METHODS:
        return
    site = request.headers.get("Sec-Fetch-Site")
    if site in ("same-origin", "none"):
        return
    if site is None and _is_ours(request.headers.get("Origin", "").lower()):
        return
    abort(
        403,
        _(
            "This request was not sent by a page of this site, so nothing was done. Open the page here and try again. "
            "A script must send an Origin header with this site's address."
        ),
    )


def check_size() -> None:
    """Answer 413 to a request that announces more than it may carry, and 411 to one that does not say how much: what is
    cut off at a limit would pass for the whole."""
    if request.content_length is None and "Transfer-Encoding" in request.headers:
        abort(411, _("Say how long the request is, in a Content-Length header. Nothing of it was read."))
    limit = NEWSDESK_BODY_BYTES if request.path.startswith("/newsdesk/") else BODY_BYTES
    limit_body(limit)


def limit_body(limit_bytes: int) -> None:
    """Answer 413 to this request if its body is larger, before any of it is read."""
    request.max_content_length = limit_bytes
    if (request.content_length or 0) > limit_bytes:
        abort(
            413,
            _(
                "That is more than %(size)s kB, and nothing of it was read. Go back: what you typed is still in the "
                "form. Choose a smaller picture, or shorten the text.",
                size=languages.number(limit_bytes // 1024),
            ),
        )


def protect(response: Response) -> Response:
    """Add the headers that tell a browser what this site never does; pages of the newsdesk are not kept anywhere."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.path == "/newsdesk" or request.path.startswith("/newsdesk/"):
        response.headers["Cache-Control"] = "no-store"
    return response


def client_address() -> str:
    """The address of the client: that of the connection, or what a trusted proxy says of it.

    `X-Forwarded-For` is read from its right end: the first address that is no trusted proxy is the client's. What
    stands to the left of it, or what is no address, was written by the client and is not believed.
    """
    believed = request.remote_addr or ""
    address = _address(believed)
    told = [entry for line in request.headers.getlist("X-Forwarded-For") for entry in line.split(",")]
    while told and address is not None and _is_trusted(address):
        address = _address(told.pop().strip())
        if address is not None:
            believed = str(address)
    return believed


def _is_trusted(address: Address) -> bool:
    return any(address in network for network in newsroom().settings.trusted_proxies)


def _address(text: str) -> Address | None:
    """An address, written as proxies write it: also `[2001:db8::1]:8080` and `192.0.2.1:8080`."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    with suppress(ValueError):
        address = ip_address(text)
        return getattr(address, "ipv4_mapped", None) or address
    return None


def _is_ours(origin: str) -> bool:
    """Whether this is the site's origin, or that of the address asked for: with http or https, since a proxy may stand
    between. Nothing else may stand in an origin (RFC 6454 §6.2)."""
    told = _ORIGIN.fullmatch(origin)
    if told is None:
        return False
    scheme, place = told.groups()
    site = urlsplit(newsroom().settings.base_url)
    return _place(scheme, place) in (_place(scheme, request.host), _place(site.scheme, site.netloc))


def _place(scheme: str, host_and_port: str) -> str:
    """Host and port in small letters, without the port where it is the scheme's own."""
    return host_and_port.lower().removesuffix(DEFAULT_PORTS[scheme])
