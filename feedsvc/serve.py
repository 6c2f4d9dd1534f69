"""Serve the application with granian, after looking at everything that could go wrong."""

import errno
import fcntl
import os
import socket
import threading
import time

from feedsvc.errors import FeedsvcError, command
from feedsvc.settings import PROJECT, Settings

PARENT = "SERVED_BY_FEEDSVC"
PARENT_LOOK_SECONDS = 0.25
PORT_WAIT_SECONDS = 2.0
"""How long a port may still be held by workers of a service that was killed."""

STOP_SECONDS = 10

LOCK = "service.lock"
LOCK_WAIT_SECONDS = 1.0
"""How long an instance may still be held by workers of a service that was killed."""

_ANY = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - called, not bound
_WHICH_HOST = "Use 127.0.0.1 for this machine alone, 0.0.0.0 for all its addresses, or one of them."


def serve(settings: Settings) -> None:
    """Answer requests until SIGINT or SIGTERM, in `WORKERS` processes of `THREADS` threads.

    Raises `FeedsvcError` if the host is not known or the port cannot be listened on, and `SystemExit` if workers end as
    soon as they start.
    """
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    address = _address(settings)
    check_port(address, settings)
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
        address=address,
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


def hold_instance(settings: Settings, alone: bool = False) -> int | None:
    """Say that this process works on the instance, until it ends or closes the descriptor that is returned.

    Services and commands hold it together, a restore holds it `alone`. Raises `FeedsvcError` if that cannot be. Without
    a folder there is nothing to hold yet, except for a restore, which makes it.
    """
    path = settings.instance / LOCK
    try:
        if alone:
            settings.instance.mkdir(mode=0o700, parents=True, exist_ok=True)
        elif not settings.instance.is_dir():
            return None
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise FeedsvcError(
            f"{path} cannot be written ({error.strerror}). Give this user the right to write there, or set "
            "FEEDSVC_INSTANCE_PATH to a folder that can be written."
        ) from error
    deadline = time.monotonic() + LOCK_WAIT_SECONDS
    while True:
        try:
            # The system lets go of it when the last process that has it open ended, however that ended.
            fcntl.flock(descriptor, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() >= deadline:
                os.close(descriptor)
                other = "the service, or another command," if alone else "a restore"
                raise FeedsvcError(
                    f"{settings.instance} is in use: {other} works on it. Wait for it or stop it, then try again."
                ) from error
            time.sleep(PARENT_LOOK_SECONDS)
        else:
            return descriptor


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
    return f"sign in as admin (a new password: {command('user password admin')})"


def _address(settings: Settings) -> str:
    """The IP address that `HOST` means; of several an IPv4 one, since not every machine that names others has them."""
    try:
        found = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise FeedsvcError(
            f"FEEDSVC_HOST is “{settings.host}”, which this machine cannot find ({error.strerror}). {_WHICH_HOST}"
        ) from error
    addresses = [str(address) for _, _, _, _, (address, *_) in found]
    return min(addresses, key=lambda address: ":" in address)


def check_port(address: str, settings: Settings) -> None:
    deadline = time.monotonic() + PORT_WAIT_SECONDS
    while (why := _why_not(address, settings.port)) is not None:
        if why.errno == errno.EADDRNOTAVAIL:
            raise FeedsvcError(f"FEEDSVC_HOST is “{settings.host}”, no address of this machine. {_WHICH_HOST}") from why
        if why.errno != errno.EADDRINUSE or time.monotonic() >= deadline:
            raise FeedsvcError(
                f"Port {settings.port} on {settings.host} cannot be used ({why.strerror}). Stop what listens "
                f"there, or choose another port, for example: PORT={settings.port % 65535 + 1} make run"
            ) from why
        time.sleep(PARENT_LOOK_SECONDS)


def _why_not(address: str, port: int) -> OSError | None:
    """Why a port cannot be listened on, None if it can."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((address, port))
    except OSError as error:
        return error
    # macOS lets 127.0.0.1 be bound beside somebody who listens on all addresses.
    with socket.socket(family, socket.SOCK_STREAM) as caller:
        caller.settimeout(PARENT_LOOK_SECONDS)
        try:
            caller.connect((_ANY.get(address, address), port))
        except OSError:
            return None
    return OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))
