import secrets
import threading
import time
import traceback
from datetime import datetime

import pytest
from alembic import command as alembic
from sqlalchemy import inspect, select, update
from sqlalchemy.exc import StatementError

from feedsvc.errors import NeedsNewerCode, StorageError
from feedsvc.storage import articles, feeds, installation, staff, tables
from feedsvc.storage import database as database_module
from feedsvc.storage.database import Database
from feedsvc.storage.tables import log_head

NEVER_IN_ORDER = {
    ("former_names", "field"),
    ("sign_ins", "token_hash"),
    ("invitations", "token_hash"),
    ("sign_in_failures", "name_key"),
    ("authors", "name"),
    ("topics", "name"),
}
"""Texts that are shown or looked up only, or of which there are two."""


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


def test_a_moment_without_time_zone_is_refused(database):
    with pytest.raises(StorageError) as refusal, database.write() as connection:
        connection.execute(update(log_head).values(at=datetime(2026, 1, 1)))
    assert isinstance(refusal.value.__cause__, StatementError)


def test_migrating_twice_changes_nothing(database):
    database.migrate()
    database.check_ready()


def test_the_names_of_the_migrations_tell_their_order():
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory.from_config(database_module._alembic_config())
    in_order = [script.revision for script in scripts.walk_revisions()]
    assert database_module.revisions() == in_order[::-1]


def test_the_migrations_make_the_tables_that_the_code_describes(database):
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from feedsvc.storage.tables import metadata

    def is_described(name, kind, parents):
        # FTS5's own tables, and the GIN index.
        return not (name or "").startswith("search_index")

    with database.read() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": is_described})
        assert compare_metadata(context, metadata) == []


def test_every_text_that_decides_order_is_compared_by_its_bytes(database):
    with database.read() as connection:
        for table in tables.metadata.sorted_tables:
            in_order = {column.name for column in table.primary_key.columns} | {"name", "name_key"}
            for column in inspect(connection).get_columns(table.name):
                if column["name"] in in_order and hasattr(column["type"], "collation"):
                    is_by_bytes = column["type"].collation == ("C" if connection.dialect.name == "postgresql" else None)
                    assert is_by_bytes or (table.name, column["name"]) in NEVER_IN_ORDER, (table.name, column["name"])


def test_a_database_of_newer_code_is_refused_in_one_sentence(database):
    with database.write() as connection:
        connection.execute(update(tables.installation).values(oldest_code=99))
    for look in (database.check_ready, database.migrate):
        with pytest.raises(NeedsNewerCode, match="written by a newer feedsvc"):
            look()


def test_a_newer_schema_that_allows_this_code_is_used_and_left_alone(database):
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    database.migrate()
    database.check_ready()
    with database.read() as connection:
        assert connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() == "9999"


def test_an_error_does_not_tell_what_was_stored(database, clock):
    hashed = secrets.token_hex()
    with database.write() as connection:
        staff.add_account(connection, "ann", "hash", clock())
    with pytest.raises(StorageError) as refusal, database.write() as connection:
        staff.add_account(connection, "ann", hashed, clock())
    assert hashed not in "".join(traceback.format_exception(refusal.value))


@pytest.mark.parametrize("value", [10**22, "caf\udce9"])
def test_a_value_that_no_database_can_hold_is_a_storage_error(database, value):
    with pytest.raises(StorageError), database.read() as connection:
        articles.get(connection, value)


def test_two_processes_that_start_together_settle_one_date(database, settings, clock):
    settled, since = [], clock()
    others = Database(settings.database_url, type(clock)(clock.now))
    starting = threading.Thread(target=lambda: settled.append(installation.settle_epoch(others, "new")))
    with database.write() as connection:
        starting.start()
        time.sleep(0.1)  # by then it has read that the epoch is another one, and waits to write
        connection.execute(update(tables.installation).values(epoch="new", epoch_since=since))
    starting.join()
    assert settled == [since]
    with database.read() as connection:
        assert installation.edition(connection).epoch_since == since


def test_every_error_of_the_database_is_wrapped(database):
    for broken in (lambda c: c.exec_driver_sql("SELECT nonsense"), lambda c: articles.get(c, "no\0number" * 3)):
        with pytest.raises(Exception) as refusal, database.read() as connection:
            broken(connection)
        assert refusal.type.__module__ == "feedsvc.errors"


def test_a_look_sees_what_others_committed_and_reads_the_log_only_then(database):
    look = database.look()
    before = look()
    assert look() == before
    with database.write() as connection:
        connection.execute(update(log_head).values(seq=log_head.c.seq + 1))
    assert look() == before + 1


def test_a_newsroom_that_was_founded_before_gets_the_feeds_that_came_later(settings, clock):
    settings.instance.mkdir(parents=True, exist_ok=True)
    database = Database(settings.database_url, clock)
    config = database_module._alembic_config()
    with database.engine.connect() as connection, connection.begin():
        config.attributes["connection"] = connection
        alembic.upgrade(config, "0002")
        connection.execute(tables.log_head.insert().values(log_head_id=1, seq=7, at=clock()))
    database.migrate()
    with database.read() as connection:
        heads = feeds.heads(connection, list(feeds.chosen(connection).values()))
    assert {(head.name, head.kind, head.title, head.seq) for head in heads} == {
        ("trending", "trending", "Trending", 7),
        ("rising", "rising", "Rising", 7),
        ("corrections", "corrections", "Corrections", 7),
    }
    assert len({head.identity for head in heads}) == 3
    assert {head.at for head in heads} == {clock()}
