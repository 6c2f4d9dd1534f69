"""Ages and dates as pages show them: in the language of the site, in its time zone."""

from datetime import datetime, timedelta, tzinfo
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.dates import TIMEDELTA_UNITS, format_date, format_skeleton, format_timedelta


@lru_cache(maxsize=16)
def locale_of(language: str) -> Locale:
    """How a language writes dates. `language` is a BCP 47 tag; what Babel does not know is written as in English.

    Plain `en` names no country, so it is the English of the world, with the day before the month.
    """
    tag = language.lower().split("-")
    for name in ("_".join(tag), tag[0]):
        try:
            return Locale.parse("en_001" if name == "en" else name)
        except (UnknownLocaleError, ValueError):
            continue
    return Locale.parse("en_001")


def territorial(language: str) -> str:
    """A language with a country, as Open Graph asks for: `en-CA` -> `en_CA`, and `fr` -> `fr_FR`, its likely one."""
    locale = locale_of(language)
    if locale.territory and locale.territory.isalpha():
        return f"{locale.language}_{locale.territory}"
    likely = get_global("likely_subtags").get(locale.language, locale.language)
    return f"{locale.language}_{likely.rpartition('_')[2]}"


def age(then: datetime, now: datetime, locale: Locale) -> str:
    """How long ago something was, in its largest whole unit: “21 hours ago”, “1 day ago”.

    Floored, never rounded: a day is a day once 24 hours have passed. What is not a second old yet, or seems to come
    from the future because a clock was set back, is a second old.
    """
    seconds = max(1, int((now - then).total_seconds()))
    unit_seconds = next(size for _, size in TIMEDELTA_UNITS if seconds >= size)
    whole = timedelta(seconds=seconds // unit_seconds * unit_seconds)
    return format_timedelta(-whole, threshold=1, add_direction=True, locale=locale)


def date_and_time(moment: datetime, zone: tzinfo, locale: Locale) -> str:
    """A moment on the wall clock of a time zone: “21 November 2026, 07:40”."""
    return f"{format_date(moment.astimezone(zone), 'long', locale)}, {time_of_day(moment, zone, locale)}"


def time_of_day(moment: datetime, zone: tzinfo, locale: Locale) -> str:
    """A moment's time on the wall clock of a time zone, on 24 hours: “07:40”."""
    return format_skeleton("Hm", moment.astimezone(zone), locale=locale)


def later(moment: datetime, first: datetime, zone: tzinfo, locale: Locale) -> str:
    """A moment beside an earlier one that is written already: its time alone where the day is the same."""
    is_same_day = moment.astimezone(zone).date() == first.astimezone(zone).date()
    return time_of_day(moment, zone, locale) if is_same_day else date_and_time(moment, zone, locale)
