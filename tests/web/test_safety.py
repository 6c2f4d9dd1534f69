"""Where an unsafe request may come from, how much it may carry, and what browsers are told."""

import io
import socket
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask, request
from newsdesk_app import NEW, Desk, text_of
from werkzeug.serving import make_server

from feedsvc.settings import Settings
from feedsvc.web import safety
from feedsvc.web.newsroom import Newsroom

BASE_URL = "https://news.example.org"
FROM_HERE = {"Sec-Fetch-Site": "same-origin"}


def small_app(settings):
    app = Flask("small")
    app.extensions["feedsvc"] = Newsroom(settings, None, dict, None, None)
    safety.install(app)

    @app.route("/", methods=["GET", "POST", "PUT", "DELETE"])
    def root():
        return safety.client_address()

    @app.post("/newsdesk/form")
    def form():
        return str(len(request.form.get("body", "")))

    return app


@pytest.fixture
def app(tmp_path):
    return small_app(Settings({"FEEDSVC_INSTANCE_PATH": str(tmp_path), "FEEDSVC_BASE_URL": BASE_URL}))


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": BASE_URL}, 403),
        ({"Sec-Fetch-Site": ""}, 403),
        ({"Origin": BASE_URL}, 200),
        ({"Origin": "https://NEWS.example.org:443"}, 200),
        ({"Origin": "http://desk.local:8000"}, 200),
        ({"Origin": "https://desk.local:8000"}, 200),
        ({"Origin": "http://desk.local:8001"}, 403),
        ({"Origin": "ftp://desk.local:8000"}, 403),
        ({"Origin": "chrome-extension://news.example.org"}, 403),
        ({"Origin": "https://news.example.org:80"}, 403),
        ({"Origin": f"{BASE_URL}/"}, 403),
        ({"Origin": f"{BASE_URL}/path"}, 403),
        ({"Origin": f"{BASE_URL}?x"}, 403),
        ({"Origin": f"{BASE_URL}#x"}, 403),
        ({"Origin": "https://somebody@news.example.org"}, 403),
        ({"Origin": f"{BASE_URL} {BASE_URL}"}, 403),
        ({"Origin": "news.example.org"}, 403),
        ({"Origin": "http://desk.local"}, 403),
        ({"Origin": "https://news.example.org.evil.example"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": ""}, 403),
        ({"Origin": "https://news.example.org:x"}, 403),
        ({"Origin": "http://[::1"}, 403),
        ({"Referer": f"{BASE_URL}/newsdesk"}, 403),
        ({}, 403),
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_an_unsafe_request_must_come_from_this_site(app, method, headers, status):
    answer = app.test_client().open("/", method=method, headers={"Host": "desk.local:8000", **headers})
    assert answer.status_code == status


@pytest.mark.parametrize(
    ("host", "origin"), [("desk.local:80", "http://desk.local"), ("Desk.local", "https://desk.local:443")]
)
def test_a_port_that_is_the_schemes_own_may_be_named_or_not(app, host, origin):
    assert app.test_client().post("/", headers={"Host": host, "Origin": origin}).status_code == 200


def test_a_site_below_a_path_has_the_origin_of_its_host(tmp_path):
    base_url = "https://example.org/news"
    app = small_app(Settings({"FEEDSVC_INSTANCE_PATH": str(tmp_path), "FEEDSVC_BASE_URL": base_url}))
    assert app.test_client().post("/", headers={"Origin": "https://example.org"}).status_code == 200


@pytest.mark.parametrize(
    "path", ["//", "//newsdesk/form", "/newsdesk//form", "//newsdesk//form", "//evil.example/%2f.."]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_doubled_slashes_are_no_other_way_to_a_page(app, path, method):
    answer = app.test_client().open(path, method=method, headers=FROM_HERE, environ_overrides={"PATH_INFO": path})
    assert (answer.status_code, answer.location) == (404, None)


def test_a_safe_request_may_come_from_anywhere(app):
    answer = app.test_client().get("/", headers={"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 200


def test_every_answer_tells_browsers_what_this_site_never_does(app):
    answer = app.test_client().get("/nowhere")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "form-action 'self'" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "geolocation=()" in answer.headers["Permissions-Policy"]
    assert "Cache-Control" not in answer.headers


def test_pages_of_the_newsdesk_are_kept_by_no_cache(app):
    assert app.test_client().get("/newsdesk/nowhere").headers["Cache-Control"] == "no-store"
    assert app.test_client().get("/newsdesk").headers["Cache-Control"] == "no-store"


class SlowBody(io.BytesIO):
    """A body whose one byte comes when it is let come."""

    def __init__(self, is_read: threading.Semaphore, comes: threading.Event) -> None:
        super().__init__(b"x")
        self.is_read, self.comes = is_read, comes

    def read(self, size: int | None = -1) -> bytes:
        self.is_read.release()
        self.comes.wait(10)
        return super().read(size)


def send_slowly(app, bodies):
    """How many of so many bodies `app` reads at once, and what it answered to each in the end."""
    is_read, comes = threading.Semaphore(0), threading.Event()
    answers = []

    def send():
        slow = {"input_stream": SlowBody(is_read, comes), "content_length": 1, "content_type": "text/plain"}
        answers.append(app.test_client().post("/read", **slow, headers=FROM_HERE))

    senders = [threading.Thread(target=send) for _ in range(bodies)]
    for sender in senders:
        sender.start()
    readers = 0
    while is_read.acquire(timeout=0.7):
        readers += 1
    comes.set()
    for sender in senders:
        sender.join()
    return readers, answers


def with_reader(app):
    @app.post("/read")
    def read():
        return request.get_data()

    return app


@pytest.mark.parametrize(("threads", "readers"), [(1, 1), (3, 1), (4, 2), (9, 4)])
def test_half_of_the_threads_at_most_wait_for_bodies(tmp_path, threads, readers):
    app = with_reader(small_app(Settings({"FEEDSVC_INSTANCE_PATH": str(tmp_path), "FEEDSVC_THREADS": str(threads)})))
    at_once, answers = send_slowly(app, 8)
    assert at_once == readers
    assert sorted(answer.status_code for answer in answers) == [200] * readers + [503] * (8 - readers)


def test_bodies_that_are_there_are_all_read(tmp_path):
    app = with_reader(small_app(Settings({"FEEDSVC_INSTANCE_PATH": str(tmp_path), "FEEDSVC_THREADS": "2"})))
    with ThreadPoolExecutor(16) as senders:
        posts = [senders.submit(app.test_client().post, "/read", data="x", headers=FROM_HERE) for _ in range(64)]
        assert {post.result().status_code for post in posts} == {200}


def test_a_turn_to_read_is_given_back_however_a_request_ends(app):
    @app.post("/fails")
    def fails():
        request.environ["wsgi.input"].read(1)
        raise ZeroDivisionError

    client = app.test_client()
    for _ in range(8):
        for path in ("/", "/nowhere", "/fails"):
            assert client.post(path, data="xy", headers=FROM_HERE).status_code in (200, 404, 500)
        assert client.post("/", data="x").status_code == 403
        assert client.post("/", data="x" * 100_000, headers=FROM_HERE).status_code == 413


def test_who_has_no_turn_is_told_when_to_send_again(settings, database):
    settings.threads = 1
    app = with_reader(Desk(settings, database).app)
    _, answers = send_slowly(app, 2)
    refused = next(answer for answer in answers if answer.status_code == 503)
    assert refused.headers["Retry-After"] == "5"
    assert "what you typed is still in the form" in text_of(refused)


PROXIES = "10.0.0.0/8, 2001:db8::/32"


@pytest.mark.parametrize(
    ("proxies", "connection", "forwarded", "client"),
    [
        ("", "198.51.100.7", "203.0.113.9", "198.51.100.7"),
        (PROXIES, "198.51.100.7", "203.0.113.9", "198.51.100.7"),
        (PROXIES, "10.0.0.1", None, "10.0.0.1"),
        (PROXIES, "10.0.0.1", "203.0.113.9", "203.0.113.9"),
        (PROXIES, "10.0.0.1", "192.0.2.1, 203.0.113.9", "203.0.113.9"),
        (PROXIES, "10.0.0.1", "203.0.113.9, 10.0.0.2", "203.0.113.9"),
        (PROXIES, "10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
        (PROXIES, "::ffff:10.0.0.1", "203.0.113.9", "203.0.113.9"),
        (PROXIES, "2001:db8::1", "[2001:dead::5]:443", "2001:dead::5"),
        (PROXIES, "10.0.0.1", "203.0.113.9:51000", "203.0.113.9"),
        (PROXIES, "10.0.0.1", "203.0.113.9, nonsense", "10.0.0.1"),
        (PROXIES, "10.0.0.1", "203.0.113.9, nonsense, 10.0.0.2", "10.0.0.2"),
        (PROXIES, "10.0.0.1", ", ,", "10.0.0.1"),
        (PROXIES, "", "203.0.113.9", ""),
    ],
)
def test_the_client_is_the_first_from_the_right_that_is_no_trusted_proxy(
    tmp_path, proxies, connection, forwarded, client
):
    app = small_app(Settings({"FEEDSVC_INSTANCE_PATH": str(tmp_path), "FEEDSVC_TRUSTED_PROXIES": proxies}))
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    answer = app.test_client().get("/", headers=headers, environ_base={"REMOTE_ADDR": connection})
    assert answer.text == client


def test_a_story_of_a_million_characters_fits_percent_encoded_and_as_multipart(app):
    story = "\U0001f4f0" * 1_000_000
    client = app.test_client()
    assert client.post("/newsdesk/form", data={"body": story}, headers=FROM_HERE).text == "1000000"
    part = f'--line\r\nContent-Disposition: form-data; name="body"\r\n\r\n{story}\r\n--line--\r\n'
    content_type = "multipart/form-data; boundary=line"
    answer = client.post("/newsdesk/form", data=part.encode(), headers=FROM_HERE, content_type=content_type)
    assert answer.text == "1000000"


def test_a_body_without_a_length_is_refused_since_its_end_could_be_cut_off(app):
    answer = app.test_client().post("/", headers={**FROM_HERE, "Transfer-Encoding": "chunked"})
    assert answer.status_code == 411


@pytest.fixture
def address(settings, database):
    """The address of the whole application, served over a real socket."""
    server = make_server("127.0.0.1", 0, Desk(settings, database).app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server.server_address
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("path", ["/", NEW, "/newsdesk/sign-in", "/newsdesk/paste", "/nowhere"])
@pytest.mark.parametrize(
    ("header", "status"),
    [
        (f"Content-Length: {1 << 30}\r\nSec-Fetch-Site: same-origin", 413),
        ("Content-Length: 1000\r\nSec-Fetch-Site: cross-site", 403),
        ("Content-Length: 1000", 403),
    ],
)
def test_a_refused_request_is_answered_before_any_of_its_body_is_sent(address, path, header, status):
    with socket.create_connection(address, timeout=5) as connection:
        connection.sendall(f"POST {path} HTTP/1.1\r\nHost: localhost\r\n{header}\r\n\r\n".encode())
        assert connection.recv(65_536).split()[1] == str(status).encode()


def test_who_is_not_signed_in_is_refused_before_any_of_the_body_is_sent(address):
    with socket.create_connection(address, timeout=5) as connection:
        head = "Host: localhost\r\nContent-Length: 40000000\r\nSec-Fetch-Site: same-origin\r\n\r\n"
        connection.sendall(f"POST {NEW} HTTP/1.1\r\n{head}".encode())
        assert connection.recv(65_536).split()[1] == b"401"


def test_a_refused_request_is_answered_by_a_page_that_says_what_to_do(settings, database):
    desk = Desk(settings, database)
    answer = desk.client.post(NEW, data={"action": "save"})
    assert answer.status_code == 403
    assert "Open the page here and try again" in text_of(answer)
    answer = desk.client.post(NEW, headers=FROM_HERE, content_length=1 << 30)
    assert answer.status_code == 413
    assert "what you typed is still in the form" in text_of(answer)
