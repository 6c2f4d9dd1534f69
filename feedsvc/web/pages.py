"""What all pages of the site share: masthead and feeds, ages, keys of lists, the answer's freshness."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from flask import Response, render_template, request, url_for
from markupsafe import Markup
from werkzeug.exceptions import BadRequest

from feedsvc.domain.address import picture_file
from feedsvc.domain.feedname import ALL, CHOSEN, union_name
from feedsvc.feeds.feed import FORMATS
from feedsvc.storage.articles import Key
from feedsvc.storage.feeds import FeedHead, Section
from feedsvc.storage.media import Picture
from feedsvc.texts import _, language
from feedsvc.web import ages
from feedsvc.web.newsroom import newsroom

LABELS = {"rss": "RSS", "atom": "Atom", "json": "JSON"}
"""Ending of a document's address -> what readers call the format."""

MEDIA_TYPES = {format: media_type.partition(";")[0] for format, media_type in FORMATS.items()}

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_KEY = re.compile(r"(-?[0-9a-f]{1,13})\.([0-9]{1,18})", re.ASCII)


@dataclass(frozen=True)
class Subscription:
    """A feed as pages offer it: `label` is short, `title` is that of its documents."""

    name: str
    label: str
    title: str
    description: str

    @property
    def is_ours(self) -> bool:
        """Whether its words are the site's own, not the newsroom's."""
        return self.name == ALL or self.name in CHOSEN


def subscription(name: str = ALL, label: str = "", description: str = "") -> Subscription:
    """A feed by its name, as pages offer it; that of all stories if no other is named."""
    site = newsroom().settings
    if name == ALL:
        return Subscription(ALL, _("All stories"), site.site_title, _("Every story, from all sections."))
    return Subscription(name, label, f"{label} – {site.site_title}", description)


def of_chosen() -> list[Subscription]:
    """The feeds in which stories stand by how they are read."""
    return [subscription(name, _(label), _(description)) for name, (label, description) in CHOSEN.items()]


def of_section(section: Section) -> Subscription:
    """The feed of a section."""
    return subscription(section.slug, section.title, section.description)


def of_heads(heads: Sequence[FeedHead]) -> Subscription:
    """The feed with that head; the union of several."""
    label = " + ".join(head.title for head in heads)
    description = heads[0].description if len(heads) == 1 else _("Every story of %(feeds)s, each once.", feeds=label)
    name = union_name(head.name for head in heads)
    if name in CHOSEN:
        label, description = _(label), _(description)
    return subscription(name, label, description)


def render(
    template: str,
    sections: Sequence[Section],
    section: Section | None = None,
    belonging: Sequence[Subscription] = (),
    **values: Any,
) -> str:
    """A page of the site. `section` is the one that the page belongs to, if any: its feed is offered first, then those
    of `belonging`, last that of all stories.

    The site's own words are in the language that is spoken. Where the stories are in another one, `told` marks what the
    newsroom wrote, dates and ages, and `ours` the words of the site that stand among them.
    """
    here = newsroom()
    site = here.settings
    locale = ages.locale_of(site.site_language)
    spoken = language()
    is_alike = site.site_language.partition("-")[0].lower() == spoken.partition("-")[0]
    offered = dict.fromkeys([*([of_section(section)] if section else []), *belonging, subscription()])
    return render_template(
        template,
        site=site,
        sections=sections,
        section=section,
        feeds=list(offered),
        labels=LABELS,
        media_types=MEDIA_TYPES,
        page_language=site.site_language if is_alike else spoken,
        told="" if is_alike else Markup(' lang="{}"').format(site.site_language),
        ours="" if is_alike else Markup(' lang="{}"').format(spoken),
        text_direction=locale.text_direction,
        age=partial(ages.age, now=here.database.clock(), locale=locale),
        date_and_time=partial(ages.date_and_time, zone=site.time_zone, locale=locale),
        later=partial(ages.later, zone=site.time_zone, locale=locale),
        picture_url=picture_url,
        **values,
    )


def picture_url(picture: Picture, is_small: bool = False) -> str:
    """Where a page finds a picture."""
    return url_for("media.picture", file=picture_file(picture.key, picture.media_type, is_small))


def key_text(published: datetime, article_id: int) -> str:
    """The key of a list's page as it stands in an address."""
    return f"{(published - _EPOCH) // _MICROSECOND:x}.{article_id}"


def asked_key() -> Key | None:
    """Where the page of a list begins that is asked for, None for the first. A key that we never gave is refused."""
    text = request.args.get("before")
    if text is None:
        return None
    parts = _KEY.fullmatch(text)
    if parts is not None:
        return _EPOCH + int(parts[1], 16) * _MICROSECOND, int(parts[2])
    raise BadRequest(_("This link to older stories is damaged. Begin at the front page, then choose “Older stories”."))


def fresh(response: Response) -> Response:
    """Have caches ask each time, so that readers see at once what was published, and answer 304 when nothing changed.

    The tag is weak (RFC 9110 §8.8.1): a page that a proxy compresses says the same.
    """
    response.headers.setdefault("Cache-Control", "no-cache")
    if response.status_code == 200:
        response.add_etag(weak=True)
        response.make_conditional(request)
    return response
