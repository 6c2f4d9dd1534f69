"""Polls through nginx, which serves the mirror: the same answers as the service's, also when there is no service."""

import gzip
import shutil
import time
from datetime import timedelta
from email.utils import format_datetime, parsedate_to_datetime

import brotli
import pytest

from tests.journeys.nginx import BROTLI, PROGRAM, Nginx, ask
from tests.journeys.serving import Script, Service

pytestmark = [
    pytest.mark.xdist_group("mirror"),
    pytest.mark.skipif(PROGRAM is None, reason="There is no nginx here. Install it: apt-get install nginx-light"),
]

TYPES = {
    "rss": "application/rss+xml; charset=utf-8",
    "atom": "application/atom+xml; charset=utf-8",
    "json": "application/feed+json; charset=utf-8",
}
STORY = {"headline": "Night bus stays", "section": "politics", "topics": "Buses", "body": "It stays. " * 300}
DECODE = {"identity": bytes, "gzip": gzip.decompress, "br": brotli.decompress}
CODINGS = ("identity", "gzip", *(["br"] if BROTLI.exists() else []))
PATHS = [f"/feeds/{name}.{format}" for name in ("politics", "topics/buses", "all") for format in TYPES]


@pytest.fixture(scope="module")
def nginx(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mirror")
    nginx = Nginx(folder / "nginx", folder / "files")
    yield nginx
    nginx.stop()


@pytest.fixture(scope="module")
def service(tmp_path_factory, founded, nginx):
    """A service behind nginx, with a story in the mirror."""
    service = Service(
        nginx.folder.parent / "instance",
        FEEDSVC_MIRROR_DIR=str(nginx.mirror),
        FEEDSVC_BASE_URL=nginx.url,
        FEEDSVC_TRUSTED_PROXIES="127.0.0.1",
    )
    (service.instance / "media").mkdir(parents=True)
    shutil.copy(founded, service.instance / "feedsvc.sqlite")
    for name in ("sport", "rugby"):
        assert service.tell("section", "add", name, name).returncode == 0
    service.start()
    nginx.start(service)
    Script(service).sign_in().act("publish", **STORY)
    until_mirrored(nginx, "Night bus stays")
    yield service
    if service.process.poll() is None:
        service.stop()


def until_mirrored(nginx, words):
    files = [nginx.mirror / path[1:] for path in PATHS]
    deadline = time.monotonic() + 20
    while not all(file.exists() and words in file.read_text() for file in files):
        assert time.monotonic() < deadline, words
        time.sleep(0.05)


def is_of_nginx(answer):
    return answer.headers.get("ETag", ".").count(".") == 0


def without(headers, *names):
    left_out = {"date", "server", "connection", *(name.lower() for name in names)}
    return {name.lower(): value for name, value in headers.items() if name.lower() not in left_out}


def later(date, seconds):
    return format_datetime(parsedate_to_datetime(date) + timedelta(seconds=seconds), usegmt=True)


@pytest.mark.parametrize("path", PATHS)
def test_a_poll_gets_the_bytes_and_the_headers_of_the_service(nginx, service, path):
    whole = ask(service.port, path)
    tags = set()
    for coding in CODINGS:
        asked = {} if coding == "identity" else {"Accept_Encoding": coding}
        ours, mirrored = ask(service.port, path, **asked), nginx.ask(path, **asked)
        assert (mirrored.status, mirrored.body) == (200, ours.body)
        assert DECODE[coding](mirrored.body) == whole.body
        assert is_of_nginx(mirrored)
        assert without(mirrored.headers, "ETag") == without(ours.headers, "ETag")
        head = nginx.ask(path, "HEAD", **asked)
        assert (head.status, head.body) == (200, b"")
        assert without(head.headers) == without(mirrored.headers)
        for condition in (
            {"If_None_Match": mirrored.headers["ETag"]},
            {"If_Modified_Since": ours.headers["Last-Modified"]},
        ):
            unchanged = nginx.ask(path, **asked, **condition)
            assert (unchanged.status, unchanged.body) == (304, b"")
            for name in ("ETag", "Last-Modified", "Cache-Control", "Vary"):
                assert unchanged.headers[name] == mirrored.headers[name]
            assert unchanged.headers["Date"]
        tags.add(mirrored.headers["ETag"])
    assert len(tags) == len(CODINGS)


def test_who_comes_by_the_one_way_and_then_by_the_other_is_told_that_nothing_changed(nginx, service):
    for path in PATHS:
        for coding in CODINGS:
            asked = {} if coding == "identity" else {"Accept_Encoding": coding}
            for first, then in ((nginx.port, service.port), (service.port, nginx.port)):
                tag = ask(first, path, **asked).headers["ETag"]
                assert ask(then, path, If_None_Match=tag, **asked).status == 304
                assert ask(then, path, If_None_Match=f'"0{tag[1:]}', **asked).status == 200


@pytest.mark.parametrize("path", ["/feeds/politics.rss", "/feeds/topics/buses.json"])
def test_every_row_of_the_poll_table_holds_through_nginx(nginx, service, path):
    """FEEDS.md §2; where `docs/mirror.md` lists a departure, that is what stands here."""
    answer = nginx.ask(path)
    tag, date = answer.headers["ETag"], answer.headers["Last-Modified"]
    ours = ask(service.port, path).headers["ETag"]
    gzipped = nginx.ask(path, Accept_Encoding="gzip").headers["ETag"]
    earlier, after = later(date, -60), later(date, 60)
    for status, is_from_file, headers in (
        (304, True, {"If_None_Match": tag}),
        (304, True, {"If_None_Match": f"W/{tag}"}),
        (304, True, {"If_None_Match": f'"0-0", {tag}'}),
        (304, False, {"If_None_Match": f'"other.one", {tag}'}),
        (304, False, {"If_None_Match": ours}),
        (304, False, {"If_None_Match": f"W/{ours}"}),
        (304, False, {"If_None_Match": "*"}),
        (304, False, {"If_None_Match": tag.strip('"')}),
        (304, False, {"If_None_Match": f'{tag[:-1]}-gzip"'}),
        (200, True, {"If_None_Match": '"0-0"'}),
        (200, False, {"If_None_Match": '""'}),
        (200, True, {"If_None_Match": ""}),
        (200, False, {"If_None_Match": '"'}),
        (200, False, {"If_None_Match": '"l.e.6.br"', "If_Modified_Since": after}),
        (200, True, {"If_None_Match": '"0-0"', "If_Modified_Since": after}),
        (304, True, {"If_None_Match": tag, "If_Modified_Since": date}),
        (304, False, {"If_None_Match": ours, "If_Modified_Since": earlier}),
        # Departures: both fields count where both are given, and only the tag of the coding asked for.
        (200, True, {"If_None_Match": tag, "If_Modified_Since": earlier}),
        (200, True, {"If_None_Match": gzipped}),
        (304, True, {"If_Modified_Since": date}),
        (304, True, {"If_Modified_Since": after}),
        (200, True, {"If_Modified_Since": earlier}),
        (200, False, {"If_Modified_Since": "yesterday"}),
        (200, False, {"If_Modified_Since": "Sunday, 06-Nov-94 08:49:37 GMT"}),
        (304, False, {"If_Modified_Since": after.replace("GMT", "+0000")}),
        (200, False, {"If_Modified_Since": date.replace("GMT", "+0500")}),
        (200, False, {"A_IM": "feed"}),
        (200, False, {"A_IM": "feed, gzip", "If_None_Match": '"0-0"'}),
        (304, False, {"A_IM": "feed", "If_None_Match": tag}),
        (200, True, {"Sec_Fetch_Dest": "empty"}),
        (200, False, {"Sec_Fetch_Dest": "document"}),
        (200, True, {"Accept": "text/html", "Via": "1.1 cache"}),
        (200, True, {"Range": "bytes=0-9"}),
    ):
        got = nginx.ask(path, **headers)
        assert (got.status, is_of_nginx(got)) == (status, is_from_file), headers
        assert got.body == (answer.body if status == 200 else b""), headers
        if status == 304:
            assert got.headers["Cache-Control"] == answer.headers["Cache-Control"]
            assert got.headers["Vary"] == answer.headers["Vary"]
    for accepted, coding in (
        ("gzip", "gzip"),
        ("GZIP, deflate", "gzip"),
        ("gzip, deflate, br, zstd", CODINGS[-1]),
        ("gzip;q=0", "identity"),
        ("gzip;q=0.5, br;q=0", "gzip"),
        ("identity;q=1, gzip;q=0.5", "identity"),
        ("x-gzip", "gzip"),
        ("*", "br"),
        ("zstd", "identity"),
        ("", "identity"),
    ):
        for via in ({}, {"Via": "1.1 cache"}):
            got = nginx.ask(path, Accept_Encoding=accepted, **via)
            assert got.headers.get("Content-Encoding", "identity") == coding, accepted
            assert DECODE[coding](got.body) == answer.body
            assert got.headers["Vary"] == answer.headers["Vary"]
    page = nginx.ask(path, Sec_Fetch_Dest="document")
    assert page.headers["Content-Type"] == ("text/xml; charset=utf-8" if path.endswith("rss") else TYPES["json"])


def test_what_is_no_file_is_answered_by_the_service(nginx, service):
    for method in ("POST", "PUT", "DELETE"):
        refused = nginx.ask("/feeds/politics.rss", method, b"x" * 100)
        assert (refused.status, refused.headers["Allow"]) == (405, "GET, HEAD")
    for path in ("/feeds/nowhere.rss", "//feeds/politics.rss", "/feeds/.all.rss", "/feeds/../.feedsvc-mirror"):
        assert nginx.ask(path).status == 404, path
    union = "/feeds/politics+tech.rss"
    assert nginx.ask(union, Accept_Encoding="gzip").body == ask(service.port, union, Accept_Encoding="gzip").body
    assert is_of_nginx(nginx.ask("/feeds/politics.rss?utm_source=limit"))
    for query in ("without=tech", "a=b&topic=buses", "author", "q=bus", "limit=1"):
        assert not is_of_nginx(nginx.ask(f"/feeds/politics.rss?{query}")), query
    moved = nginx.ask("/feeds/tech+politics.rss?a=1")
    assert (moved.status, moved.headers["Location"]) == (301, "/feeds/politics+tech.rss?a=1")
    for name in ("sport", "rugby"):
        assert is_of_nginx(nginx.ask(f"/feeds/{name}.rss"))
    assert service.tell("section", "rename", "sport", "sports").returncode == 0
    assert service.tell("section", "retire", "rugby").returncode == 0
    deadline = time.monotonic() + 2
    while [nginx.ask(f"/feeds/{name}.rss").status for name in ("sport", "rugby")] != [301, 410]:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert nginx.ask("/").status == 200
    assert nginx.ask("/metrics").status == 403
    listed = nginx.ask("/feeds.opml")
    assert (listed.headers["Content-Type"], listed.body) == (
        "text/x-opml; charset=utf-8",
        ask(service.port, "/feeds.opml").body,
    )


def test_news_is_there_at_once_and_a_withdrawn_story_is_gone(nginx, service):
    editor = Script(service).sign_in()
    place = editor.act("publish", **STORY | {"headline": "Trams go", "body": "They go. " * 300})
    acknowledged = time.monotonic()
    while not all("Trams go" in nginx.ask(path).text for path in PATHS):
        assert time.monotonic() < acknowledged + 3
    until_mirrored(nginx, "They go.")
    editor.act("withdraw", place, notice="We were wrong.")
    for path in PATHS:
        text = nginx.ask(path).text
        assert "They go." not in text
        assert "We were wrong." in text
    until_mirrored(nginx, "We were wrong.")


def test_polls_go_on_when_the_service_is_killed_and_when_it_comes_back(nginx, service):
    until_mirrored(nginx, "Night bus stays")
    before = {path: nginx.ask(path, Accept_Encoding="gzip") for path in PATHS}
    service.kill()
    for path, answer in before.items():
        again = nginx.ask(path, Accept_Encoding="gzip")
        assert (again.status, again.body) == (200, answer.body)
        assert nginx.ask(path, Accept_Encoding="gzip", If_None_Match=answer.headers["ETag"]).status == 304
        assert nginx.ask(path, If_Modified_Since=answer.headers["Last-Modified"]).status == 304
    assert nginx.ask("/").status == 502
    written = {path: (nginx.mirror / path[1:]).stat().st_ctime_ns for path in PATHS}
    service.start()
    time.sleep(1)
    assert written == {path: (nginx.mirror / path[1:]).stat().st_ctime_ns for path in PATHS}
    for path, answer in before.items():
        for port in (nginx.port, service.port):
            assert ask(port, path, Accept_Encoding="gzip", If_None_Match=answer.headers["ETag"]).status == 304
