"""Serve the application with granian, after looking at everything that could go wrong."""

import socket

from granian import Granian
from granian.constants import Interfaces

from feedsvc.errors import FeedsvcError
from feedsvc.settings import PROJECT, Settings


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
    Granian(
        "wsgi:app",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=settings.workers,
        blocking_threads=settings.threads,
        working_dir=PROJECT,
        respawn_failed_workers=True,
        workers_kill_timeout=10,
        log_access=False,
    ).serve()


def _how_to_sign_in(settings: Settings) -> str:
    if settings.admin_password:
        return "sign in as admin with the password of FEEDSVC_ADMIN_PASSWORD"
    return "sign in as admin (a new password: python -m feedsvc user password admin)"


def _check_port(settings: Settings) -> None:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise FeedsvcError(
                f"Port {settings.port} on {settings.host} cannot be used ({error.strerror}). Stop what listens there, "
                f"or choose another port, for example: PORT={settings.port % 65535 + 1} make run"
            ) from error
