"""Where readers put a feed of their own together: a form, and the address that comes of it."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, make_response, request

from feedsvc.actions.compose import Plan
from feedsvc.domain import composed
from feedsvc.domain.composed import KINDS, tidy
from feedsvc.domain.feedname import ALL, UNION_PARTS, union_name
from feedsvc.errors import Invalid, NotFound
from feedsvc.storage import articles, feeds
from feedsvc.storage.database import Connection
from feedsvc.storage.feeds import Section
from feedsvc.texts import N_, _
from feedsvc.web.newsroom import newsroom
from feedsvc.web.pages import Subscription, fresh, render

LINES = ("without", "topic", "author", "q", "limit")
"""The fields of the form that hold text; `feed` are boxes to be ticked."""

TYPED_CHARACTERS = 1_000
STORIES_SHOWN = 6

NO_NAME = {
    "topic": N_("No topic is called “%(name)s”. Write it as it stands below its stories."),
    "author": N_("No author is called “%(name)s”. Write the name as it stands on the stories."),
    "without": N_("No section, topic or author is called “%(name)s”. Write the name as it stands on the stories."),
}
"""Field -> what is wrong, to be translated."""

blueprint = Blueprint("composing", __name__)
blueprint.after_request(fresh)


@blueprint.get("/search/feed")
def own_feed() -> Response:
    """The feed that the form asks for, with its address; or what is wrong with it, with all that was typed."""
    typed: dict[str, Any] = {name: tidy(request.args.get(name, ""))[:TYPED_CHARACTERS] for name in LINES}
    typed["feed"] = request.args.getlist("feed")
    is_asked = any(name in request.args for name in typed)
    problems: dict[str, str] = {}
    values: dict[str, Any] = {}
    with newsroom().database.read() as connection:
        sections = feeds.all_sections(connection)
        if is_asked:
            try:
                plan = _plan(connection, sections, typed)
            except Invalid as error:
                problems = error.problems
            else:
                found = newsroom().composer.stories(connection, plan)[:STORIES_SHOWN]
                values = {
                    "feed": _offered(plan),
                    "query": _behind(plan),
                    "stories": articles.stories(connection, found),
                }
    page = render("site/own_feed.html", sections, typed=typed, problems=problems, **values)
    return make_response(page, 400 if problems else 200)


def _plan(connection: Connection, sections: Sequence[Section], typed: dict[str, Any]) -> Plan:
    """The feed that was asked for in the words of people. Raises `Invalid`; its problems are by field."""
    composer = newsroom().composer
    problems: dict[str, str] = {}
    chosen = [slug for slug in typed["feed"] if slug and slug != ALL]
    if len(set(chosen)) > UNION_PARTS:
        problems["feed"] = _(
            "At most %(most)s sections can be joined. Choose fewer, or none for all.", most=UNION_PARTS
        )
    elif unknown := sorted({*chosen} - {section.slug for section in sections}):
        problems["feed"] = _("There is no section “%(name)s” (any more). Choose again.", name=unknown[0])
    asked = [("q", typed["q"]), ("limit", typed["limit"])]
    for field in ("without", *KINDS):
        for name in filter(None, map(tidy, typed[field].split(","))):
            feed = _anything(connection, sections, name) if field == "without" else _named(connection, field, name)
            if feed is None:
                problems[field] = _(NO_NAME[field], name=name)
            else:
                asked.append((field, feed if field == "without" else feed.rpartition("/")[2]))
    try:
        wish = composed.read(asked, composer.default_limit)
        if not problems:
            return composer.plan(connection, union_name(chosen) if chosen else ALL, wish)
    except NotFound as error:
        problems[str(error.key)] = error.message
    except Invalid as error:
        problems = {**error.problems, **problems}
    raise Invalid(problems)


def _named(connection: Connection, field: str, name: str) -> str | None:
    """The name of the feed of a topic or author, by what it is called or by its address."""
    head = feeds.named(connection, KINDS[field], name)
    return None if head is None else head.name


def _anything(connection: Connection, sections: Sequence[Section], name: str) -> str | None:
    """The same of whatever has that name: a section, else a topic, else an author; or the name of a feed."""
    for section in sections:
        if name.casefold() in (section.slug, section.title.casefold()):
            return section.slug
    kind, _, slug = name.rpartition("/")
    for field in KINDS:
        if kind in ("", KINDS[field]) and (feed := _named(connection, field, slug)):
            return feed
    return None


def _offered(plan: Plan) -> Subscription:
    title = plan.title
    return Subscription(plan.name, title, f"{title} – {newsroom().settings.site_title}", "")


def _behind(plan: Plan) -> str:
    """What stands behind the ending of its address."""
    return f"?{plan.wish.query}" if plan.wish.query else ""
