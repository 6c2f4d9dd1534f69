"""Pages are light: what a browser loads for one, compressed and pictures aside."""

import gzip
import re
from urllib.parse import urljoin

from newsdesk_app import NEW, STORY, Desk, path_of

MOST_BYTES = 100_000

LOADED = re.compile(r"<(?:link rel=\"stylesheet\" href|script src)=\"([^\"]+)\"")

LONG = "\n\n".join(f"Paragraph {number} says what happened, to whom, where and when." for number in range(400))


def size(desk: Desk, path: str) -> int:
    with desk.get(path) as answer:
        assert answer.status_code == 200, path
        return len(gzip.compress(answer.data, 6))


def weight(desk: Desk, path: str) -> int:
    """Bytes of a page with its style sheets and scripts, compressed as a server in front does it."""
    loaded = LOADED.findall(desk.get(path).text)
    assert loaded, path
    return size(desk, path) + sum(size(desk, urljoin(path, address)) for address in loaded)


def test_every_page_is_under_100_kilobytes(settings, database):
    desk = Desk(settings, database)
    article_id = desk.write("publish", **{**STORY, "body": LONG})
    desk.act(article_id, "save", headline="Another headline", body=f"{LONG}\n\nAn end.")
    for number in range(25):
        desk.write("publish", **{**STORY, "headline": f"Story {number}"})
    story = path_of(article_id)
    pages = {
        *(
            "/",
            "/politics",
            "/feeds",
            "/search?q=story",
            "/search/feed?q=story",
            desk.get(f"/articles/{article_id}/").headers.get("Location", "/"),
        ),
        *("/newsdesk", "/newsdesk?q=story", NEW, story, f"{story}/revisions", f"{story}/revisions/1"),
        *(f"{story}/confirm/update", f"{story}/confirm/withdraw", f"{story}/preview", "/newsdesk/trending"),
        *("/newsdesk/sections", "/newsdesk/topics", "/newsdesk/accounts", "/newsdesk/account", "/newsdesk/import"),
    }
    weights = {path: weight(desk, path) for path in pages}
    assert {path for path, found in weights.items() if found >= MOST_BYTES} == set()
