"""Write all that readers see as files that any web server can serve, for a site that is left or ended.

A page `/politics` is `politics/index.html`, its older ones `politics/older-<key>.html`; feeds, pictures and the like
are files of their own names. `_redirects` has what files cannot say, a line each: from, to, status.
"""

import html
import re
from collections.abc import Callable, Iterator
from http import HTTPStatus
from pathlib import Path
from urllib.parse import parse_qs, unquote, urljoin, urlsplit

from werkzeug.test import Client, TestResponse

from feedsvc import create_app
from feedsvc.actions.backup_file import said_plainly
from feedsvc.domain import address
from feedsvc.domain.feedname import page_name
from feedsvc.errors import FeedsvcError
from feedsvc.settings import Settings
from feedsvc.storage import archive
from feedsvc.storage.database import Database

FORMATS = ("rss", "atom", "json")
FIRST = ("/", "/feeds", "/feeds.opml", "/robots.txt", "/favicon.ico")

_LINK = re.compile(r'((?:href|src)=)(?:"([^"]*)"|([^\s">]+))')
_SRCSET = re.compile(r'srcset="([^"]*)"')


def freeze(database: Database, settings: Settings, folder: Path, on_progress: Callable[[int, int], None]) -> int:
    """Write all pages and documents into a new or empty folder; returns how many files there are.

    `on_progress` is told how many addresses were asked of how many known. Raises `FeedsvcError`.
    """
    with said_plainly("The pages were not written", folder):
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise FeedsvcError(f"{folder} is not empty. Name a new folder for the pages.")
        folder.mkdir(parents=True, exist_ok=True)
        return _Walk(settings, folder).all(_known(database), on_progress)


def _known(database: Database) -> Iterator[str]:
    """The addresses that may be linked from nowhere: old ones, those of all feeds, and of what was withdrawn."""
    yield from FIRST
    with database.read() as connection:
        last_pages: dict[int, int] = {}
        for row in archive.rows(connection, "feed_pages"):
            last_pages[row["feed_id"]] = row["page"]
        slugs = {row["revision_id"]: row["slug"] for row in archive.rows(connection, "revisions")}
        for row in archive.rows(connection, "feed_names"):
            yield address.home_path(row["slug"])
            yield address.feed_page_path(row["slug"])
            names = [page_name(row["slug"], page + 1) for page in range(last_pages.get(row["feed_id"], 0))]
            for name in (row["slug"], *names):
                for format in FORMATS:
                    yield f"{address.feed_page_path(name)}.{format}"
        for row in archive.rows(connection, "articles"):
            if row["status"] in ("published", "withdrawn"):
                yield address.article_path(row["article_id"], slugs[row["live_id"]])
                yield f"/articles/{row['article_id']}"
        for row in archive.rows(connection, "redirects"):
            yield str(row["path"])


class _Walk:
    """Asks for one address after the other, and follows what each page refers to."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        app = create_app(settings)
        # Files answer no questions.
        app.jinja_env.globals["is_frozen"] = True
        self._client = Client(app, use_cookies=False)
        self._base = settings.base_url
        self._root = urlsplit(settings.base_url).path.rstrip("/")
        self._folder = folder
        self._media = re.compile(re.escape(settings.base_url) + r"(/media/[A-Za-z0-9._-]+)")
        self._waiting: list[str] = []
        self._seen: set[str] = set()

    def all(self, first: Iterator[str], on_progress: Callable[[int, int], None]) -> int:
        written, led = 0, []
        for one in first:
            self._add(one)
        asked = 0
        while self._waiting:
            path = self._waiting.pop()
            response = self._client.get(path, base_url=self._base)
            asked += 1
            if response.status_code in (HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.PERMANENT_REDIRECT):
                target = urljoin(path, response.headers["Location"])
                led.append(f"{self._root}{path} {target} 301")
            elif response.status_code in (HTTPStatus.OK, HTTPStatus.GONE):
                file = self._file(path, response.mimetype == "text/html")
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(self._body(path, response))
                written += 1
                if response.status_code == HTTPStatus.GONE:
                    led.append(f"{self._root}{path} {self._root}/{file.relative_to(self._folder)} 410")
            elif response.status_code != HTTPStatus.NOT_FOUND:
                raise FeedsvcError(f"{path} answers {response.status}: the pages are not whole. Try again.")
            response.close()
            on_progress(asked, asked + len(self._waiting))
        (self._folder / "_redirects").write_text("".join(f"{line}\n" for line in sorted(led)), encoding="utf-8")
        return written + 1

    def _add(self, path: str) -> None:
        if path not in self._seen and not re.match(r"/newsdesk(?:[/?]|$)", path):
            self._seen.add(path)
            self._waiting.append(path)

    def _body(self, path: str, response: TestResponse) -> bytes:
        data = response.get_data()
        if not response.mimetype.startswith(("text/", "application/")):
            return data
        text = data.decode()
        for found in self._media.finditer(text):
            self._add(found[1])
        if response.mimetype != "text/html":
            return data
        for found in _SRCSET.finditer(text):
            for part in html.unescape(found[1]).split(","):
                self._ours(path, part.split()[0])
        return _LINK.sub(lambda found: self._linked(path, found), text).encode()

    def _linked(self, path: str, found: re.Match[str]) -> str:
        """A link as it is in the folder: one with a query leads to the file of that page."""
        ours = self._ours(path, html.unescape(found[2] or found[3] or ""))
        if ours is None or "?before=" not in ours:
            return found[0]
        return f'{found[1]}"{self._root}/{self._file(ours, True).relative_to(self._folder)}"'

    def _ours(self, path: str, link: str) -> str | None:
        """The path of a link that leads to this site, with its query if it is one of an older page."""
        parts = urlsplit(urljoin(self._base + path, link))
        base = urlsplit(self._base)
        if (parts.scheme, parts.netloc) != (base.scheme, base.netloc) or not parts.path.startswith(self._root):
            return None
        ours = parts.path.removeprefix(self._root) or "/"
        if "before" in parse_qs(parts.query):
            ours += f"?{parts.query}"
        self._add(ours)
        return ours

    def _file(self, path: str, is_page: bool) -> Path:
        parts = urlsplit(path)
        names = [name for name in unquote(parts.path).split("/") if name]
        if ".." in names or "\0" in parts.path:
            raise FeedsvcError(f"{path} is no name that a file can have.")
        if "before" in (asked := parse_qs(parts.query)):
            return self._folder.joinpath(*names, f"older-{re.sub(r'[^A-Za-z0-9]+', '-', asked['before'][0])}.html")
        return self._folder.joinpath(*names, "index.html") if is_page else self._folder.joinpath(*names)
