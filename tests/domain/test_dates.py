from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.domain.dates import Clock, Standing, act_date, change_date, moments_of, window

NOON = datetime(2026, 3, 14, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
BERLIN = ZoneInfo("Europe/Berlin")
NEW_YORK = ZoneInfo("America/New_York")

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


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("2026-11-25T07:30", UTC, "2026-11-25T07:30"),
        ("2026-11-25T07:30", BERLIN, "2026-11-25T06:30"),
        ("2026-07-25T07:30", BERLIN, "2026-07-25T05:30"),
        ("2026-11-25T07:30:15", BERLIN, "2026-11-25T06:30:15"),
        ("2026-11-25T07:30", NEW_YORK, "2026-11-25T12:30"),
        # The last minute before clocks change, and the first one after it.
        ("2026-03-29T01:59", BERLIN, "2026-03-29T00:59"),
        ("2026-03-29T03:00", BERLIN, "2026-03-29T01:00"),
        ("2026-10-25T01:59", BERLIN, "2026-10-24T23:59"),
        ("2026-10-25T03:00", BERLIN, "2026-10-25T02:00"),
    ],
)
def test_a_time_that_clocks_show_once_is_one_moment(text, zone, expected):
    assert moments_of(text, zone) == (datetime.fromisoformat(expected).replace(tzinfo=UTC),)


@pytest.mark.parametrize(
    ("text", "zone"),
    [("2026-03-29T02:00", BERLIN), ("2026-03-29T02:59:59", BERLIN), ("2026-03-08T02:30", NEW_YORK)],
)
def test_a_time_that_clocks_jump_over_in_spring_is_no_moment(text, zone):
    assert moments_of(text, zone) == ()


@pytest.mark.parametrize(
    ("text", "zone", "first"),
    [
        ("2026-10-25T02:00", BERLIN, "2026-10-25T00:00"),
        ("2026-10-25T02:59", BERLIN, "2026-10-25T00:59"),
        ("2026-11-01T01:30", NEW_YORK, "2026-11-01T05:30"),
    ],
)
def test_a_time_that_clocks_show_twice_in_autumn_is_two_moments_the_earlier_first(text, zone, first):
    moment = datetime.fromisoformat(first).replace(tzinfo=UTC)
    assert moments_of(text, zone) == (moment, moment + timedelta(hours=1))


@given(st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)), st.sampled_from([UTC, BERLIN]))
def test_every_moment_is_among_those_at_which_clocks_show_its_time(moment, zone):
    moment = moment.replace(second=0, microsecond=0)
    shown = moment.astimezone(zone).replace(tzinfo=None)
    assert any(abs(found - moment) < timedelta(minutes=1) for found in moments_of(shown.isoformat(), zone))


@pytest.mark.parametrize(
    "text",
    [
        *("", "T", "soon", "2026-11-25", "07:30", "2026-11-25T07", "2026-11-25 07:30", "2026-11-25t07:30"),
        *("2026-11-25T07:30Z", "2026-11-25T07:30+01:00", "20261125T0730", "20261125T073000", "2026-11-25T7:30"),
        *("2026-13-01T07:30", "2026-02-30T07:30", "2026-11-25T24:01", "2026-11-25T07:60", "2026-11-25T07:30:61"),
        *(
            "2026-11-25T07:30\n",
            " 2026-11-25T07:30",
            "２０２６-11-25T07:30",
            "tomorrowThalf past",
        ),
        *("0000-01-01T00:00", "10000-01-01T00:00", "-026-11-25T07:30"),
    ],
)
def test_what_is_no_local_date_and_time_is_refused(text):
    with pytest.raises(ValueError, match=r"^"):
        moments_of(text, BERLIN)


def test_the_first_and_the_last_year_have_moments():
    assert moments_of("0001-01-01T00:00", UTC) == (datetime(1, 1, 1, tzinfo=UTC),)
    assert moments_of("9999-12-31T23:59", UTC) == (datetime(9999, 12, 31, 23, 59, tzinfo=UTC),)
    assert moments_of("9999-12-31T23:59", BERLIN) == (datetime(9999, 12, 31, 22, 59, tzinfo=UTC),)


@pytest.mark.parametrize(("text", "zone"), [("0001-01-01T00:00", BERLIN), ("9999-12-31T23:59", NEW_YORK)])
def test_a_time_whose_moment_lies_beyond_all_years_is_refused(text, zone):
    with pytest.raises(ValueError, match=text):
        moments_of(text, zone)
