"""PyPI's `reader`, which no one here wrote: it takes one feed of each kind, follows them through renamings, and holds
each story once."""

import time
from collections import Counter
from pathlib import Path

import pytest

from tests.journeys.serving import Script, Service

reader = pytest.importorskip("reader", reason="needs reader: make .venv/test")

FEEDS = (
    "all.rss",
    "politics.atom",
    "topics/night-buses.rss",
    "authors/ada-lovelace.atom",
    "politics+topics/night-buses.json",
)


def test_reader_sees_renames_through_and_each_story_once(service: Service, tmp_path: Path):
    script = Script(service).sign_in()
    story = {"section": "politics", "topics": "Night buses", "authors": "Ada Lovelace"}
    script.act("publish", headline="Night bus stays", body="It stays.", **story)
    script.act("publish", headline="Council votes", body="It votes.", **story)
    urls = [f"{service.url}/feeds/{name}" for name in FEEDS]
    subscriptions = reader.make_reader(str(tmp_path / "reader.sqlite"))
    for url in urls:
        subscriptions.add_feed(url)

    def updated_until(headlines: list[str]) -> None:
        """Fetch as a reader does until all is there, as it must be after a few polls; nothing is there twice."""
        deadline = time.monotonic() + 20
        while True:
            subscriptions.update_feeds(scheduled=False)
            assert [feed.last_exception for feed in subscriptions.get_feeds()] == [None] * len(urls)
            held = {url: Counter(entry.title for entry in subscriptions.get_entries(feed=url)) for url in urls}
            if all(counted == Counter(headlines) for counted in held.values()):
                return
            assert time.monotonic() < deadline, held
            time.sleep(0.2)

    updated_until(["Night bus stays", "Council votes"])
    changed = script.act("publish", headline="Trams go", body="They go.", **story)
    # What changed alone, beside what is there.
    updated_until(["Night bus stays", "Council votes", "Trams go"])
    answers = service.get("/metrics").text
    assert all(
        f'feedsvc_polls_total{{answer="226",format="{format}"}}' in answers for format in ("rss", "atom", "json")
    )
    script.act("update", changed, headline="Trams go again", change="update")
    updated_until(["Night bus stays", "Council votes", "Trams go again"])
    for command in (
        ("section", "rename", "politics", "town-hall"),
        ("topic", "rename", "night-buses", "Night lines"),
        ("author", "rename", "ada-lovelace", "Ada King"),
    ):
        done = service.tell(*command)
        assert done.returncode == 0, done.stderr
    assert service.get("/feeds/politics.atom").status == 301
    script.act("publish", headline="Ferry is back", body="It is.", **story | {"section": "town-hall"})
    updated_until(["Night bus stays", "Council votes", "Trams go again", "Ferry is back"])
    subscriptions.close()
