"""Validators never lie: the numbers and dates that changes get."""

import time
from datetime import timedelta

import pytest
from sqlalchemy import select

from feedsvc.actions import edit
from feedsvc.domain.article import Revision
from feedsvc.errors import StorageBusy
from feedsvc.storage import changes, feeds
from feedsvc.storage.database import Database
from feedsvc.storage.tables import changes as log
from feedsvc.storage.tables import feed_heads

SECOND = timedelta(seconds=1)
STORY = Revision(headline="Night bus stays", section="politics", body="It stays.")


def date_of_a_change(database):
    edit.create_and_publish(database, STORY, "test")
    return head_of(database, "politics").at


def head_of(database, name):
    with database.read() as connection:
        return feeds.heads(connection, [feeds.find(connection, name)])[0]


def test_a_change_is_dated_three_seconds_ahead(database, clock):
    clock.move(hours=1)
    assert date_of_a_change(database) == clock.now.replace(microsecond=0) + 3 * SECOND


def test_a_burst_shares_one_date_and_each_change_has_its_number(database, clock):
    clock.move(hours=1)
    dates, numbers = set(), set()
    for _ in range(5):
        dates.add(date_of_a_change(database))
        numbers.add(head_of(database, "politics").seq)
    assert (len(dates), len(numbers)) == (1, 5)


def test_a_date_that_the_clock_reached_is_not_given_again_when_it_steps_back(database, clock):
    first = date_of_a_change(database)
    clock.move(seconds=10)
    clock()
    clock.move(seconds=-10)
    assert date_of_a_change(database) == first + SECOND


def test_a_date_ahead_that_nobody_was_shown_is_shared_when_the_clock_steps_back(database, clock):
    first = date_of_a_change(database)
    clock.move(hours=-1)
    assert date_of_a_change(database) == first


def test_the_first_change_of_a_process_gets_a_date_of_its_own(database, clock, settings):
    first = date_of_a_change(database)
    clock.move(hours=-1)
    restarted = Database(settings.database_url, type(clock)(clock.now))
    assert date_of_a_change(restarted) == first + SECOND
    assert date_of_a_change(restarted) == first + SECOND


def test_dates_never_go_back_however_the_clock_jumps(database, clock):
    dates = []
    for seconds in (0, 1, -5, 0, 3600, -7200, 2, 0.5, 0.4, -1, 86400):
        clock.move(seconds=seconds)
        dates.append(date_of_a_change(database))
        clock()
    assert dates == sorted(dates)


def test_a_change_that_took_too_long_starts_over_with_a_new_date(database, clock):
    tries = []
    clock.move(hours=1)

    def act(connection, change):
        tries.append(change)
        if len(tries) == 1:
            clock.move(seconds=2)
            time.sleep(1.05)
        return change

    kept = changes.change(database, "test", act)
    assert len(tries) == 2
    assert kept.seq == tries[0].seq
    assert kept.at == tries[0].at + 2 * SECOND


def test_a_change_that_always_takes_too_long_is_given_up_with_nothing_done(database, monkeypatch):
    monkeypatch.setattr(changes, "TRANSACTION_SECONDS", -1)
    before = head_of(database, "all")
    with pytest.raises(StorageBusy):
        edit.create_and_publish(database, STORY, "test")
    assert head_of(database, "all") == before


def test_a_change_in_one_section_leaves_the_heads_of_the_others_alone(database):
    before = head_of(database, "tech")
    date_of_a_change(database)
    assert head_of(database, "tech") == before


def test_numbers_are_in_the_order_of_commits_and_never_used_twice(database):
    for _ in range(3):
        date_of_a_change(database)
    with pytest.raises(ZeroDivisionError):
        changes.change(database, "test", lambda connection, change: 1 / 0)
    date_of_a_change(database)
    with database.read() as connection:
        numbers = connection.execute(select(log.c.seq).order_by(log.c.seq)).scalars().all()
        last = connection.execute(select(feed_heads.c.seq).order_by(feed_heads.c.seq.desc())).scalars().first()
    assert len(set(numbers)) == len(numbers)
    assert last == numbers[-1]


def test_heads_tell_what_moved_after_a_number_and_whether_something_was_removed(database):
    article_id = edit.create_and_publish(database, STORY, "test")
    seq = head_of(database, "politics").seq
    edit.withdraw(database, article_id, 2, "test")
    with database.read() as connection:
        moved = changes.heads_after(connection, seq)
    assert {(feed_id, removal == number) for feed_id, number, removal in moved} == {
        (head_of(database, "all").feed_id, True),
        (head_of(database, "politics").feed_id, True),
    }
