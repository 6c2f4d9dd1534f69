from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from feedsvc.domain.dates import Clock, Standing, act_date, change_date, window

NOON = datetime(2026, 3, 14, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)

moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))


def test_a_change_is_dated_three_seconds_ahead_of_the_floored_clock():
    now = NOON + timedelta(milliseconds=999)
    assert change_date(now, NOON - timedelta(days=1), head_date_was_reached=True) == NOON + 3 * SECOND


def test_changes_of_one_burst_share_a_date_that_nobody_was_shown():
    first = change_date(NOON, NOON - timedelta(days=1), head_date_was_reached=True)
    assert change_date(NOON + timedelta(milliseconds=500), first, head_date_was_reached=False) == first


@given(moments, moments)
def test_a_date_that_was_reached_is_not_given_again(now, head_date):
    assert change_date(now, head_date, head_date_was_reached=True) > head_date


@given(moments, moments, st.booleans())
def test_dates_never_go_back_and_are_never_shown_early(now, head_date, was_reached):
    at = change_date(now, head_date, was_reached)
    assert at >= head_date
    assert at > now + 2 * SECOND
    assert at.microsecond == 0 or at - head_date in (timedelta(0), SECOND)


def test_an_act_has_the_floored_time_and_is_later_than_the_one_before():
    assert act_date(NOON + timedelta(milliseconds=700), None) == NOON
    assert act_date(NOON, NOON) == NOON + SECOND
    assert act_date(NOON, NOON + timedelta(hours=1)) == NOON + timedelta(hours=1) + SECOND


def test_a_clock_remembers_the_latest_time_it_has_shown():
    times = iter([NOON, NOON + timedelta(hours=1), NOON])
    clock = Clock(lambda: next(times))
    clock()
    assert clock() == NOON
    assert clock.latest == NOON + timedelta(hours=1)


def standing(article_id, hours_ago, entered_hours_ago=None):
    entered = None if entered_hours_ago is None else NOON - timedelta(hours=entered_hours_ago)
    return Standing(article_id, NOON - timedelta(hours=hours_ago), entered)


def test_the_window_holds_the_newest_by_publication_date():
    stories = [standing(i, hours_ago=i) for i in range(10)]
    assert window(stories, entries=3, since=NOON) == (0, 1, 2)


def test_the_window_holds_what_entered_lately_beyond_the_number():
    stories = [standing(i, hours_ago=i, entered_hours_ago=i) for i in range(10)]
    assert window(stories, entries=3, since=NOON - timedelta(hours=5)) == (0, 1, 2, 3, 4, 5)


def test_what_was_brought_in_does_not_stay_beyond_the_number():
    stories = [standing(i, hours_ago=i) for i in range(10)]
    assert window(stories, entries=3, since=NOON - timedelta(days=9)) == (0, 1, 2)


def test_an_old_story_that_entered_lately_stands_at_its_publication_date():
    old = standing(9, hours_ago=500, entered_hours_ago=1)
    assert window([old, standing(1, 1, 1), standing(2, 2, 2)], entries=2, since=NOON - timedelta(hours=2)) == (1, 2, 9)


def test_the_window_is_bounded_and_keeps_the_latest_to_enter():
    stories = [standing(i, hours_ago=i, entered_hours_ago=100 - i) for i in range(100)]
    chosen = window(stories, entries=10, since=NOON - timedelta(days=30), at_most=20)
    assert chosen == (*range(10), *range(90, 100))
