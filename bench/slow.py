"""What others wait while some clients send half a request, or ask and do not read."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from bench import load, polls
from bench.load import Load

CLIENTS = 40
SETTLE_SECONDS = 0.5


@dataclass
class Beside:
    """304s of the others, a figure a round, alone and beside slow clients; `None` where they were not answered."""

    alone: list[Load] = field(default_factory=list)
    beside: list[Load] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def measure(standing: polls.Standing, rounds: int, seconds: float, tell: Callable[[str], None]) -> Beside:
    """Polls alone and beside 2 × CLIENTS slow clients in turn, `rounds` times."""
    found = Beside()
    url = standing.urls[polls.FEEDSVC]
    headers = polls.request_headers(url, "304")
    for number in range(1, rounds + 1):
        tell(f"polls beside slow clients, round {number} of {rounds}")
        found.alone.append(load.wrk(url, headers, seconds))
        with slow_clients(url):
            try:
                # First whether anybody is answered at all: wrk would wait for ever.
                load.ask(url, headers, timeout_seconds=5)
                found.beside.append(load.wrk(url, headers, seconds))
            except (OSError, RuntimeError) as error:
                found.problems.append(f"Round {number}: others were not answered ({error}).")
    return found


@contextmanager
def slow_clients(url: str) -> Iterator[None]:
    """For the length of the block, CLIENTS that sent half a header and CLIENTS that asked and do not read."""
    parts = urlsplit(url)
    whole = f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
    with ExitStack() as stack:
        for _ in range(CLIENTS):
            half = stack.enter_context(socket.create_connection((parts.hostname, parts.port), timeout=10))
            half.sendall(whole[: len(whole) - 12].encode())
        for _ in range(CLIENTS):
            deaf = stack.enter_context(socket.socket())
            # So small that the document does not fit between the two, and the server has to wait with the rest.
            deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            deaf.settimeout(10)
            deaf.connect((parts.hostname, parts.port))
            deaf.sendall(f"{whole}\r\n".encode())
        time.sleep(SETTLE_SECONDS)
        yield
