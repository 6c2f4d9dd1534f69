"""The newsdesk's pages of sections: their list, and the form of a new one. All needs a sign-in."""

from typing import Any

from flask import Blueprint, Response, abort, g, redirect, request, url_for

from feedsvc.actions import sections
from feedsvc.domain.feedname import slug_of
from feedsvc.errors import Invalid
from feedsvc.storage import articles, feeds
from feedsvc.web import desk, sign_in
from feedsvc.web.newsroom import newsroom

LABELS = {"title": "Title", "slug": "Address", "description": "Description"}
"""Field of the form of a new section -> what editors call it."""

blueprint = Blueprint("sections", __name__, url_prefix="/newsdesk/sections")
blueprint.before_request(sign_in.needed)


@blueprint.get("")
def all_sections() -> Response:
    """The list of sections, in their order, and the form of a new one."""
    return _show(added=request.args.get("added", ""))


@blueprint.post("")
def add() -> Response:
    """Add a section; without a `slug` its address is made from its title."""
    if request.form.get("action") != "add":
        abort(400, "The field “action” must be: add. Nothing was added.")
    typed = {name: request.form.get(name, "") for name in LABELS}
    slug = typed["slug"].strip() or slug_of(typed["title"])
    try:
        section = sections.add(newsroom().database, slug, typed["title"], typed["description"], g.editor.name)
    except Invalid as error:
        typed["slug"] = slug if "slug" in error.problems else typed["slug"]
        return _show(422, typed=typed, problems=error.problems)
    return redirect(url_for("sections.all_sections", added=section.slug), 303)


def _show(status: int = 200, **values: Any) -> Response:
    with newsroom().database.read() as connection:
        stored, counts = feeds.all_sections(connection), articles.counts(connection)
    common = {"view": "sections", "labels": LABELS, "typed": {}, "problems": {}, "theirs": {}, "added": ""}
    return desk.show("newsdesk/sections.html", status, counts, sections=stored, **(common | values))
