"""The date of a change, the dates of an article's acts, and the window of a document."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

_LOCAL = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{3})?)?", re.ASCII)

LEAD_SECONDS = 3
"""How far ahead of the clock a change is dated: by the time the date is shown, every process serves the change."""

TRANSACTION_SECONDS = 1
"""A change that takes longer than this starts over with a new date."""

ONE_SECOND = timedelta(seconds=1)

WINDOW_LIMIT = 200
"""The most stories, and the most notices, in a document."""


class Clock:
    """The time now, and the latest time that this process has ever seen (a clock may step back).

    `read` returns an aware datetime in UTC; tests hand in one that jumps.
    """

    def __init__(self, read: Callable[[], datetime] | None = None) -> None:
        self._read = read or (lambda: datetime.now(UTC))
        self.latest = self._read()

    def __call__(self) -> datetime:
        now = self._read()
        self.latest = max(self.latest, now)
        return now


def floored(moment: datetime) -> datetime:
    """The moment at its whole second: documents and HTTP know nothing finer."""
    return moment.replace(microsecond=0)


def moments_of(text: str, zone: tzinfo) -> tuple[datetime, ...]:
    """The moments, in UTC, at which the clocks of a time zone show `2026-11-25T07:30`: one; none where clocks go
    forward over it, two where they go back over it.

    The text is the value of a `datetime-local` field (HTML, “local date and time”). Raises `ValueError` for another.
    """
    if not _LOCAL.fullmatch(text):
        raise ValueError(text)
    shown = datetime.fromisoformat(text)
    try:
        moments = {shown.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)}
        return tuple(sorted(m for m in moments if m.astimezone(zone).replace(tzinfo=None) == shown))
    except OverflowError as error:
        raise ValueError(text) from error


def change_date(now: datetime, head_date: datetime, head_date_was_reached: bool) -> datetime:
    """The date of a change, for validators.

    Three seconds ahead of the floored clock, never before the log head's date. A head's date that the clock has
    reached may have been shown with other bytes, so it is not given a second time: the next second is taken. While it
    has not been reached nobody was shown it, and a burst of changes shares one date.
    """
    earliest = head_date + ONE_SECOND if head_date_was_reached else head_date
    return max(floored(now) + timedelta(seconds=LEAD_SECONDS), earliest)


def act_date(now: datetime, before: datetime | None) -> datetime:
    """The date of an act on an article, as documents show it: the floored time of the act, and at least one second
    later than the article's date before."""
    act = floored(now)
    return act if before is None else max(act, before + ONE_SECOND)


@dataclass(frozen=True)
class Standing:
    """An article standing in a feed: what decides whether it is in the window of the feed's document.

    `entered` is the date of the change by which it entered, None where it was brought in.
    """

    article_id: int
    published: datetime
    entered: datetime | None


def window(
    candidates: Iterable[Standing], entries: int, since: datetime, at_most: int = WINDOW_LIMIT
) -> tuple[int, ...]:
    """The ids of the articles in a document, newest first.

    The `entries` newest by publication date, and those that entered at or after `since` (brought-in ones excepted),
    the latest to enter first, until there are `at_most`.
    """
    newest_first = sorted(candidates, key=lambda s: (s.published, s.article_id), reverse=True)
    chosen = newest_first[:entries]
    recent = sorted(
        (s for s in newest_first[entries:] if s.entered is not None and s.entered >= since),
        key=lambda s: (s.entered, s.article_id),
        reverse=True,
    )
    chosen += recent[: max(0, at_most - len(chosen))]
    return tuple(s.article_id for s in sorted(chosen, key=lambda s: (s.published, s.article_id), reverse=True))
