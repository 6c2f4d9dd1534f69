"""What things cost a newsroom of few and of very many stories: `python -m bench.growth COUNT FOLDER` prints JSON.

Everything happens in this process, on a database that `bring_in` filled; times are medians in ms. SQLite's work is
counted too, in steps of its virtual machine: no other load on the machine moves that figure.
"""

import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from operator import itemgetter
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import Connection, Engine, event
from werkzeug.test import Client

from bench import newsroom, words
from feedsvc import create_app
from feedsvc.actions import edit, staff, trend
from feedsvc.actions.press import Press, epoch
from feedsvc.actions.trend import Readings
from feedsvc.settings import Settings
from feedsvc.storage import feeds
from feedsvc.storage.database import Database
from feedsvc.web.sign_in import COOKIE

CHARACTERS = 600
"""Of each body: what is measured does not depend on it, and a million longer ones would fill the disk."""

READ = 300
"""Stories that were read lately, so that the trending order has something to choose from."""

STEPS_AT_ONCE = 100
"""SQLite tells every so many steps that it made so many more."""

TOLD_EVERY = 1_000

SECTION = newsroom.SECTIONS[0]


@dataclass
class Cost:
    """What one thing cost: time in ms, statements of SQL and steps of SQLite, each the median.

    `heaviest` is the statement that took the most steps, `heaviest_steps` how many, and `plan` how SQLite carried it
    out.
    """

    milliseconds: float
    statements: float
    steps: float
    heaviest: str = ""
    heaviest_steps: int = 0
    plan: str = ""


@dataclass
class Growth:
    """What everything cost at one size; seconds that filling took, bytes of the database."""

    stories: int
    fill_seconds: float
    database_bytes: int
    costs: dict[str, Cost] = field(default_factory=dict)


def measure(count: int, folder: Path, tell: Callable[[str], None]) -> Growth:
    """Make a newsroom of `count` stories in a folder, and do everything there several times."""
    settings = Settings({"FEEDSVC_INSTANCE_PATH": str(folder), "FEEDSVC_PORT": "8000"})
    database = newsroom.make(settings)
    began = time.monotonic()

    def tell_some(there: int) -> None:
        if there % TOLD_EVERY == 0:
            tell(f"{there:,} of {count:,} stories")

    newsroom.fill(database, settings.media, count, CHARACTERS, newsroom.SECTIONS, tell_some)
    filled = time.monotonic() - began
    _read_some(database, settings, count)
    size = sum(path.stat().st_size for path in folder.glob("feedsvc.sqlite*"))
    growth = Growth(count, filled, size)
    counted = _Counted()
    for name, (times, act) in _acts(settings, database, count).items():
        tell(f"{name} at {count:,} stories")
        growth.costs[name] = counted.cost(database, times, act)
    return growth


def _acts(settings: Settings, database: Database, count: int) -> dict[str, tuple[int, Callable[[int], object]]]:
    """What is measured: name -> how often, and the act, which is told its turn."""
    app = create_app(settings)
    client = Client(app, use_cookies=False)
    signed_in = f"{COOKIE}={staff.sign_in(database, newsroom.EDITOR, newsroom.PASSWORD, '127.0.0.1')}"
    url = settings.base_url

    def get(path: str, status: int = 200, **headers: str) -> dict[str, str]:
        answer = client.get(path, base_url=url, headers={k.replace("_", "-"): v for k, v in headers.items()})
        if answer.status_code != status:
            raise RuntimeError(f"{path} answered {answer.status}, not {status}")
        answer.get_data()
        return dict(answer.headers)

    feed = f"/feeds/{SECTION}.rss"
    tag = get(feed)["ETag"]
    with database.read() as connection:
        led_to = feeds.resolve(connection, SECTION)
    if led_to is None:
        raise RuntimeError(f"there is no feed {SECTION}")

    def publish(turn: int) -> None:
        revision = newsroom.story(10**7 + turn, CHARACTERS, SECTION, database.clock()).revision
        edit.create_and_publish(database, revision, newsroom.BY)

    def refresh(turn: int) -> None:
        # Another story is read each time, so that there is another order to be stored.
        _count(database, settings, {count - 20 - turn: 1_000 + 100 * turn})
        trend.refresh(database, settings)

    return {
        "poll, 304": (500, lambda _: get(feed, 304, If_None_Match=tag)),
        "first rendering": (20, lambda _: Press(database, settings, epoch(settings))(led_to.feed_ids, "rss")),
        "section page": (30, lambda _: get(f"/{SECTION}")),
        "newsdesk list": (30, lambda _: get("/newsdesk", Cookie=signed_in)),
        "search, a word of one story": (30, lambda turn: get(f"/search?q={words.rare(count - 1 - turn)}")),
        "search, a word of every story": (30, lambda _: get(f"/search?q={words.EVERYWHERE}")),
        "trending refresh": (10, refresh),
        "publishing": (30, publish),
    }


def _read_some(database: Database, settings: Settings, count: int) -> None:
    _count(database, settings, {count - turn: 5 + turn % 37 for turn in range(min(READ, count))})
    trend.refresh(database, settings)


def _count(database: Database, settings: Settings, counted: dict[int, int]) -> None:
    readings = Readings(database.clock)
    readings.give_back(counted)
    trend.flush(database, settings, readings)


class _Counted:
    """Counts what SQLite does for one act after the other."""

    def __init__(self) -> None:
        self._statements = 0
        self._steps = 0
        self._counts = False
        self._by_statement: Counter[str] = Counter()
        self._now: tuple[str, Any] = ("", ())
        self._last: dict[str, Any] = {}
        event.listen(Engine, "engine_connect", self._on_connect)
        event.listen(Engine, "before_cursor_execute", self._on_statement)

    def cost(self, database: Database, times: int, act: Callable[[int], object]) -> Cost:
        """The medians of `times` acts, after two that warm up; the time is taken of those that are not counted."""
        turns = iter(range(10**6))
        for _ in range(2):
            act(next(turns))
        spent = []
        for _ in range(times):
            began = time.perf_counter()
            act(next(turns))
            spent.append((time.perf_counter() - began) * 1_000)
        statements, steps = [], []
        with self._counting():
            for _ in range(max(3, times // 10)):
                self._statements = self._steps = 0
                self._by_statement.clear()
                act(next(turns))
                statements.append(self._statements)
                steps.append(self._steps)
            heaviest, most = max(self._by_statement.items(), key=itemgetter(1), default=("", 0))
        return Cost(median(spent), median(statements), median(steps), heaviest, most, self._plan(database, heaviest))

    def _plan(self, database: Database, statement: str) -> str:
        if not statement.lstrip().startswith("SELECT"):
            return ""
        with database.read() as connection:
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", self._last[statement])
            return "; ".join(str(row[3]) for row in rows)

    @contextmanager
    def _counting(self) -> Iterator[None]:
        self._counts = True
        try:
            yield
        finally:
            self._counts = False

    def _on_connect(self, connection: Connection) -> None:
        driver: Any = connection.connection.driver_connection
        driver.set_progress_handler(self._on_steps if self._counts else None, STEPS_AT_ONCE)

    def _on_steps(self) -> int:
        self._steps += STEPS_AT_ONCE
        self._by_statement[self._now[0]] += STEPS_AT_ONCE
        self._last[self._now[0]] = self._now[1]
        return 0

    def _on_statement(self, _connection: object, _cursor: object, statement: str, given: Any, *_: object) -> None:
        self._statements += 1
        self._now = statement, given


if __name__ == "__main__":
    found = measure(int(sys.argv[1]), Path(sys.argv[2]), lambda line: print(line, file=sys.stderr, flush=True))
    print(json.dumps(asdict(found)))
