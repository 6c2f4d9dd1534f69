"""What a file, a folder or an address holds, told by its content and not by its name."""

import os
import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

from feedsvc.actions.importing import feeds, ghost, opml, wordpress
from feedsvc.actions.importing.fetch import FEED_BYTES, Fetch
from feedsvc.actions.importing.found import FoundSource, Oddity
from feedsvc.actions.pictures import UPLOAD_LIMIT_BYTES
from feedsvc.errors import SourceRefused
from feedsvc.texts import _

FILES = (".xml", ".rss", ".atom", ".rdf", ".json", ".opml")
"""How the files end that are looked into in a folder."""
EXPORT_BYTES = 500 * 1024 * 1024
"""The most that a file on this machine may have."""

_OPML = re.compile(rb"<opml[\s>]", re.IGNORECASE)
_PAGE = re.compile(rb"\s*(?:<!doctype html|<html)[\s>]", re.IGNORECASE)

Found = tuple[list[FoundSource], list[Oddity]]
"""What was found, and which parts could not be."""


def from_place(place: str, fetch: Fetch, site_url: str = "") -> Found:
    """Whatever is at a path or an http(s) address. `site_url` is told to those exports that do not know it.

    Raises `SourceRefused` if nothing there can be read.
    """
    if re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*://", place):
        fetched = fetch(place, FEED_BYTES)
        return from_bytes(fetched.body, fetched.url, fetch, site_url)
    path = Path(place)
    if path.is_dir():
        return _from_folder(path, fetch, site_url)
    return from_bytes(_read(path), "", fetch, site_url)


def from_bytes(data: bytes, url: str, fetch: Fetch, site_url: str = "") -> Found:
    """What a document holds that came from `url`, or from no address; the feeds of a list are fetched.

    Raises `SourceRefused` for what is nothing that can be brought in.
    """
    start = data[:4096].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    if not start:
        raise SourceRefused(_("There is nothing in it."))
    if start.startswith((b"{", b"[")):
        return [_from_json(data, url, site_url)], []
    if wordpress.is_export(data):
        return [wordpress.from_wxr(data)], []
    if _OPML.search(start):
        return _from_list(opml.feeds_of(data), fetch)
    if _PAGE.match(start):
        raise SourceRefused(
            _("This is a page and no feed. Give the address of its feed, which the page names in its head.")
        )
    return [feeds.from_xml(data, url)], []


def _from_json(data: bytes, url: str, site_url: str) -> FoundSource:
    document = feeds.parsed_json(data)
    tables = ghost.tables_of(document)
    if tables is not None:
        return ghost.from_tables(tables, site_url)
    if isinstance(document, dict) and "jsonfeed.org/version/" in str(document.get("version")):
        return feeds.from_json(document, url)
    raise SourceRefused(_("This JSON is neither a JSON Feed nor an export of Ghost."))


def _from_list(urls: Sequence[str], fetch: Fetch) -> Found:
    sources, oddities = [], []
    for url in urls:
        try:
            fetched = fetch(url, FEED_BYTES)
            data = fetched.body
            is_json = data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")
            sources.append(_from_json(data, fetched.url, "") if is_json else feeds.from_xml(data, fetched.url))
        except SourceRefused as error:
            oddities.append(Oddity(url, error.message))
    if not sources:
        raise SourceRefused(" ".join([_("No feed of the list can be read."), *(str(one) for one in oddities[:3])]))
    return sources, oddities


def _from_folder(folder: Path, fetch: Fetch, site_url: str) -> Found:
    sources: list[FoundSource] = []
    oddities: list[Oddity] = []
    for path in sorted(_files(folder)):
        if path.suffix.lower() in FILES:
            try:
                found, strange = from_bytes(_read(path), "", fetch, site_url)
                sources += found
                oddities += strange
            except SourceRefused as error:
                oddities.append(Oddity(str(path.relative_to(folder)), error.message))
    if not sources:
        raise SourceRefused(
            " ".join(
                [_("There is no feed and no export in %(folder)s.", folder=folder), *(str(one) for one in oddities[:3])]
            )
        )
    return sources, oddities


def _files(folder: Path) -> list[Path]:
    return [Path(top) / name for top, _folders, names in os.walk(folder) for name in names]


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(EXPORT_BYTES + 1)
    except OSError as error:
        raise SourceRefused(_("%(path)s cannot be read (%(why)s).", path=path, why=error.strerror)) from error
    if len(data) > EXPORT_BYTES:
        raise SourceRefused(
            _("%(path)s is larger than %(size)s MB. Export it in parts.", path=path, size=EXPORT_BYTES // 1024 // 1024)
        )
    return data


class PictureFinder:
    """Finds the bytes of pictures: in a folder, by the end of their address, or else where they stand."""

    def __init__(self, fetch: Fetch, folder: Path | None = None) -> None:
        self._fetch = fetch
        self._by_name: dict[str, list[Path]] = defaultdict(list)
        for path in _files(folder) if folder else ():
            if feeds.is_picture_name(path.name):
                self._by_name[path.name.lower()].append(path)

    def __call__(self, url: str) -> bytes:
        """The bytes of a picture. Raises `SourceRefused`."""
        path = self._in_folder(url)
        return self._fetch(url, UPLOAD_LIMIT_BYTES).body if path is None else _read(path)

    def _in_folder(self, url: str) -> Path | None:
        parts = [part.lower() for part in unquote(urlsplit(url).path).split("/") if part]
        files = self._by_name.get(parts[-1], []) if parts else []
        # Two files may share their name in two months of uploads: the one whose folders fit better.
        ranked = sorted(((_common_end(path, parts), path) for path in files), reverse=True)
        if len(ranked) > 1 and ranked[0][0] == ranked[1][0]:
            return None
        return ranked[0][1] if ranked else None


def _common_end(path: Path, parts: Sequence[str]) -> int:
    pairs = zip(reversed([part.lower() for part in path.parts]), reversed(parts), strict=False)
    return next((count for count, (one, other) in enumerate(pairs) if one != other), min(len(path.parts), len(parts)))
