"""Polls of the whole service over a real socket, as an operator starts it."""

import gzip
import re
import select
import shutil
import socket
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import brotli
import pytest

from tests.journeys.serving import PASSWORD, Script, Service

FORMATS = {
    "rss": "application/rss+xml; charset=utf-8",
    "atom": "application/atom+xml; charset=utf-8",
    "json": "application/feed+json; charset=utf-8",
}
STORY = {"headline": "Night bus stays", "section": "politics", "body": "It stays. " * 300}


@pytest.fixture
def script(service):
    return Script(service).sign_in()


@pytest.fixture(scope="module")
def running(tmp_path_factory, founded):
    """A service for all tests that neither restart it nor count what it does; each finds stories of others there."""
    service = Service(tmp_path_factory.mktemp("running") / "instance")
    (service.instance / "media").mkdir(parents=True)
    shutil.copy(founded, service.instance / "feedsvc.sqlite")
    service.start()
    yield service
    service.stop()


@pytest.fixture(scope="module")
def editor(running):
    return Script(running).sign_in()


@pytest.fixture(scope="module")
def published(editor):
    editor.act("publish", **STORY)


@pytest.mark.parametrize("format", FORMATS)
def test_a_poll_gets_a_whole_answer_and_is_told_when_nothing_changed(running, published, format):
    path = f"/feeds/politics.{format}"
    deadline = time.monotonic() + 15
    while "Last-Modified" not in (answer := running.get(path)).headers:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert answer.status == 200
    assert answer.headers["Content-Type"] == FORMATS[format]
    assert int(answer.headers["Content-Length"]) == len(answer.body)
    for name in ("ETag", "Cache-Control", "Vary", "Date", "Link"):
        assert answer.headers[name], name
    packed = {coding: running.get(path, Accept_Encoding=coding) for coding in ("gzip", "br")}
    assert gzip.decompress(packed["gzip"].body) == brotli.decompress(packed["br"].body) == answer.body
    tags = {answer.headers["ETag"], *(one.headers["ETag"] for one in packed.values())}
    assert len(tags) == 3
    for asked in (*({"If_None_Match": tag} for tag in tags), {"If_Modified_Since": answer.headers["Last-Modified"]}):
        unchanged = running.get(path, **asked)
        assert (unchanged.status, unchanged.body) == (304, b"")
        for name in ("Last-Modified", "Cache-Control", "Vary"):
            assert unchanged.headers[name] == answer.headers[name]
        assert unchanged.headers["ETag"] in tags
        assert unchanged.headers["Date"]
    head = running.request("HEAD", path)
    same = ("Content-Type", "Content-Length", "ETag", "Last-Modified", "Cache-Control", "Vary", "Link")
    assert [head.headers[name] for name in same] == [answer.headers[name] for name in same]
    assert head.body == b""
    refused = running.request("POST", path, "x" * 100)
    assert (refused.status, refused.headers["Allow"]) == (405, "GET, HEAD")


def test_an_unknown_feed_is_a_404_in_plain_text(running):
    answer = running.get("/feeds/nowhere.rss")
    assert (answer.status, answer.headers["Content-Type"]) == (404, "text/plain; charset=utf-8")


def test_news_is_in_every_format_and_on_the_site_within_a_second(running, editor):
    paths = [f"/feeds/{name}.{format}" for name in ("all", "politics") for format in FORMATS]
    for path in paths:
        running.get(path)
    editor.act("publish", **STORY | {"headline": "Ferry is back"})
    acknowledged = time.monotonic()
    waiting = {*paths, "/", "/politics"}
    while waiting:
        waiting = {path for path in waiting if "Ferry is back" not in running.get(path).text}
        assert time.monotonic() < acknowledged + 5, f"not yet in {waiting}"


def test_a_withdrawn_story_is_nowhere_once_that_is_acknowledged(running, editor):
    place = editor.act("publish", **STORY | {"headline": "Trams go", "body": "They go. " * 300})
    paths = [f"/feeds/{name}.{format}" for name in ("all", "politics") for format in FORMATS]
    deadline = time.monotonic() + 5
    for path in paths:
        while "They go." not in running.get(path).text:
            assert time.monotonic() < deadline
    editor.act("withdraw", place, notice="We were wrong.")
    for path in paths:
        text = running.get(path).text
        assert "They go." not in text
        assert "We were wrong." in text
    assert "Trams go" not in running.get("/").text


@pytest.mark.parametrize("format", FORMATS)
def test_the_pages_behind_a_document_are_polled_like_documents(running, editor, format):
    with closing(sqlite3.connect(running.instance / "feedsvc.sqlite", isolation_level=None)) as driver:
        driver.execute("UPDATE installation SET page_size = 2")
    places = [editor.act("publish", **STORY | {"headline": f"Quay {number} in {format}"}) for number in range(5)]

    def behind(answer):
        found = re.search(r"""(?:rel="prev-archive"[^>]*href=|"next_url": )"[^"]*(/feeds/[^"]*)\"""", answer.text)
        return found and found[1]

    path, pages = f"/feeds/politics.{format}", {}
    deadline = time.monotonic() + 5
    while f"Quay 4 in {format}" not in running.get(path).text:
        assert time.monotonic() < deadline
    while path := behind(running.get(path)):
        pages[path] = running.get(path)
        assert (pages[path].status, pages[path].headers["Content-Type"]) == (200, FORMATS[format])
    last = len(pages)
    assert list(pages) == [f"/feeds/politics/archive/{number}.{format}" for number in range(last, 0, -1)]
    assert any(f"Quay 0 in {format}" in answer.text for answer in pages.values())
    assert running.get(f"/feeds/politics/archive/{last + 1}.{format}").status == 404
    path = next(path for path, answer in pages.items() if f"Quay 0 in {format}" in answer.text)
    packed = running.get(path, Accept_Encoding="br")
    assert brotli.decompress(packed.body) == pages[path].body
    assert packed.headers["Vary"] == running.get(f"/feeds/politics.{format}").headers["Vary"]
    assert packed.headers["Cache-Control"] == running.get(f"/feeds/politics.{format}").headers["Cache-Control"]
    assert running.get(path, If_None_Match=pages[path].headers["ETag"]).status == 304
    assert running.request("HEAD", path).headers["ETag"] == pages[path].headers["ETag"]
    assert running.request("POST", path, "x").status == 405
    editor.act("withdraw", places[0], notice="We were wrong.")
    after = running.get(path, If_None_Match=pages[path].headers["ETag"])
    assert (after.status, "Quay 0" in after.text) == (200, False)
    other = next(other for other in pages if other not in (path, f"/feeds/politics/archive/{last}.{format}"))
    assert running.get(other, If_None_Match=pages[other].headers["ETag"]).status == 304


def test_a_hundred_simultaneous_first_polls_are_one_rendering(service, script):
    script.act("publish", **STORY)
    with ThreadPoolExecutor(50) as pollers:
        answers = list(pollers.map(lambda _: service.get("/feeds/politics.rss"), range(100)))
    assert {answer.status for answer in answers} == {200}
    assert len({answer.body for answer in answers}) == 1
    assert 'feedsvc_renderings_total{format="rss",outcome="made"} 1.0' in service.get("/metrics").text


def test_half_sent_requests_keep_nobody_else_waiting(running):
    slow = [socket.create_connection(("127.0.0.1", running.port)) for _ in range(20)]
    for client in slow:
        client.sendall(b"GET /feeds/all.rss HTTP/1.1\r\nHost: 127.0")
    started = time.monotonic()
    assert {running.get("/feeds/all.rss").status for _ in range(10)} == {200}
    assert time.monotonic() - started < 5
    for client in slow:
        client.close()


def test_half_sent_bodies_keep_nobody_waiting_for_pages_and_polls(running, editor):
    """As many as there are threads, and nobody of them signed in."""
    head = f"POST /newsdesk/sign-in HTTP/1.1\r\nHost: x\r\nOrigin: {running.url}\r\nContent-Length: 1000\r\n"
    head += "Content-Type: application/x-www-form-urlencoded\r\n\r\nuser=admin"
    slow = [socket.create_connection(("127.0.0.1", running.port), timeout=10) for _ in range(4)]
    for client in slow:
        client.sendall(head.encode())
    # Two wait for the rest; two were told at once to come back.
    readable, deadline = [], time.monotonic() + 10
    while len(readable) < 2:
        assert time.monotonic() < deadline
        readable, _, _ = select.select(slow, [], [], 1)
    started = time.monotonic()
    for _ in range(5):
        assert running.get("/").status == 200
        assert running.get("/feeds/all.rss").status == 200
    assert time.monotonic() - started < 5
    for client in readable:
        answer = client.recv(65_536)
        assert answer.startswith(b"HTTP/1.1 503")
        assert b"\r\nretry-after: " in answer.lower()
    for client in slow:
        client.close()
    deadline = time.monotonic() + 10
    while running.get("/newsdesk", Cookie=editor.cookie).status != 200 or not signs_in(running):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def signs_in(service):
    fields = {"user": "admin", "password": PASSWORD}
    return Script(service).post("/newsdesk/sign-in", fields).status == 303


def test_two_workers_serve_the_same_bytes_and_forget_a_withdrawn_story_at_once(service, script):
    service.stop()
    service.environment["FEEDSVC_WORKERS"] = "2"
    service.start()
    place = script.act("publish", **STORY)
    deadline = time.monotonic() + 10
    while {"It stays." in service.get("/feeds/politics.rss").text for _ in range(20)} != {True}:
        assert time.monotonic() < deadline
    assert len({(a.headers["ETag"], a.body) for a in (service.get("/feeds/politics.rss") for _ in range(20))}) == 1
    script.act("withdraw", place)
    assert {"It stays." in service.get("/feeds/politics.rss").text for _ in range(30)} == {False}


def test_a_restart_under_another_address_gives_validators_of_its_own(service, script):
    script.act("publish", **STORY)
    before = service.get("/feeds/politics.rss")
    service.stop()
    service.environment["FEEDSVC_BASE_URL"] = "https://news.example.org"
    service.start()
    after = service.get("/feeds/politics.rss", If_None_Match=before.headers["ETag"])
    assert after.status == 200
    assert after.headers["ETag"] != before.headers["ETag"]
    assert "https://news.example.org/articles/" in after.text
