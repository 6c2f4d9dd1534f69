"""Where the time of a poll goes within this process: the front against the bare callable, and a profile of it."""

import cProfile
import io
import os
import pstats
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from urllib.parse import urlsplit
from wsgiref.types import WSGIApplication

from bench import polls
from feedsvc import create_app
from feedsvc.settings import Settings

CALLS = 5_000
TURNS = 7
LINES = 16


@dataclass(frozen=True)
class Front:
    """Microseconds of one call, asked -> (front, bare callable), without any server; and a profile of 304s."""

    calls: dict[str, tuple[float, float]]
    profile: str


def measure(standing: polls.Standing) -> Front:
    """Call both in turn in this process, with the instance that the service of `standing` works on."""
    os.environ["BENCH_FOLDER"] = str(standing.folder)
    from bench.peers.bare import app as bare

    settings = Settings(standing.environment)
    front: WSGIApplication = create_app(settings).wsgi_app
    path = urlsplit(standing.urls[polls.FEEDSVC]).path
    calls = {}
    for ask in polls.ASKS:
        of_front, of_bare = (
            _environ(url, path, ask) for url in (standing.urls[polls.FEEDSVC], standing.urls[polls.BARE])
        )
        for app, environ in ((front, of_front), (bare, of_bare)):
            if (status := _status(app, environ)) != (304 if ask == "304" else 200):
                raise RuntimeError(f"{ask} was answered with {status}")
        spent: tuple[list[float], list[float]] = ([], [])
        for _ in range(TURNS):
            spent[0].append(_microseconds(front, of_front))
            spent[1].append(_microseconds(bare, of_bare))
        calls[ask] = median(spent[0]), median(spent[1])
    return Front(calls, _profile(front, _environ(standing.urls[polls.FEEDSVC], path, "304")))


def _environ(url: str, path: str, ask: str) -> dict[str, object]:
    fields = {"Host": urlsplit(url).netloc} | polls.request_headers(url, ask)
    headers = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in fields.items()}
    return {"REQUEST_METHOD": "GET", "SCRIPT_NAME": "", "PATH_INFO": path, "QUERY_STRING": "", **headers}


def _status(app: WSGIApplication, environ: dict[str, object]) -> int:
    said = []
    for _ in app(environ.copy(), lambda status, headers, _=None: said.append(status) or said.append):
        pass
    return int(said[0][:3])


def _call(app: WSGIApplication, environ: dict[str, object]) -> Callable[[], None]:
    def start(status: str, headers: list[tuple[str, str]], _: object = None) -> Callable[[bytes], object]:
        return lambda _: None

    def call() -> None:
        for _ in app(environ.copy(), start):
            pass

    return call


def _microseconds(app: WSGIApplication, environ: dict[str, object]) -> float:
    call = _call(app, environ)
    began = time.perf_counter()
    for _ in range(CALLS):
        call()
    return (time.perf_counter() - began) / CALLS * 1e6


def _profile(app: WSGIApplication, environ: dict[str, object]) -> str:
    call = _call(app, environ)
    call()
    profile = cProfile.Profile()
    profile.enable()
    for _ in range(CALLS):
        call()
    profile.disable()
    said = io.StringIO()
    pstats.Stats(profile, stream=said).strip_dirs().sort_stats("tottime").print_stats(LINES)
    return "\n".join(line.rstrip() for line in said.getvalue().splitlines() if line.strip())
