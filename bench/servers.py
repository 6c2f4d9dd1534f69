"""The servers, each a process of its own on the core for servers."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import machine
from feedsvc.settings import PROJECT, SETTINGS

START_SECONDS = 30
STOP_SECONDS = 15

_NGINX = """
pcre_jit on; daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/nginx-error.log;
events {{ worker_connections 1024; }}
http {{
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000000;
  client_body_temp_path {folder}/nginx-body; proxy_temp_path {folder}/nginx-proxy;
  fastcgi_temp_path {folder}/nginx-fastcgi; uwsgi_temp_path {folder}/nginx-uwsgi; scgi_temp_path {folder}/nginx-scgi;
  {site}
}}
"""

_STATIC = """
  types {{ application/rss+xml rss; }}
  gzip_static on; gzip_vary on;
  server {{ listen 127.0.0.1:{port}; root {root}; {headers} }}
"""


@dataclass(frozen=True)
class Started:
    """A server that runs: its address, and the session that all its processes are in."""

    url: str
    session: int

    def processor_seconds(self) -> float:
        """The time that its processes have spent on the processor so far; what others do there does not count."""
        ticks = 0
        for path in Path("/proc").glob("[0-9]*/stat"):
            try:
                # The name, in brackets, may hold blanks: fields count from behind it.
                fields = path.read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[3]) == self.session:
                ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")


class NotStarted(Exception):
    """A server did not come up; the message has the end of what it said."""


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def nginx_static(folder: Path, root: Path, headers: Iterable[tuple[str, str]] = ()) -> Iterator[Started]:
    """nginx with the files below `root`, and `headers` beside those that nginx makes itself."""
    port = free_port()
    added = " ".join(f"add_header {name} '{value}';" for name, value in headers)
    site = _STATIC.format(port=port, root=root, headers=added)
    with _nginx(folder / f"nginx-{port}", port, site) as started:
        yield started


@contextmanager
def nginx_mirror(folder: Path, service: str, mirror: Path) -> Iterator[Started]:
    """nginx as deploy/nginx.conf sets it up, with other ports and folders, in front of the service."""
    port = free_port()
    site = (PROJECT / "deploy/nginx.conf").read_text()
    for before, after in {
        "server 127.0.0.1:8000;": f"server {service.removeprefix('http://')};",
        "root /run/feedsvc;": f"root {mirror};",
        "listen 80;": f"listen 127.0.0.1:{port};",
        "listen [::]:80;": "",
    }.items():
        if before not in site:
            raise NotStarted(f"deploy/nginx.conf has no “{before}”, which the bench puts its own in the place of")
        site = site.replace(before, after)
    with _nginx(folder / "nginx-mirror", port, site) as started:
        yield started


@contextmanager
def _nginx(folder: Path, port: int, site: str) -> Iterator[Started]:
    """One worker of nginx, with a folder for what it writes."""
    folder.mkdir()
    # Its worker gives up root's rights, and must still get to the files.
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(user + _NGINX.format(folder=folder, site=site))
    command = [machine.nginx(), "-c", str(folder / "nginx.conf"), "-e", str(folder / "nginx-error.log")]
    with running(command, port, {}, folder / "said.log") as started:
        yield started


@contextmanager
def peer(name: str, folder: Path) -> Iterator[Started]:
    """One of `bench.peers`."""
    port = free_port()
    command = [sys.executable, "-m", "bench.peers", name, str(port)]
    with running(command, port, {"BENCH_FOLDER": str(folder)}, folder / f"{name}.log") as started:
        yield started


@contextmanager
def feedsvc(environment: dict[str, str], log: Path) -> Iterator[Started]:
    """The service on an instance that is there, as `make run` starts it."""
    port = int(environment["FEEDSVC_PORT"])
    with running([sys.executable, "-m", "feedsvc", "serve"], port, environment, log) as started:
        yield started


def has_mirror() -> bool:
    """Whether this feedsvc can write its documents as files for nginx."""
    return any(setting.name == "MIRROR_DIR" for setting in SETTINGS) and (PROJECT / "deploy/nginx.conf").is_file()


@contextmanager
def running(command: list[str], port: int, environment: dict[str, str], log: Path) -> Iterator[Started]:
    """A server from when its port answers to the end of the block. Raises `NotStarted`."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("FEEDSVC_")}
    with log.open("ab") as said:
        process = subprocess.Popen(
            ["taskset", "-c", str(machine.SERVER_CORE), *command],
            cwd=PROJECT,
            env=inherited | environment,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
    try:
        _wait_for(port, process, log)
        yield Started(f"http://127.0.0.1:{port}", process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait_for(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    said = log.read_text(errors="replace").strip().replace(f"{PROJECT}/", "")[-800:]
    raise NotStarted(f"it did not listen on port {port}: {said}")
