"""newsboat, which no one here wrote: it subscribes, is told "not modified", and shows each story once."""

import re
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.journeys.serving import Script, Service

newsboat = shutil.which("newsboat")

pytestmark = pytest.mark.skipif(newsboat is None, reason="needs newsboat: sudo apt install newsboat")


class Newsboat:
    """One reader's newsboat with one subscription."""

    def __init__(self, home: Path, url: str) -> None:
        home.mkdir()
        self.urls, self.cache, self.log = home / "urls", home / "cache.db", home / "log"
        self.urls.write_text(url + "\n")
        self.home = home

    def refresh(self) -> str:
        """Fetch as a reader does; returns what was logged."""
        self.log.unlink(missing_ok=True)
        arguments = ["-u", self.urls, "-c", self.cache, "-C", "/dev/null", "-l6", f"-d{self.log}", "-x", "reload"]
        environment = {"HOME": str(self.home), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
        subprocess.run([newsboat, *map(str, arguments)], env=environment, check=True, timeout=60, capture_output=True)
        return self.log.read_text(errors="replace")

    def stories(self) -> list[str]:
        with sqlite3.connect(self.cache) as cache:
            rows = cache.execute("SELECT title FROM rss_item WHERE deleted = 0 ORDER BY title").fetchall()
        cache.close()
        return [title for (title,) in rows]

    def text_of(self, title: str) -> str:
        with sqlite3.connect(self.cache) as cache:
            (text,) = cache.execute("SELECT content FROM rss_item WHERE title = ?", [title]).fetchone()
        cache.close()
        return text


def until(reader: Newsboat, holds: Callable[[], bool]) -> None:
    """Refresh until something holds, as it must after a few polls."""
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline, reader.stories()
        reader.refresh()


def not_modified(service: Service) -> int:
    """How many polls the service has answered with 304."""
    return answered(service, 304)


def answered(service: Service, status: int) -> int:
    """How many polls the service has answered with a status, as its metrics say."""
    line = rf'^feedsvc_polls_total{{answer="{status}".*}} (\d+)'
    return sum(map(int, re.findall(line, service.get("/metrics").text, re.MULTILINE)))


@pytest.mark.parametrize("format", ["rss", "atom"])
def test_newsboat_gets_not_modified_until_there_is_news_and_each_story_once(service: Service, tmp_path, format):
    script = Script(service).sign_in()
    first = script.act("publish", headline="Night bus stays", section="politics", body="It stays.\n\n## Why\n\nMoney.")
    reader = Newsboat(tmp_path / "reader", f"{service.url}/feeds/politics.{format}")

    until(reader, lambda: not_modified(service) >= 1)
    assert reader.stories() == ["Night bus stays"]
    assert "Why" in reader.text_of("Night bus stays")

    script.act("publish", headline="Ferry is back", section="politics", body="It is back.")
    until(reader, lambda: reader.stories() == ["Ferry is back", "Night bus stays"])
    before = not_modified(service)
    until(reader, lambda: not_modified(service) > before)
    assert reader.stories() == ["Ferry is back", "Night bus stays"]

    script.act("update", first, headline="Night bus stays for good", change="update")
    until(reader, lambda: reader.stories() == ["Ferry is back", "Night bus stays for good"])

    script.act("withdraw", first)
    until(reader, lambda: reader.stories() == ["Ferry is back", "Withdrawn"])


@pytest.mark.parametrize("format", ["rss", "atom"])
def test_newsboat_takes_what_changed_alone_and_keeps_what_it_has(service: Service, tmp_path, format):
    script = Script(service).sign_in()
    first = script.act("publish", headline="Night bus stays", section="politics", body="It stays.")
    script.act("publish", headline="Ferry is back", section="politics", body="It is back.")
    reader = Newsboat(tmp_path / "reader", f"{service.url}/feeds/politics.{format}")
    until(reader, lambda: not_modified(service) >= 1)

    script.act("publish", headline="Trams go", section="politics", body="They go.")
    until(reader, lambda: len(reader.stories()) > 2)
    assert reader.stories() == ["Ferry is back", "Night bus stays", "Trams go"]
    assert answered(service, 226) == 1
    # Its copy is up to date with that.
    before = not_modified(service)
    reader.refresh()
    assert not_modified(service) == before + 1

    script.act("update", first, headline="Night bus stays for good", change="update")
    until(reader, lambda: "Night bus stays for good" in reader.stories())
    assert reader.stories() == ["Ferry is back", "Night bus stays for good", "Trams go"]
    assert answered(service, 226) == 2


def test_newsboat_follows_a_renamed_section_and_holds_each_story_once(service: Service, tmp_path):
    script = Script(service).sign_in()
    script.act("publish", headline="Night bus stays", section="politics", body="It stays.")
    reader = Newsboat(tmp_path / "reader", f"{service.url}/feeds/politics.rss")
    reader.refresh()
    until(reader, lambda: reader.stories() == ["Night bus stays"])

    renamed = service.tell("section", "rename", "politics", "town-hall", "--title", "Town hall")
    assert renamed.returncode == 0, renamed.stderr
    script.act("publish", headline="Ferry is back", section="town-hall", body="It is back.")
    until(reader, lambda: len(reader.stories()) > 1)
    assert reader.stories() == ["Ferry is back", "Night bus stays"]
