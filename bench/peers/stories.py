"""The stories as a small service of one's own keeps them: a table in SQLite, read on each request."""

import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from bench.peers import folder


class Row(NamedTuple):
    """One story; the text is HTML."""

    identity: str
    headline: str
    summary: str
    text: str
    published: datetime


def newest(count: int = 50) -> list[Row]:
    """The newest stories."""
    with closing(sqlite3.connect(folder() / "stories.sqlite")) as connection:
        rows = connection.execute(
            "SELECT identity, headline, summary, text, published FROM stories ORDER BY published DESC LIMIT ?", (count,)
        ).fetchall()
    return [Row(*rest, datetime.fromisoformat(published)) for *rest, published in rows]


def keep(place: Path, rows: list[Row]) -> None:
    """Make the table, with these stories, in a folder."""
    with closing(sqlite3.connect(place / "stories.sqlite")) as connection, connection:
        connection.execute("CREATE TABLE stories (identity, headline, summary, text, published)")
        stored = [(*row[:4], row.published.isoformat()) for row in rows]
        connection.executemany("INSERT INTO stories VALUES (?, ?, ?, ?, ?)", stored)
        connection.execute("CREATE INDEX by_date ON stories (published)")
