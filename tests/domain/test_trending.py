"""The laws of the trending order."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.domain.trending import RISING_RANKS, Read, Rules, decay, order, rising, score

NOON = datetime(2026, 3, 14, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
RULES = Rules(half_life=6 * HOUR, gravity=1.5, window=timedelta(days=30), rising_min_readings=20)

ages = st.integers(-3600, 40 * 86_400).map(lambda seconds: timedelta(seconds=seconds))
young_ages = st.integers(0, 29 * 86_400).map(lambda seconds: timedelta(seconds=seconds))
amounts = st.integers(0, 1_000_000)


@st.composite
def several(draw, min_size=1, of_ages=ages):
    """Articles with numbers of their own, some of them read."""
    numbers = draw(st.lists(st.integers(1, 1000), min_size=min_size, max_size=12, unique=True))
    return [
        Read(
            number,
            NOON - draw(of_ages),
            float(amount := draw(amounts)),
            NOON - draw(ages) if amount else None,
            amount,
        )
        for number in numbers
    ]


def numbers(ranked):
    return [one.read.article_id for one in ranked]


def published(number, hours_ago, readings=0.0, total=0):
    return Read(number, NOON - hours_ago * HOUR, readings, NOON if readings else None, total)


@pytest.mark.parametrize(
    ("readings", "hours", "gravity", "expected"),
    [(0, 2, 1.5, 1 / 8), (15, 2, 1.5, 2.0), (7, 0, 1.0, 4.0), (3, 100, 0.0, 4.0), (0, 0, 2.0, 0.25)],
)
def test_the_score_is_the_readings_and_one_over_the_age_and_two_hours_to_the_gravity(
    readings, hours, gravity, expected
):
    assert score(readings, hours * HOUR, gravity) == pytest.approx(expected)


@pytest.mark.parametrize(("hours", "expected"), [(0, 8.0), (3, 8 / 2**0.5), (6, 4.0), (12, 2.0), (60, 8 / 1024)])
def test_readings_are_worth_half_after_each_half_life(hours, expected):
    assert decay(8, NOON, NOON + hours * HOUR, 6 * HOUR) == pytest.approx(expected)


def test_readings_that_were_never_stored_do_not_decay():
    assert decay(0.0, None, NOON, 6 * HOUR) == 0.0


@given(amounts, ages)
def test_readings_are_never_worth_more_than_they_were_also_after_a_clock_was_set_back(readings, passed):
    worth = decay(readings, NOON, NOON + passed, RULES.half_life)
    assert 0 <= worth <= readings


@given(several(of_ages=young_ages), st.data(), st.integers(1, 1_000_000))
def test_more_readings_never_rank_lower(candidates, data, more):
    place = data.draw(st.integers(0, len(candidates) - 1))
    one = candidates[place]
    more_read = replace(one, decayed=one.decayed + more, at=one.at or NOON)
    before = numbers(order(candidates, NOON, RULES)).index(one.article_id)
    after = numbers(order([*candidates[:place], more_read, *candidates[place + 1 :]], NOON, RULES))
    assert after.index(one.article_id) <= before


@given(young_ages, young_ages, amounts, ages, several(min_size=0))
def test_of_two_with_equal_readings_the_older_never_ranks_higher(one_age, other_age, readings, read_ago, others):
    younger, older = sorted((one_age, other_age))
    # The older one has the higher number, which would win where nothing else decides.
    two = [
        Read(2001 + is_older, NOON - age, float(readings), NOON - read_ago)
        for is_older, age in enumerate((younger, older))
    ]
    ranked = numbers(order([*others, *two], NOON, RULES))
    if younger < older:
        assert ranked.index(2001) < ranked.index(2002)
    else:
        assert ranked.index(2002) < ranked.index(2001)


@given(several(of_ages=st.integers(0, 86_400).map(lambda seconds: timedelta(seconds=seconds))))
def test_what_was_read_is_after_enough_half_lives_like_what_was_not(candidates):
    distinct = [
        replace(one, published=one.published.replace(microsecond=0) - place * HOUR, at=NOON)
        for place, one in enumerate(sorted(candidates, key=lambda one: one.published, reverse=True))
    ]
    later = NOON + timedelta(days=25)
    unread = [replace(one, decayed=0.0, at=None) for one in distinct]
    assert numbers(order(distinct, later, RULES)) == numbers(order(unread, later, RULES))


@given(several(), st.randoms(use_true_random=False))
def test_the_order_does_not_depend_on_the_order_of_the_candidates(candidates, random):
    shuffled = list(candidates)
    random.shuffle(shuffled)
    assert order(shuffled, NOON, RULES) == order(candidates, NOON, RULES)


def test_of_equals_of_one_second_the_highest_number_is_first():
    assert numbers(order([published(n, 1, 4.0) for n in (2, 3, 1)], NOON, RULES)) == [3, 2, 1]


@given(several(of_ages=young_ages))
def test_with_no_readings_the_newest_is_first(candidates):
    unread = [replace(one, decayed=0.0, at=None) for one in candidates]
    newest_first = sorted(unread, key=lambda one: (one.published, one.article_id), reverse=True)
    assert numbers(order(unread, NOON, RULES)) == [one.article_id for one in newest_first]


def test_with_no_gravity_age_counts_for_nothing_and_of_equals_the_newest_is_first():
    weightless = replace(RULES, gravity=0.0)
    candidates = [published(1, 500, 3.0), published(2, 1, 2.0), published(3, 20), published(4, 10)]
    assert numbers(order(candidates, NOON, weightless)) == [1, 2, 4, 3]


@given(several())
def test_nothing_older_than_the_window_is_in_the_order_and_everything_else_is(candidates):
    young = {one.article_id for one in candidates if NOON - one.published <= RULES.window}
    ranked = numbers(order(candidates, NOON, RULES))
    assert set(ranked) == young
    assert len(ranked) == len(young)


def test_an_old_story_that_is_read_now_stands_above_a_new_one_that_nobody_reads():
    assert numbers(order([published(1, 24, 100.0), published(2, 1)], NOON, RULES)) == [1, 2]


@given(several(of_ages=young_ages), st.integers(1, 20 * 86_400))
def test_a_clock_that_was_set_back_leaves_an_order_of_all_stories_with_the_newest_first_of_equals(candidates, seconds):
    """What lies ahead of the clock counts as new, and what was read ahead of it as read now."""
    back = NOON - timedelta(seconds=seconds)
    ranked = order(candidates, back, RULES)
    assert {one.read for one in ranked} == set(candidates)
    for one in ranked:
        assert 0 < one.score <= (one.read.decayed + 1) / 2**RULES.gravity
    ahead = [Read(n, NOON - HOUR * n) for n in range(1, 4)]
    assert numbers(order(ahead, NOON - timedelta(days=1), RULES)) == [1, 2, 3]


@given(several(of_ages=young_ages))
def test_the_scores_fall_down_the_order(candidates):
    scores = [one.score for one in order(candidates, NOON, RULES)]
    assert sorted(scores, reverse=True) == scores


def test_only_what_stands_among_the_first_ten_is_rising():
    ranked = order([published(n, n, 100.0, total=100) for n in range(1, 15)], NOON, RULES)
    assert rising(ranked, RULES) == list(range(1, RISING_RANKS + 1))


@pytest.mark.parametrize(("total", "rises"), [(19, False), (20, True), (21, True)])
def test_only_what_was_read_often_enough_is_rising(total, rises):
    ranked = order([published(1, 1, 100.0, total=total)], NOON, RULES)
    assert rising(ranked, RULES) == [1] * rises


def test_readings_that_decayed_count_for_rising_as_often_as_they_were_counted():
    faded = Read(1, NOON - 10 * HOUR, 20.0, NOON - 60 * HOUR, total=20)
    assert rising(order([faded], NOON, RULES), RULES) == [1]


@given(several(min_size=0))
def test_what_rises_rises_in_the_order(candidates):
    ranked = order(candidates, NOON, RULES)
    found = rising(ranked, RULES)
    assert [number for number in numbers(ranked) if number in found] == found
