"""Accounts and sessions: what signing in is throttled by, how long it lasts, and what ends it."""

import threading

import pytest

from feedsvc.actions import staff
from feedsvc.actions.staff import (
    FAILURES_OF_ADDRESS,
    FAILURES_OF_NAME,
    FAILURES_OF_NAME_AND_ADDRESS,
    SESSION_DAYS,
    WINDOW_MINUTES,
)
from feedsvc.errors import Invalid, NotFound, SignInRefused
from tests.conftest import on_sqlite

PASSWORD = "a good password"
HERE, THERE = "192.0.2.1", "192.0.2.2"


@pytest.fixture
def newsroom(database):
    for name in ("ann", "bob"):
        staff.add_account(database, name, PASSWORD)
    return database


def refused(database, name="ann", address=HERE, password="wrong password"):
    with pytest.raises(SignInRefused) as refusal:
        staff.sign_in(database, name, password, address)
    return refusal.value


def is_throttled(database, name="ann", address=HERE):
    """Whether even the right password is refused."""
    try:
        staff.sign_in(database, name, PASSWORD, address)
    except SignInRefused as refusal:
        return refusal.retry_after_seconds == WINDOW_MINUTES * 60
    return False


def test_after_five_failures_of_a_name_from_an_address_it_is_refused_from_there_alone(newsroom):
    for _ in range(FAILURES_OF_NAME_AND_ADDRESS):
        assert refused(newsroom).retry_after_seconds is None
    assert is_throttled(newsroom)
    assert not is_throttled(newsroom, "bob")
    assert not is_throttled(newsroom, address=THERE)


def test_after_thirty_failures_from_an_address_every_name_is_refused_from_there(newsroom):
    for number in range(FAILURES_OF_ADDRESS):
        assert refused(newsroom, f"name-{number}").retry_after_seconds is None
    assert is_throttled(newsroom)
    assert is_throttled(newsroom, "bob")
    assert not is_throttled(newsroom, address=THERE)


def test_after_fifty_failures_of_a_name_it_is_refused_from_everywhere(newsroom):
    for number in range(FAILURES_OF_NAME):
        assert refused(newsroom, address=f"198.51.100.{number}").retry_after_seconds is None
    assert is_throttled(newsroom)
    assert is_throttled(newsroom, address=THERE)
    assert not is_throttled(newsroom, "bob")


def test_one_attempt_before_a_limit_the_right_password_is_taken(newsroom):
    for _ in range(FAILURES_OF_NAME_AND_ADDRESS - 1):
        refused(newsroom)
    assert not is_throttled(newsroom)


def test_a_success_forgets_the_failures_of_its_name(newsroom):
    for _ in range(3):
        for _ in range(FAILURES_OF_NAME_AND_ADDRESS - 1):
            refused(newsroom)
        assert not is_throttled(newsroom)


def test_failures_count_for_fifteen_minutes_each(newsroom, clock):
    for _ in range(FAILURES_OF_NAME_AND_ADDRESS):
        refused(newsroom)
        clock.move(minutes=2)
    clock.move(minutes=WINDOW_MINUTES - 2 * FAILURES_OF_NAME_AND_ADDRESS)
    assert is_throttled(newsroom)
    clock.move(seconds=1)  # now the first failure is out of the window, and the other four are in it
    assert refused(newsroom).retry_after_seconds is None
    assert is_throttled(newsroom)


def test_a_refused_attempt_does_not_prolong_the_wait(newsroom, clock):
    for _ in range(FAILURES_OF_NAME_AND_ADDRESS):
        refused(newsroom)
    for _ in range(WINDOW_MINUTES):
        assert is_throttled(newsroom)
        clock.move(minutes=1)
    clock.move(seconds=1)
    assert not is_throttled(newsroom)


def test_attempts_at_the_same_time_cannot_slip_past_the_limit(newsroom):
    outcomes, together = [], threading.Barrier(20)

    def attempt():
        together.wait()
        outcomes.append(refused(newsroom).retry_after_seconds is None)

    attempts = [threading.Thread(target=attempt) for _ in range(together.parties)]
    for thread in attempts:
        thread.start()
    for thread in attempts:
        thread.join()
    assert outcomes.count(True) == FAILURES_OF_NAME_AND_ADDRESS
    assert outcomes.count(False) == together.parties - FAILURES_OF_NAME_AND_ADDRESS


def test_an_unknown_name_and_a_wrong_password_get_the_same_answer(newsroom):
    known, unknown = refused(newsroom, "ann"), refused(newsroom, "nobody")
    assert str(known) == str(unknown)
    assert known.retry_after_seconds == unknown.retry_after_seconds
    for name in ("ann", "nobody"):
        for _ in range(FAILURES_OF_NAME_AND_ADDRESS - 1):
            refused(newsroom, name)
    assert str(refused(newsroom, "ann")) == str(refused(newsroom, "nobody"))


def test_a_session_knows_its_editor_for_fourteen_days(newsroom, clock):
    token = staff.sign_in(newsroom, " ann ", PASSWORD, HERE)
    assert staff.who(newsroom, token).name == "ann"
    clock.move(days=SESSION_DAYS, seconds=-1)
    assert staff.who(newsroom, token).name == "ann"
    clock.move(seconds=1)
    assert staff.who(newsroom, token) is None
    assert staff.was_signed_in(newsroom, token)


def test_signing_out_ends_one_session(newsroom):
    first, second = (staff.sign_in(newsroom, "ann", PASSWORD, HERE) for _ in range(2))
    assert first != second
    staff.sign_out(newsroom, first)
    assert staff.who(newsroom, first) is None
    assert staff.who(newsroom, second).name == "ann"
    assert staff.was_signed_in(newsroom, first)


def test_another_password_ends_every_session_of_its_account(newsroom):
    sessions = [staff.sign_in(newsroom, "ann", PASSWORD, HERE) for _ in range(2)]
    of_bob = staff.sign_in(newsroom, "bob", PASSWORD, HERE)
    staff.set_password(newsroom, "ann", "a better password")
    assert [staff.who(newsroom, token) for token in sessions] == [None, None]
    assert staff.who(newsroom, of_bob).name == "bob"
    assert refused(newsroom, password=PASSWORD)
    assert staff.who(newsroom, staff.sign_in(newsroom, "ann", "a better password", HERE)).name == "ann"


def test_a_token_that_was_never_given_is_nobody(newsroom):
    for token in ("", "nothing", "\udcff"):
        assert staff.who(newsroom, token) is None
        assert not staff.was_signed_in(newsroom, token)


@on_sqlite
def test_the_database_knows_no_token_and_no_password(newsroom):
    token = staff.sign_in(newsroom, "ann", PASSWORD, HERE)
    newsroom.gather()
    stored = newsroom.path.read_bytes()
    assert token.encode() not in stored
    assert PASSWORD.encode() not in stored


@pytest.mark.parametrize("name", ["", " ", "two words", "x" * 101, "tab\there", "caf\udce9"])
def test_a_name_that_cannot_be_one_is_refused(newsroom, name):
    with pytest.raises(Invalid) as refusal:
        staff.add_account(newsroom, name, PASSWORD)
    assert refusal.value.problems.keys() == {"user"}


@pytest.mark.parametrize("password", ["", "1234567", "x" * 1001, "caf\udce9 au lait"])
def test_a_password_that_cannot_be_one_is_refused(newsroom, password):
    for act in (staff.add_account, staff.set_password):
        with pytest.raises(Invalid) as refusal:
            act(newsroom, "cid", password)
        assert refusal.value.problems.keys() == {"password"}


def test_a_name_is_given_once_and_only_accounts_have_passwords(newsroom):
    with pytest.raises(Invalid, match="already"):
        staff.add_account(newsroom, "ann", PASSWORD)
    with pytest.raises(NotFound):
        staff.set_password(newsroom, "cid", PASSWORD)
    assert not staff.has_password(newsroom, "cid", PASSWORD)
