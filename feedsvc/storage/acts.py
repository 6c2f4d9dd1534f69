"""Who did what with a story, and when: the newsroom's own record, of which the public sees nothing."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from feedsvc.storage.tables import acts

SAVED = "saved"
CREATED = "created"
REVERTED = "reverted"
"""An earlier version became the working copy."""


@dataclass(frozen=True)
class Act:
    """One line of a story's timeline. `note` is what was said at it."""

    at: datetime
    by: str
    kind: str
    note: str


def note(connection: Connection, article_id: int, at: datetime, by: str, kind: str, said: str = "") -> None:
    """Write down an act. Saves by one person that follow each other are one line, with the time of the last."""
    a = acts.c
    if kind == SAVED:
        query = select(acts).where(a.article_id == article_id).order_by(a.act_id.desc()).limit(1)
        last = connection.execute(query).first()
        if last is not None and (last.kind, last.by) == (SAVED, by):
            connection.execute(update(acts).where(a.act_id == last.act_id).values(at=at))
            return
    connection.execute(insert(acts).values(article_id=article_id, at=at, by=by, kind=kind, note=said))


def timeline(connection: Connection, article_id: int, limit: int) -> list[Act]:
    """What was done with a story, the latest first."""
    a = acts.c
    rows = connection.execute(select(acts).where(a.article_id == article_id).order_by(a.act_id.desc()).limit(limit))
    return [Act(row.at, row.by, row.kind, row.note) for row in rows]
