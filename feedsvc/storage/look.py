"""One look at whether anything was changed, cheap enough for the path of a poll."""

import os
import sqlite3
import threading
from pathlib import Path

from feedsvc.storage.database import wrapped


class Look:
    """One look at whether anything was changed: the log's number, read anew only when another connection committed.

    Keeps one raw connection that never writes, since `PRAGMA data_version` tells about the commits of others only.
    After a fork the child opens its own. Threads may share it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._opened_at_fork = -1
        self._data_version = -1
        self._seq = 0

    def __call__(self) -> int:
        """The number of the last change. Raises `StorageError` if the database cannot be read."""
        with self._lock, wrapped(self._path):
            try:
                connection = self._open()
                version: int = connection.execute("PRAGMA data_version").fetchone()[0]
                if version != self._data_version:
                    self._seq = connection.execute("SELECT seq FROM log_head").fetchone()[0]
                    self._data_version = version
            except sqlite3.Error:
                self._connection = None
                raise
            return self._seq

    def _open(self) -> sqlite3.Connection:
        if self._connection is None or self._opened_at_fork != _forks:
            uri = f"{self._path.resolve().as_uri()}?mode=ro"
            self._connection = sqlite3.connect(uri, uri=True, check_same_thread=False, isolation_level=None)
            self._opened_at_fork = _forks
            self._data_version = -1
        return self._connection


_forks = 0


def _count_fork() -> None:
    global _forks  # noqa: PLW0603 - one number a process
    _forks += 1


os.register_at_fork(after_in_child=_count_fork)
