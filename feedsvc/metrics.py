"""Counters and timings, as Prometheus reads them. Each process counts for itself."""

import itertools
import threading
from collections.abc import Callable, Iterator

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector


class Tally:
    """A count that takes no lock: `count()` counts one."""

    def __init__(self) -> None:
        # One call into C, which no other thread can come between.
        self.count: Callable[[], int] = itertools.count().__next__
        self._lock = threading.Lock()
        self._looks = 0

    def total(self) -> int:
        """How many were counted. A look counts one itself, which is taken off again."""
        with self._lock:
            total = self.count() - self._looks
            self._looks += 1
        return total


class _Tallies(dict[tuple[str, str], Tally]):
    def __missing__(self, key: tuple[str, str]) -> Tally:
        # Of two threads that miss it at once both get the same.
        return self.setdefault(key, Tally())


class Polls(Collector):
    """Polls of feed documents: `tallies[status, format].count()`, with the status as HTTP has it, such as `200 OK`."""

    def __init__(self) -> None:
        self.tallies = _Tallies()

    def collect(self) -> Iterator[CounterMetricFamily]:
        """What Prometheus reads."""
        family = CounterMetricFamily(
            "feedsvc_polls",
            "Polls of feed documents, by HTTP status of the answer and format asked for",
            labels=["answer", "format"],
        )
        for (status, format), tally in list(self.tallies.items()):
            family.add_metric([status[:3], format], tally.total())
        yield family


POLLS = Polls()
REGISTRY.register(POLLS)

RENDERINGS = Counter(
    "feedsvc_renderings",
    "Documents made, by format and outcome (made, failed)",
    ["format", "outcome"],
)
RENDERING_SECONDS = Histogram(
    "feedsvc_rendering_seconds",
    "Time to make one document, reading included",
    ["format"],
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5),
)


JOB_RAN = Gauge("feedsvc_job_last_run_timestamp_seconds", "When a job of the clock ended last", ["job"])
JOB_SECONDS = Gauge("feedsvc_job_duration_seconds", "How long the last run of a job took", ["job"])
JOB_FAILING = Gauge("feedsvc_job_failing", "1 where the last run of a job failed", ["job"])
OVERDUE = Gauge("feedsvc_overdue_stories", "Scheduled stories that should be public and are not")


def exposition() -> tuple[bytes, str]:
    """All metrics of this process in the text format of Prometheus: (body, content type)."""
    return generate_latest(), CONTENT_TYPE_LATEST
