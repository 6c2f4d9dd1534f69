"""Counters and timings, as Prometheus reads them. Each process counts for itself."""

from prometheus_client import CONTENT_TYPE_LATEST, Counter, Gauge, Histogram, generate_latest

POLLS = Counter(
    "feedsvc_polls",
    "Polls of feed documents, by HTTP status of the answer and format asked for",
    ["answer", "format"],
)
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
