"""What readers and feeds will see, shown before it happens: the last word before an update or a withdrawal."""

from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, Response, abort, g, redirect, request, url_for
from werkzeug.exceptions import NotFound as NoPage

from feedsvc.actions import edit, proposal
from feedsvc.actions.entries import NOTICE_TITLE
from feedsvc.actions.proposal import Proposal
from feedsvc.domain import roles
from feedsvc.domain.article import Article, Status
from feedsvc.domain.roles import Right
from feedsvc.errors import FeedsvcError, Invalid, NotAllowed, NotFound
from feedsvc.feeds.text import clean
from feedsvc.storage import articles, feeds
from feedsvc.storage.database import Connection
from feedsvc.texts import _
from feedsvc.web import desk, editing, forms, problems, sign_in, story_page, word_differences
from feedsvc.web.forms import CHANGES, NOT_SET, VERSION
from feedsvc.web.newsdesk import NUMBER, update
from feedsvc.web.newsroom import newsroom

ACTS = {
    "publish": (Status.DRAFT, Status.IN_REVIEW, Status.SCHEDULED),
    "update": (Status.PUBLISHED,),
    "withdraw": (Status.PUBLISHED,),
    "restore": (Status.WITHDRAWN,),
}
"""What can be asked about -> the states of a story in which it can be done."""

blueprint = Blueprint("confirming", __name__, url_prefix="/newsdesk")
blueprint.before_request(sign_in.needed)

ADDRESS = f"/articles/<{NUMBER}:article_id>/confirm/<any({', '.join(ACTS)}):act>"


@dataclass(frozen=True)
class Typed:
    """What somebody chose and wrote on the page."""

    change: str = CHANGES[0]
    correction: str = ""
    notice: str = ""
    without_notice: bool = False
    reason: str = ""


@blueprint.errorhandler(NotFound)
def not_found(error: NotFound) -> Any:
    """Say that there is no such story."""
    return problems.answer(NoPage(error.message))


@blueprint.get(ADDRESS)
def ask(article_id: int, act: str) -> Response:
    """What an act would do, and the form that does it."""
    with newsroom().database.read() as connection:
        status = articles.get(connection, article_id).status
    if status not in ACTS[act]:
        return redirect(url_for("newsdesk.story", article_id=article_id), 303)
    return _show(article_id, act, Typed())


@blueprint.post(ADDRESS)
def answer(article_id: int, act: str) -> Response:
    """Do it, or show once more what it would do, with what was typed."""
    typed = _typed()
    if request.form.get("action") == "show":
        return _show(article_id, act, typed)
    if request.form.get("action") != act:
        abort(400, _("The field “action” must be one of: %(actions)s. Nothing was changed.", actions=f"{act}, show"))
    try:
        done = _do(article_id, act, typed)
    except tuple(desk.REFUSALS) as error:
        now = editing.story(article_id)
        if now is not None and now.status not in ACTS[act]:
            return editing.refuse(forms.stored(now), article_id, error)
        return _show(article_id, act, typed, error)
    return redirect(url_for("newsdesk.story", article_id=article_id, done=done), 303)


def _typed() -> Typed:
    form = request.form
    return Typed(
        change=form.get("change", CHANGES[0]),
        correction=form.get("correction", ""),
        notice=form.get("notice", ""),
        without_notice=form.get("without_notice", "") not in NOT_SET,
        reason=form.get("reason", ""),
    )


def _do(article_id: int, act: str, typed: Typed) -> str:
    """Do it, and say in one word what was done."""
    version = request.form.get("version", "")
    if not VERSION.fullmatch(version):
        raise NotAllowed(_("The form does not say on which version of the story it was made: nothing was changed."))
    story = (newsroom().database, article_id, int(version))
    match act:
        case "update":
            if typed.change not in CHANGES:
                known = ", ".join(CHANGES)
                raise Invalid({"change": _("A change is one of: %(changes)s. Choose one of them.", changes=known)})
            return update(story, typed.change, typed.correction)
        case "withdraw":
            has_notice = not typed.without_notice
            settings = newsroom().settings
            edit.withdraw(*story, g.editor, typed.notice, reason=typed.reason, has_notice=has_notice, settings=settings)
            return "withdrawn"
        case "restore":
            edit.restore(*story, g.editor)
            return "restored"
        case _:
            edit.publish(*story, g.editor)
            return "published"


def _show(article_id: int, act: str, typed: Typed, error: FeedsvcError | None = None) -> Response:
    here = newsroom()
    with here.database.read() as connection:
        article = articles.get(connection, article_id)
        proposed = _proposed(connection, article, act, typed)
        sections = {section.slug: section.title for section in feeds.all_sections(connection)}
        counts = desk.counts(connection)
    is_update = act == "update" and article.live is not None
    notice = desk.shown_notice("" if typed.without_notice else clean(typed.notice).strip())
    return desk.show(
        "newsdesk/confirm.html",
        200 if error is None else desk.status_of(error),
        counts,
        article=article,
        act=act,
        typed=typed,
        labels=forms.labels(),
        proposed=proposed,
        problems=proposed.problems | (error.problems if isinstance(error, Invalid) else {}),
        refused="" if error is None or isinstance(error, Invalid) else error.message,
        changed=word_differences.of_revisions(article.live, article.working, sections) if is_update else (),
        html=story_page.fitted_html(proposed.shown.html, here.settings.base_url, {}) if proposed.shown else "",
        description=story_page.description(proposed.story),
        notice_title=desk.of_site(NOTICE_TITLE),
        notice=story_page.page_html(notice, here.settings.base_url, {}),
        may_do=roles.may(g.editor, Right.PUBLISH) and article.status in ACTS[act],
        theirs={},
    )


def _proposed(connection: Connection, article: Article, act: str, typed: Typed) -> Proposal:
    """What the act would do, as far as what was typed can be; what is wrong with that is among the problems."""
    stored = (connection, newsroom().settings, article, newsroom().database.clock())
    if act != "withdraw" or article.status is not Status.PUBLISHED:
        correction = clean(typed.correction).strip() if typed.change == "correction" else ""
        return proposal.to_publish(*stored, correction)
    has_notice = not typed.without_notice
    try:
        return proposal.to_withdraw(*stored, clean(typed.notice), has_notice)
    except Invalid as error:
        return replace(proposal.to_withdraw(*stored, "", has_notice), problems=error.problems)
