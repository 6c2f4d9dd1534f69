import sqlite3
import threading
from datetime import datetime

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import StatementError

from feedsvc.errors import NeedsNewerCode, StorageBusy, StorageError, StorageReadOnly
from feedsvc.storage import articles
from feedsvc.storage.database import Database
from feedsvc.storage.look import Look
from feedsvc.storage.tables import installation, log_head


def test_no_write_is_lost_between_threads(database):
    def count_up():
        for _ in range(30):
            with database.write() as connection:
                seq = connection.execute(select(log_head.c.seq)).scalar_one()
                connection.execute(update(log_head).values(seq=seq + 1))

    with database.read() as connection:
        before = connection.execute(select(log_head.c.seq)).scalar_one()
    threads = [threading.Thread(target=count_up) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as connection:
        assert connection.execute(select(log_head.c.seq)).scalar_one() == before + 300


def test_acknowledged_means_on_disk(database):
    with database.read() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_a_reader_sees_one_snapshot_while_others_write(database):
    with database.read() as connection:
        before = connection.execute(select(log_head.c.seq)).scalar_one()
        with database.write() as writing:
            writing.execute(update(log_head).values(seq=log_head.c.seq + 1))
        assert connection.execute(select(log_head.c.seq)).scalar_one() == before


def test_nothing_is_kept_of_a_transaction_that_fails(database):
    with pytest.raises(ZeroDivisionError), database.write() as connection:
        connection.execute(update(log_head).values(seq=999))
        raise ZeroDivisionError
    with database.read() as connection:
        assert connection.execute(select(log_head.c.seq)).scalar_one() < 999


def test_a_locked_database_is_busy_not_broken(database):
    other = sqlite3.connect(database.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout=1")
    with pytest.raises(StorageBusy), database.write():
        pass
    other.close()


def test_a_moment_without_time_zone_is_refused(database):
    with pytest.raises(StorageError) as refusal, database.write() as connection:
        connection.execute(update(log_head).values(at=datetime(2026, 1, 1)))
    assert isinstance(refusal.value.__cause__, StatementError)


def test_migrating_twice_changes_nothing(database):
    database.migrate()
    database.check_ready()


def test_the_migrations_make_the_tables_that_the_code_describes(database):
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from feedsvc.storage.tables import metadata

    with database.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_a_migration_that_breaks_a_reference_is_not_kept(database):
    driver = sqlite3.connect(database.path)
    driver.execute("INSERT INTO feed_names VALUES ('broken', 4711, 1)")
    driver.commit()
    driver.close()
    with pytest.raises(StorageError, match="broken reference in table feed_names"):
        database.migrate()


def test_a_database_of_newer_code_is_refused_in_one_sentence(database):
    with database.write() as connection:
        connection.execute(update(installation).values(oldest_code=99))
    for look in (database.check_ready, database.migrate):
        with pytest.raises(NeedsNewerCode, match="written by a newer feedsvc"):
            look()


def test_a_database_that_is_not_there_says_how_to_make_it(tmp_path, clock):
    with pytest.raises(StorageError, match="python -m feedsvc init"):
        Database(f"sqlite:///{tmp_path}/none.sqlite", clock).check_ready()


@pytest.mark.parametrize("url", ["postgres://x", "sqlite://", "mysql://u:p@h/d", "nonsense"])
def test_a_database_url_that_cannot_be_used_is_refused(url, clock):
    with pytest.raises(StorageError):
        Database(url, clock)


def test_a_folder_that_cannot_be_written_is_said(tmp_path, clock, monkeypatch):
    monkeypatch.setattr("os.access", lambda path, mode: False)  # root may write anywhere
    with pytest.raises(StorageReadOnly, match="FEEDSVC_INSTANCE_PATH"):
        Database(f"sqlite:///{tmp_path}/x.sqlite", clock).migrate()


def test_every_error_of_the_database_is_wrapped(database):
    for broken in (lambda c: c.exec_driver_sql("SELECT nonsense"), lambda c: articles.get(c, "no\0number" * 3)):
        with pytest.raises(Exception) as refusal, database.read() as connection:
            broken(connection)
        assert refusal.type.__module__ == "feedsvc.errors"


def test_a_look_sees_what_others_committed_and_reads_the_log_only_then(database):
    look = Look(database.path)
    before = look()
    assert look() == before
    with database.write() as connection:
        connection.execute(update(log_head).values(seq=log_head.c.seq + 1))
    assert look() == before + 1


def test_a_look_at_a_database_that_went_away_is_a_storage_error_and_recovers(database, tmp_path):
    moved = tmp_path / "moved.sqlite"
    database.path.rename(moved)
    look = Look(database.path)
    with pytest.raises(StorageError):
        look()
    moved.rename(database.path)
    assert look() > 0
