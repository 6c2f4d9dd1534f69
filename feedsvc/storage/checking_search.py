"""What a check reads of search, and how its index on SQLite is made anew."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, column, select, table

from feedsvc.storage import checking, indexing
from feedsvc.storage.indexing import LIVE, WORKING, search_rows

# As PostgreSQL writes a tsvector; words hold no quotes and no backslashes.
_LEXEME = re.compile(r"'([^']*)'(?::([0-9,]+))?")

PLACES = 255
"""Places of a word that PostgreSQL keeps."""

Looked = tuple[int, frozenset[str], dict[str, tuple[int, ...]]]
"""Number of a revision, its marks, and its words with their places, counted from the first one."""


def differing(connection: Connection, article_ids: Sequence[int]) -> list[int]:
    """Those of the stories whose rows are not what they should be."""
    rows = search_rows.c
    of_stories = rows.article_id.in_(article_ids)
    stored: defaultdict[int, dict[int, Looked]] = defaultdict(dict)
    read = _of_text if connection.dialect.name == "sqlite" else _of_tsvector
    for row in connection.execute(select(search_rows).where(of_stories)):
        stored[row.article_id][row.place] = (row.revision_id, *read(row.words))
    right: defaultdict[int, dict[int, Looked]] = defaultdict(dict)
    for made in indexing.rows_of(connection, article_ids):
        right[made["article_id"]][made["place"]] = (made["revision_id"], *_of_text(made["words"]))
    return [article_id for article_id in article_ids if stored.get(article_id) != right.get(article_id)]


def unindexed(connection: Connection) -> Iterator[tuple[int, bool]]:
    """Batches of rows that were looked at, as their number and whether SQLite's index has the same ones.

    It is asked for all rows that are anybody's, not for each word of them. On PostgreSQL there is nothing to compare:
    its index is one of the rows' own table.
    """
    if connection.dialect.name != "sqlite":
        return
    index = table("search_index", column("rowid"), column("search_index"))
    matching = index.c.search_index.op("MATCH")(f'"{WORKING}" OR "{LIVE}"')
    after = -1
    for batch in checking.keys(connection, search_rows.c.place):
        query = select(index.c.rowid).where(matching, index.c.rowid > after, index.c.rowid <= batch[-1])
        indexed = list(connection.execute(query.order_by(index.c.rowid).limit(2 * checking.BATCH)).scalars())
        yield len(batch), indexed == batch
        after = batch[-1]
    query = select(index.c.rowid).where(matching, index.c.rowid > after).limit(1)
    yield 0, connection.execute(query).first() is None


def rebuild(connection: Connection) -> None:
    """Make SQLite's index anew from the rows (https://www.sqlite.org/fts5.html#the_rebuild_command)."""
    connection.exec_driver_sql("INSERT INTO search_index (search_index) VALUES ('rebuild')")


def _of_text(text: str) -> tuple[frozenset[str], dict[str, tuple[int, ...]]]:
    places: defaultdict[str, list[int]] = defaultdict(list)
    for place, word in enumerate(text.split(), 1):
        places[word].append(place)
    return _from_the_first(places)


def _of_tsvector(text: str) -> tuple[frozenset[str], dict[str, tuple[int, ...]]]:
    return _from_the_first(
        {word: [int(place) for place in at.split(",")] if at else [] for word, at in _LEXEME.findall(text)}
    )


def _from_the_first(places: dict[str, list[int]]) -> tuple[frozenset[str], dict[str, tuple[int, ...]]]:
    """Where marks stand says nothing, and merging topics changes how many there are."""
    marks = frozenset(word for word in places if word.startswith("§") and word != "§")
    words = {word: at for word, at in places.items() if word not in marks}
    first = min((at[0] for at in words.values() if at), default=0)
    return marks, {word: tuple(place - first for place in at[:PLACES]) for word, at in words.items()}
