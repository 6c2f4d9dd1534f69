"""Signing in and out, and what happens to an editor who is not signed in."""

import logging
import re
import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest
from newsdesk_app import NEW, ORIGIN, STORY, Desk, field_of, path_of, text_of

from feedsvc import create_app
from feedsvc.actions import staff
from feedsvc.domain.roles import Role
from feedsvc.settings import Settings
from feedsvc.storage import staff as stored_staff

PASSWORD = "correct horse battery"
SIGN_IN = "/newsdesk/sign-in"


@pytest.fixture
def client(settings, database):
    staff.add_account(database, "anna", PASSWORD)
    return create_app(settings, database.clock).test_client()


@pytest.fixture
def desk(settings, database):
    return Desk(settings, database)


def sign_in(client, password=PASSWORD, user="anna", **fields):
    return client.post(SIGN_IN, data={"user": user, "password": password, **fields}, headers=ORIGIN)


def token_in(answer):
    return re.match(r"feedsvc_session=([^;]+);", answer.headers["Set-Cookie"])[1]


def test_an_editor_signs_in_and_is_named_on_the_page(client):
    answer = sign_in(client)
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/newsdesk"
    page = text_of(client.get("/newsdesk"))
    assert "Signed in as anna" in page
    assert "Sign out" in page


def test_the_cookie_is_for_this_site_alone_and_out_of_reach_of_scripts(client):
    cookie = sign_in(client).headers["Set-Cookie"]
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    assert "Secure" not in cookie


def test_the_cookie_is_secure_where_the_site_is(settings, database):
    staff.add_account(database, "anna", PASSWORD)
    secure = Settings({"FEEDSVC_INSTANCE_PATH": str(settings.instance), "FEEDSVC_BASE_URL": "https://news.example.org"})
    assert "Secure" in sign_in(create_app(secure, database.clock).test_client()).headers["Set-Cookie"].split("; ")


def test_a_session_ends_after_fourteen_days(client, database, clock):
    sign_in(client)
    clock.move(days=13, hours=23)
    assert client.get("/newsdesk").status_code == 200
    clock.move(hours=1)
    assert client.get("/newsdesk").status_code == 303


def test_signing_out_ends_the_session_also_for_a_copy_of_its_cookie(client):
    token = token_in(sign_in(client))
    answer = client.post("/newsdesk/sign-out", headers=ORIGIN)
    assert answer.status_code == 303
    assert client.get("/newsdesk").status_code == 303
    client.set_cookie("feedsvc_session", token)
    assert client.get("/newsdesk").status_code == 303


def test_signing_in_ends_the_session_whose_cookie_it_replaces(client):
    replaced = token_in(sign_in(client))
    token = token_in(sign_in(client))
    client.set_cookie("feedsvc_session", replaced)
    assert client.get("/newsdesk").status_code == 303
    client.set_cookie("feedsvc_session", token)
    assert client.get("/newsdesk").status_code == 200


def test_nobody_is_signed_out_by_a_link(client):
    sign_in(client)
    assert client.get("/newsdesk/sign-out").status_code == 405
    assert client.get("/newsdesk").status_code == 200


def test_an_unknown_name_and_a_wrong_password_get_the_same_answer(client):
    wrong, unknown = sign_in(client, "not this one"), sign_in(client, user="nobody")
    assert wrong.status_code == unknown.status_code == 401
    assert "do not belong together" in text_of(wrong)
    assert wrong.text.replace("anna", "nobody") == unknown.text
    assert "Set-Cookie" not in wrong.headers


def test_a_password_is_never_written_back_into_the_page(client):
    answer = sign_in(client, "not this one")
    assert "not this one" not in answer.text
    assert field_of(answer, "user") == "anna"


def test_too_many_attempts_are_told_when_to_come_back(client, clock):
    for _ in range(staff.FAILURES_OF_NAME_AND_ADDRESS):
        assert sign_in(client, "wrong").status_code == 401
    answer = sign_in(client)
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) == staff.WINDOW_MINUTES * 60
    assert "Wait" in text_of(answer)
    clock.move(minutes=staff.WINDOW_MINUTES, seconds=1)
    assert sign_in(client).status_code == 303


@pytest.mark.parametrize("path", ["/newsdesk", NEW, "/newsdesk/articles/1", "/newsdesk/articles/1/preview"])
def test_who_is_not_signed_in_is_led_to_the_sign_in_and_then_on(client, path):
    answer = client.get(path)
    assert answer.status_code == 303
    page = client.get(answer.headers["Location"])
    assert field_of(page, "next") == path
    assert sign_in(client, next=path).headers["Location"] == path


def test_the_list_that_was_asked_for_is_shown_after_the_sign_in(client):
    page = client.get(client.get("/newsdesk?status=draft").headers["Location"])
    assert sign_in(client, next=field_of(page, "next")).headers["Location"] == "/newsdesk?status=draft"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/newsdesk",
        "//evil.example/newsdesk",
        "/\\evil.example",
        "/newsdesk.evil.example",
        "/newsdesk\\..",
        "/newsdesk/\r\nSet-Cookie: a=b",
        "/newsdesk/sign-out",
        "/politics",
        "javascript:alert(1)",
    ],
)
def test_a_link_to_the_sign_in_leads_nowhere_but_to_the_newsdesk(client, elsewhere):
    page = client.get(SIGN_IN, query_string={"next": elsewhere})
    assert field_of(page, "next") == "/newsdesk"
    assert sign_in(client, next=elsewhere).headers["Location"] == "/newsdesk"


def test_below_the_path_where_the_site_is_mounted_a_sign_in_stays_there(client):
    mounted = {"base_url": "http://localhost/news/", "headers": ORIGIN}
    asked = client.get("/newsdesk?status=draft", **mounted)
    assert asked.headers["Location"].startswith("/news/newsdesk/sign-in?")
    page = client.get(asked.headers["Location"].removeprefix("/news"), **mounted)
    assert field_of(page, "next") == "/newsdesk?status=draft"
    for then, place in ((field_of(page, "next"), "/news/newsdesk?status=draft"), ("", "/news/newsdesk")):
        answer = client.post(SIGN_IN, data={"user": "anna", "password": PASSWORD, "next": then}, **mounted)
        assert answer.headers["Location"] == place
    assert client.get(SIGN_IN, query_string={"next": NEW}, **mounted).headers["Location"] == f"/news{NEW}"


def test_who_is_signed_in_already_is_not_asked_again(client):
    sign_in(client)
    answer = client.get(SIGN_IN, query_string={"next": NEW})
    assert (answer.status_code, answer.headers["Location"]) == (303, NEW)


def test_an_unknown_visitor_saves_nothing_and_is_told_where_the_text_still_is(desk):
    answer = desk.app.test_client().post(NEW, data={**STORY, "action": "publish"}, headers=ORIGIN)
    assert answer.status_code == 401
    assert "What you typed is still in the form" in text_of(answer)
    assert "Going back keeps the text" in text_of(answer)
    assert re.search(r'href="/newsdesk/sign-in" target="_blank" rel="noopener">Sign in in another tab<', answer.text)
    assert "<form" not in answer.text
    assert STORY["body"] not in answer.text
    assert desk.count() == 0


@pytest.fixture
def expired(desk, clock):
    """An editor whose sign-in has run out while a story was being written."""
    with desk.database.write() as connection:
        account = stored_staff.account(connection, "anna")
        stored_staff.set_password(connection, account.account_id, staff.hasher.hash(PASSWORD))
    article_id = desk.write("publish", **STORY)
    version = desk.article(article_id).version
    clock.move(days=15)
    typed = {**STORY, "headline": "Typed “late” & <long>", "body": "\nFirst\r\n\r\nSecond", "change": "minor"}
    return desk, article_id, {**typed, "version": str(version)}


def carried(page, fields):
    return {name: field_of(page, name) for name in fields}


def test_what_was_typed_is_kept_through_an_expired_sign_in(expired):
    desk, article_id, typed = expired
    page = desk.post(path_of(article_id), action="update", **typed)
    assert page.status_code == 401
    assert "choose it again" in text_of(page)
    wanted = {**typed, "body": "\nFirst\n\nSecond"}
    assert {name: text.replace("\r\n", "\n") for name, text in carried(page, typed).items()} == wanted
    wrong = sign_in(desk.client, "wrong", next=field_of(page, "next"), **carried(page, typed))
    assert wrong.status_code == 401
    form = sign_in(desk.client, next=field_of(wrong, "next"), **carried(wrong, typed))
    assert form.status_code == 200
    assert "Nothing is saved yet" in text_of(form)
    assert field_of(form, "headline") == typed["headline"]
    assert field_of(form, "body").replace("\r\n", "\n") == wanted["body"]
    assert 'value="minor" checked' in form.text
    assert desk.article(article_id).working.headline == STORY["headline"]
    saved = desk.post(path_of(article_id), action="save", **carried(form, typed))
    assert saved.status_code == 303
    assert desk.article(article_id).working.headline == typed["headline"]


def test_what_was_typed_is_kept_through_a_sign_out_in_another_tab(expired):
    desk, article_id, typed = expired
    token = token_in(sign_in(desk.client))
    assert desk.client.post("/newsdesk/sign-out", headers=ORIGIN).status_code == 303
    page = desk.post(path_of(article_id), action="save", **typed)
    assert page.status_code == 401
    assert field_of(page, "headline") == typed["headline"]
    form = sign_in(desk.client, next=field_of(page, "next"), **carried(page, typed))
    assert field_of(form, "headline") == typed["headline"]
    assert token_in(form) != token


def test_a_story_that_was_removed_meanwhile_comes_back_as_a_new_one_after_the_sign_in(expired):
    desk, article_id, typed = expired
    page = desk.post(path_of(article_id), action="save", **typed)
    form = sign_in(desk.client, next=path_of(article_id + 1), **carried(page, typed))
    assert form.status_code == 422
    assert "This story is gone: save it as a new one" in text_of(form)
    assert field_of(form, "headline") == typed["headline"]
    assert f'action="{NEW}"' in form.text
    assert desk.get("/newsdesk").status_code == 200


def lock(desk, table):
    """Have SQLite say of each new row of a table that the database is locked."""
    with closing(sqlite3.connect(desk.database.path)) as connection:
        connection.execute(
            f"CREATE TRIGGER locked BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'database is locked'); END"
        )


@pytest.mark.parametrize("table", ["sign_in_failures", "sign_ins"])
def test_what_was_typed_is_kept_where_the_database_is_locked_at_the_sign_in(expired, caplog, table):
    desk, article_id, typed = expired
    page = desk.post(path_of(article_id), action="save", **typed)
    lock(desk, table)
    again = sign_in(desk.client, next=field_of(page, "next"), **carried(page, typed))
    assert again.status_code == 503
    assert again.headers["Retry-After"] == "10"
    assert "The database is busy" in text_of(again)
    assert carried(again, typed) == carried(page, typed)
    assert (field_of(again, "next"), field_of(again, "user")) == (path_of(article_id), "anna")
    assert PASSWORD not in again.text
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_what_was_typed_is_kept_where_the_database_cannot_be_read_at_the_sign_in(expired):
    desk, article_id, typed = expired
    page = desk.post(path_of(article_id), action="save", **typed)
    with closing(sqlite3.connect(desk.database.path)) as connection:
        connection.execute("ALTER TABLE sign_ins RENAME TO lost")
    again = sign_in(desk.client, next=field_of(page, "next"), **carried(page, typed))
    assert again.status_code == 503
    assert carried(again, typed) == carried(page, typed)


def test_what_was_typed_is_shown_to_nobody_else_who_signs_in(expired):
    desk, article_id, typed = expired
    page = desk.post(path_of(article_id), action="save", **typed)
    kept = {**carried(page, typed), "typed_by": field_of(page, "typed_by"), "next": field_of(page, "next")}
    assert kept["typed_by"] == "anna"
    with desk.database.write() as connection:
        stored_staff.add_account(connection, "emil", staff.hasher.hash(PASSWORD), desk.database.clock(), Role.EDITOR)
    other = sign_in(desk.client, user="emil", **kept)
    assert other.status_code == 403
    assert "by anna: sign in as anna" in text_of(other)
    assert carried(other, typed) == carried(page, typed)
    assert desk.get("/newsdesk").status_code == 303
    form = sign_in(desk.client, **kept)
    assert field_of(form, "headline") == typed["headline"]


def test_a_new_story_is_kept_through_an_expired_sign_in(expired):
    desk, _, typed = expired
    page = desk.post(NEW, action="publish", **typed)
    form = sign_in(desk.client, next=field_of(page, "next"), **carried(page, typed))
    assert field_of(form, "headline") == typed["headline"]
    assert f'action="{NEW}"' in form.text
    assert desk.count() == 1


def test_a_conflict_is_noticed_also_after_an_expired_sign_in(expired):
    desk, article_id, typed = expired
    page = desk.post(path_of(article_id), action="save", **typed)
    assert desk.colleague("bea").act(article_id, "save", headline="Bea was quicker").status_code == 303
    form = sign_in(desk.client, next=field_of(page, "next"), **carried(page, typed))
    assert desk.post(path_of(article_id), action="save", **carried(form, typed)).status_code == 409


def test_a_large_form_is_read_only_from_who_was_signed_in_once(expired):
    desk, article_id, typed = expired
    large = {**typed, "body": "long " * 100_000}
    assert desk.post(path_of(article_id), action="save", **large).status_code == 401
    assert sign_in(desk.client, next=path_of(article_id), **large).status_code == 200
    assert sign_in(desk.app.test_client(), next=path_of(article_id), **large).status_code == 413


def test_a_session_forgotten_long_ago_carries_nothing(expired, clock):
    desk, article_id, typed = expired
    clock.move(days=staff.KEPT_DAYS)
    assert sign_in(desk.client).status_code == 303
    desk.client.set_cookie("feedsvc_session", desk.token)
    answer = desk.post(path_of(article_id), action="save", **typed)
    assert answer.status_code == 401
    assert field_of(answer, "headline") is None


def test_the_cookie_outlives_the_session_so_that_nothing_typed_is_lost(client):
    cookie = sign_in(client).headers["Set-Cookie"]
    seconds = int(re.search(r"Max-Age=(\d+)", cookie)[1])
    assert timedelta(seconds=seconds) == timedelta(days=staff.SESSION_DAYS + staff.KEPT_DAYS)


def test_no_secret_is_logged(client, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    token = token_in(sign_in(client))
    sign_in(client, "a wrong secret")
    client.get("/newsdesk")
    client.post(NEW, data={**STORY, "action": "nonsense"}, headers=ORIGIN)
    client.post("/newsdesk/sign-out", headers=ORIGIN)
    out, err = capfd.readouterr()
    logged = caplog.text + out + err
    for secret in (PASSWORD, "a wrong secret", token, "argon2"):
        assert secret not in logged
