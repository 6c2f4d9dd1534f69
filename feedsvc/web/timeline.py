"""What was done with a story, as its page says it."""

from collections.abc import Sequence
from datetime import datetime

from feedsvc.domain.article import Article, Kind, Status
from feedsvc.storage import acts
from feedsvc.storage.acts import Act
from feedsvc.storage.database import Connection
from feedsvc.texts import N_, _
from feedsvc.web import ages, desk
from feedsvc.web.newsroom import newsroom

ACTS = {
    "created": N_("Created"),
    "saved": N_("Saved"),
    "reverted": N_("Gone back"),
    "submitted": N_("Submitted"),
    "returned": N_("Sent back"),
    "scheduled": N_("Scheduled"),
    "unscheduled": N_("Not scheduled any more"),
    "published": N_("Published"),
    "updated": N_("Updated"),
    "minor": N_("Minor edit"),
    "moved": N_("Moved to another section"),
    "corrected": N_("Corrected"),
    "withdrawn": N_("Withdrawn"),
    "restored": N_("Published again"),
}
"""What was done with a story, as the newsroom's record says it -> as editors read it, to be translated."""


def told(connection: Connection, article: Article) -> Act | None:
    """How a draft was sent back to its writer, or what an editor is told of a story to review."""
    last = acts.last_moves(connection, [article.article_id]).get(article.article_id)
    if last is None:
        return None
    is_back = article.status is Status.DRAFT and last.kind == acts.RETURNED
    is_to_review = article.status is Status.IN_REVIEW and last.kind == acts.SUBMITTED and desk.may_publish()
    return last if is_back or (is_to_review and last.note) else None


def lines(timeline: Sequence[Act], article: Article | None) -> list[tuple[Act, str]]:
    """Each act with what was said at it.

    The record has the reason of a withdrawal or, without one, its notice: of the one that holds it is said which.
    """
    shown = [(act, _said(act)) for act in timeline]
    if article is None or article.status is not Status.WITHDRAWN:
        return shown
    last = next((place for place, act in enumerate(timeline) if act.kind == Kind.WITHDRAWN), None)
    if last is not None and shown[last][1]:
        act, said = shown[last]
        is_notice = act.note == article.notice
        shown[last] = act, _("Notice: %(text)s", text=said) if is_notice else _("Reason: %(text)s", text=said)
    return shown


def _said(act: Act) -> str:
    """What was said at an act: times on the clocks of the newsroom, all else as it stands in the record."""
    if act.kind not in (acts.SCHEDULED, acts.REVERTED):
        return desk.shown_notice(act.note) if act.note else ""
    first, *sections = act.note.split(" ")
    try:
        moment = datetime.fromisoformat(first)
    except ValueError:
        return act.note
    if moment.tzinfo is None:
        return act.note
    zone = newsroom().settings.time_zone
    time = ages.date_and_time(moment, zone, desk.locale())
    if act.kind == acts.SCHEDULED:
        return _("For %(time)s (%(zone)s)", time=time, zone=zone)
    to = _("To the version of %(time)s.", time=time)
    if not sections:
        return to
    retired, now = sections
    if now:
        section = _("Its section “%(retired)s” was retired: the story stands in “%(now)s”.", retired=retired, now=now)
    else:
        section = _("Its section “%(retired)s” was retired: none is chosen.", retired=retired)
    return f"{to} {section}"
