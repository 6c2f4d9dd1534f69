"""Ages and dates as pages show them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from feedsvc.web import ages

NOW = datetime(2026, 11, 21, 7, 40, tzinfo=UTC)
ENGLISH = ages.locale_of("en")


@pytest.mark.parametrize(
    ("passed", "said"),
    [
        (timedelta(seconds=59, milliseconds=999), "59 seconds ago"),
        (timedelta(minutes=59, seconds=59), "59 minutes ago"),
        (timedelta(hours=21, minutes=59), "21 hours ago"),
        (timedelta(hours=23, minutes=59), "23 hours ago"),
        (timedelta(days=1), "1 day ago"),
        (timedelta(days=1, hours=23), "1 day ago"),
        (timedelta(days=4), "4 days ago"),
        (timedelta(days=13), "1 week ago"),
        (timedelta(days=800), "2 years ago"),
    ],
)
def test_an_age_is_floored_to_its_largest_unit(passed: timedelta, said: str) -> None:
    assert ages.age(NOW - passed, NOW, ENGLISH) == said


@pytest.mark.parametrize("seconds", [0, 0.4, -3_600])
def test_what_is_new_or_from_the_future_is_a_second_old(seconds: float) -> None:
    assert ages.age(NOW - timedelta(seconds=seconds), NOW, ENGLISH) == "1 second ago"


def test_an_age_is_written_in_the_language_of_the_site() -> None:
    assert ages.age(NOW - timedelta(hours=21), NOW, ages.locale_of("de-AT")) == "vor 21 Stunden"


def test_a_date_is_that_of_the_sites_time_zone() -> None:
    evening = datetime(2026, 11, 22, 2, 5, tzinfo=UTC)
    assert ages.date_and_time(evening, ZoneInfo("America/Toronto"), ENGLISH) == "21 November 2026, 21:05"


def test_a_second_date_names_its_day_only_where_it_is_another_there() -> None:
    published, updated = datetime(2026, 11, 21, 23, 30, tzinfo=UTC), datetime(2026, 11, 22, 0, 30, tzinfo=UTC)
    assert ages.later(updated, published, ZoneInfo("UTC"), ENGLISH) == "22 November 2026, 00:30"
    assert ages.later(updated, published, ZoneInfo("America/Toronto"), ENGLISH) == "19:30"


@pytest.mark.parametrize(
    ("language", "locale"),
    [("en", "en_001"), ("EN", "en_001"), ("en-CA", "en_CA"), ("de-1996", "de"), ("sl-rozaj", "sl"), ("tlh", "en_001")],
)
def test_a_language_that_is_not_known_is_written_like_its_nearest_known_one(language: str, locale: str) -> None:
    assert str(ages.locale_of(language)) == locale


@pytest.mark.parametrize(
    ("language", "named"), [("en", "en_US"), ("en-CA", "en_CA"), ("fr", "fr_FR"), ("zh-Hant-TW", "zh_TW")]
)
def test_open_graph_gets_a_language_with_a_country(language: str, named: str) -> None:
    assert ages.territorial(language) == named
