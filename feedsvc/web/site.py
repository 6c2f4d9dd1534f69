"""The pages that readers see: front page, sections, stories, and the feeds as people find them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus

from flask import Blueprint, abort, make_response, redirect, request, url_for
from werkzeug import Response

from feedsvc.domain.address import article_path, feed_page_path, home_path, section_path
from feedsvc.domain.article import DEFAULT_NOTICE, shown_notice
from feedsvc.domain.feedname import GROUPS, TRENDING
from feedsvc.feeds.text import clean_line
from feedsvc.storage import articles, feeds, media, readings
from feedsvc.storage.articles import Key, Story, Withdrawn
from feedsvc.storage.database import Connection
from feedsvc.storage.feeds import FeedHead, Section
from feedsvc.storage.media import Picture
from feedsvc.texts import _
from feedsvc.web import story_page
from feedsvc.web.newsroom import newsroom
from feedsvc.web.pages import asked_key, fresh, key_text, of_chosen, of_heads, render, subscription

FRONT_STORIES = 7
"""The lead and an even number beside each other."""

LIST_STORIES = 20
FEED_PAGE_STORIES = 10

BOX_STORIES = 8
"""In the box beside the main column: the first of the trending order, or the latest while there is none."""

DIRECTORY_FEEDS = 30
"""Feeds of a kind that the directory shows at once; who looks for another one searches."""

FIND_CHARACTERS = 100

LEAD_AMONG = 3
LEAD_WIDTH = 600
"""The first of so many newest stories that has a picture of so many pixels leads the front page."""


@dataclass(frozen=True)
class Box:
    """What stands beside the main column."""

    title: str
    stories: Sequence[Story]
    is_ranked: bool = False


blueprint = Blueprint("site", __name__)
blueprint.after_request(fresh)


# Registered after `fresh`, so that it is called before it.
@blueprint.after_request
def without_slash(response: Response) -> Response:
    """Lead from an address with a slash behind it to the page's own: each page has one address."""
    if response.status_code != HTTPStatus.OK or request.path == "/" or not request.path.endswith("/"):
        return response
    return _moved(request.path.rstrip("/"))


@blueprint.get("/")
def front_page() -> str:
    """The newest stories of all sections, one of them large."""
    before = asked_key()
    is_first = before is None
    limit = FRONT_STORIES if is_first else LIST_STORIES
    with newsroom().database.read() as connection:
        sections = feeds.all_sections(connection)
        found = articles.page(connection, limit + BOX_STORIES, before=before)
        # While there is no order, the first page of a new site goes on beside itself.
        box = _box(connection, Box(_("Earlier"), found[limit:]) if is_first else None)
    stories = found[:limit]
    lead = _lead(stories) if is_first else None
    return render(
        "site/front.html",
        sections,
        path="/",
        key=_text(before),
        lead=lead,
        stories=[story for story in stories if story is not lead],
        older=_older(found, limit),
        box=box,
    )


@blueprint.get("/<section>", strict_slashes=False)
def section_page(section: str) -> Response | str:
    """The newest stories of one section."""
    before = asked_key()
    with newsroom().database.read() as connection:
        # What stands at the top of a site is a section; the parts of a union have a page among the feeds.
        if feeds.section_slug(connection, section) is None:
            abort(404)
        led_to = _lead_to(connection, section, section_path)
        if isinstance(led_to, Response):
            return led_to
        found = feeds.section(connection, section)
        if found is None:
            abort(404)
        sections = feeds.all_sections(connection)
        stories = articles.page(connection, LIST_STORIES + 1, found.section_id, before)
        box = _box(connection)
    older, stories = _older(stories, LIST_STORIES), stories[:LIST_STORIES]
    path = section_path(section)
    return render(
        "site/section.html", sections, found, path=path, key=_text(before), stories=stories, older=older, box=box
    )


@blueprint.get("/articles/<int(max=9223372036854775807):article_id>", strict_slashes=False)
@blueprint.get("/articles/<int(max=9223372036854775807):article_id>/<path:slug>")
def article(article_id: int, slug: str = "") -> Response | str:
    """A story at its address; the notice where it stood once it is withdrawn, whatever the slug says of it."""
    with newsroom().database.read() as connection:
        found = articles.story(connection, article_id)
        if found is None:
            abort(404)
        sections = feeds.all_sections(connection)
        box = _box(connection, without=article_id)
        body = found.revision.body if isinstance(found, Story) else ""
        pictures = media.by_keys(connection, media.IN_BODY.findall(body))
    if isinstance(found, Withdrawn):
        return _notice(found, sections, box)
    if request.path != article_path(article_id, found.revision.slug):
        return redirect(url_for("site.article", article_id=article_id, slug=found.revision.slug), 301)
    return _story(found, sections, box, pictures)


def _notice(withdrawn: Withdrawn, sections: Sequence[Section], box: Box) -> Response:
    notice = story_page.page_html(shown_notice(withdrawn.notice or DEFAULT_NOTICE), newsroom().settings.base_url, {})
    page = render("site/withdrawn.html", sections, withdrawn=withdrawn.withdrawn, notice=notice, box=box)
    return make_response(page, HTTPStatus.GONE)


def _story(story: Story, sections: Sequence[Section], box: Box, pictures: Mapping[str, Picture]) -> str:
    site = newsroom().settings
    description = story_page.description(story)
    return render(
        "site/article.html",
        sections,
        next((section for section in sections if section.slug == story.revision.section), None),
        path=article_path(story.article_id, story.revision.slug),
        belonging=[subscription(named.feed, named.name) for named in (*story.topics, *story.authors) if named.feed],
        story=story,
        text=story_page.page_html(story.revision.body, site.base_url, pictures),
        corrections=story_page.corrections(story, site.base_url),
        canonical=story.revision.source_url,
        description=description,
        open_graph=story_page.open_graph(story, description, site),
        news_article=story_page.news_article(story, description, site),
        img_attributes=story_page.img_attributes,
        box=box,
    )


@blueprint.get("/topics/<slug>", strict_slashes=False)
def topic_page(slug: str) -> Response | str:
    """The newest stories on one topic."""
    return _subject_page(f"topics/{slug}", _("Topic"))


@blueprint.get("/authors/<slug>", strict_slashes=False)
def author_page(slug: str) -> Response | str:
    """The newest stories of one author."""
    return _subject_page(f"authors/{slug}", _("Author"))


def _subject_page(name: str, kind: str) -> Response | str:
    before = asked_key()
    with newsroom().database.read() as connection:
        led_to = _lead_to(connection, name, home_path)
        if isinstance(led_to, Response):
            return led_to
        sections = feeds.all_sections(connection)
        stories = articles.page_of_feeds(connection, LIST_STORIES + 1, [head.feed_id for head in led_to], before, True)
        box = _box(connection)
    older, stories = _older(stories, LIST_STORIES), stories[:LIST_STORIES]
    about = of_heads(led_to)
    values = {"path": home_path(name), "key": _text(before), "stories": stories, "older": older, "box": box}
    return render("site/subject.html", sections, belonging=[about], about=about, kind=kind, **values)


@blueprint.get("/feeds", strict_slashes=False)
def feed_directory() -> str:
    """Every feed with its addresses, for people; with `q` those whose titles contain it."""
    words = clean_line(request.args.get("q", ""), FIND_CHARACTERS)
    with newsroom().database.read() as connection:
        sections = feeds.all_sections(connection)
        found = {title: feeds.directory(connection, kind, words, DIRECTORY_FEEDS + 1) for kind, title in GROUPS.items()}
    groups = [
        (_(title), [of_heads([head]) for head in heads[:DIRECTORY_FEEDS]]) for title, heads in found.items() if heads
    ]
    is_cut = any(len(heads) > DIRECTORY_FEEDS for heads in found.values())
    everything = [] if words else [subscription(), *of_chosen()]
    values = {"path": "/feeds", "everything": everything, "groups": groups, "words": words, "is_cut": is_cut}
    return render("site/feeds.html", sections, **values)


@blueprint.get("/feeds/<path:name>", strict_slashes=False)
def feed_page(name: str) -> Response | str:
    """One feed, or a union, for people: what it is, where its documents are, what stands in it."""
    name = name.removesuffix("/")
    with newsroom().database.read() as connection:
        led_to = _lead_to(connection, name, feed_page_path)
        if isinstance(led_to, Response):
            return led_to
        sections = feeds.all_sections(connection)
        if name == TRENDING:
            stories = articles.stories(connection, readings.standing(connection, led_to[0].feed_id, FEED_PAGE_STORIES))
        else:
            stories = articles.page_of_feeds(connection, FEED_PAGE_STORIES, [head.feed_id for head in led_to])
    section = next((section for section in sections if section.slug == name), None)
    feed = of_heads(led_to)
    values = {"path": feed_page_path(name), "feed": feed, "stories": stories, "home": home_path(name)}
    return render("site/feed.html", sections, section, [feed], **values)


def _box(connection: Connection, otherwise: Box | None = None, without: int | None = None) -> Box:
    """The trending order; while there is none, `otherwise` or the latest. A story's own page is `without` it."""
    order = readings.standing(connection, feeds.chosen(connection)[TRENDING], BOX_STORIES + 1)
    if order:
        box = Box(_("Trending"), articles.stories(connection, order), is_ranked=True)
    else:
        box = otherwise or Box(_("Latest"), articles.page(connection, BOX_STORIES + 1))
    return replace(box, stories=[story for story in box.stories if story.article_id != without][:BOX_STORIES])


def _lead_to(connection: Connection, name: str, path_of: Callable[[str], str]) -> list[FeedHead] | Response:
    """The heads of the feeds that a name leads to, or the redirect to its present name. Aborts with 404 or 410."""
    led_to = feeds.resolve(connection, name)
    if led_to is None:
        abort(404)
    if led_to.moved_to is not None:
        return _moved(path_of(led_to.moved_to))
    if led_to.is_gone:
        abort(410)
    return feeds.heads(connection, led_to.feed_ids)


def _moved(path: str) -> Response:
    """Where a page is now, with the query that was asked."""
    query = f"?{request.query_string.decode('latin-1')}" if request.query_string else ""
    return redirect(request.script_root + path + query, 301)


def _text(key: Key | None) -> str | None:
    return None if key is None else key_text(*key)


def _older(stories: Sequence[Story], limit: int) -> str | None:
    """The key of the page that follows this one; None where no more stories were found than it holds."""
    if len(stories) <= limit:
        return None
    last = stories[limit - 1]
    return key_text(last.published, last.article_id)


def _lead(stories: Sequence[Story]) -> Story | None:
    pictured = (story for story in stories[:LEAD_AMONG] if story.picture and story.picture.width >= LEAD_WIDTH)
    return next(pictured, stories[0] if stories else None)
