"""All rows of a newsroom, read as of one moment and written into an empty one, whatever database either is in."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Table,
    bindparam,
    delete,
    func,
    insert,
    literal,
    select,
    text,
    update,
)

from feedsvc.domain.dates import change_date, floored
from feedsvc.errors import StorageError
from feedsvc.storage import indexing, installation
from feedsvc.storage.changes import Change
from feedsvc.storage.database import Database
from feedsvc.storage.tables import (
    accounts,
    articles,
    invitations,
    jobs,
    log_head,
    metadata,
    pictures,
    presences,
    redirects,
    sections,
    sign_in_failures,
    sign_ins,
)
from feedsvc.storage.types import Moment, Number

LEFT_OUT = (accounts, invitations, sign_ins, sign_in_failures, presences, jobs, indexing.search_rows)
"""Who may sign in and who is writing, since hashes of passwords belong into no file that is handed on, how one clock
fared, and what is made anew of the stories."""

BATCH = 500

Row = dict[str, Any]

# Stories refer to revisions that refer to stories: these columns are written when both are there.
_SECOND = ("status", "working_id", "live_id")


def tables() -> list[str]:
    """The names of the tables, so that each comes after those it refers to."""
    return [table.name for table in metadata.sorted_tables if table not in LEFT_OUT]


def rows(connection: Connection, name: str) -> Iterator[Row]:
    """The rows of a table in the order of their key, with values that JSON has; not all at once in memory."""
    table = metadata.tables[name]
    query = select(table).order_by(*table.primary_key.columns)
    for row in connection.execute(query, execution_options={"yield_per": BATCH}).mappings():
        yield {key: value.isoformat() if isinstance(value, datetime) else value for key, value in row.items()}


def schema(connection: Connection) -> str:
    """The revision of the schema."""
    return str(connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one())


def counters(connection: Connection) -> dict[str, int]:
    """The last number that each table has ever given, where numbers are never given twice."""
    if connection.dialect.name == "sqlite":
        found = connection.exec_driver_sql("SELECT name, seq FROM sqlite_sequence")
        given = {str(name): int(seq) for name, seq in found}
        return {table.name: given[table.name] for table in _counted() if given.get(table.name)}
    last = {}
    for table in _counted():
        sequence = _sequence(connection, table)
        query = f"SELECT last_value, is_called FROM {sequence}"  # noqa: S608 - a name the database gave, quoted
        number, is_given = connection.execute(text(query)).one()
        if is_given:
            last[table.name] = number
    return last


def is_empty(connection: Connection) -> bool:
    """Whether nothing was written into this newsroom yet, apart from its first rows and its accounts."""
    return not any(
        connection.execute(select(table).limit(1)).first() for table in (articles, sections, pictures, redirects)
    )


def replace_all(
    connection: Connection,
    database: Database,
    read: Callable[[str], Iterable[Mapping[str, Any]]],
    last: Mapping[str, int],
    keep_line: bool,
) -> None:
    """Write the rows that `read` gives for the name of each table in the place of those of an empty newsroom.

    `last` are its `counters`. Without `keep_line` a new line of validators begins, dated after every date of both.
    Raises `StorageError` for rows that these tables cannot hold.
    """
    shown = connection.execute(select(log_head.c.at)).scalar()
    for name in reversed(tables()):
        connection.execute(delete(metadata.tables[name]))
    for name in tables():
        _load(connection, metadata.tables[name], read(name))
    _complete(connection, read(articles.name))
    indexing.index_all(connection)
    for table in _counted():
        if table.name in last:
            _count_from(connection, table, last[table.name])
    if connection.execute(select(log_head.c.seq)).first() is None or not installation.is_founded(connection):
        raise StorageError("The export is without the first rows of a newsroom: nothing was imported.")
    if not keep_line:
        _begin_line(connection, database, shown)


def _begin_line(connection: Connection, database: Database, shown: datetime | None) -> None:
    # Not `changes.change`: that starts over what took long, as loading may. The date is taken at the end instead.
    seq, head_date = connection.execute(select(log_head.c.seq, log_head.c.at)).one()
    now = database.clock()
    at = change_date(now, max(head_date, shown or head_date), True)
    connection.execute(update(log_head).values(seq=seq + 1, at=at))
    installation.begin_line(connection, Change(seq + 1, at, floored(now), "import"))


def _load(connection: Connection, table: Table, given: Iterable[Mapping[str, Any]]) -> None:
    unfinished = {"status": "draft", "working_id": None, "live_id": None} if table is articles else {}
    for batch in _batches({**_row(table, row), **unfinished} for row in given):
        connection.execute(insert(table), batch)


def _complete(connection: Connection, given: Iterable[Mapping[str, Any]]) -> None:
    statement = (
        update(articles)
        .where(articles.c.article_id == bindparam("of"))
        .values({name: bindparam(f"new_{name}") for name in _SECOND})
    )
    for batch in _batches(_row(articles, row) for row in given):
        found = [{"of": row["article_id"], **{f"new_{name}": row[name] for name in _SECOND}} for row in batch]
        connection.execute(statement, found)


def _batches(given: Iterable[Row]) -> Iterator[list[Row]]:
    left = iter(given)
    while batch := list(islice(left, BATCH)):
        yield batch


def _row(table: Table, given: Mapping[str, Any]) -> Row:
    if given.keys() != set(table.c.keys()):
        raise StorageError(f"A row of {table.name} has other columns than it should: nothing was imported.")
    return {column.name: _value(column, given[column.name]) for column in table.c}


def _value(column: Column[Any], value: Any) -> Any:
    if value is None:
        return None
    if isinstance(column.type, Moment):
        try:
            moment = datetime.fromisoformat(value)
        except (TypeError, ValueError):
            moment = None
        if moment is not None and moment.tzinfo is not None:
            return moment
    elif type(value) is (bool if isinstance(column.type, Boolean) else column.type.python_type):
        return value
    raise StorageError(f"A value of {column.table.name}.{column.name} is none: nothing was imported.")


def _counted() -> list[Table]:
    """The tables that never give a number twice."""
    return [
        metadata.tables[name] for name in tables() if metadata.tables[name].dialect_options["sqlite"]["autoincrement"]
    ]


def _sequence(connection: Connection, table: Table) -> str:
    (column,) = table.primary_key.columns
    return str(connection.execute(select(func.pg_get_serial_sequence(table.name, column.name))).scalar_one())


def _count_from(connection: Connection, table: Table, last: int) -> None:
    if connection.dialect.name == "sqlite":
        connection.execute(text("DELETE FROM sqlite_sequence WHERE name = :name"), {"name": table.name})
        values = {"name": table.name, "last": last}
        connection.execute(text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :last)"), values)
    else:
        connection.execute(select(func.setval(_sequence(connection, table), literal(last, Number))))
