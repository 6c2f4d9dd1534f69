"""Readings, counted in memory, and the trending order that is made of them."""

import hashlib
import secrets
import threading
from collections import Counter
from datetime import datetime, timedelta
from functools import lru_cache
from ipaddress import IPv6Address, ip_address

from crawleruseragents import is_crawler
from sqlalchemy import Connection

from feedsvc.domain import trending
from feedsvc.domain.article import Kind
from feedsvc.domain.dates import Clock
from feedsvc.domain.feedname import RISING, TRENDING
from feedsvc.domain.trending import Ranked, Rules
from feedsvc.settings import Settings
from feedsvc.storage import changes, feeds, readings, standing
from feedsvc.storage.changes import Change
from feedsvc.storage.database import Database

BY = "trending"

VISITORS_LIMIT = 500_000
"""Visits that a process remembers in an hour; beyond that it counts no more until the next one."""

DIGEST_BYTES = 10


class Readings:
    """The readings that a process counted and has not handed over yet. Threads may share it.

    Who reads is not stored: a visit is remembered as a keyed hash of address, browser and article, under a key that is
    made anew each hour and never leaves the memory.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._counted: Counter[int] = Counter()
        self._seen: set[bytes] = set()
        self._hour: datetime | None = None
        self._key = b""

    def count(self, article_id: int, address: str, user_agent: str) -> bool:
        """Count that somebody reads an article: once for each visitor, article and hour. Tells whether it counted.

        Programs do not count. Of an IPv6 address the network counts, since one visitor has many addresses there.
        """
        if _is_program(user_agent[:500]):
            return False
        hour = self._clock().replace(minute=0, second=0, microsecond=0)
        with self._lock:
            if hour != self._hour:
                self._hour, self._key = hour, secrets.token_bytes(32)
                self._seen.clear()
            visit = f"{_network(address)} {article_id} {user_agent}".encode("utf-8", "surrogateescape")
            seen = hashlib.blake2b(visit, key=self._key, digest_size=DIGEST_BYTES).digest()
            if seen in self._seen or len(self._seen) >= VISITORS_LIMIT:
                return False
            self._seen.add(seen)
            self._counted[article_id] += 1
            return True

    def take(self) -> dict[int, int]:
        """What was counted since this was asked last: article -> readings."""
        with self._lock:
            taken, self._counted = self._counted, Counter()
        return dict(taken)

    def give_back(self, taken: dict[int, int]) -> None:
        """Count again what could not be stored."""
        with self._lock:
            self._counted.update(taken)


@lru_cache(maxsize=4096)
def _is_program(user_agent: str) -> bool:
    return not user_agent.strip() or is_crawler(user_agent)


def _network(address: str) -> str:
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return address
    return str(parsed.ipv4_mapped or int(parsed) >> 64)


def rules_of(settings: Settings) -> Rules:
    """How the settings want the order made."""
    return Rules(
        half_life=timedelta(hours=settings.trending_half_life),
        gravity=settings.trending_gravity,
        window=timedelta(days=settings.trending_window),
        rising_min_readings=settings.rising_min_readings,
    )


def flush(database: Database, settings: Settings, counter: Readings) -> int:
    """Store what a process counted, in one short write; how many readings that were. Nothing is lost if it fails."""
    taken = counter.take()
    if not taken:
        return 0
    rules = rules_of(settings)
    try:
        with database.write() as connection:
            now = database.clock()
            readings.count(connection, taken, now, rules.half_life, now - rules.window)
    except BaseException:
        counter.give_back(taken)
        raise
    return sum(taken.values())


def refresh(database: Database, settings: Settings) -> bool:
    """Make the trending order anew; tells whether the sequence of its stories is another one.

    The feed `trending` is touched only then. Stories that began to rise enter the feed `rising`, once and for good,
    dated with now, or with their own date where that is later.
    """
    with database.read() as connection:
        order = _order(connection, settings, database.clock())
        chosen = feeds.chosen(connection)
        is_another = _numbers(order) != readings.standing(connection, chosen[TRENDING])
        has_risen = bool(_rising(connection, settings, order, chosen[RISING]))
    if is_another:
        changes.change(database, BY, lambda c, change: _reorder(c, change, settings, chosen[TRENDING]))
    if has_risen:
        changes.change(database, BY, lambda c, change: _rise(c, change, settings, chosen[RISING]))
    with database.write() as connection:
        readings.rank(connection, order)
    return is_another


def forget(database: Database, settings: Settings) -> None:
    """Remove readings that no order and no chart needs any more."""
    rules = rules_of(settings)
    with database.write() as connection:
        now = database.clock()
        readings.forget(connection, now, rules.half_life, now - rules.window)


def _order(connection: Connection, settings: Settings, now: datetime) -> list[Ranked]:
    rules = rules_of(settings)
    found = readings.candidates(connection, settings.feed_entries, now - rules.window)
    return trending.order(found, now, rules)[: settings.feed_entries]


def _numbers(order: list[Ranked]) -> list[int]:
    return [one.read.article_id for one in order]


def _rising(connection: Connection, settings: Settings, order: list[Ranked], feed_id: int) -> list[Ranked]:
    """Those of the order that rise, and never did before."""
    rise = trending.rising(order, rules_of(settings))
    before = standing.ever_stood(connection, feed_id, rise)
    return [one for one in order if one.read.article_id in rise and one.read.article_id not in before]


def _reorder(connection: Connection, change: Change, settings: Settings, feed_id: int) -> None:
    order = _order(connection, settings, change.now)
    standing.reorder(connection, change, feed_id, [(one.read.article_id, one.read.published) for one in order])
    _record(connection, change, feed_id)


def _rise(connection: Connection, change: Change, settings: Settings, feed_id: int) -> None:
    new = _rising(connection, settings, _order(connection, settings, change.now), feed_id)
    dated = [(one.read.article_id, max(one.read.published, change.now)) for one in reversed(new)]
    standing.enter(connection, change, feed_id, dated)
    _record(connection, change, feed_id)


def _record(connection: Connection, change: Change, feed_id: int) -> None:
    changes.record_feed(connection, change, Kind.ORDER, feed_id)
    changes.move_heads(connection, change, [feed_id], significant=[feed_id], leaves_archives=True)
