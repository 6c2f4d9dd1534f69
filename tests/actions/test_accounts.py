"""Accounts of a team: who may look after them, what always stays, invitations, one's own password and sessions."""

import hashlib
import inspect
import threading

import pytest
from sqlalchemy import select

from feedsvc.actions import invitations, staff
from feedsvc.actions.invitations import INVITATION_DAYS, NOT_OPEN
from feedsvc.actions.staff import BROWSER_CHARACTERS, FAILURES_OF_ADDRESS, FAILURES_OF_NAME_AND_ADDRESS, Editor
from feedsvc.domain.roles import By, Person, Right, Role
from feedsvc.errors import Invalid, NotAllowed, NotFound, NotPermitted, SignInRefused
from feedsvc.storage import invitations as stored
from feedsvc.storage import staff as stored_staff
from feedsvc.storage import tables
from tests.conftest import on_sqlite

PASSWORD = "a good password"
HERE, THERE = "192.0.2.1", "192.0.2.2"
CHIEF = Person("chief", Role.ADMINISTRATOR)

# Every act on others, as somebody does it in a newsroom where the chief is administrator and wim is writer.
ACTS = {
    "add_account": lambda database, by: staff.add_account(database, "new", PASSWORD, Role.WRITER, by),
    "set_password": lambda database, by: staff.set_password(database, "wim", "another password", by),
    "set_role": lambda database, by: staff.set_role(database, by, "wim", Role.EDITOR),
    "remove_account": lambda database, by: staff.remove_account(database, by, "wim"),
    "end_sessions": lambda database, by: staff.end_sessions(database, by, "wim"),
    "invite": lambda database, by: invitations.invite(database, by, Role.WRITER),
    "open_invitations": invitations.open_invitations,
    "revoke": lambda database, by: invitations.revoke(database, by, hashed(database.invited)),
}


@pytest.fixture
def newsroom(database):
    staff.add_account(database, "chief", PASSWORD)
    staff.add_account(database, "wim", PASSWORD, Role.WRITER)
    database.invited = invitations.invite(database, CHIEF, Role.WRITER)
    return database


def hashed(token):
    return hashlib.sha256(token.encode()).hexdigest()


def state(database):
    """All that is stored of accounts, sessions and invitations."""
    with database.read() as connection:
        return [
            connection.execute(select(table).order_by(*table.primary_key)).fetchall()
            for table in (tables.accounts, tables.sign_ins, tables.invitations)
        ]


def roles(database):
    with database.read() as connection:
        return {account.name: account.role for account in stored_staff.all_accounts(connection)}


def signed_in(database, name, address=HERE, browser=""):
    token = staff.sign_in(database, name, PASSWORD, address, browser)
    editor = staff.who(database, token)
    assert isinstance(editor, Editor)
    return token, editor


def sessions_of(database, editor):
    with database.read() as connection:
        return stored_staff.sessions(connection, editor.account_id, database.clock())


def refusal_of(database, token, address=HERE):
    with pytest.raises(SignInRefused) as refusal:
        invitations.accept(database, token, "nina", PASSWORD, address)
    return refusal.value


def test_every_act_on_others_is_looked_at_here():
    acts = {
        name
        for module in (staff, invitations)
        for name, function in vars(module).items()
        if inspect.isfunction(function) and function.__module__ == module.__name__ and not name.startswith("_")
        if "by" in (taken := inspect.signature(function).parameters) and taken["by"].annotation == By
    }
    assert acts == ACTS.keys()


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("role", [Role.WRITER, Role.EDITOR])
def test_acts_on_others_are_refused_to_writers_and_editors_and_change_nothing(newsroom, act, role):
    signed_in(newsroom, "wim")
    before = state(newsroom)
    with pytest.raises(NotPermitted, match="this takes an administrator") as refusal:
        ACTS[act](newsroom, Person("someone", role))
    assert refusal.value.key is Right.MANAGE
    assert state(newsroom) == before


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("by", [CHIEF, "command line"], ids=["administrator", "command line"])
def test_acts_on_others_are_done_for_administrators_and_the_command_line(newsroom, act, by):
    signed_in(newsroom, "wim")
    before = state(newsroom)
    ACTS[act](newsroom, by)
    assert (state(newsroom) == before) is (act == "open_invitations")


def test_another_role_holds_from_the_next_request_on(newsroom):
    token, _ = signed_in(newsroom, "wim")
    staff.set_role(newsroom, CHIEF, "wim", Role.EDITOR)
    assert staff.who(newsroom, token).role is Role.EDITOR


@pytest.mark.parametrize("by", [Person("other", Role.ADMINISTRATOR), "command line"], ids=["stale", "command line"])
def test_the_last_administrator_keeps_account_and_role(newsroom, by):
    for act in (
        lambda: staff.set_role(newsroom, by, "chief", Role.EDITOR),
        lambda: staff.remove_account(newsroom, by, "chief"),
    ):
        with pytest.raises(NotAllowed, match="chief is the last administrator"):
            act()
    assert roles(newsroom)["chief"] is Role.ADMINISTRATOR


def test_nobody_changes_their_own_role_or_removes_themselves(newsroom):
    staff.set_role(newsroom, CHIEF, "wim", Role.ADMINISTRATOR)
    for act in (
        lambda: staff.set_role(newsroom, CHIEF, "chief", Role.WRITER),
        lambda: staff.remove_account(newsroom, CHIEF, "chief"),
    ):
        with pytest.raises(NotAllowed, match="ask another administrator"):
            act()
    staff.remove_account(newsroom, Person("wim", Role.ADMINISTRATOR), "chief")
    assert roles(newsroom) == {"wim": Role.ADMINISTRATOR}


def test_two_administrators_who_lower_each_other_at_once_leave_one(newsroom):
    staff.set_role(newsroom, CHIEF, "wim", Role.ADMINISTRATOR)
    together, refused = threading.Barrier(2), []

    def lower(mine, theirs):
        together.wait()
        try:
            staff.set_role(newsroom, Person(mine, Role.ADMINISTRATOR), theirs, Role.WRITER)
        except NotAllowed:
            refused.append(mine)

    run_together(lambda: lower("chief", "wim"), lambda: lower("wim", "chief"))
    assert len(refused) == 1
    assert sorted(roles(newsroom).values()) == [Role.ADMINISTRATOR, Role.WRITER]


def test_who_is_removed_is_signed_out_and_cannot_sign_in(newsroom):
    token, _ = signed_in(newsroom, "wim")
    staff.remove_account(newsroom, CHIEF, "wim")
    assert staff.who(newsroom, token) is None
    with pytest.raises(SignInRefused):
        staff.sign_in(newsroom, "wim", PASSWORD, HERE)


def test_acts_on_an_account_that_is_not_there_say_so(newsroom):
    for act in (
        lambda: staff.set_role(newsroom, CHIEF, "nobody", Role.EDITOR),
        lambda: staff.remove_account(newsroom, CHIEF, "nobody"),
        lambda: staff.end_sessions(newsroom, CHIEF, "nobody"),
    ):
        with pytest.raises(NotFound, match="no account “nobody”"):
            act()


def test_administrators_end_the_sessions_of_somebody_alone(newsroom):
    (first, _), (second, _), (of_chief, _) = (signed_in(newsroom, name) for name in ("wim", "wim", "chief"))
    staff.end_sessions(newsroom, CHIEF, "wim")
    assert [staff.who(newsroom, token) for token in (first, second)] == [None, None]
    assert staff.who(newsroom, of_chief)


def test_an_invitation_makes_one_account_of_its_role_and_signs_in(newsroom):
    session = invitations.accept(newsroom, newsroom.invited, " nina ", PASSWORD, HERE, "Firefox")
    editor = staff.who(newsroom, session)
    assert (editor.name, editor.role) == ("nina", Role.WRITER)
    assert sessions_of(newsroom, editor)[0].browser == "Firefox"
    assert invitations.open_invitations(newsroom, CHIEF) == ()
    assert staff.sign_in(newsroom, "nina", PASSWORD, HERE)


def test_wrong_used_revoked_and_expired_invitations_get_the_same_answer(newsroom, clock):
    used, revoked, expired = (invitations.invite(newsroom, CHIEF, Role.EDITOR) for _ in range(3))
    invitations.accept(newsroom, used, "nina", PASSWORD, HERE)
    invitations.revoke(newsroom, CHIEF, hashed(revoked))
    clock.move(days=INVITATION_DAYS, seconds=-1)
    assert invitations.look(newsroom, expired, HERE).role is Role.EDITOR
    clock.move(seconds=1)
    for token in ("wrong", "caf\udce9", used, revoked, expired):
        refusal = refusal_of(newsroom, token)
        assert (str(refusal), refusal.retry_after_seconds) == (NOT_OPEN, None)
    assert roles(newsroom).keys() == {"chief", "wim", "nina"}


def test_a_name_or_password_that_can_be_none_leaves_the_invitation_open(newsroom):
    for name, password, field in (
        ("two words", PASSWORD, "user"),
        ("nina", "short", "password"),
        ("wim", PASSWORD, "user"),
    ):
        with pytest.raises(Invalid) as refusal:
            invitations.accept(newsroom, newsroom.invited, name, password, HERE)
        assert refusal.value.problems.keys() == {field}
    assert invitations.accept(newsroom, newsroom.invited, "nina", PASSWORD, HERE)


def test_of_two_who_accept_at_once_one_gets_an_account(newsroom):
    together, refused = threading.Barrier(2), []

    def accept(name):
        together.wait()
        try:
            invitations.accept(newsroom, newsroom.invited, name, PASSWORD, HERE)
        except SignInRefused as refusal:
            refused.append(str(refusal))

    run_together(lambda: accept("nina"), lambda: accept("otto"))
    assert refused == [NOT_OPEN]
    assert len(roles(newsroom)) == 3


def test_only_an_open_invitation_can_be_revoked(newsroom):
    for key in (hashed("wrong"), ""):
        with pytest.raises(NotFound, match="nothing to revoke"):
            invitations.revoke(newsroom, CHIEF, key)
    invitations.accept(newsroom, newsroom.invited, "nina", PASSWORD, HERE)
    with pytest.raises(NotFound):
        invitations.revoke(newsroom, CHIEF, hashed(newsroom.invited))


@pytest.mark.parametrize(
    "act",
    [lambda database: staff.remove_account(database, CHIEF, "wim"),
     lambda database: staff.set_role(database, CHIEF, "wim", Role.EDITOR)],
    ids=["removed", "lowered"],
)  # fmt: skip
def test_who_is_no_administrator_any_more_has_invited_nobody(newsroom, act):
    staff.set_role(newsroom, CHIEF, "wim", Role.ADMINISTRATOR)
    token = invitations.invite(newsroom, Person("wim", Role.ADMINISTRATOR), Role.ADMINISTRATOR)
    act(newsroom)
    assert str(refusal_of(newsroom, token)) == NOT_OPEN
    assert invitations.look(newsroom, newsroom.invited, HERE)


def test_guessing_invitations_is_throttled_like_signing_in(newsroom):
    for number in range(FAILURES_OF_ADDRESS):
        assert refusal_of(newsroom, f"guess-{number}").retry_after_seconds is None
    assert refusal_of(newsroom, newsroom.invited).retry_after_seconds
    with pytest.raises(SignInRefused, match="Too many"):
        staff.sign_in(newsroom, "wim", PASSWORD, HERE)
    assert invitations.accept(newsroom, newsroom.invited, "nina", PASSWORD, THERE)


@on_sqlite
def test_the_database_knows_no_token_of_an_invitation(newsroom):
    newsroom.gather()
    assert newsroom.invited.encode() not in newsroom.path.read_bytes()


def test_expired_invitations_are_forgotten(newsroom, clock):
    clock.move(days=INVITATION_DAYS + staff.KEPT_DAYS, seconds=1)
    staff.forget(newsroom)
    assert state(newsroom)[2] == []


def test_changing_the_own_password_keeps_this_session_and_ends_the_others(newsroom):
    (here, wim), (elsewhere, _), (of_chief, _) = (signed_in(newsroom, name) for name in ("wim", "wim", "chief"))
    staff.change_password(newsroom, wim, here, PASSWORD, "a better password", HERE)
    assert [bool(staff.who(newsroom, token)) for token in (here, elsewhere, of_chief)] == [True, False, True]
    assert staff.has_password(newsroom, "wim", "a better password")


def test_a_wrong_present_password_changes_nothing_and_counts_as_a_failed_sign_in(newsroom):
    token, wim = signed_in(newsroom, "wim")
    for _ in range(FAILURES_OF_NAME_AND_ADDRESS):
        with pytest.raises(Invalid) as refusal:
            staff.change_password(newsroom, wim, token, "wrong password", "a better password", HERE)
        assert refusal.value.problems.keys() == {"present"}
    for attempt in (
        lambda: staff.change_password(newsroom, wim, token, PASSWORD, "a better password", HERE),
        lambda: staff.sign_in(newsroom, "wim", PASSWORD, HERE),
    ):
        with pytest.raises(SignInRefused, match="Too many"):
            attempt()
    assert staff.has_password(newsroom, "wim", PASSWORD)
    assert staff.who(newsroom, token)


def test_a_new_password_that_can_be_none_does_not_count_as_a_failure(newsroom):
    token, wim = signed_in(newsroom, "wim")
    for _ in range(FAILURES_OF_NAME_AND_ADDRESS + 1):
        with pytest.raises(Invalid) as refusal:
            staff.change_password(newsroom, wim, token, PASSWORD, "short", HERE)
        assert refusal.value.problems.keys() == {"password"}


def test_own_sessions_are_ended_one_by_one_or_all_others_and_those_of_others_never(newsroom):
    (first, wim), (second, _), (third, _) = (signed_in(newsroom, "wim") for _ in range(3))
    of_chief, chief = signed_in(newsroom, "chief")
    staff.end_session(newsroom, wim, hashed(first))
    assert staff.who(newsroom, first) is None
    for key in (hashed(first), hashed(of_chief), "nothing"):
        with pytest.raises(NotFound):
            staff.end_session(newsroom, wim, key)
    staff.end_other_sessions(newsroom, wim, second)
    assert [bool(staff.who(newsroom, token)) for token in (second, third, of_chief)] == [True, False, True]
    assert [session.token_hash for session in sessions_of(newsroom, chief)] == [hashed(of_chief)]


def test_a_session_keeps_so_much_of_the_browser_and_nothing_that_cannot_be_printed(newsroom):
    _, wim = signed_in(newsroom, "wim", browser="Fire\0fox\n\udcff" + "x" * 1000)
    (session,) = sessions_of(newsroom, wim)
    assert session.browser == ("Firefox" + "x" * 1000)[:BROWSER_CHARACTERS]


def test_when_each_account_signed_in_last_and_how_often_it_is_signed_in(newsroom, clock):
    began = clock.now
    tokens = [signed_in(newsroom, "wim")[0] for _ in range(2)]
    clock.move(hours=1)
    staff.sign_out(newsroom, tokens[0])
    with newsroom.read() as connection:
        wim = stored_staff.account(connection, "wim")
        sessions = stored_staff.sessions_of_all(connection, clock.now)
    assert {number: (one.last_began, one.open) for number, one in sessions.items()} == {wim.account_id: (began, 1)}


def test_invitations_are_listed_newest_first_with_who_made_them(newsroom, clock):
    clock.move(hours=1)
    invitations.invite(newsroom, "command line", Role.EDITOR)
    found = invitations.open_invitations(newsroom, CHIEF)
    assert [(one.role, one.invited_by) for one in found] == [(Role.EDITOR, "command line"), (Role.WRITER, "chief")]
    assert all(isinstance(one, stored.Invitation) for one in found)


def run_together(*acts):
    threads = [threading.Thread(target=act) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
