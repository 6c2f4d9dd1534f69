"""A PostgreSQL server for tests: a cluster of its own under its own user, with no port, thrown away afterwards.

Its texts are ordered by a natural language, as on many servers: what needs another order has to say so.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from tempfile import mkdtemp

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

USER = "postgres"
MEMORY = "/dev/shm"
ROOM_BYTES = 2 * 1024**3


class Cluster:
    """Makes and drops databases."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._numbers = count(1)
        self._connection = psycopg.connect(host=str(folder), user=USER, dbname=USER, autocommit=True)

    def create(self, template: str = "template0") -> str:
        """Make a database as a copy of another one; returns its name."""
        name = f"newsroom_{next(self._numbers)}"
        self.execute(SQL("CREATE DATABASE {} TEMPLATE {}").format(Identifier(name), Identifier(template)))
        return name

    def drop(self, name: str) -> None:
        """Drop a database, whoever is connected to it."""
        self.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))

    def url(self, name: str, user: str = USER) -> str:
        return f"postgresql://{user}@/{name}?host={self.folder}"

    def execute(self, statement) -> None:
        self._connection.execute(statement)

    def close(self) -> None:
        self._connection.close()


@contextmanager
def running() -> Iterator[Cluster]:
    """A cluster from Debian's package, or from what is on the path. Skips the test where there is none."""
    programs = _programs()
    folder = Path(mkdtemp(prefix="feedsvc-", dir=_roomy()))
    as_user = []
    if os.geteuid() == 0:
        shutil.chown(folder, USER)
        as_user = ["runuser", "-u", USER, "--"]

    def run(program: str, *options: str) -> None:
        subprocess.run([*as_user, str(programs / program), *options], check=True, capture_output=True, cwd=folder)

    data = str(folder / "data")
    try:
        # Nothing is synchronised: the cluster needs to survive nothing.
        run("initdb", "-D", data, "-U", USER, "-A", "trust", "-N", "-E", "UTF8", *_language(programs))
        options = f"-c listen_addresses='' -k {folder} -c fsync=off -c full_page_writes=off -c max_connections=200"
        run("pg_ctl", "-D", data, "-o", options, "-l", str(folder / "log"), "-w", "start")
        cluster = Cluster(folder)
        try:
            yield cluster
        finally:
            cluster.close()
            run("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder)


def _roomy() -> str:
    """A folder with a short path, for the name of a socket; in memory if that has room, which is ten times as fast."""
    is_in_memory = os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM_BYTES
    return MEMORY if is_in_memory else "/tmp"


def _programs() -> Path:
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    packaged = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    if not packaged:
        pytest.skip("needs PostgreSQL: sudo apt install postgresql")
    return packaged[-1].parent


def _language(programs: Path) -> list[str]:
    told = subprocess.run([programs / "initdb", "--help"], check=True, capture_output=True, text=True).stdout
    return ["--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-US"] if "--icu-locale" in told else []
