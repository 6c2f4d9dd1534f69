"""What a poll gets, over a real socket: one test a row of the table that the front keeps."""

import gzip
import http.client
import threading
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import NamedTuple
from wsgiref.types import StartResponse, WSGIEnvironment
from wsgiref.validate import validator

import brotli
import pytest
from werkzeug.serving import WSGIRequestHandler, make_server

from feedsvc.feeds.document import CODINGS, FORMATS, Document, make_document
from feedsvc.metrics import Polls, exposition
from feedsvc.poll.front import READING_SECONDS, Front
from feedsvc.poll.names import Found, Gone, Moved, Resolution
from feedsvc.poll.shelf import LOOK_EVERY_SECONDS, Shelf

DATE = datetime(2026, 3, 1, 9, 30, 4, tzinfo=UTC)
LAST_MODIFIED = "Sun, 01 Mar 2026 09:30:04 GMT"
NAMES = {"politics": 1, "topics/harbour": 2, "politics+tech": 3, "città": 4}
LED: dict[str, Resolution] = {"old-name": Moved("politics"), "b+a": Moved("a+b"), "retired": Gone()}
BODY = b"<feed>" + b"The harbour bridge opens again. " * 50 + b"</feed>"
TAG = '"l.e.7.{}"'


class Answer(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes


def lead(name: str) -> Resolution | None:
    """Where the names of these tests lead."""
    if name in LED:
        return LED[name]
    return Found((NAMES[name],)) if name in NAMES else None


def press(feed_ids: tuple[int, ...], format: str) -> Document:
    return make_document(
        BODY,
        feed_ids=feed_ids,
        format=format,
        seq=7,
        date=DATE,
        line="l",
        epoch="e",
        self_url=f"https://news.example/feeds/{feed_ids[0]}.{format}",
        home_url="https://news.example/politics",
        max_age_seconds=60,
    )


class Asking:
    """What composes feeds for these tests: one address is right, one cannot be made, all others lead to the first."""

    def is_asked(self, query: str) -> bool:
        return query.startswith("q=")

    def __call__(self, name: str, format: str, query: str, is_read: bool) -> Document | tuple[str, str] | None:
        if query == "q=broken":
            raise RuntimeError("the composer stands still")
        return press((3,), format) if query == "q=%C3%A9" else (name, "q=%C3%A9")


class Service:
    """A front with four feeds and an application behind it, served on a free port; its clock stands still."""

    def __init__(self) -> None:
        self.now = DATE + timedelta(hours=1)
        self.seconds = 0
        """Each poll comes a second after the one before."""
        self.failing = False
        self.passed_on: list[str] = []
        shelf = Shelf(lead, self._press, lambda: 7, lambda seq: [], lambda: self.seconds)
        self._checked = validator(Front(self._app, shelf, lambda: self.now, Asking()))
        self._server = make_server("127.0.0.1", 0, self._serve, threaded=True, request_handler=_Quiet)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join(10)
        self._server.server_close()

    def ask(self, path: str, method: str = "GET", body: bytes | None = None, **headers: str) -> Answer:
        """One request with exactly these headers (underscores are written as hyphens)."""
        self.seconds += 1
        connection = http.client.HTTPConnection("127.0.0.1", self._server.port, timeout=10)
        try:
            connection.putrequest(method, path, skip_accept_encoding=True)
            for name, value in headers.items():
                connection.putheader(name.replace("_", "-"), value)
            if body is not None:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            response = connection.getresponse()
            assert len(response.headers.keys()) == len(set(map(str.lower, response.headers.keys())))
            return Answer(response.status, response.headers, response.read())
        finally:
            connection.close()

    def _press(self, feed_ids: tuple[int, ...], format: str) -> Document:
        if self.failing:
            raise RuntimeError("the press stands still")
        return press(feed_ids, format)

    def _serve(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """The front, held to PEP 3333. (werkzeug's REMOTE_PORT is a number, which the PEP does not allow.)"""
        del environ["REMOTE_PORT"]
        chunks = self._checked(environ, start_response)
        try:
            body = b"".join(chunks)
        finally:
            chunks.close()
        assert not (body and environ["REQUEST_METHOD"] == "HEAD")
        return [body] if body else []

    def _app(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        self.passed_on.append(environ["PATH_INFO"])
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "4")])
        return [b"page"] if environ["REQUEST_METHOD"] == "GET" else []


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: object) -> None:
        """Nothing on the terminal."""


@pytest.fixture(scope="module")
def shared() -> Iterator[Service]:
    service = Service()
    yield service
    service.close()


@pytest.fixture
def service(shared: Service) -> Service:
    """The shared one, with its clock put back."""
    shared.now = DATE + timedelta(hours=1)
    shared.passed_on.clear()
    return shared


# Composed feeds


def test_a_query_that_composes_a_feed_is_answered_by_the_composer(service):
    assert "/feeds/1.rss" in service.ask("/feeds/politics.rss?a=b").headers["Link"]
    composed = service.ask("/feeds/politics.rss?q=%C3%A9")
    assert (composed.status, "/feeds/3.rss" in composed.headers["Link"]) == (200, True)
    assert service.ask("/feeds/politics.rss?q=x").headers["Location"] == "/feeds/politics.rss?q=%C3%A9"
    service.ask("/page?q=x")
    assert service.passed_on == ["/page"]


def test_what_cannot_be_composed_is_logged_and_takes_no_other_poll_down(service, caplog):
    failed = service.ask("/feeds/politics.rss?q=broken")
    assert (failed.status, failed.headers["Retry-After"], failed.headers["Cache-Control"]) == (503, "5", "no-store")
    assert "politics?q=broken cannot be made" in caplog.text
    assert service.ask("/feeds/politics.rss").status == 200


# GET, HEAD


@pytest.mark.parametrize("format", FORMATS)
def test_get_answers_with_validators_and_all_that_caches_need(service: Service, format: str):
    answer = service.ask(f"/feeds/politics.{format}")
    assert answer.status == 200
    assert answer.body == BODY
    assert answer.headers["ETag"] == TAG.format("identity")
    assert answer.headers["Last-Modified"] == LAST_MODIFIED
    assert answer.headers["Cache-Control"] == "public, max-age=60, stale-while-revalidate=30, stale-if-error=3600"
    assert answer.headers["Vary"] == ("Accept-Encoding" if format == "json" else "Accept-Encoding, Sec-Fetch-Dest")
    assert answer.headers["Content-Type"] == FORMATS[format]
    assert answer.headers["Content-Length"] == str(len(BODY))
    assert 'rel="self"' in answer.headers["Link"]
    assert 'rel="alternate"' in answer.headers["Link"]
    assert "Content-Encoding" not in answer.headers
    assert parsedate_to_datetime(answer.headers["Date"])


@pytest.mark.parametrize("accept", ["br", "gzip", "identity"])
def test_head_has_the_headers_of_get_and_no_body(service: Service, accept: str):
    head = service.ask("/feeds/politics.rss", "HEAD", Accept_Encoding=accept)
    get = service.ask("/feeds/politics.rss", "GET", Accept_Encoding=accept)
    assert head.status == 200
    assert head.body == b""
    assert without_date(head) == without_date(get)


def test_nothing_follows_the_headers_of_head_or_304(service: Service):
    """Bytes left over would be read as the beginning of the next answer on the same connection."""
    connection = http.client.HTTPConnection("127.0.0.1", service._server.port, timeout=5)
    for method, headers in [("HEAD", {}), ("GET", {"If-None-Match": "*"}), ("HEAD", {"If-None-Match": "*"})]:
        connection.request(method, "/feeds/politics.rss", headers=headers)
        connection.getresponse().read()
    connection.request("GET", "/feeds/politics.rss")
    assert connection.getresponse().read() == BODY
    connection.close()


def without_date(answer: Answer) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name != "Date"}


def test_last_modified_is_left_out_while_it_lies_ahead_of_the_clock(service: Service):
    service.now = DATE - timedelta(microseconds=1)
    assert "Last-Modified" not in service.ask("/feeds/politics.rss").headers
    held = service.ask("/feeds/politics.rss", If_None_Match=TAG.format("br"))
    assert held.status == 304
    assert "Last-Modified" not in held.headers
    service.now = DATE
    assert service.ask("/feeds/politics.rss").headers["Last-Modified"] == LAST_MODIFIED


@pytest.mark.parametrize("query", ["?", "?a=1", "?utm_source=x&format=atom", "?a=%00%ff"])
def test_a_query_means_nothing(service: Service, query: str):
    answer = service.ask(f"/feeds/politics.rss{query}")
    assert (answer.status, answer.headers["ETag"]) == (200, TAG.format("identity"))


# If-None-Match


@pytest.mark.parametrize(
    ("field", "status", "tag"),
    [
        (TAG.format("br"), 304, "br"),
        (TAG.format("gzip"), 304, "gzip"),
        (TAG.format("identity"), 304, "identity"),
        ("W/" + TAG.format("gzip"), 304, "gzip"),
        ('"l.e.6.br", "x", "l.e.7.identity"', 304, "identity"),
        ("*", 304, "gzip"),
        ('"l.e.7.identity-gzip"', 304, "identity"),
        ("l.e.7.br", 304, "br"),
        ('"l.e.6.gzip"', 200, "gzip"),
        ('""', 200, "gzip"),
        ("", 200, "gzip"),
        ('"', 200, "gzip"),
        ('W/"', 200, "gzip"),
        ("\xff\xfe", 200, "gzip"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_any_tag_of_this_document_is_not_modified(service: Service, method: str, field: str, status: int, tag: str):
    answer = service.ask("/feeds/politics.rss", method, If_None_Match=field, Accept_Encoding="gzip")
    assert (answer.status, answer.headers["ETag"]) == (status, TAG.format(tag))


def test_a_tag_that_nginx_gave_stands_for_the_very_same_bytes(service: Service):
    for coding in ("br", "gzip", "identity"):
        body = service.ask("/feeds/politics.rss", Accept_Encoding=coding).body
        tag = f'"{int(DATE.timestamp()):x}-{len(body):x}"'
        answer = service.ask("/feeds/politics.rss", If_None_Match=tag)
        assert (answer.status, answer.headers["ETag"]) == (304, TAG.format(coding))
    for other in (f'"{int(DATE.timestamp()) - 1:x}-{len(body):x}"', f'"{int(DATE.timestamp()):x}-{len(body) + 1:x}"'):
        assert service.ask("/feeds/politics.rss", If_None_Match=other).status == 200


@pytest.mark.parametrize("field", ['"l.e.6.br"', '""', "", '"'])
def test_if_none_match_hides_if_modified_since(service: Service, field: str):
    answer = service.ask("/feeds/politics.rss", If_None_Match=field, If_Modified_Since=LAST_MODIFIED)
    assert answer.status == 200


def test_a_matching_tag_wins_over_an_older_date(service: Service):
    answer = service.ask(
        "/feeds/politics.rss",
        If_None_Match=TAG.format("br"),
        If_Modified_Since="Thu, 01 Jan 1970 00:00:00 GMT",
    )
    assert answer.status == 304


# If-Modified-Since


@pytest.mark.parametrize(
    ("field", "status"),
    [
        (LAST_MODIFIED, 304),
        ("Sunday, 01-Mar-26 09:30:04 GMT", 304),
        ("Sun Mar  1 09:30:04 2026", 304),
        ("Sun, 01 Mar 2026 09:30:03 GMT", 200),
        ("Tue, 01 Mar 2033 00:00:00 GMT", 304),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 200),
        ("a while ago", 200),
        ("", 200),
    ],
)
def test_if_modified_since_is_compared_as_a_date(service: Service, field: str, status: int):
    answer = service.ask("/feeds/politics.rss", If_Modified_Since=field)
    assert (answer.status, answer.headers["ETag"]) == (status, TAG.format("identity"))


def test_a_clock_that_is_set_back_is_noticed_within_a_tenth_of_a_second():
    now, seconds = DATE + timedelta(hours=1), 0.0
    front = Front(None, Shelf(lead, press, lambda: 7, lambda seq: [], lambda: seconds), lambda: now)

    def shows_date() -> bool:
        told: list[tuple[str, str]] = []
        environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/feeds/politics.rss"}
        front(environ, lambda status, headers: told.extend(headers))
        return "Last-Modified" in dict(told)

    assert shows_date()
    now, seconds = DATE - timedelta(seconds=1), READING_SECONDS
    assert not shows_date()
    now, seconds = DATE, READING_SECONDS + LOOK_EVERY_SECONDS
    assert shows_date()


def test_between_two_looks_polls_of_an_address_ask_nothing_and_get_the_same():
    seconds, questions = 0.0, []

    def lead_asked(name: str) -> Resolution | None:
        questions.append(name)
        return lead(name)

    def look() -> int:
        questions.append("look")
        return 7

    front = Front(None, Shelf(lead_asked, press, look, lambda seq: [], lambda: seconds), lambda: DATE)

    def ask(**fields: str) -> tuple[str, dict[str, str], bytes]:
        told: list[object] = []
        environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/feeds/politics.rss", **fields}
        body = b"".join(front(environ, lambda status, headers: told.extend((status, dict(headers)))))
        return told[0], told[1], body

    polls: list[dict[str, str]] = [{}, {"HTTP_ACCEPT_ENCODING": "gzip"}, {"REQUEST_METHOD": "HEAD"}]
    polls += [{"HTTP_IF_NONE_MATCH": TAG.format(coding)} for coding in CODINGS]
    polls += [{"HTTP_IF_NONE_MATCH": '"other"'}, {"HTTP_IF_MODIFIED_SINCE": LAST_MODIFIED}]
    first = []
    for poll in polls:
        first.append(ask(**poll))
        seconds += LOOK_EVERY_SECONDS
    ask()
    questions.clear()
    assert [ask(**poll) for poll in polls] == first
    assert not questions
    assert ask(REQUEST_METHOD="POST")[0] == "405 Method Not Allowed"
    seconds += LOOK_EVERY_SECONDS
    assert ask() == first[0]
    assert questions == ["look"]


def test_if_modified_since_means_nothing_while_the_date_is_not_shown(service: Service):
    service.now = DATE - timedelta(seconds=1)
    assert service.ask("/feeds/politics.rss", If_Modified_Since=LAST_MODIFIED).status == 200
    invented = format_datetime(DATE + timedelta(days=1), usegmt=True)
    assert service.ask("/feeds/politics.rss", If_Modified_Since=invented).status == 200


# 304


@pytest.mark.parametrize("condition", ["If_None_Match", "If_Modified_Since"])
@pytest.mark.parametrize("coding", ["br", "gzip", "identity"])
@pytest.mark.parametrize("format", FORMATS)
def test_a_304_has_no_body_and_repeats_what_caches_need(service: Service, format: str, coding: str, condition: str):
    path = f"/feeds/politics.{format}"
    full = service.ask(path, Accept_Encoding=coding)
    value = full.headers["ETag" if condition == "If_None_Match" else "Last-Modified"]
    answer = service.ask(path, Accept_Encoding=coding, **{condition: value})
    assert answer.status == 304
    assert answer.body == b""
    for name in ("ETag", "Last-Modified", "Cache-Control", "Vary"):
        assert answer.headers[name] == full.headers[name]
    assert parsedate_to_datetime(answer.headers["Date"])
    assert "Content-Type" not in answer.headers
    assert "Content-Encoding" not in answer.headers


# Accept-Encoding


@pytest.mark.parametrize(
    ("accept", "coding"),
    [
        (None, "identity"),
        ("", "identity"),
        ("gzip, deflate, br", "br"),
        ("gzip", "gzip"),
        ("gzip;q=0", "identity"),
        ("br;q=0.5, gzip;q=0.9", "gzip"),
        ("*", "br"),
        ("zstd", "identity"),
        ("identity;q=0, *;q=0", "identity"),
    ],
)
def test_each_coding_has_its_own_bytes_and_its_own_strong_tag(service: Service, accept: str | None, coding: str):
    headers = {} if accept is None else {"Accept_Encoding": accept}
    answer = service.ask("/feeds/politics.atom", **headers)
    assert answer.status == 200
    assert answer.headers["ETag"] == TAG.format(coding)
    assert answer.headers.get("Content-Encoding", "identity") == coding
    assert answer.headers["Content-Length"] == str(len(answer.body))
    assert "Accept-Encoding" in answer.headers["Vary"]
    decode = {"br": brotli.decompress, "gzip": gzip.decompress, "identity": bytes}[coding]
    assert decode(answer.body) == BODY


# Other methods, other addresses


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_other_methods_are_not_allowed(service: Service, method: str):
    answer = service.ask("/feeds/politics.rss", method)
    assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD")
    assert service.passed_on == []


def test_a_refused_method_is_answered_before_its_body_arrives(service: Service):
    connection = http.client.HTTPConnection("127.0.0.1", service._server.port, timeout=5)
    connection.putrequest("POST", "/feeds/politics.rss")
    connection.putheader("Content-Length", "1000000")
    connection.endheaders()
    with connection.getresponse() as response:
        assert response.status == 405
    connection.close()


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("path", ["/feeds/nothing.rss", "/feeds/Politics.rss", "/feeds/a%00b.rss", "/feeds/%FF.rss"])
def test_an_unknown_feed_says_in_plain_text_where_the_feeds_are(service: Service, path: str, method: str):
    answer = service.ask(path, method, Accept="text/html")
    assert answer.status == 404
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert (b"/feeds" in answer.body) is (method == "GET")
    assert service.passed_on == []


@pytest.mark.parametrize(
    ("path", "feed_id"),
    [
        ("/feeds/topics/harbour.rss", 2),
        ("/feeds/politics+tech.rss", 3),
        ("/feeds/politics%2Btech.rss", 3),
        ("/feeds/citt%C3%A0.rss", 4),
    ],
)
def test_a_feeds_name_may_hold_a_slash_a_plus_and_any_letter(service: Service, path: str, feed_id: int):
    answer = service.ask(path)
    assert answer.status == 200
    assert f"/feeds/{feed_id}.rss>" in answer.headers["Link"]


@pytest.mark.parametrize(
    "path", ["/", "/feeds", "/feeds/", "/feeds/politics", "/feeds/.rss", "/feeds/politics.xml", "/politics.rss"]
)
def test_everything_else_goes_to_the_application(service: Service, path: str):
    assert service.ask(path).body == b"page"
    assert service.passed_on == [path]


def test_a_feed_that_cannot_be_made_says_when_to_come_back(caplog: pytest.LogCaptureFixture):
    service = Service()
    try:
        service.failing = True
        answer = service.ask("/feeds/politics.rss")
    finally:
        service.close()
    assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    assert b"stands still" not in answer.body, "causes are for the operator"


# Browsers, scripts, readers


@pytest.mark.parametrize("format", FORMATS)
def test_a_browser_that_goes_to_xml_gets_the_same_bytes_to_show(service: Service, format: str):
    path = f"/feeds/politics.{format}"
    plain = service.ask(path)
    shown = service.ask(path, Sec_Fetch_Dest="document")
    assert shown.body == plain.body
    assert shown.headers["ETag"] == plain.headers["ETag"]
    if format == "json":
        assert shown.headers["Content-Type"] == FORMATS[format]
    else:
        assert shown.headers["Content-Type"] == "text/xml; charset=utf-8"
        assert shown.headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert "Sec-Fetch-Dest" in plain.headers["Vary"]
        assert "Sec-Fetch-Dest" in shown.headers["Vary"]


@pytest.mark.parametrize("accept", ["text/html", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8", "image/png"])
def test_accept_never_turns_a_feed_into_something_else(service: Service, accept: str):
    answer = service.ask("/feeds/politics.rss", Accept=accept)
    assert (answer.status, answer.headers["Content-Type"]) == (200, FORMATS["rss"])


@pytest.mark.parametrize("status", [200, 304, 404])
def test_a_script_of_another_site_may_read_every_answer(service: Service, status: int):
    path = "/feeds/nothing.rss" if status == 404 else "/feeds/politics.rss"
    headers = {"If_None_Match": "*"} if status == 304 else {}
    answer = service.ask(path, Origin="https://reader.example", **headers)
    assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (status, "*")


@pytest.mark.parametrize("headers", [{}, {"If_None_Match": '"l.e.6.gzip"'}], ids=["first", "later"])
def test_a_reader_that_asks_for_a_delta_gets_the_whole_feed(service: Service, headers: dict[str, str]):
    answer = service.ask("/feeds/politics.rss", A_IM="feed", **headers)
    assert (answer.status, answer.body) == (200, BODY)
    assert "IM" not in answer.headers


def test_a_reader_that_compares_only_dates_is_told_of_no_change(service: Service):
    date = service.ask("/feeds/politics.rss").headers["Last-Modified"]
    assert service.ask("/feeds/politics.rss", If_Modified_Since=date).status == 304


def test_a_reader_that_compares_only_tags_is_told_of_no_change(service: Service):
    tag = service.ask("/feeds/politics.rss").headers["ETag"]
    assert service.ask("/feeds/politics.rss", If_None_Match=tag).status == 304


def test_a_reader_that_changed_its_codings_is_told_of_no_change(service: Service):
    tag = service.ask("/feeds/politics.rss", Accept_Encoding="gzip").headers["ETag"]
    answer = service.ask("/feeds/politics.rss", Accept_Encoding="br", If_None_Match=tag)
    assert (answer.status, answer.headers["ETag"]) == (304, tag)


# Counting


def test_polls_are_counted_by_answer_and_format(service: Service):
    def counted(answer: int) -> float:
        line = f'feedsvc_polls_total{{answer="{answer}",format="json"}} '
        text = exposition()[0].decode()
        return sum(float(found.removeprefix(line)) for found in text.splitlines() if found.startswith(line))

    before = {answer: counted(answer) for answer in (200, 304, 404, 405)}
    service.ask("/feeds/politics.json")
    service.ask("/feeds/politics.json", If_None_Match="*")
    service.ask("/feeds/nothing.json")
    service.ask("/feeds/politics.json", "POST")
    assert {answer: counted(answer) - before[answer] for answer in before} == dict.fromkeys(before, 1)


def test_no_count_is_lost_among_threads_and_looks_do_not_count():
    polls = Polls()

    def count() -> None:
        for _ in range(2_000):
            polls.tallies["200 OK", "rss"].count()

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    seen = []
    while any(thread.is_alive() for thread in threads):
        seen += [sample.value for family in polls.collect() for sample in family.samples]
    for thread in threads:
        thread.join()
    assert seen == sorted(seen)
    (family,) = polls.collect()
    assert [(sample.labels, sample.value) for sample in family.samples] == [({"answer": "200", "format": "rss"}, 8_000)]


def test_the_metrics_are_in_the_text_format_of_prometheus():
    body, content_type = exposition()
    assert content_type.startswith("text/plain")
    for name in (b"feedsvc_polls_total", b"feedsvc_renderings_total", b"feedsvc_rendering_seconds_bucket"):
        assert name in body


def test_a_renamed_feed_is_a_301_that_keeps_the_query(service: Service):
    answer = service.ask("/feeds/old-name.rss?x=1&y=a%20b")
    assert (answer.status, answer.headers["Location"]) == (301, "/feeds/politics.rss?x=1&y=a%20b")
    assert service.ask("/feeds/b+a.atom").headers["Location"] == "/feeds/a+b.atom"


def test_other_methods_on_a_renamed_feed_are_a_308(service: Service):
    answer = service.ask("/feeds/old-name.json", method="POST", body=b"x")
    assert (answer.status, answer.headers["Location"]) == (308, "/feeds/politics.json")


def test_a_retired_feed_is_a_410_in_plain_text(service: Service):
    answer = service.ask("/feeds/retired.rss")
    assert (answer.status, answer.headers["Content-Type"]) == (410, "text/plain; charset=utf-8")
