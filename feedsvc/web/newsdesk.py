"""Where editors work: the lists of stories and sections, the form of a story, its preview. All needs a sign-in."""

import re
from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, abort, g, make_response, redirect, request, url_for

from feedsvc.actions import edit, pictures, sample
from feedsvc.actions import sections as section_acts
from feedsvc.domain.article import Article, Status
from feedsvc.domain.feedname import slug_of
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

SECTION_FIELDS = {"title": "Title", "slug": "Address", "description": "Description"}
"""Field of the form of a new section -> what editors call it."""

BEFORE_THE_FIRST = "0"
"""The version of a story on which its first form was made: none has it any more."""

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
        has_sections = bool(feeds.all_sections(connection))
    lines, more = lines[:PAGE], lines[PAGE:]
    older = pages.key_text(lines[-1].saved, lines[-1].article_id) if more else None
    return desk.show(
        "newsdesk/list.html",
        lines=lines,
        view=status,
        older=older,
        is_first=before is None,
        has_sample=has_sample,
        has_sections=has_sections,
        sample_saver=sample.BY,
        done=request.args.get("done", ""),
    )


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
    return editing.show_stored(editing.story(article_id), request.args.get("done", ""), "pasted" in request.args)


@blueprint.post("/articles/new")
def act_on_new() -> Response:
    """Save or publish a new story; a form that was sent before goes to the story that was made of it."""
    action, article = _action(), editing.story_of(request.form.get("draft", ""))
    if article is not None:
        return _act_again(action, article)
    form = forms.posted(request.form, None)
    try:
        _take_picture(form)
        written = form.written()
        new = (newsroom().database, written.revision, _me(), written.typed, form.draft.data)
        if action == "publish":
            article_id = edit.create_and_publish(*new)
        elif action in ("save", "preview"):
            article_id = edit.create(*new)
        else:
            raise NotAllowed("This story is new: save it or publish it first.")
    except REFUSALS as error:
        # Where the same form was sent twice at once, the other one's story is there by now.
        return editing.refuse(form, editing.story_of(form.draft.data), error)
    return _after(action, article_id, "published" if action == "publish" else "saved", written)


@blueprint.post(f"/articles/<{NUMBER}:article_id>")
def act(article_id: int) -> Response:
    """Do with a story what the button of the form says. What cannot be done comes back with all that was typed."""
    action, article = _action(), editing.story(article_id)
    return _act_on(action, article, forms.posted(request.form, article))


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
        "newsdesk/preview.html",
        sections,
        section,
        story=seen,
        text=text,
        img_attributes=story_page.img_attributes,
        is_draft=article.status is Status.DRAFT,
    )
    return make_response(page)


@blueprint.post("/paste")
def make_markdown() -> dict[str, str]:
    """Markdown of what was pasted into the story: of its HTML if the browser handed that over, else of its text."""
    html, text = request.form.get("html", ""), request.form.get("text", "")
    pasted = paste.from_html(html) if html else paste.from_text(text)
    return {"markdown": pasted.markdown, "note": pasted.explain()}


@blueprint.get("/sections")
def sections() -> Response:
    """The list of sections, in their order, and the form of a new one."""
    return _show_sections(added=request.args.get("added", ""))


@blueprint.post("/sections")
def add_section() -> Response:
    """Add a section; without a `slug` its address is made from its title."""
    if request.form.get("action") != "add":
        abort(400, "The field “action” must be: add. Nothing was added.")
    typed = {name: request.form.get(name, "") for name in SECTION_FIELDS}
    slug = typed["slug"].strip() or slug_of(typed["title"])
    try:
        section = section_acts.add(newsroom().database, slug, typed["title"], typed["description"], _me())
    except Invalid as error:
        typed["slug"] = slug if "slug" in error.problems else typed["slug"]
        return _show_sections(422, typed=typed, problems=error.problems)
    return redirect(url_for("newsdesk.sections", added=section.slug), 303)


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


def _show_sections(status: int = 200, **values: Any) -> Response:
    with newsroom().database.read() as connection:
        sections = feeds.all_sections(connection)
    common = {"view": "sections", "labels": SECTION_FIELDS, "typed": {}, "problems": {}, "theirs": {}, "added": ""}
    return desk.show("newsdesk/sections.html", status, sections=sections, **(common | values))


def _act_again(action: str, article: Article) -> Response:
    """Act on a story with the form from which it was made, which knows no version of it.

    Where nobody else had it in hand, it is what the editor means to go on with.
    """
    form = forms.posted(request.form, article)
    is_mine = article.status is Status.DRAFT and article.saved_by == _me()
    form.version.data = str(article.version) if is_mine else BEFORE_THE_FIRST
    if not form.picture_key.data and article.working.picture:
        form.picture_key.data = article.working.picture.key
    return _act_on(action, article, form)


def _act_on(action: str, article: Article, form: StoryForm) -> Response:
    try:
        _take_picture(form)
        written = form.written()
        done = _act(action, article, form, written)
    except REFUSALS as error:
        return editing.refuse(form, editing.story(article.article_id), error)
    return _after(action, article.article_id, done, written)


def _act(action: str, article: Article, form: StoryForm, written: Written) -> str:
    """Do it, and say in one word what was done."""
    if not re.fullmatch("[0-9]{1,18}", form.version.data, re.ASCII):
        raise NotAllowed(
            "The form does not say on which version of the story it was made (the hidden field “version”), so nothing "
            "was saved."
        )
    database, article_id, version = newsroom().database, article.article_id, int(form.version.data)
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


def _after(action: str, article_id: int, done: str, written: Written) -> Response:
    if action == "preview":
        return redirect(url_for("newsdesk.preview", article_id=article_id), 303)
    pasted = {"pasted": 1} if written.typed and done != "put-back" else {}
    return redirect(url_for("newsdesk.story", article_id=article_id, done=done, **pasted), 303)
