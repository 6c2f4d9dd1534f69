"""Who gets changes alone, and what is said with them: RFC 3229 with the `feed` manipulation."""

import gzip
import logging
from datetime import UTC, datetime, timedelta

import brotli
import pytest
from werkzeug.test import Client

from feedsvc.errors import StorageError
from feedsvc.feeds.delta import make_delta
from feedsvc.feeds.document import make_document
from feedsvc.metrics import exposition
from feedsvc.poll.conditional import only_tag, weighted
from feedsvc.poll.deltas import REPEATS, REPEATS_REMEMBERED, Deltas, base_of
from feedsvc.poll.front import Front
from feedsvc.poll.names import Found
from feedsvc.poll.shelf import Shelf

DATE = datetime(2026, 3, 1, 9, 30, 4, tzinfo=UTC)
WHOLE = b"<feed>" + b"The harbour bridge opens again. " * 50 + b"</feed>"
CHANGED = b"<feed>The ferry is back.</feed>"
HELD = '"l.e.5.gzip"'


def document_of(body, format="rss", seq=7):
    return make_document(
        body,
        feed_ids=(1,),
        format=format,
        seq=seq,
        date=DATE,
        line="l",
        epoch="e",
        self_url=f"https://news.example/feeds/politics.{format}",
        home_url="https://news.example/politics",
        max_age_seconds=60,
    )


class Service:
    """A front with one feed, whose changes since any former copy are the same."""

    def __init__(self, agents=("newsboat",)):
        self.asked = []
        self.changes = make_delta(document_of(CHANGED), is_in_document=False)
        self.failing = None
        self.now = DATE + timedelta(hours=1)
        shelf = Shelf(
            lambda name: Found((1,)), lambda feed_ids, format: document_of(WHOLE, format), lambda: 7, lambda seq: []
        )
        front = Front(self._app, shelf, lambda: self.now, deltas=Deltas(self._make, agents))
        self._client = Client(front)

    def _app(self, environ, start_response):
        raise AssertionError("only polls come here")

    def _make(self, *asked):
        self.asked.append(asked)
        if self.failing:
            raise self.failing
        return self.changes

    def poll(self, a_im="feed", held=HELD, method="GET", **headers):
        sent = {"A-IM": a_im, "If-None-Match": held} | {n.replace("_", "-"): v for n, v in headers.items()}
        given = {name: value for name, value in sent.items() if value is not None}
        return self._client.open("/feeds/politics.rss", method=method, headers=given)


@pytest.fixture
def service():
    return Service()


def test_a_client_that_asks_for_changes_since_its_copy_gets_them_alone(service):
    answer = service.poll()
    assert (answer.status, answer.data) == ("226 IM Used", CHANGED)
    assert service.asked == [((1,), "rss", "l", 5, 7)]
    assert dict(answer.headers) == {
        "Content-Type": "application/rss+xml; charset=utf-8",
        "Content-Length": str(len(CHANGED)),
        "X-Content-Type-Options": "nosniff",
        "ETag": '"l.e.7.identity"',
        "Last-Modified": "Sun, 01 Mar 2026 09:30:04 GMT",
        "Cache-Control": "no-store, im",
        "Vary": "A-IM, If-None-Match, Accept-Encoding",
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Expose-Headers": "ETag, Link, Date, IM, Delta-Base",
        "Link": document_of(WHOLE).full_headers["identity", False, False][-1][1],
        "IM": "feed",
        "Delta-Base": HELD,
    }


def test_changes_are_compressed_like_documents_and_tagged_so(service):
    for coding, unpack in (("gzip", gzip.decompress), ("br", brotli.decompress)):
        answer = service.poll(Accept_Encoding=coding)
        assert unpack(answer.data) == CHANGED
        assert (answer.headers["Content-Encoding"], answer.headers["ETag"]) == (coding, f'"l.e.7.{coding}"')


def test_a_head_request_gets_the_headers_of_the_changes(service):
    answer = service.poll(method="HEAD")
    assert (answer.status_code, answer.data) == (226, b"")
    assert dict(answer.headers) == dict(service.poll().headers)


def test_the_date_of_changes_is_left_out_while_it_lies_ahead(service):
    service.now = DATE - timedelta(seconds=1)
    assert "Last-Modified" not in service.poll().headers


@pytest.mark.parametrize(
    ("a_im", "held", "status"),
    [
        ("feed", HELD, 226),
        ("Feed", HELD, 226),
        ("vcdiff, feed;q=0.5, gzip", HELD, 226),
        ("feed", f"W/{HELD}", 226),
        ("feed", '"l.e.5.gzip-gzip"', 226),
        ("feed", "l.e.5.gzip", 226),
        # Not asked for.
        (None, HELD, 200),
        ("", HELD, 200),
        ("vcdiff", HELD, 200),
        ("feed;q=0", HELD, 200),
        ("feeds", HELD, 200),
        # No copy, or not known which.
        ("feed", None, 200),
        ("feed", '""', 200),
        ("feed", f'{HELD}, "l.e.6.gzip"', 200),
        ("feed", '"65f0a-1b2c"', 200),
        # Of another line, another epoch, another time.
        ("feed", '"m.e.5.gzip"', 200),
        ("feed", '"l.f.5.gzip"', 200),
        ("feed", '"l.e.8.gzip"', 200),
        ("feed", '"l.e.-5.gzip"', 200),
        ("feed", '"l.e.5"', 200),
        ("feed", '"l.e.٥.gzip"'.encode().decode("latin-1"), 200),
        ("feed", f'"l.e.{"9" * 400}.gzip"', 200),
        # Nothing new.
        ("feed", '"l.e.7.gzip"', 304),
        ("feed", "*", 304),
        ("feed", f'{HELD}, "l.e.7.gzip"', 304),
    ],
)
def test_what_is_asked_for_decides(service, a_im, held, status):
    answer = service.poll(a_im, held)
    assert answer.status_code == status
    assert ("IM" in answer.headers) == (status == 226)
    if status == 200:
        assert answer.data == WHOLE
        # Whoever does not ask may get the document from any cache.
        assert answer.headers["Vary"] == "Accept-Encoding, Sec-Fetch-Dest"


@pytest.mark.parametrize(
    ("agent", "status"),
    [
        ("newsboat/2.21.0 (Linux x86_64)", 226),
        ("Somebody's aggregator", 226),
        ("", 226),
        ("feedparser/6.0.14 +https://github.com/kurtmckee/feedparser/", 200),
        ("rss2email/3.14 (https://pypi.org/project/rss2email/)", 200),
        ("Planet (FeedParser/6.0)", 200),
        ("Newsboat with feedparser", 226),
    ],
)
def test_programs_that_take_a_226_for_a_failure_get_documents(service, agent, status):
    assert service.poll(User_Agent=agent).status_code == status


def test_a_client_that_asks_for_changes_since_one_copy_again_and_again_gets_the_document(service):
    assert [service.poll().status_code for _ in range(REPEATS)] == [226] * REPEATS
    assert [service.poll().status_code for _ in range(3)] == [200] * 3
    # Others, and this one with another copy, are none of its business.
    assert service.poll(User_Agent="other").status_code == 226
    assert service.poll(X_Forwarded_For="192.0.2.1").status_code == 226
    assert service.poll(held='"l.e.6.gzip"').status_code == 226


def test_what_is_remembered_of_clients_is_bounded():
    deltas = Deltas(lambda *_: None, ())
    for number in range(REPEATS_REMEMBERED + 100):
        deltas._repeats({"REMOTE_ADDR": str(number)}, "", document_of(WHOLE), 5)
    assert len(deltas._asked) == REPEATS_REMEMBERED


def test_where_changes_cannot_be_told_the_document_tells_them(service):
    service.changes = None
    assert service.poll().data == WHOLE


def test_a_document_that_says_as_much_in_fewer_bytes_is_sent(service):
    service.changes = make_delta(document_of(WHOLE), is_in_document=True)
    assert service.poll().status_code == 200
    service.changes = make_delta(document_of(WHOLE), is_in_document=False)
    assert service.poll(held='"l.e.4.gzip"').status_code == 226
    service.changes = make_delta(document_of(CHANGED), is_in_document=True)
    assert service.poll(held='"l.e.3.gzip"').status_code == 226


def test_changes_that_are_older_than_the_document_are_not_sent(service):
    service.changes = make_delta(document_of(CHANGED, seq=6), is_in_document=False)
    assert service.poll().data == WHOLE


def test_while_the_database_cannot_be_asked_documents_are_sent_and_it_is_said_once(service, caplog):
    service.failing = StorageError("the disk is gone")
    with caplog.at_level(logging.ERROR):
        assert [service.poll().status_code for _ in range(3)] == [200] * 3
        assert [record.getMessage() for record in caplog.records] == [
            "changes of feed (1,) cannot be told: StorageError: the disk is gone"
        ]
        service.failing = None
        assert service.poll().status_code == 226
        service.failing = StorageError("the disk is gone")
        service.poll()
    assert len(caplog.records) == 2


def test_polls_that_got_changes_are_counted():
    def counted():
        lines = exposition()[0].decode().splitlines()
        return sum(float(line.split()[1]) for line in lines if 'answer="226",format="rss"' in line)

    before = counted()
    Service().poll()
    assert counted() == before + 1


def test_fields_that_name_tags_and_weights_are_read():
    assert weighted(" feed ; q=0.5 ,gzip;q=0,,vcdiff") == {"feed": 0.5, "gzip": 0.0, "": 1.0, "vcdiff": 1.0}
    assert weighted(None) == {"": 1.0}
    assert only_tag('W/"a,b"') == "a,b"
    assert only_tag('"a", "b"') is None
    assert only_tag("") is None
    assert base_of("l.e.5.br", document_of(WHOLE)) == 5
