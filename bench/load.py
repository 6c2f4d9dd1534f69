"""Polls, many by wrk and single ones by a socket."""

import http.client
import re
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from bench import machine

CONNECTIONS = 32
"""As many aggregators that ask again as soon as they are answered."""

_DONE = """
done = function(summary, latency, requests)
  local e = summary.errors
  io.write(string.format("BENCH %d %d %d %d %d\\n", summary.requests, summary.duration,
    e.status + e.connect + e.read + e.write + e.timeout, latency:percentile(50), latency:percentile(99)))
end
"""


@dataclass(frozen=True)
class Load:
    """What wrk saw: requests, those of a second, the time of an answer in ms (half of them, 99 of 100), failures."""

    requests: int
    rate: float
    median_ms: float
    p99_ms: float
    failed: int


@dataclass(frozen=True)
class Answer:
    """One answer; the names of its headers are in small letters."""

    status: int
    headers: dict[str, str]
    fields: list[tuple[str, str]]
    body: bytes


def wrk(url: str, headers: dict[str, str], seconds: float, connections: int = CONNECTIONS) -> Load:
    """Ask one address as fast as it answers. Raises `RuntimeError` with what wrk said if it does not run."""
    asked = [part for name, value in headers.items() for part in ("-H", f"{name}: {value}")]
    command = [
        "taskset",
        "-c",
        str(machine.LOAD_CORE),
        "wrk",
        "-t1",
        f"-c{connections}",
        f"-d{max(1, round(seconds))}s",
    ]
    said = subprocess.run(
        [*command, "-s", _script(), *asked, url], capture_output=True, text=True, check=False, timeout=seconds + 60
    )
    return read(said.stdout + said.stderr)


def read(said: str) -> Load:
    """What wrk's report says. Raises `RuntimeError` if it has no figures."""
    found = re.search(r"^BENCH (\d+) (\d+) (\d+) (\d+) (\d+)$", said, re.MULTILINE)
    if found is None:
        raise RuntimeError(f"wrk gave no figures: {said.strip()[:500]}")
    requests, microseconds, failed, median, p99 = (int(text) for text in found.groups())
    return Load(requests, requests * 1e6 / microseconds, median / 1_000, p99 / 1_000, failed)


def ask(url: str, headers: dict[str, str], timeout_seconds: float = 30) -> Answer:
    """One request, answered as it is: nothing unpacked, nothing followed."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=timeout_seconds)
    try:
        connection.request("GET", parts.path, headers=headers)
        response = connection.getresponse()
        fields = response.getheaders()
        small = {name.lower(): value for name, value in fields}
        return Answer(response.status, small, fields, response.read())
    finally:
        connection.close()


@cache
def _script() -> str:
    path = Path(tempfile.mkdtemp(prefix="feedsvc-bench-")) / "done.lua"
    path.write_text(_DONE)
    return str(path)
