"""The newsdesk's pages of sections, topics and authors: lists, forms, and questions before what cannot be undone.

All needs a sign-in.
"""

from typing import Any

from flask import Blueprint, Response, abort, g, redirect, request, url_for

from feedsvc.actions import naming, sections
from feedsvc.domain.address import feed_page_path
from feedsvc.domain.feedname import GROUPS, slug_of
from feedsvc.errors import Invalid, NotAllowed, NotFound
from feedsvc.feeds.text import clean_line
from feedsvc.storage import feeds
from feedsvc.texts import N_, _
from feedsvc.web import desk, sign_in
from feedsvc.web.newsroom import newsroom

LABELS = {
    "title": N_("Title"),
    "slug": N_("Address"),
    "description": N_("Description"),
    "syndication": N_("What feeds carry"),
    "into": N_("Merge into"),
}
"""Field of a form -> what editors call it, to be translated."""

SYNDICATION = {
    "full": N_("The whole story"),
    "summary": N_("Only the summary"),
    "none": N_("Nothing: on the site alone"),
}
"""How much of the stories of a section goes out -> what editors call it, to be translated."""

NOT_FOUND = {
    "section": N_("There is no section “%(text)s”. Write the name of the section that stays, as in the list."),
    "topics": N_("There is no topic “%(text)s”. Write the name of the topic that stays, as in the list."),
    "authors": N_("There is no author “%(text)s”. Write the name of the author that stays, as in the list."),
}
"""Kind of a feed -> what is said where none is called so, to be translated."""

SHOWN = 100
"""Topics or authors in a list; who looks for another one searches."""

FIND_CHARACTERS = 100

DONE = {"added": N_("Added"), "renamed": N_("Saved"), "merged": N_("Merged"), "retired": N_("Retired")}

blueprint = Blueprint("sections", __name__, url_prefix="/newsdesk")
blueprint.before_request(sign_in.needed)
blueprint.before_request(sign_in.managers_only)


@blueprint.get("/sections")
def all_sections() -> Response:
    """The list of sections, in their order, and the form of a new one."""
    return _show("section")


@blueprint.post("/sections")
def add() -> Response:
    """Add a section; without a `slug` its address is made from its title."""
    if request.form.get("action") != "add":
        abort(400, _("The field “action” must be: %(action)s. Nothing was added.", action="add"))
    typed = {name: request.form.get(name, "") for name in ("title", "slug", "description")}
    slug = typed["slug"].strip() or slug_of(typed["title"])
    try:
        section = sections.add(newsroom().database, slug, typed["title"], typed["description"], g.editor)
    except Invalid as error:
        typed["slug"] = slug if "slug" in error.problems else typed["slug"]
        return _show("section", 422, typed=typed, problems=error.problems)
    return redirect(url_for("sections.all_sections", done="added", feed=section.slug), 303)


@blueprint.get("/<any(topics, authors):kind>")
def names(kind: str) -> Response:
    """The topics or authors that have a page, by name; with `q` those whose names contain it."""
    return _show(kind)


@blueprint.post("/names")
def change() -> Response:
    """Rename, merge or retire what the feed `feed` is about; the last two are asked about first, see `confirmed`."""
    feed, action = request.form.get("feed", ""), request.form.get("action", "")
    if action not in ("rename", "merge", "retire"):
        abort(400, desk.wrong_action("rename", "merge", "retire"))
    with newsroom().database.read() as connection:
        led_to = feeds.resolve(connection, feed)
        heads = feeds.heads(connection, led_to.feed_ids) if led_to else []
    if len(heads) != 1 or heads[0].kind not in GROUPS:
        abort(404)
    head = heads[0]
    typed = {name: request.form.get(name, "") for name in LABELS}
    try:
        if action == "rename":
            description = typed["description"] if "description" in request.form else None
            slug = typed["slug"] if typed["slug"] != _slug(feed) or head.kind == "section" else ""
            if slug == "" and typed["title"] == head.title:
                slug = _slug(feed)
            if head.kind == "section" and typed["syndication"]:
                sections.syndicate(newsroom().database, head.name, typed["syndication"], g.editor)
            now = naming.rename(newsroom().database, feed, typed["title"], slug, description, g.editor)
            return _done(head.kind, "renamed", now)
        into = _named(head.kind, typed["into"]) if action == "merge" else None
        if request.form.get("confirmed") != "yes":
            return _ask(head, action, into)
        if into is not None:
            naming.merge(newsroom().database, feed, into.name, g.editor)
            return _done(head.kind, "merged", into.name)
        naming.retire(newsroom().database, feed, g.editor)
    except Invalid as error:
        return _show(head.kind, 422, changing=feed, changed=typed, change_problems=error.problems)
    except (NotAllowed, NotFound) as error:
        where = "into" if action == "merge" else "title"
        return _show(head.kind, 422, changing=feed, changed=typed, change_problems={where: error.message})
    return _done(head.kind, "retired", feed)


def _named(kind: str, text: str) -> feeds.FeedHead:
    """The topic or author that an editor named, by its name or its address. Raises `Invalid`."""
    with newsroom().database.read() as connection:
        wanted = feeds.named(connection, kind, text)
    if wanted is None:
        raise Invalid({"into": _(NOT_FOUND[kind], text=text)})
    return wanted


def _slug(feed: str) -> str:
    return feed.rpartition("/")[2]


def _done(kind: str, done: str, feed: str) -> Response:
    if kind == "section":
        return redirect(url_for("sections.all_sections", done=done, feed=feed), 303)
    return redirect(url_for("sections.names", kind=kind, done=done, feed=feed), 303)


def _ask(head: feeds.FeedHead, action: str, into: feeds.FeedHead | None) -> Response:
    """What will happen, and the button that lets it happen."""
    with newsroom().database.read() as connection:
        counts = desk.counts(connection)
    about = {"head": head, "action": action, "into": into}
    back = url_for("sections.all_sections") if head.kind == "section" else url_for("sections.names", kind=head.kind)
    return desk.show("newsdesk/ask.html", 200, counts, view=head.kind, back=back, **about)


def _show(kind: str, status: int = 200, **values: Any) -> Response:
    words = clean_line(request.args.get("q", ""), FIND_CHARACTERS) if request.method == "GET" else ""
    with newsroom().database.read() as connection:
        found = feeds.directory(connection, kind, words, None if kind == "section" else SHOWN + 1)
        counts = desk.counts(connection)
        carried = {section.slug: section.syndication for section in feeds.all_sections(connection)}
    done = request.args.get("done", "") if request.method == "GET" else ""
    common = {
        "view": kind,
        "kind": kind,
        "group": _(GROUPS[kind]),
        "labels": {name: _(label) for name, label in LABELS.items()},
        "syndication": {value: _(label) for value, label in SYNDICATION.items()},
        "typed": {},
        "problems": {},
        "theirs": {},
        "changing": "",
        "changed": {},
        "change_problems": {},
        "act": done if done in DONE else "",
        "done": _(DONE[done]) if done in DONE else "",
        "about": request.args.get("feed", ""),
        "words": words,
        "page_of": feed_page_path,
        "carried": carried,
    }
    shown = found if kind == "section" else found[:SHOWN]
    values = {"heads": shown, "is_cut": len(found) > len(shown), **values}
    return desk.show("newsdesk/sections.html", status, counts, **(common | values))
