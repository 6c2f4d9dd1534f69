"""The clock: APScheduler ticks, each calling one action.

Rows of the database are the schedule, so a tick only looks what is due, and two clocks do no harm. Of all processes
that work on an instance one leads: it holds `scheduler.lock`, which the system frees when the process ends, however
that ends.
"""

import fcntl
import logging
import os
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import TextIO

from apscheduler.schedulers.background import BackgroundScheduler

from feedsvc.actions import mirror, schedule, trend, upkeep
from feedsvc.actions.trend import Readings
from feedsvc.errors import FeedsvcError
from feedsvc.priority import step_behind
from feedsvc.settings import Settings
from feedsvc.storage import jobs
from feedsvc.storage.database import Database
from feedsvc.storage.jobs import Run

LOCK = "scheduler.lock"

LEAD_SECONDS = 0.5
"""How often a process tries to lead."""

PUBLISH_SECONDS = 0.5
MIRROR_SECONDS = 0.1
FLUSH_SECONDS = 10
REPORT_SECONDS = 10
NOTICES_SECONDS = 60
CLEAN_SECONDS = 3_600

THREADS = 5

_log = logging.getLogger("feedsvc.jobs")

_held: list[TextIO] = []
"""The lock files that this process holds: an open file that nobody refers to would be closed."""


class Timekeeper:
    """The clock of one process: it hands over what the process counted, and does the rest while it leads."""

    def __init__(
        self, database: Database, settings: Settings, readings: Readings | None = None, may_lead: bool = True
    ) -> None:
        self._database = database
        self._settings = settings
        self._readings = readings
        self._may_lead = may_lead
        self._lock: TextIO | None = None
        self._runs: dict[str, Run] = {}
        self._runs_lock = threading.Lock()
        self._is_ending = False
        self._turn = threading.Lock()
        self._scheduler: BackgroundScheduler | None = None

    @property
    def leads(self) -> bool:
        """Whether this process does what only one may do."""
        return self._lock is not None

    def start(self) -> None:
        """Begin to tick, in a thread of its own."""
        self._is_ending = False
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": {"type": "threadpool", "max_workers": THREADS}},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        # What is wrong is said here, once for each cause. That a tick found the one before still at work is no news.
        logging.getLogger("apscheduler").setLevel(logging.CRITICAL)
        if self._readings is not None:
            self._every(FLUSH_SECONDS, "readings", partial(trend.flush, self._database, self._settings, self._readings))
        if self._may_lead:
            self._every(LEAD_SECONDS, "lead", self._try_to_lead)
        self._scheduler.start()

    def stop(self) -> None:
        """End after what is under way, and let another process lead."""
        # APScheduler waits for its jobs with its locks held: one that adds jobs then would wait for ever, and it too.
        with self._turn:
            self._is_ending = True
        if self._scheduler is not None:
            self._scheduler.shutdown()
            self._scheduler = None
        self._let_go()

    def start_after_fork(self) -> None:
        """In a forked child, which has no threads and must not lead by what its parent holds: begin anew."""
        self._let_go()
        self._runs, self._runs_lock, self._turn = {}, threading.Lock(), threading.Lock()
        if self._scheduler is not None:
            self.start()

    def _every(self, seconds: float, name: str, act: Callable[[], object]) -> None:
        if self._scheduler is not None:
            self._scheduler.add_job(
                partial(self._run, name, act), "interval", seconds=seconds, next_run_time=datetime.now(UTC)
            )

    def _try_to_lead(self) -> None:
        with self._turn:
            if self._lock is None and not self._is_ending:
                self._lead_if_nobody_does()

    def _lead_if_nobody_does(self) -> None:
        path = self._settings.instance / LOCK
        file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        self._lock = file
        _held.append(file)
        database, settings = self._database, self._settings
        self._every(PUBLISH_SECONDS, "publish", partial(schedule.publish_due, database))
        if (files := mirror.keep(database, settings)) is not None:
            self._every(MIRROR_SECONDS, "mirror", files)
        self._every(settings.trending_refresh, "trending", partial(trend.refresh, database, settings))
        self._every(NOTICES_SECONDS, "notices", partial(upkeep.end_notices, database, settings))
        self._every(CLEAN_SECONDS, "clean", partial(upkeep.clean, database, settings))
        self._every(REPORT_SECONDS, "report", self._report)

    def _let_go(self) -> None:
        if self._lock is not None:
            # Closed, not unlocked: a child shares the lock of its parent, which goes on to hold it.
            _held.remove(self._lock)
            self._lock.close()
            self._lock = None

    def _run(self, name: str, act: Callable[[], object]) -> None:
        """Do a job, whatever becomes of it; what is wrong is logged once for each cause, and told to all by a row."""
        step_behind()
        started, failure = time.monotonic(), ""
        unforeseen: Exception | None = None
        try:
            act()
        except FeedsvcError as error:
            failure = str(error)
        except Exception as error:  # noqa: BLE001 - one job must not stop the others; it is logged and tried again
            failure, unforeseen = f"{type(error).__name__}: {error}", error
        before = self._failure(name)
        now = self._database.clock()
        with self._runs_lock:
            since = self._runs[name].failed_since if before and failure else now
            seconds = time.monotonic() - started
            self._runs[name] = Run(name, now, seconds, failure, since if failure else None)
        if failure and failure != before:
            _log.error("The job %s failed, and is tried again: %s", name, failure, exc_info=unforeseen)
        elif before and not failure:
            _log.warning("The job %s works again.", name)
        if failure != before and name != "report" and self.leads:
            self._run("report", self._report)

    def _failure(self, name: str) -> str:
        with self._runs_lock:
            return self._runs[name].failure if name in self._runs else ""

    def _report(self) -> None:
        with self._runs_lock:
            runs = [run for run in self._runs.values() if run.name != "lead"]
        with self._database.write() as connection:
            jobs.note(connection, runs)


_running: Timekeeper | None = None


def start(
    database: Database, settings: Settings, readings: Readings | None = None, may_lead: bool = True
) -> Timekeeper:
    """Start the clock of this process, once. After a fork the child has a clock of its own."""
    global _running  # noqa: PLW0603 - one clock a process
    if _running is None:
        _running = Timekeeper(database, settings, readings, may_lead)
        _running.start()
    return _running


def _start_in_child() -> None:
    if _running is not None:
        _running.start_after_fork()


os.register_at_fork(after_in_child=_start_in_child)
