"""Aggregators that keep a copy of a feed over real HTTP: by documents and archives, by deltas, or by both in turn.

They know what `docs/polling.md` tells and nothing else.
"""

import http.client
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from lxml import etree

ATOM = "{http://www.w3.org/2005/Atom}"
TOMBSTONE = "{http://purl.org/atompub/tombstones/1.0}deleted-entry"
COMPLETE = "{http://purl.org/syndication/history/1.0}complete"
DUBLIN_CORE = "{http://purl.org/dc/elements/1.1/}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
EXTENSION = "_feedsvc"

NOTICE = "Withdrawn"
"""The title of what stands in the place of a story that was withdrawn."""

MOVES = 5


class Lost(Exception):
    """An answer did not arrive."""


class Retired(Exception):
    """The feed is no more."""


@dataclass(frozen=True)
class Item:
    """What an aggregator keeps of an entry."""

    title: str
    updated: str
    text: str
    categories: tuple[str, ...]
    authors: tuple[str, ...]


@dataclass
class Parsed:
    """One document: its entries and tombstones by identity, and where what is older stands."""

    entries: dict[str, Item]
    gone: set[str] = field(default_factory=set)
    previous: str | None = None
    is_complete: bool = False


@dataclass
class Kept:
    """An answer that can be asked for again: its tag, and what it said; nothing where a delta led to that tag."""

    tag: str
    said: Parsed | None


class Aggregator:
    """One that follows a feed in one format, by documents with archives or by deltas."""

    def __init__(self, name: str, format: str, has_deltas: bool) -> None:
        self.address = f"/feeds/{name}.{format}"
        self.format = format
        self.has_deltas = has_deltas
        self.copy: dict[str, Item] = {}
        self.is_retired = False
        self.octets = 0
        self._kept: dict[str, Kept] = {}
        self._losing: list[bool] = []
        self.statuses: list[int] = []

    def __repr__(self) -> str:
        return f"{self.address}{' by deltas' if self.has_deltas else ''}"

    def catch_up(self, port: int, losing: list[bool], by_deltas: bool | None = None) -> bool:
        """Poll until the copy is whole; False where an answer was lost, of the next ones those where `losing` is true.

        What an answer says is taken up when it arrives, and the copy is made whole at the end.
        """
        self._losing = list(losing)
        self.statuses.clear()
        asks_delta = self.has_deltas if by_deltas is None else by_deltas
        try:
            status, said = self._ask(port, self.address, asks_delta)
        except Lost:
            return False
        except Retired:
            self.is_retired = True
            return True
        if status == 226:
            for identity in said.gone:
                self.copy.pop(identity, None)
            self.copy |= said.entries
        elif status == 200 or (said is not None and not asks_delta):
            try:
                self.copy = self._with_archives(port, said)
            except Lost:
                # Of a document whose archives were not looked through, the tag stands for nothing.
                self._kept.pop(self.address)
                return False
        return True

    def _with_archives(self, port: int, said: Parsed) -> dict[str, Item]:
        """What a document says and all its archives, where the document says what is newest."""
        whole = dict(said.entries)
        address, visited = said.previous, {self.address}
        while address is not None:
            assert address not in visited
            visited.add(address)
            # As clients do that ask for deltas always: a page has none.
            _, page = self._ask(port, address, self.has_deltas)
            assert page is not None
            whole = page.entries | whole
            address = page.previous
        assert said.is_complete == (len(visited) == 1)
        self._kept = {address: kept for address, kept in self._kept.items() if address in visited}
        return whole

    def _ask(self, port: int, address: str, asks_delta: bool) -> tuple[int, Parsed | None]:
        """The status, and what is said: of 304 what was said before, of 226 what the delta says."""
        for _ in range(MOVES):
            kept = self._kept.get(address)
            headers = {"Accept-Encoding": "identity", "User-Agent": "tests of feedsvc"}
            headers |= {"If-None-Match": kept.tag} if kept else {}
            headers |= {"A-IM": "feed"} if asks_delta else {}
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            connection.request("GET", address, headers=headers)
            answer = connection.getresponse()
            body = answer.read()
            connection.close()
            self.octets += len(body)
            if self._losing and self._losing.pop(0):
                raise Lost
            self.statuses.append(answer.status)
            if answer.status in (301, 308):
                moved = path(answer.headers["Location"])
                if kept:
                    self._kept[moved] = kept
                if address == self.address:
                    self.address = moved
                address = moved
                continue
            if answer.status == 410:
                raise Retired
            if answer.status == 304:
                return 304, kept.said
            assert answer.status in (200, 226), f"{address}: {answer.status} {body[:200]!r}"
            said = parse(self.format, body)
            if answer.status == 226:
                assert answer.headers["Delta-Base"] == kept.tag
                assert answer.headers["IM"] == "feed"
            self._kept[address] = Kept(answer.headers["ETag"], said if answer.status == 200 else None)
            return answer.status, said
        raise AssertionError(f"{address} leads round in circles")


def path(url: str) -> str:
    return urlsplit(url).path


def parse(format: str, body: bytes) -> Parsed:
    """A document in one of the three formats. No identity stands in it twice."""
    return {"rss": _rss, "atom": _atom, "json": _json}[format](body)


def _rss(body: bytes) -> Parsed:
    channel = etree.fromstring(body).find("channel")
    return Parsed(
        _once(
            (
                item.findtext("guid"),
                Item(
                    item.findtext("title"),
                    item.findtext(f"{ATOM}updated"),
                    item.findtext(CONTENT) or "",
                    tuple(one.text for one in item.findall("category")),
                    tuple(one.text for one in item.findall(f"{DUBLIN_CORE}creator")),
                ),
            )
            for item in channel.findall("item")
        ),
        {one.get("ref") for one in channel.findall(TOMBSTONE)},
        _previous(channel),
        channel.find(COMPLETE) is not None,
    )


def _atom(body: bytes) -> Parsed:
    feed = etree.fromstring(body)
    return Parsed(
        _once(
            (
                entry.findtext(f"{ATOM}id"),
                Item(
                    entry.findtext(f"{ATOM}title"),
                    entry.findtext(f"{ATOM}updated"),
                    entry.findtext(f"{ATOM}content") or "",
                    tuple(one.get("label") for one in entry.findall(f"{ATOM}category")),
                    tuple(one.findtext(f"{ATOM}name") for one in entry.findall(f"{ATOM}author")),
                ),
            )
            for entry in feed.findall(f"{ATOM}entry")
        ),
        {one.get("ref") for one in feed.findall(TOMBSTONE)},
        _previous(feed),
        feed.find(COMPLETE) is not None,
    )


def _json(body: bytes) -> Parsed:
    feed: dict[str, Any] = json.loads(body)
    previous = feed.get("next_url")
    return Parsed(
        _once(
            (
                item["id"],
                Item(
                    item["title"],
                    item.get("date_modified", ""),
                    item.get("content_html", ""),
                    tuple(item.get("tags", ())),
                    tuple(one["name"] for one in item.get("authors", ())),
                ),
            )
            for item in feed["items"]
        ),
        {one["id"] for one in feed.get(EXTENSION, {}).get("deleted", ())},
        None if previous is None else path(previous),
        # JSON Feed has no word for it: that nothing is older shows in that there is no next_url.
        previous is None,
    )


def _once(entries: Any) -> dict[str, Item]:
    found = list(entries)
    result = dict(found)
    assert len(result) == len(found), "an identity stands twice in a document"
    return result


def _previous(head: Any) -> str | None:
    links = [one for one in head.findall(f"{ATOM}link") if one.get("rel") == "prev-archive"]
    return path(links[0].get("href")) if links else None
