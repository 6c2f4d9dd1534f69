"""The newsdesk's pages that bring in stories from elsewhere: offer, look at what would happen, bring in.

A click brings in at most `AT_ONCE` stories and begins none after `MOST_SECONDS`; the next one goes on from there.
"""

from pathlib import Path
from typing import Any

from flask import Blueprint, Response, abort, g, redirect, request, url_for

from feedsvc.actions.importing import offered, sniff
from feedsvc.actions.importing.carry_out import Outcome, carry_out
from feedsvc.actions.importing.fetch import FEED_BYTES, fetch, within
from feedsvc.actions.importing.offered import Offered
from feedsvc.actions.importing.plan import NO_CATEGORY, Plan, make_plan
from feedsvc.actions.importing.sniff import PictureFinder
from feedsvc.actions.importing.table import AS_TOPIC, NEW_SECTION, Names, key
from feedsvc.errors import Conflict, Invalid, SourceRefused
from feedsvc.storage import feeds
from feedsvc.texts import N_, _
from feedsvc.web import desk, sign_in
from feedsvc.web.newsroom import newsroom

AT_ONCE = 500
MOST_SECONDS = 60.0
CATEGORIES = 30
"""So many foreign categories are asked about; rarer ones go by their names."""
SHOWN = 50
"""So many stories and notes are shown of a plan."""
LABELS = {"file": N_("File"), "url": N_("Address of a feed"), "site": N_("Address of the site")}
"""Field of a form -> what editors call it, to be translated."""
ACT = N_("The field “action” must be: look, or bring. Nothing was done.")
NOWHERE = "-"
"""What the form says for a category that is no section here."""

blueprint = Blueprint("importing", __name__, url_prefix="/newsdesk/import")
blueprint.before_request(sign_in.needed)
blueprint.before_request(sign_in.managers_only)


@blueprint.get("")
def start() -> Response:
    """The form that takes a file or an address."""
    return _show("newsdesk/import.html")


@blueprint.post("")
def offer() -> Response:
    """Keep what was offered, if it can be read, and lead to its preview."""
    if request.form.get("action") != "look":
        abort(400, _(ACT))
    typed = {name: request.form.get(name, "").strip() for name in LABELS}
    upload = request.files.get("file")
    try:
        if upload is not None and upload.filename:
            found = Offered(upload.read(), name=upload.filename[:200], site=typed["site"])
        elif typed["url"]:
            fetched = fetch(typed["url"], FEED_BYTES)
            found = Offered(fetched.body, fetched.url, fetched.url, typed["site"])
        else:
            raise SourceRefused(_("Choose a file, or type the address of a feed."))
        sniff.from_bytes(found.data, found.url, within(MOST_SECONDS), found.site)
    except SourceRefused as error:
        field = "url" if typed["url"] else "file"
        return _show("newsdesk/import.html", 422, typed=typed, problems={field: error.message})
    token = offered.keep(_folder(), found)
    return redirect(url_for("importing.preview", token=token), 303)


@blueprint.get("/<token>")
def preview(token: str) -> Response:
    """What would happen, with the names as they are."""
    found = offered.read(_folder(), token)
    return _preview(token, found, Names(), with_addresses=False)


@blueprint.post("/<token>")
def act(token: str) -> Response:
    """Look again with other names (`action=look`), or bring in (`action=bring`)."""
    found = offered.read(_folder(), token)
    action, with_addresses = request.form.get("action"), request.form.get("redirects") == "1"
    if action not in ("look", "bring"):
        abort(400, _(ACT))
    names = _names()
    if action == "look":
        return _preview(token, found, names, with_addresses)
    here = newsroom()
    try:
        with offered.alone_with(_folder(), token):
            plan = _plan(found, names, with_addresses)
            outcome = carry_out(
                here.database, here.settings.media, plan, PictureFinder(fetch), g.editor, AT_ONCE, MOST_SECONDS
            )
    except (Conflict, Invalid, SourceRefused) as error:
        return _preview(token, found, Names(), with_addresses, error.message)
    if not outcome.left:
        offered.forget(_folder(), token)
    return _preview_of(token, found, plan, names, with_addresses, outcome=outcome)


def _preview(token: str, found: Offered, names: Names, with_addresses: bool, problem: str = "") -> Response:
    try:
        plan = _plan(found, names, with_addresses)
    except (Invalid, SourceRefused) as error:
        return _show("newsdesk/import.html", 422, problems={"file": error.message})
    return _preview_of(token, found, plan, names, with_addresses, problem=problem)


def _preview_of(
    token: str,
    found: Offered,
    plan: Plan,
    names: Names,
    with_addresses: bool,
    outcome: Outcome | None = None,
    problem: str = "",
) -> Response:
    return _show(
        "newsdesk/import_preview.html",
        409 if problem else 200,
        token=token,
        name=found.name,
        plan=plan,
        stories=plan.new[: -SHOWN - 1 : -1],
        shown=SHOWN,
        chosen={name: _chosen(plan, names, name) for name in list(plan.categories)[:CATEGORIES]},
        section=names.section,
        with_addresses=with_addresses,
        outcome=outcome,
        problem=problem,
        new_section=NEW_SECTION,
        nowhere=NOWHERE,
        as_topic=AS_TOPIC,
    )


def _chosen(plan: Plan, names: Names, name: str) -> str:
    """What the form shows for a category: what was chosen for it, or what its name leads to."""
    chosen = names.sections.get(key(name))
    if chosen is None:
        return plan.categories_to[name] or (NOWHERE if key(name) == NO_CATEGORY else AS_TOPIC)
    return chosen or NOWHERE


def _plan(found: Offered, names: Names, with_addresses: bool) -> Plan:
    here = newsroom()
    sources, oddities = sniff.from_bytes(found.data, found.url, within(MOST_SECONDS), found.site)
    with here.database.read() as connection:
        return make_plan(connection, sources, names, here.database.clock(), with_addresses, oddities)


def _names() -> Names:
    pairs = zip(request.form.getlist("foreign"), request.form.getlist("ours"), strict=False)
    sections = {key(foreign): "" if ours == NOWHERE else ours for foreign, ours in pairs if ours}
    return Names(sections, section=request.form.get("section", ""))


def _folder() -> Path:
    return newsroom().settings.instance / "importing"


def _show(template: str, status: int = 200, **values: Any) -> Response:
    with newsroom().database.read() as connection:
        sections, counts = feeds.all_sections(connection), desk.counts(connection)
    labels = {name: _(label) for name, label in LABELS.items()}
    common = {"view": "import", "labels": labels, "typed": {}, "problems": {}, "theirs": {}, "sections": sections}
    return desk.show(template, status, counts, **(common | values))
