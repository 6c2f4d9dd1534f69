"""Pages for what went wrong."""

import logging
import sqlite3
from typing import TYPE_CHECKING

import pytest
from bs4 import BeautifulSoup
from flask import Flask, abort
from flask.testing import FlaskClient

from feedsvc.errors import NotFound, StorageBusy, StorageError
from feedsvc.web import problems

if TYPE_CHECKING:
    from tests.web.site_app import Desk

pytest_plugins = ["tests.web.site_app"]


@pytest.mark.parametrize("code", sorted(problems.WORDS))
def test_every_error_is_a_page_that_says_what_it_is_and_leads_on(site: Flask, reader: FlaskClient, code: int) -> None:
    site.add_url_rule("/problem/<int:code>", view_func=abort)
    answer = reader.get(f"/problem/{code}")
    shown = BeautifulSoup(answer.data, "html.parser")
    assert answer.status_code == code
    assert answer.content_type == "text/html; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    assert [part.get_text() for part in shown.select("main h1, main .standfirst")] == list(problems.WORDS[code])
    assert shown.select("main a[href='/']")


def test_what_a_handler_says_of_an_error_stands_on_its_page_as_text(site: Flask, reader: FlaskClient) -> None:
    site.add_url_rule("/problem", view_func=lambda: abort(403, "Not <b>you</b>."))
    assert "Not &lt;b&gt;you&lt;/b&gt;." in reader.get("/problem").text


def test_a_method_that_a_page_does_not_know_is_answered_with_those_that_it_does(reader: FlaskClient) -> None:
    answer = reader.post("/", headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


@pytest.mark.parametrize("address", ["/feeds/politics.xml", "/media/nothing.jpg", "/static/nothing.css"])
def test_programs_are_answered_in_plain_text(reader: FlaskClient, address: str) -> None:
    answer = reader.get(address)
    assert (answer.status_code, answer.content_type) == (404, "text/plain; charset=utf-8")
    assert answer.text.startswith("There is no page at this address.")


def raising(error: Exception):
    def view() -> str:
        raise error

    return view


@pytest.mark.parametrize("error", [StorageBusy("locked"), StorageError("lost a disk")])
def test_a_database_that_does_not_answer_is_a_503_that_says_when_to_come_back(
    site: Flask, reader: FlaskClient, error: StorageError
) -> None:
    site.add_url_rule("/problem", view_func=raising(error))
    answer = reader.get("/problem")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "10"
    assert str(error) not in answer.text


def test_a_page_about_a_lost_database_does_not_ask_the_database(desk: "Desk", reader: FlaskClient) -> None:
    with sqlite3.connect(desk.database.path) as connection:
        connection.execute("ALTER TABLE sections RENAME TO lost")
    connection.close()
    answer = reader.get("/politics")
    assert answer.status_code == 503
    assert "One moment, please" in answer.text


@pytest.mark.parametrize(
    ("method", "address", "status"), [("GET", "/no/page", 404), ("POST", "/", 405), ("PUT", "/", 403)]
)
def test_a_page_about_anything_else_needs_no_database(
    desk: "Desk", reader: FlaskClient, caplog: pytest.LogCaptureFixture, method: str, address: str, status: int
) -> None:
    with sqlite3.connect(desk.database.path) as connection:
        connection.execute("ALTER TABLE sections RENAME TO lost")
    connection.close()
    origin = {} if status == 403 else {"Sec-Fetch-Site": "same-origin"}
    answer = reader.open(address, method=method, headers=origin)
    assert answer.status_code == status
    assert BeautifulSoup(answer.data, "html.parser").select("main a[href='/']")
    assert [record.exc_info[0] for record in caplog.records if record.exc_info] == [StorageError]


def test_a_busy_database_is_one_line_in_the_log(site: Flask, caplog: pytest.LogCaptureFixture) -> None:
    with site.test_request_context("/politics"):
        problems.log_storage(StorageBusy("locked for five seconds"))
    assert [(record.levelname, record.getMessage(), record.exc_info) for record in caplog.records] == [
        ("WARNING", "GET /politics: locked for five seconds", None)
    ]


def test_what_is_not_stored_is_a_404(site: Flask, reader: FlaskClient) -> None:
    site.add_url_rule("/problem", view_func=raising(NotFound("There is no story 7.")))
    assert reader.get("/problem").status_code == 404


def test_what_nobody_expected_is_logged_with_its_traceback_and_not_shown(
    site: Flask, reader: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    site.add_url_rule("/problem", view_func=raising(ZeroDivisionError("a secret")))
    with caplog.at_level(logging.ERROR):
        answer = reader.get("/problem")
    assert answer.status_code == 500
    assert "a secret" not in answer.text
    assert "Something went wrong here" in answer.text
    assert [record.exc_info[0] for record in caplog.records if record.exc_info] == [ZeroDivisionError]
