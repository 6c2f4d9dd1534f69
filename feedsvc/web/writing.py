"""What happens while a story is being written: it is saved as it is typed, others who have it open are told of, and two
texts of it are put together.

What scripts ask here is answered with JSON: what was done, or `problem`, a sentence for the editor.
"""

from typing import Any

from flask import Blueprint, Response, g, jsonify, request, url_for

from feedsvc.actions import autosave, meanwhile, presence
from feedsvc.actions.staff import Editor
from feedsvc.domain.article import Article
from feedsvc.errors import Conflict, FeedsvcError, Invalid, NotAllowed, NotFound, NotPermitted, StorageError
from feedsvc.storage import acts, articles
from feedsvc.texts import _
from feedsvc.web import desk, editing, merging, problems, sign_in
from feedsvc.web.forms import StoryForm, stored
from feedsvc.web.newsroom import newsroom

REFUSALS = (Invalid, Conflict, NotAllowed, NotPermitted, NotFound, StorageError)

STATUSES = {Conflict: 409, NotPermitted: 403, NotFound: 404, StorageError: 503}
"""What was refused -> the status that says so; all others are 422."""

NEEDS_SAVE = ("picture_alt", "picture_credit", "picture_decorative", "keep_as_typed")
"""Fields that say nothing by themselves: of a picture that is not chosen yet, and how the text is to be saved."""

NUMBER = "int(max=9223372036854775807)"

blueprint = Blueprint("writing", __name__, url_prefix="/newsdesk")
blueprint.before_request(sign_in.needed)


@blueprint.errorhandler(NotFound)
@blueprint.errorhandler(StorageError)
def refusal(error: FeedsvcError) -> Response:
    """Why something was not done, and where somebody else saved, who and when; it asks the database for no more than
    that."""
    if isinstance(error, StorageError):
        problems.log_storage(error)
    told: dict[str, Any] = {"problem": desk.told(error) if isinstance(error, StorageError) else error.message}
    if isinstance(error, Invalid):
        told["problems"] = error.problems
    if isinstance(error, Conflict) and isinstance(error.key, int):
        article = editing.story(error.key)
        told |= {} if article is None else _stored(article) | {"did": _moved(article)}
    answer = jsonify(told)
    answer.status_code = next((status for kind, status in STATUSES.items() if isinstance(error, kind)), 422)
    if isinstance(error, StorageError):
        answer.headers["Retry-After"] = str(problems.RETRY_SECONDS)
    return answer


def autosaved(article_id: int | None, form: StoryForm) -> Response:
    """Save a story as it is typed; an empty form makes none.

    The field `as` may say who types: if somebody else signed in since in the same browser, nothing is saved.
    """
    me: Editor = g.editor
    try:
        if request.form.get("as", me.name) != me.name:
            raise NotPermitted(
                _("%(name)s is signed in now in this browser. Sign in again to save your text.", name=me.name)
            )
        if article_id is not None:
            version = form.made_on()
            article = autosave.save(newsroom().database, article_id, version, form.as_it_stands(), me)
        elif form.says_what_is_stored(None):
            return jsonify(article=None)
        else:
            article = autosave.create(newsroom().database, form.as_it_stands(), me, form.draft.data)
    except REFUSALS as error:
        return refusal(error)
    return jsonify(_stored(article) | {"left_out": _left_out(form, article)})


def merged(article_id: int | None, form: StoryForm) -> Response:
    """The form beside what is stored, with what was chosen of both texts put into it; nothing is saved."""
    article = None if article_id is None else editing.story(article_id)
    if article is None:
        return editing.refuse(form, article_id, NotFound(_("This story is gone."), article_id))
    is_merged = form.is_on(article) and merging.take(form, article, request.form)
    return editing.show_compared(form, article.article_id, is_merged)


@blueprint.route(f"/articles/<{NUMBER}:article_id>/presence", methods=["GET", "POST"])
def present(article_id: int) -> Response:
    """Who else has a story open, and who saved it last. A post says that one has it open, or with `leave` no more."""
    database, me = newsroom().database, g.editor
    if request.method == "POST":
        act = presence.leave if request.form.get("leave") else presence.stay
        act(database, article_id, me.account_id)
    now = database.clock()
    with database.read() as connection:
        article = articles.get(connection, article_id)
        others = presence.others_in(connection, article_id, me.account_id, now)
        did = meanwhile.moved(acts.timeline(connection, article_id, 1))
    told = [{"name": one.name, "seconds": max(0, int((now - one.at).total_seconds()))} for one in others]
    return jsonify(_stored(article) | {"did": did, "others": told})


def _moved(article: Article) -> str:
    """Who did what with a story last, unless it was saved."""
    with newsroom().database.read() as connection:
        return meanwhile.moved(acts.timeline(connection, article.article_id, 1))


def _left_out(form: StoryForm, article: Article) -> list[str]:
    """The fields that say something which is stored only by “Save”."""
    now = stored(article)
    return [name for name in NEEDS_SAVE if _plain(form[name].data) != _plain(now[name].data)]


def _plain(said: str | bool) -> str | bool:
    return said.strip() if isinstance(said, str) else said


def _stored(article: Article) -> dict[str, Any]:
    return {
        "article": article.article_id,
        "version": article.version,
        "saved": article.saved.isoformat(),
        "saved_by": article.saved_by,
        "is_own": article.saved_by == g.editor.name,
        "address": url_for("newsdesk.story", article_id=article.article_id),
    }
