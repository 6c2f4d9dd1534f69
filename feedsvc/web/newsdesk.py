"""Where editors work: the list of stories, the form of a story, its preview. Everything here needs a sign-in."""

import re
from dataclasses import replace

from flask import Blueprint, Response, abort, g, make_response, redirect, request, url_for

from feedsvc.actions import edit, pictures, sample
from feedsvc.domain.article import Article, Status
from feedsvc.errors import Conflict, Invalid, NotAllowed, PictureRefused, StorageError
from feedsvc.feeds import paste
from feedsvc.storage import articles, feeds, installation, media
from feedsvc.storage.articles import Story
from feedsvc.storage.feeds import Section
from feedsvc.web import desk, editing, forms, pages, sign_in, story_page
from feedsvc.web.forms import StoryForm, Written
from feedsvc.web.newsroom import newsroom

PAGE = 50
"""Stories on one page of the list."""

ACTIONS = ("save", "preview", "publish", "update", "withdraw", "put_back")
"""What the buttons of the form do."""

NUMBER = "int(max=9223372036854775807)"

REFUSALS = (Invalid, Conflict, NotAllowed, StorageError)

NO_SECTION = Section(0, 0, "", "No section yet", "")

blueprint = Blueprint("newsdesk", __name__, url_prefix="/newsdesk")
blueprint.before_request(sign_in.needed)


@blueprint.get("", strict_slashes=False)
def stories() -> Response:
    """The list of stories, last saved first, of one status or of all."""
    status = request.args.get("status", "")
    if status and status not in set(Status):
        abort(404, f"There is no list “{status}”. Choose one of: {', '.join(Status)}.")
    before = pages.asked_key()
    with newsroom().database.read() as connection:
        lines = articles.listing(connection, PAGE + 1, Status(status) if status else None, before)
        has_sample = installation.has_sample(connection)
    lines, more = lines[:PAGE], lines[PAGE:]
    older = pages.key_text(lines[-1].saved, lines[-1].article_id) if more else None
    return desk.show(
        "newsdesk/list.html",
        lines=lines,
        view=status,
        older=older,
        is_first=before is None,
        has_sample=has_sample,
        done=request.args.get("done", ""),
    )


@blueprint.get("/articles/new")
def new_story() -> Response:
    """The empty form of a new story."""
    return editing.show_stored(None)


@blueprint.get(f"/articles/<{NUMBER}:article_id>")
def story(article_id: int) -> Response:
    """The form of a story."""
    return editing.show_stored(editing.story(article_id), request.args.get("done", ""))


@blueprint.post("/articles/new")
def act_on_new() -> Response:
    """Save or publish a new story."""
    action, form = _action(), forms.posted(request.form, None)
    try:
        _take_picture(form)
        written = form.written()
        if action == "publish":
            article_id = edit.create_and_publish(newsroom().database, written.revision, _me(), written.typed)
        elif action in ("save", "preview"):
            article_id = edit.create(newsroom().database, written.revision, _me(), written.typed)
        else:
            raise NotAllowed("This story is new: save it or publish it first.")
    except REFUSALS as error:
        return editing.refuse(form, None, error)
    return _after(action, article_id, "published" if action == "publish" else "saved")


@blueprint.post(f"/articles/<{NUMBER}:article_id>")
def act(article_id: int) -> Response:
    """Do with a story what the button of the form says. What cannot be done comes back with all that was typed."""
    action, article = _action(), editing.story(article_id)
    form = forms.posted(request.form, article)
    try:
        _take_picture(form)
        done = _act(action, article, form)
    except REFUSALS as error:
        return editing.refuse(form, editing.story(article_id), error)
    return _after(action, article_id, done)


@blueprint.get(f"/articles/<{NUMBER}:article_id>/preview")
def preview(article_id: int) -> Response:
    """The working copy as readers would see it."""
    here = newsroom()
    with here.database.read() as connection:
        article = articles.get(connection, article_id)
        sections = feeds.all_sections(connection)
        revision = replace(article.working, headline=article.working.headline or "Untitled story")
        lead = [revision.picture.key] if revision.picture else []
        stored = media.by_keys(connection, [*lead, *media.IN_BODY.findall(revision.body)])
    section = next((section for section in sections if section.slug == revision.section), NO_SECTION)
    now = here.database.clock()
    seen = Story(
        article_id=article_id,
        identity=article.identity,
        revision=revision,
        section_title=section.title,
        published=article.published or now,
        updated=article.updated or now,
        picture=stored[revision.picture.key] if revision.picture else None,
    )
    text = story_page.page_html(revision.body, here.settings.base_url, stored)
    page = pages.render(
        "newsdesk/preview.html", sections, section, story=seen, text=text, img_attributes=story_page.img_attributes
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
        if not installation.has_sample(connection):
            return redirect(url_for("newsdesk.stories"), 303)
    return desk.show("newsdesk/sample.html")


@blueprint.post("/sample")
def remove_sample() -> Response:
    """Remove the sample newsroom."""
    if request.form.get("action") != "remove":
        abort(400, "The field “action” must be: remove. Nothing was removed.")
    sample.remove(newsroom().database, newsroom().settings.media)
    return redirect(url_for("newsdesk.stories", done="sample-removed"), 303)


def _action() -> str:
    action = request.form.get("action", "")
    if action not in ACTIONS:
        abort(400, f"The field “action” must be one of: {', '.join(ACTIONS)}. Nothing was saved.")
    return action


def _me() -> str:
    name: str = g.editor.name
    return name


def _take_picture(form: StoryForm) -> None:
    """Store the picture that came with the form; from then on the form names it. Raises `Invalid`."""
    here, file = newsroom(), request.files.get("picture")
    if file is not None and file.filename:
        try:
            form.picture_key.data = pictures.store(here.database, here.settings.media, file.stream)
        except PictureRefused as refused:
            raise Invalid({"picture": refused.message}) from refused
        form.picture_remove.data = False
        return
    key = form.picture_key.data
    with here.database.read() as connection:
        if key and key not in media.by_keys(connection, [key]):
            form.picture_key.data = ""
            raise Invalid({"picture": "That picture is not stored here. Choose it again."})


def _act(action: str, article: Article, form: StoryForm) -> str:
    """Do it, and say in one word what was done."""
    if not re.fullmatch("[0-9]{1,18}", form.version.data, re.ASCII):
        raise NotAllowed(
            "The form does not say on which version of the story it was made (the hidden field “version”), so nothing "
            "was saved."
        )
    database, article_id, version, written = (
        newsroom().database,
        article.article_id,
        int(form.version.data),
        form.written(),
    )
    saving = {"revision": written.revision, "typed": written.typed}
    match action:
        case "publish":
            edit.publish(database, article_id, version, _me(), **saving)
            return "published"
        case "update":
            is_minor = form.change.data == "minor"
            edit.update(database, article_id, version, _me(), minor=is_minor, **saving)
            return "minor" if is_minor else "updated"
        case "withdraw":
            edit.withdraw(database, article_id, version, _me(), form.notice.data, **saving)
            return "withdrawn"
        case "put_back":
            _put_back(article, version, written)
            return "put-back"
    edit.save(database, article_id, version, editor=_me(), **saving)
    return "saved"


def _put_back(article: Article, version: int, written: Written) -> None:
    typed = editing.original(article)
    if not typed:
        raise NotAllowed("There is no pasted text that could be put back.")
    # What was written on the Markdown meanwhile is kept as a revision of its own.
    made = written.revision.body if written.revision.body != article.working.body else ""
    revision = replace(written.revision, body=typed)
    edit.save(newsroom().database, article.article_id, version, revision, _me(), made)


def _after(action: str, article_id: int, done: str) -> Response:
    if action == "preview":
        return redirect(url_for("newsdesk.preview", article_id=article_id), 303)
    return redirect(url_for("newsdesk.story", article_id=article_id, done=done), 303)
