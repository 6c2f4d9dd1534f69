"""What only SQLite has: a file, its pragmas, and how it fails."""

import os
import shutil
import sqlite3
import sys
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command as alembic
from sqlalchemy import select, update

from feedsvc.errors import StorageBusy, StorageError, StorageReadOnly
from feedsvc.storage import database as database_module
from feedsvc.storage.database import Database
from feedsvc.storage.tables import log_head

PRAGMAS = {"synchronous": 2, "journal_mode": "wal", "foreign_keys": 1}


@pytest.fixture
def kind():
    return "sqlite"


def test_acknowledged_means_on_disk(database):
    """Of a connection as a service gets it: those of other tests do not wait for the disk."""
    with closing(database.engine.raw_connection()) as connection:
        driver = connection.driver_connection
        said = {name: driver.execute(f"PRAGMA {name}").fetchone()[0] for name in PRAGMAS}
    assert said == PRAGMAS


def test_a_locked_database_is_busy_not_broken(database):
    other = sqlite3.connect(database.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout=1")
    with pytest.raises(StorageBusy), database.write():
        pass
    other.close()


def test_a_migration_that_breaks_a_reference_is_not_kept(database):
    driver = sqlite3.connect(database.path)
    driver.execute("INSERT INTO feed_names VALUES ('broken', 4711, 1)")
    driver.commit()
    driver.close()
    with pytest.raises(StorageError, match="broken reference in table feed_names"):
        database.migrate()


def test_a_database_that_is_not_there_says_how_to_make_it(tmp_path, clock):
    with pytest.raises(StorageError, match="python -m feedsvc init"):
        Database(f"sqlite:///{tmp_path}/none.sqlite", clock).check_ready()


@pytest.mark.parametrize(
    "url",
    [
        *(
            "postgres://x",
            "postgresql://h:p/x",
            "mysql://u:p@h/d",
            "nonsense",
            "sqlite+aiosqlite:///x",
            "sqlite+pysqlcipher:///x",
        ),
        *("sqlite://", "sqlite:///:memory:", "sqlite://h:p/x", "sqlite://h:1/x", "sqlite://u@/x"),
        *("sqlite:///x?timeout=abc", "sqlite:///x?uri=true"),
    ],
)
def test_a_database_url_that_cannot_be_used_is_refused(url, clock):
    with pytest.raises(StorageError, match="DATABASE_URL"):
        Database(url, clock)


def test_the_driver_of_sqlite_may_be_named(tmp_path, clock):
    assert Database(f"sqlite+pysqlite:///{tmp_path}/x", clock).path == tmp_path / "x"


def test_a_folder_that_cannot_be_written_is_said(tmp_path, clock, as_nobody):
    tmp_path.chmod(0o500)
    with as_nobody(), pytest.raises(StorageReadOnly, match="FEEDSVC_INSTANCE_PATH"):
        Database(f"sqlite:///{tmp_path}/x.sqlite", clock).migrate()


def test_a_path_that_is_too_long_is_said(tmp_path, clock):
    database = Database(f"sqlite:///{tmp_path}/{'x' * 300}", clock)
    for look in (database.check_ready, database.migrate):
        with pytest.raises(StorageReadOnly, match="File name too long"):
            look()


def test_a_folder_in_the_place_of_the_database_is_said(tmp_path, clock):
    database = Database(f"sqlite:///{tmp_path}", clock)
    for look in (database.check_ready, database.migrate):
        with pytest.raises(StorageError, match=f"{tmp_path} is a folder"):
            look()


@pytest.mark.parametrize("is_begun", [False, True])
def test_a_damaged_file_is_named_with_what_to_do(database, is_begun):
    database.gather()
    whole = database.path.read_bytes()
    database.path.write_bytes(whole[:100] + b"x" * 8000 if is_begun else b"This is a letter. " * 500)
    for look in (database.check_ready, database.migrate):
        with pytest.raises(StorageError, match=f"{database.path} is damaged, or no database"):
            look()


def test_only_its_owner_may_read_a_new_database(tmp_path, clock):
    database = Database(f"sqlite:///{tmp_path}/x.sqlite", clock)
    database.migrate()
    with database.read():
        files = sorted(tmp_path.iterdir())
        assert [path.name for path in files] == ["x.sqlite", "x.sqlite-shm", "x.sqlite-wal"]
        assert {path.stat().st_mode & 0o777 for path in files} == {0o600}


def test_the_file_alone_is_whole_once_it_is_gathered(database, tmp_path):
    with database.write() as connection:
        connection.execute(update(log_head).values(seq=4711))
    with closing(sqlite3.connect(database.path)) as other:  # which keeps its closing from doing the same
        other.execute("SELECT 1 FROM log_head").fetchall()
        database.gather()
        shutil.copy(database.path, tmp_path / "copy.sqlite")
    with closing(sqlite3.connect(tmp_path / "copy.sqlite")) as copy:
        assert copy.execute("SELECT seq FROM log_head").fetchone() == (4711,)
    with database.read() as connection:
        assert connection.execute(select(log_head.c.seq)).scalar_one() == 4711


@pytest.mark.parametrize("year", [1, 476, 999, 1000, 9999])
def test_moments_are_stored_in_an_order_of_texts_that_is_the_order_of_times(database, year):
    moment = datetime(year, 2, 3, 4, 5, 6, tzinfo=UTC)
    with database.write() as connection:
        connection.execute(update(log_head).values(at=moment))
        assert connection.execute(select(log_head.c.at)).scalar_one() == moment
        assert connection.exec_driver_sql("SELECT at FROM log_head").scalar() == f"{year:04}-02-03T04:05:06.000000"


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux: /proc tells which files are open")
def test_nothing_of_the_database_is_open_when_a_server_forks(database, settings):
    from feedsvc import create_app

    app = create_app(settings)
    database.engine.dispose()
    assert not [one for one in open_files() if one.startswith(str(database.path))]
    assert app.test_client().get("/feeds/all.rss").status_code == 200
    assert [one for one in open_files() if one.startswith(str(database.path))]


def open_files():
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):
            yield os.readlink(descriptor)


def test_a_look_at_a_database_that_went_away_is_a_storage_error_and_recovers(database, tmp_path):
    moved = tmp_path / "moved.sqlite"
    database.path.rename(moved)
    look = database.look()
    with pytest.raises(StorageError):
        look()
    moved.rename(database.path)
    assert look() > 0


def test_a_migrated_newsroom_gives_no_number_twice(tmp_path, clock):
    old = tmp_path / "old.sqlite"
    database = Database(f"sqlite:///{old}", clock)
    config = database_module._alembic_config()
    with database.engine.connect().execution_options(write=True) as connection, connection.begin():
        config.attributes["connection"] = connection
        alembic.upgrade(config, "0001")
        connection.exec_driver_sql("INSERT INTO installation VALUES (1, 'line', '2026-01-01', NULL, NULL, 1, 0, 0)")
        connection.exec_driver_sql("INSERT INTO sqlite_sequence (name, seq) VALUES ('articles', 41)")
    database.migrate()
    with database.read() as connection:
        counted = connection.exec_driver_sql("SELECT seq FROM sqlite_sequence WHERE name = 'articles'").scalar()
    database.engine.dispose()
    assert counted == 41
