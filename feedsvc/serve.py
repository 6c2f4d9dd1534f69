"""Serve the application with granian, after looking at everything that could go wrong."""

import os
import socket
import threading
import time

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from feedsvc.errors import FeedsvcError
from feedsvc.settings import PROJECT, Settings

PARENT = "SERVED_BY_FEEDSVC"
PARENT_LOOK_SECONDS = 0.25
PORT_WAIT_SECONDS = 2.0
"""How long a port may still be held by workers of a service that was killed."""

STOP_SECONDS = 10


def serve(settings: Settings) -> None:
    """Answer requests until SIGINT or SIGTERM, in `WORKERS` processes of `THREADS` threads.

    Raises `FeedsvcError` if the port cannot be listened on.
    """
    _check_port(settings)
    print(
        f"""
  The site       {settings.base_url}/
  The feeds      {settings.base_url}/feeds
  The newsdesk   {settings.base_url}/newsdesk   {_how_to_sign_in(settings)}

  Ctrl-C stops; the next start keeps everything.
""",
        flush=True,
    )
    os.environ[PARENT] = str(os.getpid())
    Granian(
        "wsgi:app",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=settings.workers,
        blocking_threads=settings.threads,
        working_dir=PROJECT,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_SECONDS,
        websockets=False,
        log_access=False,
        log_level=LogLevels.warning,
    ).serve()


def follow_parent() -> None:
    """In a worker of `serve`: leave signals to the main process, and end when that was killed.

    Ctrl-C goes to the whole process group; a worker that gets it beside the main process's SIGTERM may miss both. A
    worker that outlives a killed main process would hold the port. Under another WSGI server this does nothing.
    """
    parent = os.environ.get(PARENT)
    if parent != str(os.getppid()):
        return
    os.setpgid(0, 0)

    def watch() -> None:
        while os.getppid() == int(parent):
            time.sleep(PARENT_LOOK_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, name="feedsvc-parent", daemon=True).start()


def _how_to_sign_in(settings: Settings) -> str:
    if settings.admin_password:
        return "sign in as admin with the password of FEEDSVC_ADMIN_PASSWORD"
    return "sign in as admin (a new password: python -m feedsvc user password admin)"


def _check_port(settings: Settings) -> None:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    deadline = time.monotonic() + PORT_WAIT_SECONDS
    while True:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((settings.host, settings.port))
            except OSError as error:
                if time.monotonic() < deadline:
                    time.sleep(PARENT_LOOK_SECONDS)
                    continue
                raise FeedsvcError(
                    f"Port {settings.port} on {settings.host} cannot be used ({error.strerror}). Stop what listens "
                    f"there, or choose another port, for example: PORT={settings.port % 65535 + 1} make run"
                ) from error
            return
