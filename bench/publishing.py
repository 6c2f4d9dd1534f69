"""What polls of other feeds wait while stories are published, at the newsdesk's form and many a second."""

import http.client
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from http import HTTPStatus
from urllib.parse import urlencode, urlsplit

from bench import load, newsroom, polls, words
from bench.report import percentile
from feedsvc.settings import PROJECT

SECTION = "world"
"""Where the stories go; the feed that is polled is another one."""

STORIES_A_SECOND = 10
POLLS_A_SECOND = 200
FEW = 8
"""Connections of wrk: enough to keep the server busy, so few that an answer's time is hardly a queue's."""

MADE = 600
"""Stories made ahead of each measurement, so that making them takes no time in it: a minute's."""

FOLLOWED = (f"/feeds/{SECTION}.rss", f"/feeds/{SECTION}.atom", "/feeds/all.rss", "/feeds/all.json")
"""Feeds that move with each publication and are polled meanwhile, so that their documents are made."""


@dataclass
class Published:
    """How many stories were published in so many seconds, and what went wrong."""

    count: int = 0
    seconds: float = 0
    problems: list[str] = field(default_factory=list)


@dataclass
class Waits:
    """The time of an answer in ms, 99 of 100, a figure a round, without publishing and while stories are published.

    `full` under as many polls as the service answers, `steady` at POLLS_A_SECOND. `published` counts stories a second.
    """

    full: tuple[list[float], list[float]] = field(default_factory=lambda: ([], []))
    steady: tuple[list[float], list[float]] = field(default_factory=lambda: ([], []))
    published: list[float] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def measure(standing: polls.Standing, rounds: int, seconds: float, tell: Callable[[str], None]) -> Waits:
    """Both kinds of polls in turn without and with publishing, `rounds` times."""
    found = Waits()
    base, url = standing.servers[polls.FEEDSVC].url, standing.urls[polls.FEEDSVC]
    headers, first = polls.request_headers(url, "304"), 1_000_000
    cookie = sign_in(base)
    for number in range(1, rounds + 1):
        for publishes in (False, True):
            tell(f"polls {'while stories are published' if publishes else 'alone'}, round {number} of {rounds}")
            for asked, seen in ((_full, found.full), (_steady, found.steady)):
                if not publishes:
                    seen[0].append(asked(url, headers, seconds))
                    continue
                publishing = _Publishing(base, cookie, first)
                first += MADE
                try:
                    seen[1].append(asked(url, headers, seconds))
                finally:
                    published = publishing.stop()
                found.published.append(published.count / published.seconds)
                found.problems += published.problems[:1]
    return found


def _full(url: str, headers: dict[str, str], seconds: float) -> float:
    return load.wrk(url, headers, seconds, FEW).p99_ms


def _steady(url: str, headers: dict[str, str], seconds: float) -> float:
    """Polls at their times, whether the one before was late or not: what it waits counts for those behind it too."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    connection.connect()
    waits, began = [], time.monotonic()
    for number in range(int(seconds * POLLS_A_SECOND)):
        due = began + number / POLLS_A_SECOND
        time.sleep(max(0.0, due - time.monotonic()))
        connection.request("GET", parts.path, headers=headers)
        connection.getresponse().read()
        waits.append((time.monotonic() - due) * 1_000)
    connection.close()
    return percentile(waits, 0.99)


class _Publishing:
    """Publishes STORIES_A_SECOND stories in a process of its own, until it is stopped."""

    def __init__(self, base: str, cookie: str, first: int) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.publishing", base, cookie, str(first)],
            cwd=PROJECT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        # Its stories are made by then.
        if self._process.stdout is None or self._process.stdout.readline() != "ready\n":
            raise RuntimeError("the stories to publish were not made")

    def stop(self) -> Published:
        said, _ = self._process.communicate()
        return Published(**json.loads(said))


def sign_in(base: str) -> str:
    """Sign in at the newsdesk; the cookie. Raises `RuntimeError` if it is refused."""
    answer = _post(base, "/newsdesk/sign-in", {"user": newsroom.EDITOR, "password": newsroom.PASSWORD}, "")
    cookie = answer.getheader("Set-Cookie", "").partition(";")[0]
    if answer.status != 303 or not cookie:
        raise RuntimeError(f"the bench could not sign in: the newsdesk answered {answer.status}")
    return cookie


def publish_until_stopped(base: str, cookie: str, first: int) -> Published:
    """Publish stories at their times, and poll the feeds they stand in as often, until standard input ends."""
    found = Published()
    stories = [_fields(first + number) for number in range(MADE)]
    print("ready", flush=True)
    ended = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    follower = threading.Thread(target=_follow, args=(base, ended, found), daemon=True)
    follower.start()
    began = due = time.monotonic()
    for story in stories:
        if ended.wait(max(0.0, due - time.monotonic())):
            break
        due += 1 / STORIES_A_SECOND
        try:
            status = _post(base, "/newsdesk/articles/new", story, cookie).status
        except OSError as error:
            found.problems.append(f"A story was not published ({error}).")
            continue
        if status == HTTPStatus.SEE_OTHER:
            found.count += 1
        else:
            found.problems.append(f"A story was not published (the form answered {status}).")
    found.seconds = time.monotonic() - began
    ended.wait()
    follower.join()
    return found


def _fields(number: int) -> dict[str, str]:
    return {
        "headline": words.headline(number),
        "section": SECTION,
        "standfirst": words.text(number + 1, 160),
        "body": words.text(number, polls.STORY_CHARACTERS),
        "action": "publish",
    }


def _follow(base: str, ended: threading.Event, found: Published) -> None:
    while not ended.wait(1 / STORIES_A_SECOND):
        for path in FOLLOWED:
            try:
                load.ask(base + path, {"Accept-Encoding": "gzip"})
            except OSError as error:
                found.problems.append(f"{path} was not answered ({error}).")


def _post(base: str, path: str, fields: dict[str, str], cookie: str) -> http.client.HTTPResponse:
    parts = urlsplit(base)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": base, "Cookie": cookie}
    connection.request("POST", path, urlencode(fields), headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer


if __name__ == "__main__":
    print(json.dumps(asdict(publish_until_stopped(sys.argv[1], sys.argv[2], int(sys.argv[3])))))
