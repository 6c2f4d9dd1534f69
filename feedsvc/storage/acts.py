"""Who did what with a story, and when: the newsroom's own record, of which the public sees nothing."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from feedsvc.storage.tables import acts

SAVED = "saved"
CREATED = "created"
REVERTED = "reverted"
"""An earlier version became the working copy."""
SUBMITTED = "submitted"
RETURNED = "returned"
SCHEDULED = "scheduled"
UNSCHEDULED = "unscheduled"

WRITING = (SAVED, REVERTED)
"""What changes the text of a story, and not where it stands."""


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
    return [_act(row) for row in rows]


def last_moves(connection: Connection, article_ids: Sequence[int], aside: Collection[str] = ()) -> dict[int, Act]:
    """What was done last with each of these stories, saving and going back aside, and other kinds (`aside`) too."""
    a = acts.c
    last = select(func.max(a.act_id)).where(a.article_id.in_(article_ids), a.kind.not_in([*WRITING, *aside]))
    rows = connection.execute(select(acts).where(a.act_id.in_(last.group_by(a.article_id))))
    return {row.article_id: _act(row) for row in rows}


def was_in_review(connection: Connection, article_id: int) -> bool:
    """Whether a scheduled story was submitted, and scheduled from review."""
    found = last_moves(connection, [article_id], aside=(SCHEDULED, UNSCHEDULED))
    return article_id in found and found[article_id].kind == SUBMITTED


def _act(row: Row[Any]) -> Act:
    return Act(row.at, row.by, row.kind, row.note)
