"""What all pages of the newsdesk share: the side bar with its views, the site's settings, ages."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from flask import Response, g, make_response, render_template

from feedsvc.domain.article import Status
from feedsvc.storage import articles
from feedsvc.storage.articles import COUNT_LIMIT
from feedsvc.web import ages
from feedsvc.web.newsroom import newsroom
from feedsvc.web.pages import picture_url

# The newsdesk speaks English, whatever language the stories are in.
LOCALE = ages.locale_of("en")

STATES = {Status.DRAFT: "Draft", Status.PUBLISHED: "Published", Status.WITHDRAWN: "Withdrawn"}


@dataclass(frozen=True)
class View:
    """A list of stories that the side bar offers. `status` is empty for all of them; `count` stops at “1,000+”."""

    status: str
    title: str
    count: str


def show(template: str, status: int = 200, **values: Any) -> Response:
    """A page of the newsdesk for somebody who is signed in, answered with an HTTP status."""
    here = newsroom()
    with here.database.read() as connection:
        counts = articles.counts(connection)
    views = (
        View("", "All stories", _count(sum(counts.values()))),
        View(Status.DRAFT.value, "Drafts", _count(counts[Status.DRAFT])),
        View(Status.PUBLISHED.value, "Published", _count(counts[Status.PUBLISHED])),
        View(Status.WITHDRAWN.value, "Withdrawn", _count(counts[Status.WITHDRAWN])),
    )
    return show_plain(template, status, views=views, **values)


def show_plain(template: str, status: int = 200, **values: Any) -> Response:
    """A page of the newsdesk without the side bar's views, also for somebody who is not signed in."""
    here = newsroom()
    page = render_template(
        template,
        site=here.settings,
        states=STATES,
        age=partial(ages.age, now=here.database.clock(), locale=LOCALE),
        date_and_time=partial(ages.date_and_time, zone=here.settings.time_zone, locale=LOCALE),
        picture_url=picture_url,
        by=_by,
        **values,
    )
    return make_response(page, status)


def _by(name: str) -> str:
    """Who did it, unless that is who reads it."""
    return "" if name == g.editor.name else f" by {name}"


def _count(stories: int) -> str:
    return f"{COUNT_LIMIT:,}+" if stories >= COUNT_LIMIT else str(stories)
