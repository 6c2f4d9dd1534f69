"""Signing in and out, and the guard of everything that needs it.

A session is a token in a cookie, of which the database knows a hash. When it has run out, or was ended, what an editor
typed comes back to the form after the next sign-in: the cookie outlives the session for that, also a sign-out. Where
the database is away the cookie is believed so far that what came with it is read and sent back.

Addresses to which a sign-in leads are relative to where the application is mounted.
"""

import re
from datetime import timedelta
from functools import partial

from flask import Blueprint, Response, abort, after_this_request, g, make_response, redirect, request, url_for
from werkzeug.datastructures import MultiDict

from feedsvc.actions import staff
from feedsvc.actions.staff import KEPT_DAYS, SESSION_DAYS, Editor
from feedsvc.domain import roles
from feedsvc.domain.roles import Right
from feedsvc.errors import SignInRefused, StorageError
from feedsvc.texts import _
from feedsvc.web import desk, editing, forms, problems, safety
from feedsvc.web.newsroom import newsroom

COOKIE = "feedsvc_session"

NEWSDESK = "/newsdesk"

# Only paths of the newsdesk: nobody is sent elsewhere by a link to the sign-in.
_NEXT = re.compile(r"/newsdesk(?:[/?][\w/?=&%.~+-]*)?", re.ASCII)
_STORY = re.compile(r"/newsdesk/articles/(?:new|([0-9]{1,18}))", re.ASCII)

blueprint = Blueprint("sign_in", __name__, url_prefix="/newsdesk")


def editor() -> Editor | None:
    """Who is signed in, None if nobody is; asked of the database once a request."""
    if "editor" not in g:
        token = request.cookies.get(COOKIE)
        g.editor = staff.who(newsroom().database, token) if token else None
    found: Editor | None = g.editor
    return found


def needed() -> Response | None:
    """Before a request below the newsdesk: lead who is not signed in to the sign-in.

    A form is refused before its body is read, unless the browser once was signed in here: then what was typed is
    carried through the sign-in.
    """
    if editor() is not None:
        return None
    if request.method in safety.SAFE_METHODS:
        return redirect(url_for("sign_in.ask", next=request.full_path.rstrip("?")), 303)
    if request.accept_mimetypes.best == "application/json":
        return make_response({"problem": _("Your sign-in has ended.")}, 401)
    typed_by = _was_signed_in()
    if not typed_by or not _STORY.fullmatch(request.path):
        return _page(
            401,
            problem=_(
                "You are not signed in, so nothing was saved. What you typed is still in the form: sign in in another "
                "tab, then go back here. Going back keeps the text; press the button again there."
            ),
            is_lost=True,
        )
    return _page(401, typed=_typed(), typed_by=typed_by, then=request.path, has_ended=True)


def managers_only() -> None:
    """Before a request that is for administrators: refuse all others, before anything is read."""
    if not roles.may(g.editor, Right.MANAGE):
        abort(403, roles.refusal(g.editor, Right.MANAGE).message)


@blueprint.errorhandler(StorageError)
def without_storage(error: StorageError) -> Response:
    """The page again where the database is away, with all that came with the request."""
    problems.log_storage(error)
    then = _own_path(request.values.get("next", ""))
    form = request.form
    typed_by, user = form.get("typed_by", ""), form.get("user", "")
    page = _page(503, problem=desk.told(error), then=then, typed=_typed(), typed_by=typed_by, user=user)
    page.headers["Retry-After"] = str(problems.RETRY_SECONDS)
    return page


@blueprint.get("/sign-in")
def ask() -> Response:
    """The page on which an editor signs in."""
    then = _own_path(request.args.get("next", ""))
    return _on(then) if editor() else _page(200, then=then)


@blueprint.post("/sign-in")
def begin() -> Response:
    """Begin a session, and go where the editor was going, or back to the form with what was typed in it."""
    if not _was_signed_in():
        safety.limit_body(safety.BODY_BYTES)
    then, typed = _own_path(request.form.get("next", "")), _typed()
    user = request.form.get("user", "")
    database = newsroom().database
    try:
        token = staff.sign_in(
            database, user, request.form.get("password", ""), safety.client_address(), request.user_agent.string
        )
    except SignInRefused as refused:
        status = 401 if refused.retry_after_seconds is None else 429
        typed_by = request.form.get("typed_by", "")
        page = _page(status, problem=refused.message, then=then, typed=typed, typed_by=typed_by, user=user)
        if refused.retry_after_seconds is not None:
            page.headers["Retry-After"] = str(refused.retry_after_seconds)
        return page
    typed_by, editor = request.form.get("typed_by", ""), staff.who(database, token)
    if typed and editor is not None and typed_by not in ("", editor.name):
        # It may be what nobody else is to read, and the story one that is not theirs.
        staff.sign_out(database, token)
        problem = _("What was typed here is by %(name)s: sign in as %(name)s to go on with it.", name=typed_by)
        return _page(403, problem=problem, then=then, typed=typed, typed_by=typed_by, user=user)
    replaced = request.cookies.get(COOKIE)
    if replaced:
        staff.sign_out(database, replaced)
    # Whatever comes of the form: who signed in is signed in.
    after_this_request(partial(with_cookie, token))
    g.editor = editor
    return _back_to_form(typed, then) or _on(then)


@blueprint.post("/sign-out")
def end() -> Response:
    """End the session, here and wherever else its token is. The cookie stays: it opens nothing any more, and a story
    that is still being written in another tab comes back by it."""
    token = request.cookies.get(COOKIE)
    if token:
        staff.sign_out(newsroom().database, token)
    return redirect(url_for("sign_in.ask"), 303)


def with_cookie(token: str, response: Response) -> Response:
    kept = timedelta(days=SESSION_DAYS + KEPT_DAYS)
    response.set_cookie(COOKIE, token, max_age=kept, httponly=True, samesite="Lax", secure=newsroom().settings.is_https)
    return response


def _on(then: str) -> Response:
    return redirect(request.script_root + then, 303)


def _was_signed_in() -> str:
    """Who was signed in in this browser; empty if nobody was."""
    token = request.cookies.get(COOKIE)
    return staff.was_signed_in(newsroom().database, token) if token else ""


def _own_path(path: str) -> str:
    is_ours = _NEXT.fullmatch(path) and not path.startswith(f"{NEWSDESK}/sign-")
    return path if is_ours else NEWSDESK


def _typed() -> MultiDict[str, str]:
    """The fields of a story that came with this request; a file is not among them, since no page can carry it."""
    known = set(forms.StoryForm().data)
    return MultiDict((name, value) for name, value in request.form.items() if name in known)


def _back_to_form(typed: MultiDict[str, str], then: str) -> Response | None:
    story = _STORY.fullmatch(then)
    if not typed or story is None:
        return None
    article_id = int(story[1]) if story[1] else None
    article = None if article_id is None else editing.story(article_id)
    return editing.show_typed(forms.posted(typed, article), article_id)


def _page(
    status: int,
    problem: str = "",
    then: str = "",
    typed: MultiDict[str, str] | None = None,
    typed_by: str = "",
    user: str = "",
    has_ended: bool = False,
    is_lost: bool = False,
) -> Response:
    typed = typed or MultiDict()
    return desk.show(
        "newsdesk/sign_in.html",
        status,
        problem=problem,
        then=then or NEWSDESK,
        typed=typed,
        typed_by=typed_by,
        user=user,
        has_ended=has_ended,
        is_lost=is_lost,
    )
