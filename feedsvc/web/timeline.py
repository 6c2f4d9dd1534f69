"""What was done with a story, as its page says it."""

from datetime import datetime

from feedsvc.domain.article import Article, Status
from feedsvc.storage import acts
from feedsvc.storage.acts import Act
from feedsvc.storage.database import Connection
from feedsvc.texts import N_, _
from feedsvc.web import ages, desk
from feedsvc.web.newsroom import newsroom

ACTS = {
    "created": N_("Created"),
    "saved": N_("Saved"),
    "reverted": N_("Reverted"),
    "submitted": N_("Submitted"),
    "returned": N_("Returned"),
    "scheduled": N_("Scheduled"),
    "unscheduled": N_("Unscheduled"),
    "published": N_("Published"),
    "updated": N_("Updated"),
    "minor": N_("Minor"),
    "corrected": N_("Corrected"),
    "withdrawn": N_("Withdrawn"),
    "restored": N_("Restored"),
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


def said(act: Act) -> str:
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
