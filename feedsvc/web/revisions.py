"""The versions of a story: their list, one of them to read, two of them compared, and the way back to one."""

from typing import Any

from flask import Blueprint, Response, abort, g, redirect, request, url_for
from werkzeug.exceptions import NotFound as NoPage

from feedsvc.actions import revisions
from feedsvc.domain import roles
from feedsvc.domain.article import Article, Status
from feedsvc.domain.roles import Right
from feedsvc.errors import FeedsvcError, Invalid, NotAllowed, NotFound
from feedsvc.storage import articles, feeds, history, media
from feedsvc.storage.database import Connection
from feedsvc.storage.history import Version
from feedsvc.texts import N_, _
from feedsvc.web import desk, problems, sign_in, story_page, word_differences
from feedsvc.web.newsroom import newsroom
from feedsvc.web.went_back import LARGEST, numbered

PAGE = 50
"""Versions on one page of the list."""

NUMBER = f"int(max={LARGEST})"
STORY = f"/articles/<{NUMBER}:article_id>/revisions"

CHOOSE_TWO = N_("Choose two different versions: an older one under “From” and a newer one under “To”.")

blueprint = Blueprint("revisions", __name__, url_prefix="/newsdesk")
blueprint.before_request(sign_in.needed)


@blueprint.errorhandler(NotFound)
def not_found(error: NotFound) -> Any:
    """Say what is not there: the story, or its version."""
    return problems.answer(NoPage(error.message))


@blueprint.get(STORY)
def listing(article_id: int) -> Response:
    """The versions of a story, the latest first."""
    return _show_list(article_id)


@blueprint.get(f"{STORY}/compare")
def compare(article_id: int) -> Response:
    """What differs between two versions; without a choice, between what is public and the working copy."""
    try:
        chosen = numbered("from"), numbered("to")
    except ValueError:
        return _show_list(article_id, refused=_(CHOOSE_TWO))
    with newsroom().database.read() as connection:
        article = articles.get(connection, article_id)
        now = history.current(connection, article_id)
        to = chosen[1] or now.working
        since = chosen[0] or (
            now.live if now.live not in (None, to) else history.number_before(connection, article_id, to)
        )
        if since is not None and since != to:
            before, old = history.version(connection, article_id, since)
            after, new = history.version(connection, article_id, to)
            values = {
                "before": before,
                "after": after,
                "changed": word_differences.of_revisions(old, new, _titles(connection)),
            }
        counts = desk.counts(connection)
    if since == to:
        return _show_list(article_id, refused=_(CHOOSE_TWO))
    if since is None:
        return redirect(url_for("revisions.listing", article_id=article_id), 303)
    return desk.show("newsdesk/compare.html", counts=counts, article=article, **values)


@blueprint.get(f"{STORY}/<{NUMBER}:number>")
def version(article_id: int, number: int) -> Response:
    """One version of a story, to be read."""
    return _show_version(article_id, number)


@blueprint.post(f"{STORY}/<{NUMBER}:number>")
def act(article_id: int, number: int) -> Response:
    """Make a version the working copy."""
    if request.form.get("action") != "restore":
        abort(400, _("The field “action” must be: restore. Nothing was changed."))
    made_on = request.form.get("version", "")
    if not (made_on.isascii() and made_on.isdigit() and len(made_on) <= 18):
        refused = NotAllowed(_("The form does not say on which version of the story it was made: nothing was changed."))
        return _show_version(article_id, number, refused)
    database = newsroom().database
    with database.read() as connection:
        before = history.current(connection, article_id).working
    try:
        revisions.restore(database, article_id, int(made_on), number, g.editor)
    except tuple(desk.REFUSALS) as error:
        return _show_version(article_id, number, error)
    return redirect(url_for("newsdesk.story", article_id=article_id, done="reverted", of=number, before=before), 303)


def _show_list(article_id: int, refused: str = "") -> Response:
    try:
        start = numbered("start")
    except ValueError:
        abort(400, _("This link to older versions is damaged. Begin with the latest ones."))
    with newsroom().database.read() as connection:
        article = articles.get(connection, article_id)
        found = history.listing(connection, article_id, PAGE + 1, start)
        now = history.current(connection, article_id)
        counts = desk.counts(connection)
    lines, more = found[:PAGE], found[PAGE:]
    return desk.show(
        "newsdesk/revisions.html",
        422 if refused else 200,
        counts,
        article=article,
        lines=lines,
        chosen=_shown(lines, request.args.get("from", ""), request.args.get("to", "")),
        is_ahead=now.live not in (None, now.working),
        older=lines[-1].number if more else None,
        is_first=start is None,
        refused=refused,
    )


def _shown(lines: list[Version], since: str, to: str) -> tuple[str, str]:
    """The versions that are chosen for comparing: those of the address, else the two latest of the page."""
    numbers = [str(line.number) for line in lines]
    latest = [*numbers[:2], "", ""]
    return since if since in numbers else latest[1], to if to in numbers else latest[0]


def _show_version(article_id: int, number: int, error: FeedsvcError | None = None) -> Response:
    with newsroom().database.read() as connection:
        article = articles.get(connection, article_id)
        shown, revision = history.version(connection, article_id, number)
        now = history.current(connection, article_id)
        before = history.number_before(connection, article_id, number)
        pictures = media.by_keys(connection, media.keys_of(revision))
        titles = _titles(connection)
        counts = desk.counts(connection)
    base_url = newsroom().settings.base_url
    return desk.show(
        "newsdesk/revision.html",
        200 if error is None else desk.status_of(error),
        counts,
        article=article,
        shown=shown,
        revision=revision,
        section=titles.get(revision.section or "", revision.section),
        text=story_page.page_html(revision.body, base_url, pictures),
        picture=pictures.get(revision.picture.key) if revision.picture else None,
        before=before,
        now=now,
        refusals=()
        if error is None
        else tuple(error.problems.values())
        if isinstance(error, Invalid)
        else (error.message,),
        may_restore=_may_restore(article),
    )


def _may_restore(article: Article) -> bool:
    return article.status is Status.DRAFT or roles.may(g.editor, Right.PUBLISH)


def _titles(connection: Connection) -> dict[str, str]:
    return {section.slug: section.title for section in feeds.all_sections(connection)}
