"""Polls side by side: each server is asked the same in turn, round for round."""

import gzip
import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench import load, newsroom, servers
from bench.load import Answer
from bench.peers import stories
from bench.peers.stories import Row
from bench.servers import Started
from feedsvc.feeds.text import to_html
from feedsvc.settings import Settings

FEED = "/feeds/politics.rss"
STORIES = 50
STORY_CHARACTERS = 5_000

ASKS = ("304", "gzip", "identity")

NGINX, NGINX_HEADERS = "nginx, static files", "nginx, static files and feedsvc's headers"
BARE, FEEDSVC, MIRROR = "bare WSGI callable", "feedsvc", "feedsvc, mirrored by nginx"
CACHED, NAIVE = "Flask, cached bytes", "Flask and feedgen, naive"
DJANGO, DJANGO_SITE = "Django syndication, cached view", "Django syndication, cached site"
PEERS = {BARE: "bare", CACHED: "cached", NAIVE: "naive", DJANGO: "django_view", DJANGO_SITE: "django_site"}

MIRROR_SECONDS = 60

NO_MIRROR = "Not measured: this feedsvc has no FEEDSVC_MIRROR_DIR."

Headers = dict[str, str]


@dataclass(frozen=True)
class Standing:
    """Servers that run: what feedsvc was started with, the address of the feed at each, why others are not there."""

    folder: Path
    environment: Headers
    servers: dict[str, Started]
    urls: dict[str, str]
    absent: dict[str, str]


@dataclass
class Rates:
    """Server -> what was asked -> one figure a round; and, by server, what was not measured.

    `rates` are requests a second, `by_processor` requests in each second that the server had the processor.
    """

    rates: dict[str, dict[str, list[float]]] = field(default_factory=dict)
    by_processor: dict[str, dict[str, list[float]]] = field(default_factory=dict)
    notes: dict[str, list[str]] = field(default_factory=dict)

    def note(self, server: str, sentence: str) -> None:
        """Tell once that something of a server was not measured, or was not right."""
        said = self.notes.setdefault(server, [])
        if sentence not in said:
            said.append(sentence)


def environment(folder: Path) -> Headers:
    """What feedsvc is started with: defaults but for its place."""
    there = {"FEEDSVC_INSTANCE_PATH": str(folder / "instance"), "FEEDSVC_PORT": str(servers.free_port())}
    return there | ({"FEEDSVC_MIRROR_DIR": str(folder / "mirror")} if servers.has_mirror() else {})


@contextmanager
def all_standing(folder: Path) -> Iterator[Standing]:
    """All servers at once, with the same stories, for the length of the block."""
    there = environment(folder)
    settings = Settings(there)
    database = newsroom.make(settings)
    newsroom.fill(database, settings.media, STORIES, STORY_CHARACTERS, ("politics",), lambda _: None)
    database.engine.dispose()
    there_are: dict[str, Started] = {}
    urls: dict[str, str] = {}
    absent: dict[str, str] = {}
    with ExitStack() as stack:
        there_are[FEEDSVC] = stack.enter_context(servers.feedsvc(there, folder / "feedsvc.log"))
        urls[FEEDSVC] = there_are[FEEDSVC].url + FEED
        _hand_over(folder, settings, urls[FEEDSVC])
        there_are[NGINX] = stack.enter_context(servers.nginx_static(folder, folder))
        headers = _headers_of_files(urls[FEEDSVC])
        there_are[NGINX_HEADERS] = stack.enter_context(servers.nginx_static(folder, folder, headers))
        for name, module in PEERS.items():
            try:
                there_are[name] = stack.enter_context(servers.peer(module, folder))
            except servers.NotStarted as error:
                absent[name] = f"Not measured: {error}"
        if not servers.has_mirror():
            absent[MIRROR] = NO_MIRROR
        else:
            try:
                _wait_for(folder / "mirror" / FEED.lstrip("/"))
                mirrored = servers.nginx_mirror(folder, there_are[FEEDSVC].url, folder / "mirror")
                there_are[MIRROR] = stack.enter_context(mirrored)
                urls[MIRROR] = there_are[MIRROR].url + FEED
            except servers.NotStarted as error:
                absent[MIRROR] = f"Not measured: {error}"
        urls |= {name: f"{one.url}/feed.rss" for name, one in there_are.items() if name not in urls}
        yield Standing(folder, there, there_are, urls, absent)


def _wait_for(file: Path) -> None:
    """Until the clock has written a document, whose date must come first. Raises `NotStarted`."""
    deadline = time.monotonic() + MIRROR_SECONDS
    while not file.is_file():
        if time.monotonic() > deadline:
            raise servers.NotStarted(f"{file.name} was not in the mirror after {MIRROR_SECONDS} s")
        time.sleep(0.1)


def _headers_of_files(url: str) -> list[tuple[str, str]]:
    """The headers of feedsvc's answers that nginx does not make of a file."""
    made = {"date", "server", "etag", "last-modified", "content-type", "content-length", "content-encoding"}
    return [(name, value) for name, value in load.ask(url, {}).fields if name.lower() not in made]


def _hand_over(folder: Path, settings: Settings, url: str) -> None:
    """Give the peers feedsvc's own bytes, headers and stories."""
    plain, packed = load.ask(url, {}), load.ask(url, {"Accept-Encoding": "gzip"})
    same = load.ask(url, {"Accept-Encoding": "gzip", "If-None-Match": packed.headers["etag"]})
    (folder / "feed.rss").write_bytes(plain.body)
    (folder / "feed.rss.gz").write_bytes(packed.body)
    # The server writes the date of the answer itself, for the bare callable too.
    answers = {
        ask: [(name, value) for name, value in answer.fields if name.lower() not in ("date", "server")]
        for ask, answer in zip(ASKS, (same, packed, plain), strict=True)
    }
    (folder / "answers.json").write_text(json.dumps(answers))
    now = newsroom.Clock()()
    rows = []
    for number in range(STORIES):
        revision = newsroom.story(number, STORY_CHARACTERS, "politics", now).revision
        text = to_html(revision.body, settings.base_url)
        published = now - newsroom.APART * (STORIES - 1 - number)
        rows.append(Row(f"story-{number}", revision.headline, revision.standfirst, text, published))
    stories.keep(folder, rows)


def measure(standing: Standing, rounds: int, seconds: float, tell: Callable[[str], None]) -> Rates:
    """Ask every server for everything, `rounds` times; within a round each is asked for `seconds`."""
    found = Rates()
    for server, why in standing.absent.items():
        found.note(server, why)
    asked = [
        (server, ask, headers)
        for ask in ASKS
        for server in standing.urls
        if (headers := _headers(standing, server, ask, found)) is not None
    ]
    for number in range(1, rounds + 1):
        for server, ask, headers in asked:
            tell(f"polls, round {number} of {rounds}: {ask}, {server}")
            before = standing.servers[server].processor_seconds()
            try:
                seen = load.wrk(standing.urls[server], headers, seconds)
            except RuntimeError as error:
                found.note(server, f"{ask} in round {number}: {error}.")
                continue
            found.rates.setdefault(server, {}).setdefault(ask, []).append(seen.rate)
            if used := standing.servers[server].processor_seconds() - before:
                found.by_processor.setdefault(server, {}).setdefault(ask, []).append(seen.requests / used)
            if seen.failed:
                found.note(server, f"{ask} in round {number}: {seen.failed} requests failed.")
    return found


def _headers(standing: Standing, server: str, ask: str, found: Rates) -> Headers | None:
    """What to send so that this server gives this answer, tried once before; None if it has no such answer."""
    url = standing.urls[server]
    try:
        headers = request_headers(url, ask)
        answer = load.ask(url, headers)
    except OSError as error:
        found.note(server, f"{ask}: it did not answer ({error}).")
        return None
    problem = _problem(answer, ask, server, standing.folder)
    if problem:
        found.note(server, f"{ask}: {problem}.")
        return None
    return headers


def request_headers(url: str, ask: str) -> Headers:
    """The headers of a poll; for a 304 with the tag that the server itself gave for gzip."""
    if ask == "identity":
        return {}
    headers = {"Accept-Encoding": "gzip"}
    if ask == "304" and (tag := load.ask(url, headers).headers.get("etag")):
        headers["If-None-Match"] = tag
    return headers


def _problem(answer: Answer, ask: str, server: str, folder: Path) -> str:
    """Why this is not the answer that was asked for, empty if it is."""
    if ask == "304":
        return "" if answer.status == 304 else f"it has no 304 (it answered {answer.status})"
    if answer.status != 200:
        return f"it answered {answer.status}"
    coding = answer.headers.get("content-encoding", "identity")
    if coding != ask:
        return f"it has no {ask} (it answered with {coding})"
    body = gzip.decompress(answer.body) if coding == "gzip" else answer.body
    # Django and the naive view write documents of their own of the same stories.
    if server in (DJANGO, DJANGO_SITE, NAIVE):
        return "" if body.count(b"<item>") == STORIES else f"it sent {body.count(b'<item>')} stories"
    return "" if body == (folder / "feed.rss").read_bytes() else "it sent other bytes"
