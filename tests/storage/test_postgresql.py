"""What only PostgreSQL has: a server that may be away, refuse, or order texts as a language does."""

import sys
import threading

import pytest
from psycopg.sql import SQL, Identifier
from sqlalchemy import select, update

from feedsvc.actions import sections
from feedsvc.errors import StorageBusy, StorageError, StorageReadOnly
from feedsvc.storage import feeds, postgresql
from feedsvc.storage.database import Database
from feedsvc.storage.postgresql import WRITER
from feedsvc.storage.tables import feed_names, log_head, redirects


@pytest.fixture
def kind():
    return "postgresql"


def test_the_server_of_these_tests_orders_texts_as_a_language_does(database):
    with database.read() as connection:
        ordered = connection.exec_driver_sql("SELECT w FROM (VALUES ('Zebra'), ('apple')) AS x (w) ORDER BY w")
        assert ordered.scalars().all() == ["apple", "Zebra"]


def test_a_transaction_that_reads_cannot_write(database):
    with pytest.raises(StorageReadOnly), database.read() as connection:
        connection.execute(update(log_head).values(seq=99))


def test_who_waits_for_its_turn_to_write_sees_what_the_last_one_wrote(database):
    seen = []

    def write():
        with database.write() as connection:
            seen.append(connection.execute(select(log_head.c.seq)).scalar_one())

    with database.write() as connection:
        waiting = threading.Thread(target=write)
        waiting.start()
        waiting.join(0.2)
        assert not seen
        connection.execute(update(log_head).values(seq=4711))
    waiting.join()
    assert seen == [4711]


def test_a_turn_to_write_that_does_not_come_is_busy_not_broken(settings, clock, monkeypatch, database):
    monkeypatch.setattr(postgresql, "WAIT_SECONDS", 1)
    impatient = Database(settings.database_url, clock)
    with database.engine.connect() as other, other.begin():
        other.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (WRITER,))
        with pytest.raises(StorageBusy), impatient.write():
            pass


def test_a_schema_of_postgres_and_the_driver_may_be_named(settings, database, clock):
    rest = settings.database_url.partition("://")[2]
    for scheme in ("postgres", "postgresql+psycopg"):
        other = Database(f"{scheme}://{rest}", clock)
        other.check_ready()
        other.check_writable()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://u:s3cret@127.0.0.1:9/feedsvc", "cannot be reached"),
        ("postgresql://u:s3cret@/feedsvc?host=/nowhere", "cannot be reached"),
        ("postgresql://u:s3cret@h", "must name a database"),
        ("postgresql+asyncpg://u:s3cret@h/d", "must begin with"),
        ("postgresql://u:s3cret@h/d?nonsense=1", "cannot be reached"),
    ],
)
def test_an_address_that_leads_to_no_server_is_said_without_its_password(url, said, clock):
    with pytest.raises(StorageError, match=said) as refusal:
        Database(url, clock).check_ready()
    assert "DATABASE_URL" in str(refusal.value)
    assert "s3cret" not in str(refusal.value)


def test_a_database_that_is_not_there_is_said(cluster, clock):
    with pytest.raises(StorageError, match='database "none" does not exist'):
        Database(cluster.url("none"), clock).check_ready()


def test_an_empty_database_says_how_to_begin(settings, clock):
    with pytest.raises(StorageError, match="python -m feedsvc init"):
        Database(settings.database_url, clock).check_ready()


def test_who_may_not_write_is_told(cluster, database, clock):
    name = database.url.database
    role = f"reader_of_{name}"
    cluster.execute(SQL("CREATE ROLE {} LOGIN").format(Identifier(role)))
    with database.write() as connection:
        connection.exec_driver_sql(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}")
    other = Database(cluster.url(name, role), clock)
    other.check_ready()
    with pytest.raises(StorageReadOnly, match="Give this user the right"):
        other.check_writable()
    other.engine.dispose()


def test_psycopg_that_is_not_installed_is_said(settings, clock, monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(StorageError, match="make postgresql"):
        Database(settings.database_url, clock)


def test_a_file_is_asked_for_in_vain(database):
    with pytest.raises(StorageError, match="pg_dump"):
        _ = database.path


def test_a_look_recovers_when_the_server_ended_its_connection(database, cluster):
    look = database.look()
    before = look()
    cluster.execute(
        SQL("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}'").format(
            SQL(database.url.database)
        )
    )
    assert look() == before


def test_names_stand_in_the_order_of_their_bytes(database):
    for slug in ("b", "ab", "a-b"):
        sections.add(database, slug, slug.upper(), "", "test")
    words = ["Zebra", "apple", "äpfel", "a-b", "ab"]
    with database.write() as connection:
        feed_id = feeds.find(connection, "ab")
        for word in words:
            connection.execute(redirects.insert().values(path=word, feed_id=feed_id))
        slugs = connection.execute(select(feed_names.c.slug).order_by(feed_names.c.slug)).scalars().all()
        paths = connection.execute(select(redirects.c.path).order_by(redirects.c.path)).scalars().all()
    assert slugs == sorted(slugs)
    assert paths == sorted(words)
