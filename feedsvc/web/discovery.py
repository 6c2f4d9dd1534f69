"""What programs ask a site for: robots.txt, icons, static files for ever, and how the service is."""

import hashlib
import hmac
from collections.abc import Sequence
from datetime import timedelta
from functools import lru_cache
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, abort, current_app, jsonify, request, send_from_directory

from feedsvc import metrics
from feedsvc.actions import schedule
from feedsvc.actions.opml import opml as make_opml
from feedsvc.errors import StorageError
from feedsvc.feeds.opml import MEDIA_TYPE
from feedsvc.storage import jobs
from feedsvc.storage.jobs import Run
from feedsvc.texts import _
from feedsvc.web import pages
from feedsvc.web.newsroom import newsroom
from feedsvc.web.safety import client_address

ROBOTS = "User-agent: *\nDisallow: /newsdesk$\nDisallow: /newsdesk/\n"
"""RFC 9309. The dollar ends the first path: a section called `newsdesk-life` may be read."""

STATIC_SECONDS = 3_600
YEAR_SECONDS = 31_536_000

CLOCK_SECONDS = 60
"""How long ago a clock that runs may have reported at most."""

FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-IP")

blueprint = Blueprint("discovery", __name__)


@blueprint.get("/robots.txt")
def robots() -> Response:
    """Everything may be indexed that is not the newsdesk."""
    return Response(ROBOTS, mimetype="text/plain")


@blueprint.get("/favicon.ico")
def favicon() -> Response:
    """The icon, for those who ask without reading a page."""
    return send_from_directory(str(current_app.static_folder), "favicon.ico", mimetype="image/x-icon")


@blueprint.get("/feeds.opml")
@blueprint.get("/.well-known/feeds")
def opml() -> Response:
    """All feeds as one file, for feed readers and for programs that look for feeds."""
    here = newsroom()
    return pages.fresh(Response(make_opml(here.database, here.settings), content_type=MEDIA_TYPE))


@blueprint.get("/healthz")
def health() -> Response:
    """Whether the service is well, 200 or 503; why not, only for its operators."""
    here = newsroom()
    trouble = [
        f"{format} of feed {'+'.join(map(str, parts))}: {why}"
        for (parts, format), why in sorted(here.failures().items(), key=str)
    ]
    said: dict[str, Any] = {"status": "ok", "database": "ok", "failing_documents": len(trouble)}
    runs: list[Run] = []
    try:
        with here.database.read() as connection:
            runs = jobs.last_runs(connection)
        late = schedule.overdue(here.database)
    except StorageError as error:
        said["database"] = "failing"
        trouble.append(f"database: {error}")
    else:
        said |= {"overdue": len(late), "clock": _clock(runs)}
        trouble += [f"story {number} should have been published" for number in late]
        trouble += [f"job {run.name} fails since {run.failed_since}: {run.failure}" for run in runs if run.failure]
    if trouble:
        said["status"] = "failing"
    if _is_operator():
        said["details"] = trouble
        said["jobs"] = {
            run.name: {"ran": run.ran.isoformat(), "seconds": round(run.seconds, 3), "failure": run.failure}
            for run in runs
        }
    response = jsonify(said)
    response.status_code = 503 if trouble else 200
    response.headers["Cache-Control"] = "no-store"
    return response


def _clock(runs: Sequence[Run]) -> str:
    """Whether the clock runs, here or in another process: it reports every few seconds."""
    if not runs:
        return "never ran"
    since = newsroom().database.clock() - max(run.ran for run in runs)
    return "ok" if since < timedelta(seconds=CLOCK_SECONDS) else "stopped"


@blueprint.get("/metrics")
def measures() -> Response:
    """Counters and timings, for operators only."""
    if not _is_operator():
        abort(403, _("Metrics are read from this machine itself, or with the token of OPERATIONS_TOKEN."))
    here = newsroom()
    with here.database.read() as connection:
        for run in jobs.last_runs(connection):
            metrics.JOB_RAN.labels(run.name).set(run.ran.timestamp())
            metrics.JOB_SECONDS.labels(run.name).set(run.seconds)
            metrics.JOB_FAILING.labels(run.name).set(bool(run.failure))
    metrics.OVERDUE.set(len(schedule.overdue(here.database)))
    body, content_type = metrics.exposition()
    return Response(body, content_type=content_type, headers={"Cache-Control": "no-store"})


def _is_operator() -> bool:
    """Whether the request comes from this machine, not through a proxy on it, or carries the token (RFC 6750)."""
    token = newsroom().settings.operations_token
    given = request.headers.get("Authorization", "").encode()
    if token and hmac.compare_digest(given, f"Bearer {token}".encode()):
        return True
    is_forwarded = any(name in request.headers for name in FORWARDED)
    return not is_forwarded and ip_address(client_address() or "0.0.0.0").is_loopback  # noqa: S104 - compared, not bound


@blueprint.app_url_defaults
def _give_version(endpoint: str, values: dict[str, Any]) -> None:
    """Every link to a static file names the version of its content, so that it can be kept for ever."""
    if endpoint == "static" and "filename" in values:
        values["v"] = _version(values["filename"])


@blueprint.after_app_request
def _keep_static(response: Response) -> Response:
    if request.endpoint == "static" and response.status_code in (200, 304):
        filename = (request.view_args or {})["filename"]
        is_version = request.args.get("v") == _version(filename)
        lasting = f"public, max-age={YEAR_SECONDS}, immutable"
        response.headers["Cache-Control"] = lasting if is_version else f"public, max-age={STATIC_SECONDS}"
    return response


def _version(filename: str) -> str | None:
    path = Path(str(current_app.static_folder)) / filename
    if not path.is_file():
        return None
    stat = path.stat()
    return _content_hash(path, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=64)
def _content_hash(path: Path, modified_ns: int, length: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]
