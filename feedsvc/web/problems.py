"""Pages for what went wrong: what it is, and what to do now."""

import re

from flask import Flask, current_app, redirect, request
from werkzeug import Response
from werkzeug.exceptions import Forbidden, HTTPException, ServiceUnavailable
from werkzeug.exceptions import NotFound as NoPage

from feedsvc.domain.address import article_path
from feedsvc.errors import NotFound, NotPermitted, StorageBusy, StorageError
from feedsvc.storage import feeds, redirects
from feedsvc.storage.feeds import Section
from feedsvc.texts import N_, _
from feedsvc.web.newsroom import newsroom
from feedsvc.web.pages import render

RETRY_SECONDS = 10

WORDS = {
    400: (N_("That request cannot be understood"), N_("Go back and try again, or begin at the front page.")),
    403: (N_("This is not for everybody"), N_("You may not see this page. Editors sign in at the newsdesk.")),
    404: (
        N_("There is no page at this address"),
        N_("Perhaps it was mistyped, or cut off on the way. The front page and the sections lead to every story."),
    ),
    405: (
        N_("This page only shows things"),
        N_("Nothing can be sent to this address. Go back to the form and try again."),
    ),
    410: (N_("This is gone"), N_("It stood here once and was taken down for good.")),
    413: (N_("That was too large"), N_("Go back and send less: a smaller picture, or a shorter text.")),
    429: (N_("Too many attempts"), N_("Wait a little, then try again.")),
    500: (
        N_("Something went wrong here"),
        N_("It was noted for those who look after this site. Try again in a moment."),
    ),
    503: (N_("One moment, please"), N_("The newsroom cannot answer right now. Try again in a few seconds.")),
}
"""Status -> (title, what to do), to be translated."""

_PLAIN = re.compile(r"/(?:feeds/.+\.[a-z]+|(?:media|static)/.*)", re.ASCII | re.DOTALL)
"""Addresses that programs ask for: no program reads a page."""


def install(app: Flask) -> None:
    """Have every error that reaches `app` answered in words. Whatever is not expected is logged with its traceback."""

    @app.errorhandler(NotFound)
    def not_found(error: NotFound) -> Response:
        return answer(NoPage())

    @app.errorhandler(NotPermitted)
    def not_permitted(error: NotPermitted) -> Response:
        return answer(Forbidden(error.message))

    @app.errorhandler(StorageError)
    def no_storage(error: StorageError) -> Response:
        log_storage(error)
        return answer(ServiceUnavailable(retry_after=RETRY_SECONDS))

    @app.before_request
    def moved_front_page() -> Response | None:
        # So WordPress addresses stories where it is not told otherwise; our own front page takes no such question.
        return _from_elsewhere(whole_only=True) if request.path == "/" and "p" in request.args else None

    app.register_error_handler(HTTPException, answer)


def log_storage(error: StorageError) -> None:
    """Note for the operators what this request met in the database: a line where it was only busy, else the traceback.

    For every handler that answers such an error itself.
    """
    if isinstance(error, StorageBusy):
        current_app.logger.warning("%s %s: %s", request.method, request.path, error)
    else:
        current_app.logger.error("%s %s", request.method, request.path, exc_info=error)


def answer(error: HTTPException) -> Response:
    """The answer to an error: its status, its own headers, and a page, or a line where no page is expected."""
    response = error.get_response(request.environ)
    if error.response is not None:
        return response
    code = error.code or 500
    if code == 404 and (moved := _from_elsewhere()) is not None:
        return moved
    title, advice = (_(words) for words in WORDS.get(code, (error.name, WORDS[400][1])))
    if error.description and error.description != type(error).description:
        advice = error.description
    response.headers["Cache-Control"] = "no-store"
    if _PLAIN.fullmatch(request.path):
        response.data = f"{title}. {advice}\n"
        response.mimetype = "text/plain"
    else:
        response.data = _page(code, title, advice)
        response.mimetype = "text/html"
    return response


def _from_elsewhere(whole_only: bool = False) -> Response | None:
    """Where a story went that had this address before it was brought in: with its query, or else without, with or
    without a slash at its end."""
    if request.method not in ("GET", "HEAD") or (request.path + "/").startswith("/newsdesk/"):
        return None
    path, query = request.path, request.query_string.decode("utf-8", "replace")
    paths = [f"{path}?{query}"] if query else []
    if not whole_only:
        paths += [path, path.rstrip("/") if path.endswith("/") else f"{path}/"]
    try:
        with newsroom().database.read() as connection:
            found = redirects.find(connection, paths)
    except StorageError as error:
        log_storage(error)
        return None
    return None if found is None else redirect(request.script_root + article_path(*found), 301)


def _page(code: int, title: str, advice: str) -> str:
    sections: tuple[Section, ...] = ()
    # What went wrong may be the database: no page about that asks it again.
    if code < 500:
        try:
            with newsroom().database.read() as connection:
                sections = feeds.all_sections(connection)
        except StorageError as error:
            log_storage(error)
    return render("site/problem.html", sections, code=code, title=title, advice=advice)
