"""The score of an article from its readings and its age, and what it takes to be rising."""

from dataclasses import dataclass
from datetime import datetime, timedelta

RISING_RANKS = 10
"""How high a story stands that is rising."""


@dataclass(frozen=True)
class Rules:
    """How the trending order is made: the settings `TRENDING_…` and `RISING_MIN_READINGS`."""

    half_life: timedelta
    gravity: float
    window: timedelta
    rising_min_readings: int


@dataclass(frozen=True)
class Read:
    """A published article as the order sees it: `decayed` readings as of the moment `at`, and all of them."""

    article_id: int
    published: datetime
    decayed: float = 0.0
    at: datetime | None = None
    total: int = 0


@dataclass(frozen=True)
class Ranked:
    """An article in the order, the first one first."""

    read: Read
    score: float


def decay(readings: float, since: datetime | None, now: datetime, half_life: timedelta) -> float:
    """What readings counted until `since` are worth now: half of it after each half-life, never more than they were."""
    if since is None or now <= since:
        return readings
    return float(readings * 0.5 ** ((now - since) / half_life))


def score(readings: float, age: timedelta, gravity: float) -> float:
    """`(readings + 1) / (age in hours + 2) ** gravity`, after the ranking that Hacker News is known for.

    See https://news.ycombinator.com/item?id=1781013: there votes are counted, here readings that decay, so that the
    order forgets. `+ 1` lets a story that nobody read yet have a score, which falls with its age: with no readings the
    order is newest first. `+ 2` keeps the first minutes from outweighing all else. The larger `gravity`, the faster an
    older story falls. An age below zero, after a clock was set back, counts as zero.
    """
    hours = max(age / timedelta(hours=1), 0.0)
    return float((readings + 1) / (hours + 2) ** gravity)


def order(candidates: list[Read], now: datetime, rules: Rules) -> list[Ranked]:
    """The candidates that are young enough, by score; where that is equal the newest first, then the highest number."""
    ranked = [
        Ranked(one, score(decay(one.decayed, one.at, now, rules.half_life), now - one.published, rules.gravity))
        for one in candidates
        if now - one.published <= rules.window
    ]
    return sorted(ranked, key=lambda r: (r.score, r.read.published, r.read.article_id), reverse=True)


def rising(ranked: list[Ranked], rules: Rules) -> list[int]:
    """The numbers of the articles that stand high enough and were read often enough to be news by that."""
    return [one.read.article_id for one in ranked[:RISING_RANKS] if one.read.total >= rules.rising_min_readings]
