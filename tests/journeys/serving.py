"""A service as an operator starts it, and a script that uses its newsdesk over real HTTP."""

import http.client
import io
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from unittest import mock
from urllib.parse import urlencode, urlsplit

import lxml.html
from sqlalchemy import event
from sqlalchemy.pool import Pool

from feedsvc import cli

PROJECT = Path(__file__).resolve().parent.parent.parent
PASSWORD = "correct horse battery"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def nothing_left_open() -> Iterator[None]:
    """Close the connections that are made inside, as the end of a process does."""
    opened = []

    def note(driver: object, _: object) -> None:
        opened.append(driver)

    event.listen(Pool, "connect", note)
    try:
        yield
    finally:
        event.remove(Pool, "connect", note)
        for driver in opened:
            driver.close()


class Service:
    """`python -m feedsvc` on an instance of its own; `start` waits until it answers."""

    def __init__(self, instance: Path, **settings: str) -> None:
        self.instance = instance
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("FEEDSVC_")}
        self.environment |= {
            "FEEDSVC_INSTANCE_PATH": str(instance),
            "FEEDSVC_PORT": str(self.port),
            "FEEDSVC_ADMIN_PASSWORD": PASSWORD,
        } | settings
        self.process: subprocess.Popen | None = None
        self.log = instance.parent / "service.log"

    def run(self, *command: str, typed: str = "") -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, "-m", "feedsvc", *command],
            cwd=PROJECT,
            env=self.environment,
            input=typed,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def tell(self, *command: str, typed: str = "") -> subprocess.CompletedProcess:
        """What `run` does, without a process of its own: for the many commands of which only what they do matters."""
        said, complained = io.StringIO(), io.StringIO()
        with (
            mock.patch.dict(os.environ, self.environment, clear=True),
            mock.patch("sys.stdin", io.StringIO(typed)),
            redirect_stdout(said),
            redirect_stderr(complained),
            nothing_left_open(),
        ):
            code = cli.main(command)
        return subprocess.CompletedProcess(command, code, said.getvalue(), complained.getvalue())

    def start(self) -> "Service":
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "feedsvc", "serve"],
                cwd=PROJECT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + 30
        while True:
            try:
                self.get("/healthz")
            except OSError:
                assert self.process.poll() is None, self.log.read_text()
                assert time.monotonic() < deadline, self.log.read_text()
                time.sleep(0.05)
            else:
                return self

    def kill(self) -> None:
        """`kill -9` to every process of the service, at once."""
        workers = subprocess.run(["pgrep", "-P", str(self.process.pid)], capture_output=True, text=True, check=True)
        for pid in (self.process.pid, *map(int, workers.stdout.split())):
            os.kill(pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        """What Ctrl-C does; returns the exit code."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(timeout=20)

    def request(self, method: str, path: str, body: str | None = None, **headers: str) -> "Answer":
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> "Answer":
        return self.request("GET", path, **headers)


class Answer:
    """Status, headers and body of one answer."""

    def __init__(self, status: int, headers: http.client.HTTPMessage, body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def text(self) -> str:
        return self.body.decode()


class Script:
    """Somebody's script: it posts url-encoded forms with an Origin header and the page's hidden fields."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.cookie = ""

    def sign_in(self) -> "Script":
        answer = self.post("/newsdesk/sign-in", {"user": "admin", "password": PASSWORD})
        assert answer.status == 303, answer.text
        self.cookie = answer.headers["Set-Cookie"].partition(";")[0]
        return self

    def post(self, path: str, fields: dict[str, str]) -> Answer:
        return self.service.request(
            "POST",
            path,
            urlencode(fields),
            Content_Type="application/x-www-form-urlencoded",
            Origin=self.service.url,
            Cookie=self.cookie,
        )

    def form(self, path: str) -> dict[str, str]:
        """What the form at an address holds now, hidden fields included."""
        page = self.service.get(path, Cookie=self.cookie)
        assert page.status == 200, page.text
        form = next(f for f in lxml.html.fromstring(page.text).forms if "headline" in f.fields)
        return {name: value for name, value in form.form_values() if value is not None}

    def act(self, action: str, path: str = "/newsdesk/articles/new", **fields: str) -> str:
        """Fill in the form and press a button; returns the address of the story's form."""
        answer = self.post(path, self.form(path) | fields | {"action": action})
        assert answer.status == 303, f"{answer.status}: {answer.text}"
        return urlsplit(answer.headers["Location"]).path
