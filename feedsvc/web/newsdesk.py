"""Where editors work: the list of stories, the form of a story, its preview. All needs a sign-in."""

from typing import Any

from flask import Blueprint, Response, abort, g, make_response, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.exceptions import ServiceUnavailable

from feedsvc.actions import edit, pictures, proposal, review, sample, schedule
from feedsvc.actions.staff import Editor
from feedsvc.domain.article import Status
from feedsvc.errors import Conflict, Invalid, NotAllowed, NotFound, NotPermitted, PictureRefused, StorageError
from feedsvc.feeds import paste
from feedsvc.storage import acts, articles, feeds, installation, media, search
from feedsvc.storage.database import Database
from feedsvc.storage.drafts import MINE
from feedsvc.storage.search import Found
from feedsvc.texts import _, language_for, speaking
from feedsvc.web import desk, editing, forms, merging, pages, problems, searching, sign_in, story_page, writing
from feedsvc.web.forms import StoryForm, Written
from feedsvc.web.newsroom import newsroom

PAGE = 50
"""Stories on one page of the list."""

ACTIONS = (
    *("save", "preview", "submit", "return", "publish", "schedule", "unschedule", "update", "withdraw", "restore"),
    "put_back",
)
"""What the buttons of the form do."""

WHILE_WRITING = ("autosave", "merge")
"""What the form does besides, see `writing`; nothing is decided by it."""

DONE = {
    "submit": "submitted",
    "return": "returned",
    "publish": "published",
    "schedule": "scheduled",
    "unschedule": "unscheduled",
    "update": "updated",
    "withdraw": "withdrawn",
    "restore": "restored",
    "put_back": "put-back",
}
"""What a button does -> what was done, as addresses say it; all others save."""

NUMBER = "int(max=9223372036854775807)"

REFUSALS = (Invalid, Conflict, NotAllowed, NotPermitted, NotFound, StorageError)

blueprint = Blueprint("newsdesk", __name__, url_prefix="/newsdesk")
blueprint.before_request(sign_in.needed)


@blueprint.errorhandler(StorageError)
def without_storage(error: StorageError) -> Response:
    """Where the database is away, what was typed in a story's form comes back in a form that needs no database.

    Nobody can be known then: who sent a session's cookie gets back what they sent, and nothing else.
    """
    problems.log_storage(error)
    if request.form.get("action") == "autosave":
        return writing.refusal(error)
    if request.endpoint not in ("newsdesk.act_on_new", "newsdesk.act"):
        return problems.answer(ServiceUnavailable(retry_after=problems.RETRY_SECONDS))
    asked = request.form.get("action", "")
    return editing.show_without_storage(
        forms.posted(request.form, None), asked if asked in ACTIONS else ACTIONS[0], error
    )


@blueprint.get("", strict_slashes=False)
def stories() -> Response:
    """The list of stories, last saved first, of one status or of all; with words or filters, what has them."""
    status, view = request.args.get("status", ""), request.args.get("view", "")
    if status and status not in set(Status):
        lists = ", ".join(Status)
        abort(404, _("There is no list “%(status)s”. Choose one of: %(lists)s.", status=status, lists=lists))
    if view not in ("", MINE):
        abort(404, _("There is no view “%(view)s”. There is: %(mine)s.", view=view, mine=MINE))
    before, asked = pages.asked_key(), searching.asked()
    if view and any(asked.typed.values()):
        abort(400, _("Words and filters search all stories: ask for them without “view”."))
    of = Status(status) if status else None
    found: list[Found] = []
    with newsroom().database.read() as connection:
        if is_search := any(asked.typed.values()):
            filters = asked.filters(connection)
            if filters is not None and not asked.problems:
                found = search.for_newsroom(connection, asked.query, filters, PAGE + 1, of, before)
            lines = [one.line for one in found]
        else:
            lines = articles.listing(connection, PAGE + 1, of, before, _me().name if view else None)
        has_sample = installation.has_sample(connection)
        sections = feeds.all_sections(connection)
        counts = desk.counts(connection)
        drafts = [line.article_id for line in lines if line.status is Status.DRAFT]
        moves = acts.last_moves(connection, drafts)
    lines, more = lines[:PAGE], lines[PAGE:]
    last = (lines[-1].saved, lines[-1].article_id) if more else None
    if more and is_search:
        last = found[PAGE - 1].key
    given = {name: text for name, text in ({"status": status, "view": view} | asked.typed).items() if text}
    page = desk.show(
        "newsdesk/list.html",
        counts=counts,
        lines=lines,
        sent_back={number for number, act in moves.items() if act.kind == acts.RETURNED},
        view=status or view,
        given=given,
        older=pages.key_text(*last) if last else None,
        is_first=before is None,
        has_sample=has_sample,
        has_sections=bool(sections),
        sections=sections,
        sample_saver=sample.BY,
        done=request.args.get("done", ""),
        asked=asked,
        is_search=is_search,
        marked=lambda text: searching.marked(text, asked.query),
        snippets={
            one.line.article_id: searching.snippet(one.working.standfirst, one.working.body, asked.query)
            for one in found[:PAGE]
        },
    )
    if asked.problems:
        page.status_code = 400
    return page


@blueprint.get("/articles/new")
def new_story() -> Response:
    """The empty form of a new story; the story itself, if it was saved since: so does “Back” lead to what was made."""
    draft = request.args.get("draft", "")
    saved = editing.story_of(draft)
    if saved is not None:
        return redirect(url_for("newsdesk.story", article_id=saved.article_id), 303)
    return editing.show_stored(None, draft=draft)


@blueprint.get(f"/articles/<{NUMBER}:article_id>")
def story(article_id: int) -> Response:
    """The form of a story."""
    return editing.show_stored(article_id, request.args.get("done", ""), "pasted" in request.args)


@blueprint.post("/articles/new")
def act_on_new() -> Response:
    """Save or publish a new story; a form that was sent before goes to the story that was made of it."""
    action, article = _action(), editing.story_of(request.form.get("draft", ""))
    if article is None:
        return _act_on(None, action, forms.posted(request.form, None))
    is_its_own = action not in WHILE_WRITING and editing.is_as_it_was_made(article, _me().name)
    return _act_on(article.article_id, action, forms.posted_again(request.form, article, is_its_own))


@blueprint.post(f"/articles/<{NUMBER}:article_id>")
def act(article_id: int) -> Response:
    """Do with a story what the button of the form says."""
    return _act_on(article_id, _action(), forms.posted(request.form, editing.story(article_id)))


@blueprint.get(f"/articles/<{NUMBER}:article_id>/preview")
def preview(article_id: int) -> Response:
    """The working copy as readers would see it, in the language of the site; the box above it is the editor's."""
    here = newsroom()
    with here.database.read() as connection:
        article = articles.get(connection, article_id)
        sections = feeds.all_sections(connection)
        seen = proposal.as_published(connection, article, here.database.clock())
        stored = media.by_keys(connection, media.keys_of(seen.revision))
    section = next((section for section in sections if section.slug == seen.revision.section), None)
    box = render_template(
        "newsdesk/preview_box.html",
        article=article,
        is_draft=article.live is None,
        next_act={Status.PUBLISHED: "update", Status.WITHDRAWN: "restore"}.get(article.status, "publish"),
    )
    with speaking(language_for(here.settings.site_language)):
        page = pages.render(
            "newsdesk/preview.html",
            sections,
            section,
            story=seen,
            text=story_page.page_html(seen.revision.body, here.settings.base_url, stored),
            corrections=story_page.corrections(seen, here.settings.base_url),
            img_attributes=story_page.img_attributes,
            box=Markup(box),  # noqa: S704 - a template made it
        )
    return make_response(page)


@blueprint.post("/paste")
def make_markdown() -> dict[str, str]:
    """Markdown of what was pasted into the story: of its HTML if the browser handed that over, else of its text."""
    html, text = request.form.get("html", ""), request.form.get("text", "")
    pasted = paste.from_html(html) if html else paste.from_text(text)
    return {"markdown": pasted.markdown, "note": pasted.explain()}


@blueprint.get("/sample")
def ask_about_sample() -> Response:
    """Say what goes with the sample newsroom, and ask."""
    with newsroom().database.read() as connection:
        has_sample, counts = installation.has_sample(connection), desk.counts(connection)
    return (
        desk.show("newsdesk/sample.html", counts=counts) if has_sample else redirect(url_for("newsdesk.stories"), 303)
    )


@blueprint.post("/sample")
def remove_sample() -> Response:
    """Remove the sample newsroom."""
    if request.form.get("action") != "remove":
        abort(400, _("The field “action” must be: remove. Nothing was removed."))
    sample.remove(newsroom().database, newsroom().settings.media, _me())
    return redirect(url_for("newsdesk.stories", done="sample-removed"), 303)


def _action() -> str:
    action = request.form.get("action", "")
    if action not in (*ACTIONS, *WHILE_WRITING):
        known = ", ".join((*ACTIONS, *WHILE_WRITING))
        abort(400, _("The field “action” must be one of: %(actions)s. Nothing was saved.", actions=known))
    return action


def _me() -> Editor:
    me: Editor = g.editor
    return me


def _act_on(article_id: int | None, action: str, form: StoryForm) -> Response:
    """Act on a story, or make a new one. What cannot be done comes back with all that was typed."""
    if action in WHILE_WRITING:
        return writing.autosaved(article_id, form) if action == "autosave" else writing.merged(article_id, form)
    if article_id is not None and merging.has_choice(request.form):
        article = editing.story(article_id)
        if article is not None and not merging.take(form, article, request.form):
            return editing.show_compared(form, article_id)
    must_ask = _must_ask(action)
    does = "save" if must_ask or action == "preview" else action
    try:
        version = None if article_id is None else form.made_on()
        _take_picture(form)
        written = form.written()
        if article_id is None or version is None:
            article_id, done = _make(does, form, written)
        else:
            done = _act(does, article_id, version, form, written)
    except REFUSALS as error:
        return editing.refuse(form, article_id, error)
    if must_ask:
        return redirect(url_for("confirming.ask", article_id=article_id, act=action), 303)
    if action == "preview":
        return redirect(url_for("newsdesk.preview", article_id=article_id), 303)
    pasted = {"pasted": 1} if written.typed and done != "put-back" else {}
    return redirect(url_for("newsdesk.story", article_id=article_id, done=done, **pasted), 303)


def _must_ask(action: str) -> bool:
    """Whether to ask on a page of its own, as the buttons of a story's form do (`?ask=1`), or to do it at once."""
    return action in ("publish", "update", "withdraw", "restore") and "ask" in request.args


def _take_picture(form: StoryForm) -> None:
    """Store the picture that came with the form; from then on the form names it. Raises `Invalid`.

    It comes before all other checks: a form that is refused could not bring the file a second time by itself.
    """
    here, file = newsroom(), request.files.get("picture")
    if file is None or not file.filename:
        return
    try:
        form.picture_key.data = pictures.store(here.database, here.settings.media, file.stream)
    except PictureRefused as refused:
        raise Invalid({"picture": refused.message}) from refused
    form.picture_remove.data = False


def _make(action: str, form: StoryForm, written: Written) -> tuple[int, str]:
    """Make a new story; its number, and in one word what was done."""
    new = (newsroom().database, written.revision, _me(), written.typed, form.draft.data)
    if action == "publish":
        return edit.create_and_publish(*new), "published"
    if action == "schedule":
        database, revision, editor, typed, identity = new
        at = form.time_to_publish(newsroom().settings.time_zone)
        return schedule.create_and_schedule(database, revision, editor, at, typed, identity), "scheduled"
    if action == "save":
        return edit.create(*new), "saved"
    if action == "submit":
        database, revision, editor, typed, identity = new
        return review.create_and_submit(database, revision, editor, form.note.data, typed, identity), "submitted"
    raise NotAllowed(_("This story is new: save it or publish it first."))


def _act(action: str, article_id: int, version: int, form: StoryForm, written: Written) -> str:
    """Act on a stored story, and say in one word what was done."""
    story = (newsroom().database, article_id, version)
    saving = {"revision": written.revision, "typed": written.typed}
    done = DONE.get(action, "saved")
    match action:
        case "publish":
            edit.publish(*story, _me(), **saving)
        case "submit":
            review.submit(*story, _me(), form.note.data, **saving)
        case "return":
            review.send_back(*story, _me(), form.note.data, **saving)
        case "schedule":
            schedule.schedule(*story, _me(), form.time_to_publish(newsroom().settings.time_zone), **saving)
        case "unschedule":
            schedule.unschedule(*story, _me(), **saving)
        case "update":
            done = update(story, form.change.data, form.correction.data, **saving)
        case "withdraw":
            has_notice = not form.without_notice.data
            saving |= {"reason": form.reason.data, "has_notice": has_notice, "settings": newsroom().settings}
            edit.withdraw(*story, _me(), form.notice.data, **saving)
        case "restore":
            edit.restore(*story, _me(), **saving)
        case "put_back":
            edit.put_back(*story, written.revision, _me())
        case _:
            edit.save(*story, editor=_me(), **saving)
    return done


def update(story: tuple[Database, int, int], change: str, correction: str, **saving: Any) -> str:
    """Update or correct a story, and say in one word what was done."""
    if change == "correction":
        edit.correct(*story, _me(), correction, **saving)
        return "corrected"
    edit.update(*story, _me(), minor=change == "minor", **saving)
    return "minor" if change == "minor" else "updated"
