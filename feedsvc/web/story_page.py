"""What the page of a story shows beside its words, and what it tells machines: Open Graph and schema.org."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import request
from markupsafe import Markup, escape

from feedsvc.domain.address import article_path, home_path, picture_path
from feedsvc.feeds.text import clean_line, excerpt, to_html
from feedsvc.settings import Settings
from feedsvc.storage.articles import Story
from feedsvc.storage.media import IN_BODY, Picture
from feedsvc.web.ages import territorial
from feedsvc.web.pages import picture_url

SIZES = "(min-width: 46rem) 42rem, calc(100vw - 2.5rem)"
"""How wide the page of a story shows a picture."""

DESCRIPTION_CHARACTERS = 250
CORRECTION_CHARACTERS = 2_000

_DESK = re.compile(r"\b(desk|newsroom|staff|editors|agency|team)\b", re.IGNORECASE)


def page_html(markdown: str, base_url: str, pictures: Mapping[str, Picture]) -> Markup:
    """A text as a page shows it. `pictures` are those of ours that stand in it: their space is kept while they load."""
    return fitted_html(to_html(markdown, base_url), base_url, pictures)


def fitted_html(html: str, base_url: str, pictures: Mapping[str, Picture]) -> Markup:
    """HTML of a feed, sanitised and with whole URLs, as a page of ours shows it.

    Our own addresses lose the site's name, as a page may be read under another one. The HTML was sanitised, so `<a` and
    `<img` are tags wherever they stand, and nowhere text.
    """
    # What begins with two slashes would be another site's name.
    ours = re.compile(rf'<(a href|img src)="{re.escape(str(escape(base_url)))}(/(?!/)[^"]*)"')

    def fitted(tag: re.Match[str]) -> str:
        path = IN_BODY.fullmatch(tag[2]) if tag[1] == "img src" else None
        picture = pictures.get(path[1]) if path else None
        if picture is None:
            return f'<{tag[1]}="{request.script_root}{tag[2]}"'
        return f"<img {img_attributes(picture)} loading=lazy"

    return Markup(ours.sub(fitted, html))  # noqa: S704 - sanitised by to_html


def img_attributes(picture: Picture) -> Markup:
    """Addresses and size of a picture, as attributes of an `img` that is as wide as a story's text."""
    attributes = Markup('src="{}" width="{}" height="{}"').format(picture_url(picture), picture.width, picture.height)
    if picture.small_width is not None:
        attributes += Markup(' srcset="{} {}w, {} {}w" sizes="{}"').format(
            picture_url(picture, is_small=True), picture.small_width, picture_url(picture), picture.width, SIZES
        )
    return attributes


def corrections(story: Story, base_url: str) -> list[tuple[datetime, Markup]]:
    """What the page says below the text: the corrections, each with its date, the first one first."""
    return [(one.at, page_html(one.text, base_url, {})) for one in story.corrections]


def description(story: Story) -> str:
    """One or two plain sentences on a story: its standfirst, or how its text begins."""
    standfirst = clean_line(story.revision.standfirst, DESCRIPTION_CHARACTERS)
    return standfirst or excerpt(story.revision.body, DESCRIPTION_CHARACTERS)


def open_graph(story: Story, description: str, site: Settings) -> list[tuple[str, str]]:
    """What a link to a story looks like elsewhere: properties with their contents (ogp.me)."""
    revision = story.revision
    properties = [
        ("og:type", "article"),
        ("og:site_name", site.site_title),
        ("og:locale", territorial(site.site_language)),
        ("og:title", revision.headline),
        ("og:description", description),
        ("og:url", _url(story, site)),
        ("article:published_time", story.published.isoformat()),
        ("article:modified_time", story.updated.isoformat()),
        ("article:section", story.section_title),
        *(("article:tag", topic.name) for topic in story.topics),
    ]
    if story.picture is not None and revision.picture is not None:
        properties += [
            ("og:image", _picture_url(story.picture, site)),
            ("og:image:type", story.picture.media_type),
            ("og:image:width", str(story.picture.width)),
            ("og:image:height", str(story.picture.height)),
            ("og:image:alt", revision.picture.alt),
        ]
    return [(name, content) for name, content in properties if content]


def news_article(story: Story, description: str, site: Settings) -> dict[str, Any]:
    """A story as schema.org's NewsArticle, to be written as JSON-LD.

    A byline that names a desk is an organisation's, another one a person's; without any the newsroom is the author.
    """
    revision = story.revision
    publisher = {
        "@type": "NewsMediaOrganization",
        "name": site.site_title,
        "url": f"{site.base_url}/",
        "logo": site.site_logo,
    }
    authors = [
        {
            "@type": "Organization" if _DESK.search(author.name) else "Person",
            "name": author.name,
            **({"url": site.base_url + home_path(author.feed)} if author.feed else {}),
        }
        for author in story.authors
    ]
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "identifier": story.identity,
        "mainEntityOfPage": _url(story, site),
        "url": _url(story, site),
        "headline": revision.headline,
        "description": description,
        "articleSection": story.section_title,
        "inLanguage": site.site_language,
        "datePublished": story.published.isoformat(),
        "dateModified": story.updated.isoformat(),
        "author": authors or [publisher],
        "publisher": publisher,
    }
    if story.corrections:
        data["correction"] = [
            {
                "@type": "CorrectionComment",
                "text": excerpt(one.text, CORRECTION_CHARACTERS),
                "datePublished": one.at.isoformat(),
            }
            for one in story.corrections
        ]
    if revision.source_url:
        data["isBasedOn"] = revision.source_url
    if revision.source:
        data["sourceOrganization"] = {"@type": "Organization", "name": revision.source}
    if revision.rights:
        data["copyrightNotice"] = revision.rights
    if story.topics:
        data["keywords"] = [topic.name for topic in story.topics]
    if story.picture is not None and revision.picture is not None:
        image = {
            "@type": "ImageObject",
            "url": _picture_url(story.picture, site),
            "width": story.picture.width,
            "height": story.picture.height,
        }
        if revision.picture.alt:
            image["caption"] = revision.picture.alt
        if revision.picture.credit:
            image["creditText"] = revision.picture.credit
        data["image"] = [image]
    return data


def _url(story: Story, site: Settings) -> str:
    return site.base_url + article_path(story.article_id, story.revision.slug)


def _picture_url(picture: Picture, site: Settings) -> str:
    return site.base_url + picture_path(picture.key, picture.media_type)
