"""Fetch from strangers' servers: public addresses only, limits of size and time, nothing of ours sent along.

Every hop is checked anew: the name is resolved once, every address it has must be allowed, and the connection goes to
an address that was checked, so that a name cannot lead elsewhere in between. Proxies of the environment are not used.
"""

import http.client
import socket
import ssl
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from threading import Timer
from urllib.parse import SplitResult, urljoin, urlsplit

from feedsvc.errors import SourceRefused
from feedsvc.feeds.text import web_url
from feedsvc.texts import _

FEED_BYTES = 50 * 1024 * 1024
"""The most that a feed or an export may have."""
MOST_SECONDS = 30.0
"""For a whole fetch, with all redirects."""
MOST_REDIRECTS = 5
REDIRECTS = frozenset({301, 302, 303, 307, 308})

_NAT64 = IPv6Network("64:ff9b::/96")
_CHUNK_BYTES = 64 * 1024
_HEADERS = {
    "User-Agent": "feedsvc (brings in stories)",
    "Accept": "*/*",
    "Accept-Encoding": "identity",
    "Connection": "close",
}

Address = IPv4Address | IPv6Address


@dataclass(frozen=True)
class Fetched:
    """What was answered, and the address that it came from in the end."""

    url: str
    body: bytes


Fetch = Callable[[str, int], Fetched]
"""Fetches a URL, of at most so many bytes."""


def is_public(address: Address) -> bool:
    """Whether an address is one of the open net, also where an IPv6 address carries an IPv4 address inside."""
    inside: list[Address] = [address]
    if isinstance(address, IPv6Address):
        carried = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
        if address in _NAT64:
            carried.append(IPv4Address(int(address) & 0xFFFFFFFF))
        inside = [one for one in carried if one is not None] or inside
    return all(one.is_global and not (one.is_multicast or one.is_reserved or one.is_unspecified) for one in inside)


def fetch(
    url: str,
    limit_bytes: int = FEED_BYTES,
    allowed: Callable[[Address], bool] = is_public,
    seconds: float = MOST_SECONDS,
) -> Fetched:
    """GET an http or https URL. `seconds` is the time for all of it, `allowed` says which addresses may be asked.

    Raises `SourceRefused` for an address that may not be asked, an answer that is no 200, too large or too slow.
    """
    until = time.monotonic() + seconds
    for _step in range(MOST_REDIRECTS + 1):
        parts = _checked(url)
        with _Answer(url, parts, allowed, until) as answer:
            if answer.status not in REDIRECTS:
                return Fetched(url, answer.read(limit_bytes))
            url = urljoin(url, answer.location)
    raise _refused(url, _("it led on more than %(most)s times", most=MOST_REDIRECTS))


def within(seconds: float) -> Fetch:
    """A way to fetch several addresses, for all of which there is so much time."""
    until = time.monotonic() + seconds

    def fetch_in_time(url: str, limit_bytes: int) -> Fetched:
        left = until - time.monotonic()
        if left <= 0:
            raise _refused(url, _("there was no time left for it"))
        return fetch(url, limit_bytes, seconds=min(left, MOST_SECONDS))

    return fetch_in_time


def _checked(url: str) -> SplitResult:
    ours = web_url(url, "") if url.lower().startswith(("http://", "https://")) else None
    if ours is None:
        raise SourceRefused(
            _("“%(url)s” is no address that can be fetched: it must begin with http:// or https://.", url=url), url
        )
    return urlsplit(ours)


def _refused(url: str, why: str) -> SourceRefused:
    return SourceRefused(_("%(url)s was not fetched: %(why)s.", url=url, why=why), url)


class _Answer:
    """One request to one checked address; closed at the end, and cut off when its time is over."""

    def __init__(self, url: str, parts: SplitResult, allowed: Callable[[Address], bool], until: float) -> None:
        self._url, self._parts, self._until = url, parts, until
        self._is_late = False
        self._opened = ExitStack()
        host, is_https = parts.hostname or "", parts.scheme == "https"
        with self._told():
            port = parts.port or (443 if is_https else 80)
            self._socket = self._connect(host, port, allowed)
        self._timer = Timer(max(0.01, until - time.monotonic()), self._cut_off)
        self._timer.daemon = True
        self._timer.start()
        try:
            with self._told():
                if is_https:
                    context = ssl.create_default_context()
                    self._socket = context.wrap_socket(
                        self._socket, server_hostname=host, do_handshake_on_connect=False
                    )
                    self._socket.do_handshake()
                self._response = self._opened.enter_context(self._ask())
        except BaseException:
            self.__exit__()
            raise

    def __enter__(self) -> "_Answer":
        return self

    def __exit__(self, *_error: object) -> None:
        self._timer.cancel()
        self._opened.close()
        self._socket.close()

    @property
    def status(self) -> int:
        return self._response.status

    @property
    def location(self) -> str:
        return self._response.headers.get("Location", "")

    def read(self, limit_bytes: int) -> bytes:
        """The body of a 200, at most `limit_bytes` of it also when unpacked. Raises `SourceRefused`."""
        if self.status != 200:
            raise self._refused(_("its server answered %(status)s", status=self.status))
        coding = self._response.headers.get("Content-Encoding", "identity").lower()
        if coding not in ("identity", "gzip", "x-gzip"):
            raise self._refused(_("its server packed it as “%(coding)s”, which was not asked for", coding=coding))
        unpack = zlib.decompressobj(wbits=31) if coding != "identity" else None
        body = bytearray()
        with self._told():
            left = self._response.length
            while left != 0 and (chunk := self._response.read1(_CHUNK_BYTES)):
                left = None if left is None else max(0, left - len(chunk))
                body += unpack.decompress(chunk, limit_bytes + 1 - len(body)) if unpack else chunk
                if len(body) > limit_bytes:
                    raise self._refused(_("it is larger than %(size)s MB", size=limit_bytes // 1024 // 1024))
            if self._is_late or left or (unpack and not unpack.eof):
                raise http.client.IncompleteRead(b"")
        return bytes(body)

    def _connect(self, host: str, port: int, allowed: Callable[[Address], bool]) -> socket.socket:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = [ip_address(str(place[0]).partition("%")[0]) for *_rest, place in found]
        if not addresses or not all(map(allowed, addresses)):
            raise self._refused(_("its server has no public address, and others are not asked"))
        for address in addresses[:-1]:
            with suppress(OSError):
                return socket.create_connection((str(address), port), self._left())
        return socket.create_connection((str(addresses[-1]), port), self._left())

    def _ask(self) -> http.client.HTTPResponse:
        parts = self._parts
        connection = http.client.HTTPConnection(parts.hostname or "", timeout=self._left())
        connection.sock = self._socket
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("GET", target, headers={"Host": parts.netloc, **_HEADERS})
        return connection.getresponse()

    def _left(self) -> float:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def _cut_off(self) -> None:
        self._is_late = True
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Whatever fails on the way is told in one sentence."""
        try:
            yield
        except (OSError, http.client.HTTPException, ValueError, zlib.error) as error:
            if self._is_late or isinstance(error, TimeoutError):
                raise self._refused(_("it took too long")) from error
            if isinstance(error, http.client.HTTPException | zlib.error):
                raise self._refused(_("its server broke off or answered something that is no HTTP")) from error
            raise self._refused(
                _("its server cannot be reached (%(why)s)", why=getattr(error, "strerror", None) or error)
            ) from error

    def _refused(self, why: str) -> SourceRefused:
        return _refused(self._url, why)
