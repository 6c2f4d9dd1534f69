"""What was done with a story since somebody opened it, in a sentence for them."""

from collections.abc import Sequence

from sqlalchemy import Connection

from feedsvc.domain.article import Article
from feedsvc.storage import acts
from feedsvc.storage.acts import Act
from feedsvc.texts import N_, _

SAVED = N_("%(name)s saved this story in the meantime.")

MOVED = {
    "submitted": N_("%(name)s handed this story over for review in the meantime."),
    "returned": N_("%(name)s sent this story back in the meantime."),
    "scheduled": N_("%(name)s scheduled this story in the meantime."),
    "unscheduled": N_("%(name)s took this story out of the schedule in the meantime."),
    "published": N_("%(name)s published this story in the meantime."),
    "updated": N_("%(name)s updated this story in the meantime."),
    "minor": N_("%(name)s updated this story in the meantime."),
    "corrected": N_("%(name)s corrected this story in the meantime."),
    "withdrawn": N_("%(name)s withdrew this story in the meantime."),
    "restored": N_("%(name)s published this story again in the meantime."),
}
"""What was done with a story besides saving it, as the timeline names it -> a sentence on it, to be translated."""


def moved(timeline: Sequence[Act]) -> str:
    """Who did what with a story last, by its timeline, the latest first; empty if it was only saved."""
    last = next(iter(timeline), None)
    return _(MOVED[last.kind], name=last.by) if last is not None and last.kind in MOVED else ""


def changed(connection: Connection, article: Article) -> str:
    """Who did what with a story last, or saved it."""
    return moved(acts.timeline(connection, article.article_id, 1)) or _(SAVED, name=article.saved_by)
