"""Whose drafts are whose: those that a person began, or saved last."""

from sqlalchemy import ColumnElement, Select, exists, literal, select

from feedsvc.domain.article import Status
from feedsvc.storage.acts import CREATED
from feedsvc.storage.tables import acts, articles

MINE = "mine"
"""In counts: the drafts of one person."""


def are_of(by: str) -> ColumnElement[bool]:
    """Whether an article is a draft of that person."""
    a, of = articles.c, acts.c
    created = exists().where(of.article_id == a.article_id, of.kind == CREATED, of.by == by)
    return (a.status == Status.DRAFT.value) & ((a.saved_by == by) | created)


def counted(by: str, limit: int) -> Select[str]:
    """A row `status` that says `MINE` for each draft of that person among the `limit` that were saved last."""
    a = articles.c
    latest = select(a.article_id).where(a.status == Status.DRAFT.value).order_by(a.saved.desc(), a.article_id.desc())
    among = latest.limit(limit).subquery()
    mine = select(literal(MINE).label("status")).join_from(among, articles, among.c.article_id == a.article_id)
    return mine.where(are_of(by))
