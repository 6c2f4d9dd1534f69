"""Where readers search, and how browsers learn of it."""

from flask import Blueprint, Response, make_response, render_template, request, url_for

from feedsvc.storage import feeds, search
from feedsvc.texts import _
from feedsvc.web import searching
from feedsvc.web.newsroom import newsroom
from feedsvc.web.pages import asked_key, fresh, key_text, render

PAGE = 20

blueprint = Blueprint("search", __name__)
blueprint.after_request(fresh)


@blueprint.get("/search")
def results() -> Response:
    """Published stories that have what was asked for, newest first; the form alone while nothing is."""
    asked, before = searching.asked(), asked_key()
    is_asked = any(asked.typed.values())
    with newsroom().database.read() as connection:
        sections = feeds.all_sections(connection)
        filters = asked.filters(connection)
        stories = []
        if is_asked and not asked.problems and filters is not None:
            stories = search.for_readers(connection, asked.query, filters, PAGE + 1, before)
    stories, more = stories[:PAGE], stories[PAGE:]
    given = {name: text for name, text in asked.typed.items() if text}
    further = None
    if more:
        further = url_for(".results", **given, before=key_text(stories[-1].published, stories[-1].article_id))
    page = render(
        "site/search.html",
        sections,
        asked=asked,
        is_asked=is_asked,
        is_first=before is None,
        first=url_for(".results", **given),
        stories=stories,
        further=further,
        marked=lambda text: searching.marked(text, asked.query),
        snippet=lambda story: searching.snippet(story.revision.standfirst, story.revision.body, asked.query),
    )
    return make_response(page, 400 if asked.problems else 200)


@blueprint.get("/search.xml")
def description() -> Response:
    """The OpenSearch description, by which browsers and feed readers offer this search."""
    site = newsroom().settings
    searches = _("Search the stories of %(site)s", site=site.site_title)
    page = render_template("site/search.xml", site=site, root=request.script_root, searches=searches)
    return Response(page, content_type="application/opensearchdescription+xml; charset=utf-8")
