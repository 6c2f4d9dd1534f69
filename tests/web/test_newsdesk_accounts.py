"""The pages of accounts: one's own, the administrators', and the door for who is invited."""

import re

import pytest
from argon2 import PasswordHasher
from newsdesk_app import ORIGIN, Desk, field_of, problem_of, text_of

from feedsvc import create_app
from feedsvc.actions import invitations, staff
from feedsvc.actions.staff import FAILURES_OF_ADDRESS, FAILURES_OF_NAME_AND_ADDRESS
from feedsvc.domain.roles import Role
from feedsvc.settings import Settings
from feedsvc.storage import staff as stored_staff
from feedsvc.web.accounts import browser_in_words

OWN, ALL, DOOR = "/newsdesk/account", "/newsdesk/accounts", "/newsdesk/invitation/"
PASSWORD, BETTER = "correct horse battery", "a better password"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
CHROME = (
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36"
)
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 "
    "Mobile/15E148 Safari/604.1"
)


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Hashes that cost little: what they cost is not looked at here."""
    monkeypatch.setattr(staff, "hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
def desk(settings, database):
    """Anna is administrator, with a password."""
    staff.add_account(database, "anna", PASSWORD)
    return Desk(settings, database)


def as_role(desk, name, role):
    staff.add_account(desk.database, name, PASSWORD, role)
    return desk.colleague(name)


def browser(desk, user_agent=FIREFOX, name="anna"):
    """Somebody's browser after a sign-in with the form."""
    client = desk.app.test_client()
    answer = client.post(
        "/newsdesk/sign-in", data={"user": name, "password": PASSWORD}, headers={**ORIGIN, "User-Agent": user_agent}
    )
    assert answer.status_code == 303
    return client


def is_signed_in(client):
    return client.get("/newsdesk").status_code == 200


def roles(desk):
    with desk.database.read() as connection:
        return {account.name: account.role for account in stored_staff.all_accounts(connection)}


def invite(desk, role="editor"):
    """The path of an invitation, as its page shows the link."""
    answer = desk.post(ALL, action="invite", role=role)
    assert answer.status_code == 200
    return re.search(r'<code id="link">http://[^/]*(/newsdesk/invitation/[\w-]+)</code>', answer.text)[1]


def accept(client, path, user="nina", password=PASSWORD, again=None):
    fields = {"user": user, "password": password, "again": password if again is None else again}
    return client.post(path, data=fields, headers=ORIGIN)


@pytest.mark.parametrize("path", [OWN, ALL])
def test_the_pages_need_a_sign_in(desk, path):
    nobody = desk.app.test_client()
    assert nobody.get(path).headers["Location"].startswith("/newsdesk/sign-in")
    assert nobody.post(path, data={"action": "end-others"}, headers=ORIGIN).status_code == 401


@pytest.mark.parametrize("role", [Role.WRITER, Role.EDITOR])
def test_the_page_of_all_accounts_is_refused_with_a_sentence_to_who_is_no_administrator(desk, role):
    wim = as_role(desk, "wim", role)
    path = invite(desk)
    acts = ("invite", "role", "end", "remove", "revoke")
    fields = {"name": "anna", "role": "writer", "invitation": "x"}
    answers = [wim.get(ALL), *(wim.post(ALL, action=action, **fields) for action in acts)]
    for answer in answers:
        assert answer.status_code == 403
        assert f"You are signed in as {role}; this takes an administrator. Nothing was done." in text_of(answer)
    assert roles(desk) == {"anna": Role.ADMINISTRATOR, "wim": role}
    assert desk.app.test_client().get(path).status_code == 200
    assert is_signed_in(desk.client)


def test_the_side_bar_leads_administrators_to_the_accounts_and_everybody_to_their_own(desk):
    wim = as_role(desk, "wim", Role.WRITER)
    assert f'href="{ALL}"' in desk.get("/newsdesk").text
    page = wim.get("/newsdesk").text
    assert f'href="{ALL}"' not in page
    assert f'href="{OWN}"' in page


def test_the_own_page_names_each_session_and_marks_this_one(desk):
    client = browser(desk)
    browser(desk, CHROME)
    page = text_of(client.get(OWN))
    assert "anna , administrator: edits, and looks after sections, accounts and sign-ins." in page
    assert re.search(r"Firefox on Linux this one since 14 March 2026", page)
    assert re.search(r"Chrome on Android since 14 March 2026.*? End the session of Chrome on Android", page)


def test_one_other_session_is_ended_and_then_all_others(desk):
    here, phone, tablet = browser(desk), browser(desk, CHROME), browser(desk, SAFARI)
    page = here.get(OWN).text
    key = re.search(r"Chrome on Android</b>.*?name=\"session\" value=\"(\w+)\"", page, re.DOTALL)[1]
    done = here.post(OWN, data={"action": "end", "session": key}, headers=ORIGIN)
    assert done.status_code == 303
    assert "The session has ended." in text_of(here.get(done.headers["Location"]))
    assert [is_signed_in(client) for client in (here, phone, tablet)] == [True, False, True]
    again = here.post(OWN, data={"action": "end", "session": key}, headers=ORIGIN)
    assert (again.status_code, "has ended already" in text_of(again)) == (404, True)
    here.post(OWN, data={"action": "end-others"}, headers=ORIGIN)
    assert [is_signed_in(client) for client in (here, tablet, desk.client)] == [True, False, False]
    assert "You are signed in nowhere else." in text_of(here.get(OWN))


def test_the_own_password_is_changed_by_who_knows_the_present_one(desk):
    elsewhere = browser(desk)
    done = desk.post(OWN, action="password", present=PASSWORD, password=BETTER, again=BETTER)
    assert done.status_code == 303
    assert "Your password is changed" in text_of(desk.get(done.headers["Location"]))
    assert not is_signed_in(elsewhere)
    assert staff.has_password(desk.database, "anna", BETTER)


@pytest.mark.parametrize(
    ("present", "password", "again", "field", "told"),
    [
        ("wrong password", BETTER, BETTER, "present", "This is not your present password. Type it again."),
        (PASSWORD, BETTER, BETTER + "s", "again", "The two passwords differ. Type the same one twice."),
        (PASSWORD, "short", "short", "password", "A password has 8 to 1,000 characters."),
    ],
)
def test_a_password_that_is_not_changed_says_why_beside_its_field(desk, present, password, again, field, told):
    answer = desk.post(OWN, action="password", present=present, password=password, again=again)
    assert answer.status_code == 422
    assert problem_of(answer, field) == told
    assert staff.has_password(desk.database, "anna", PASSWORD)
    assert PASSWORD not in answer.text


def test_wrong_present_passwords_are_throttled(desk):
    for _ in range(FAILURES_OF_NAME_AND_ADDRESS):
        assert desk.post(OWN, action="password", present="wrong", password=BETTER, again=BETTER).status_code == 422
    answer = desk.post(OWN, action="password", present=PASSWORD, password=BETTER, again=BETTER)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "900")
    assert "Too many attempts" in text_of(answer)


@pytest.mark.parametrize("path", [OWN, ALL])
def test_an_action_that_there_is_not_is_refused_with_those_there_are(desk, path):
    answer = desk.post(path, action="promote")
    assert answer.status_code == 400
    assert "must be one of" in text_of(answer)


def test_a_role_that_there_is_not_is_refused(desk):
    as_role(desk, "wim", Role.WRITER)
    for action in ("invite", "role"):
        assert desk.post(ALL, action=action, name="wim", role="owner").status_code == 400
    assert roles(desk)["wim"] is Role.WRITER


def test_the_page_of_all_accounts_tells_role_age_and_last_session(desk, clock):
    as_role(desk, "wim", Role.WRITER)
    staff.add_account(desk.database, "zoe", PASSWORD, Role.EDITOR)
    clock.move(hours=2)
    page = text_of(desk.get(ALL))
    assert "anna you Administrator Since 14 March 2026, 12:00 · last signed in 2 hours ago" in page
    assert "wim Writer Since 14 March 2026, 12:00 · last signed in 2 hours ago" in page
    assert "zoe Editor Since 14 March 2026, 12:00 · not signed in lately" in page


def test_a_role_is_given_sessions_end_and_an_account_is_removed(desk):
    wim = as_role(desk, "wim", Role.WRITER)
    done = desk.post(ALL, action="role", name="wim", role="editor")
    assert "wim is editor now." in text_of(desk.get(done.headers["Location"]))
    assert roles(desk)["wim"] is Role.EDITOR
    done = desk.post(ALL, action="end", name="wim")
    assert "The sessions of wim have ended." in text_of(desk.get(done.headers["Location"]))
    assert not is_signed_in(wim.client)
    done = desk.post(ALL, action="remove", name="wim")
    assert "wim is removed" in text_of(desk.get(done.headers["Location"]))
    assert "wim" not in roles(desk)


def test_what_an_address_claims_to_be_done_is_said_only_where_it_is_so(desk):
    for query in ("remove&name=anna", "role&name=nobody", "end", "nonsense&name=anna"):
        assert 'class="done"' not in desk.get(f"{ALL}?done={query}").text


def test_the_own_account_is_neither_lowered_nor_removed(desk):
    for action in ("role", "remove"):
        answer = desk.post(ALL, action=action, name="anna", role="writer")
        assert answer.status_code == 409
        assert "ask another administrator" in text_of(answer)
    assert desk.post(ALL, action="remove", name="nobody").status_code == 404
    assert roles(desk) == {"anna": Role.ADMINISTRATOR}


def test_who_is_invited_chooses_name_and_password_and_is_signed_in(desk):
    path = invite(desk)
    client = desk.app.test_client()
    page = client.get(path)
    assert "As editor , who writes, publishes" in text_of(page)
    answer = accept(client, path)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/newsdesk")
    assert {"HttpOnly", "SameSite=Lax"} <= set(answer.headers["Set-Cookie"].split("; "))
    assert "Signed in as nina" in text_of(client.get("/newsdesk"))
    assert roles(desk)["nina"] is Role.EDITOR


def test_who_accepts_while_signed_in_ends_that_session(desk):
    former = desk.app.test_client()
    former.set_cookie("feedsvc_session", desk.token)
    assert accept(desk.client, invite(desk)).status_code == 303
    assert "Signed in as nina" in text_of(desk.get("/newsdesk"))
    assert not is_signed_in(former)


def test_a_link_is_shown_once_and_opens_once(desk):
    path = invite(desk)
    assert path not in desk.get(ALL).text
    assert accept(desk.app.test_client(), path).status_code == 303
    late = desk.app.test_client()
    for answer in (late.get(path), accept(late, path, "otto"), late.get(DOOR + "wrong")):
        assert answer.status_code == 404
        assert invitations.NOT_OPEN in text_of(answer)
    assert roles(desk).keys() == {"anna", "nina"}


def test_opening_the_page_does_not_use_the_invitation_up(desk):
    path = invite(desk)
    for _ in range(3):
        assert desk.app.test_client().get(path).status_code == 200


def test_a_revoked_invitation_opens_nothing(desk):
    path = invite(desk)
    key = re.search(r'name="invitation" value="(\w+)"', desk.get(ALL).text)[1]
    done = desk.post(ALL, action="revoke", invitation=key)
    page = text_of(desk.get(done.headers["Location"]))
    assert "The invitation is revoked" in page
    assert "There are none." in page
    assert desk.app.test_client().get(path).status_code == 404
    assert desk.post(ALL, action="revoke", invitation=key).status_code == 404


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"user": "two words"}, "user"),
        ({"user": "anna"}, "user"),
        ({"password": "short"}, "password"),
        ({"again": "another one"}, "again"),
    ],
)
def test_what_cannot_be_accepted_is_said_beside_its_field_and_the_name_stays_typed(desk, fields, field):
    path = invite(desk)
    client = desk.app.test_client()
    answer = accept(client, path, **fields)
    assert answer.status_code == 422
    assert problem_of(answer, field)
    assert field_of(answer, "user") == fields.get("user", "nina")
    assert PASSWORD not in answer.text
    assert accept(client, path).status_code == 303


def test_guessing_links_is_throttled(desk):
    client = desk.app.test_client()
    for number in range(FAILURES_OF_ADDRESS):
        assert client.get(f"{DOOR}guess-{number}").status_code == 404
    answer = client.get(DOOR + "guess")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "900")


def test_the_address_of_an_invitation_is_told_to_nobody(settings, database):
    secure = Settings({"FEEDSVC_INSTANCE_PATH": str(settings.instance), "FEEDSVC_BASE_URL": "https://news.example.org"})
    for site, policy in ((secure, "no-referrer"), (settings, "same-origin")):
        client = create_app(site, database.clock).test_client()
        for answer in (client.get(DOOR + "wrong"), accept(client, DOOR + "wrong")):
            assert answer.headers["Referrer-Policy"] == policy
            assert answer.headers["Cache-Control"] == "no-store"


def test_a_form_from_elsewhere_accepts_nothing(desk):
    path = invite(desk)
    answer = desk.app.test_client().post(path, data={"user": "nina"}, headers={"Origin": "https://elsewhere.example"})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (FIREFOX, "Firefox on Linux"),
        (CHROME, "Chrome on Android"),
        (SAFARI, "Safari on iPhone"),
        (CHROME.replace("Linux; Android 10; K", "Windows NT 10.0") + " Edg/141.0.0.0", "Edge on Windows"),
        ("curl/8.14.1", "curl"),
        ("", "Unknown browser"),
    ],
)
def test_a_browser_is_named_as_its_owner_knows_it(user_agent, words):
    assert browser_in_words(user_agent) == words
