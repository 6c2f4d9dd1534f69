"""Fetching from strangers, against a real server of this machine."""

import gzip
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address

import pytest

from feedsvc.actions.importing.fetch import fetch, is_public
from feedsvc.errors import SourceRefused


class Server(ThreadingHTTPServer):
    """Answers by path, and keeps the headers that it was sent."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.seen: list[dict[str, str]] = []

    def handle_error(self, *_: object) -> None:
        """A client that hangs up is what these tests are about."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        self.server.seen.append(dict(self.headers))
        path, _, rest = self.path.partition("?")
        getattr(self, f"answer_{path.strip('/')}")(rest)

    def send(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content_Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def answer_feed(self, _: str) -> None:
        self.send(200, b"<rss/>")

    def answer_missing(self, _: str) -> None:
        self.send(404)

    def answer_to(self, where: str) -> None:
        self.send(302, Location=where)

    def answer_packed(self, size: str) -> None:
        self.send(200, gzip.compress(b"a" * int(size)), Content_Encoding="gzip")

    def answer_short(self, _: str) -> None:
        self.send(200, b"half", Content_Length="8")

    def answer_slow(self, _: str) -> None:
        self.send(200, b"", Content_Length="1000")
        for _ in range(100):
            self.wfile.write(b"a")
            self.wfile.flush()
            time.sleep(0.05)

    def answer_slowhead(self, _: str) -> None:
        for _ in range(100):
            self.wfile.write(b"H")
            self.wfile.flush()
            time.sleep(0.05)

    def answer_noise(self, _: str) -> None:
        self.wfile.write(b"220 mail.example ready\r\n")


@pytest.fixture
def server():
    server = Server()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def here(address: object) -> bool:
    return str(address) == "127.0.0.1"


def test_what_stands_at_an_address_is_fetched(server):
    assert fetch(f"{server.url}/feed", allowed=here).body == b"<rss/>"


def test_redirects_are_followed_and_the_last_address_is_told(server):
    fetched = fetch(f"{server.url}/to?/to?/feed", allowed=here)
    assert (fetched.url, fetched.body) == (f"{server.url}/feed", b"<rss/>")


def test_nothing_of_ours_is_sent_along(server, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    fetch(f"{server.url}/feed", allowed=here)
    assert set(server.seen[0]) == {"Host", "User-Agent", "Accept", "Accept-Encoding", "Connection"}
    assert server.seen[0]["Host"] == server.url.removeprefix("http://")


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("missing", "answered 404"),
        ("to?/to?/to?/to?/to?/to?/feed", "more than 5 times"),
        ("to?ftp://a.example/", "must begin with"),
        ("packed?2000", "larger than"),
        ("short", "broke off"),
        ("slow", "too long"),
        ("slowhead", "too long"),
        ("noise", "no HTTP"),
    ],
)
def test_an_answer_that_cannot_be_used_is_refused_in_time(server, path, why):
    began = time.monotonic()
    with pytest.raises(SourceRefused, match=why):
        fetch(f"{server.url}/{path}", limit_bytes=1000, allowed=here, seconds=0.6)
    assert time.monotonic() - began < 2


def test_packed_answers_are_unpacked_up_to_the_limit(server):
    assert fetch(f"{server.url}/packed?999", limit_bytes=1000, allowed=here).body == b"a" * 999


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "169.254.169.254", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "2130706433", "10.1.2.3"],
)
def test_addresses_that_are_not_public_are_not_asked(server, host):
    with pytest.raises(SourceRefused, match="no public address"):
        fetch(f"http://{host}:{server.server_port}/feed")
    assert server.seen == []


def test_a_redirect_to_an_address_that_is_not_allowed_is_not_followed(server):
    with pytest.raises(SourceRefused, match="no public address"):
        fetch(f"{server.url}/to?http://127.0.0.2:{server.server_port}/feed", allowed=here)
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "gopher://a.example/", "http://anna:secret@127.0.0.1/", "http://", "feed"]
)
def test_what_is_no_plain_web_address_is_refused(url):
    with pytest.raises(SourceRefused, match="no address that can be fetched"):
        fetch(url, allowed=lambda _: True)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.215.14", True),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True),
        ("64:ff9b::5db8:d70e", True),
        ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::", False),
        ("::ffff:10.0.0.1", False),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("fe80::1", False),
        ("fd00::1", False),
        ("::", False),
    ],
)
def test_public_addresses_are_told_from_others(address, public):
    assert is_public(ip_address(address)) is public
