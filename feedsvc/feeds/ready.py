"""A feed made ready to write: what all three formats say alike is decided here, once.

The writers below this (`rss_atom`, `jsonfeed`) take every value as it stands and only know their format.
"""

from dataclasses import replace
from html import escape
from typing import TypeVar

from feedsvc.feeds.feed import Category, Correction, Entry, Feed, Person, Picture, Source, Tombstone
from feedsvc.feeds.text import clean_line, excerpt, to_html, web_url
from feedsvc.texts import N_, _

SUMMARY_CHARACTERS = 2000

UNTITLED = N_("Untitled")

Named = TypeVar("Named", Entry, Tombstone)


def ready(feed: Feed) -> Feed:
    """Give the same feed with every text clean, every URL checked, and nothing empty that formats require.

    `body` stays Markdown: `content_html` writes it. A summary that is missing is taken from the body.
    """
    title = clean_line(feed.title) or feed.name
    return replace(
        feed,
        title=title,
        description=clean_line(feed.description, SUMMARY_CHARACTERS) or title,
        copyright=clean_line(feed.copyright),
        home_url=web_url(feed.home_url, feed.base_url) or feed.base_url,
        logo_url=web_url(feed.logo_url, feed.base_url) if feed.logo_url else None,
        author=clean_line(feed.author) or title,
        entries=tuple(_ready_entry(entry, feed.base_url) for entry in feed.entries),
        tombstones=tuple(_ready_id(tombstone) for tombstone in feed.tombstones),
    )


def content_html(entry: Entry, base_url: str) -> str:
    """Write the text of a ready entry as HTML: its picture as a figure with credit, the story or its summary, its
    corrections, and where it comes from."""
    story = "" if entry.is_summary else to_html(entry.body, base_url)
    parts = [
        *([_figure_html(entry.picture)] if entry.picture else []),
        story or f"<p>{escape(entry.summary, quote=False)}</p>",
        *(_correction_html(correction, base_url) for correction in entry.corrections),
        *([_origin_html(entry)] if entry.source or entry.rights else []),
    ]
    return "\n".join(parts)


def _figure_html(picture: Picture) -> str:
    caption = f"<figcaption>{escape(picture.credit, quote=False)}</figcaption>" if picture.credit else ""
    return (
        f'<figure><img src="{escape(picture.url)}" alt="{escape(picture.alt)}"'
        f' width="{picture.width}" height="{picture.height}">{caption}</figure>'
    )


def _correction_html(correction: Correction, base_url: str) -> str:
    text = to_html(correction.text, base_url)
    return f"<hr>\n<p><strong>{escape(correction.label, quote=False)}</strong></p>\n{text}"


def _origin_html(entry: Entry) -> str:
    """The last line of a text from elsewhere: who it comes from, and who holds the rights."""
    said = [escape(entry.rights, quote=False)] if entry.rights else []
    if entry.source:
        name = escape(entry.source.name, quote=False)
        linked = f'<a href="{escape(entry.source.url)}">{name}</a>' if entry.source.url else name
        said.insert(0, f"{escape(entry.source.label, quote=False)}: {linked}")
    return f"<p>{' · '.join(said)}</p>"


def _ready_entry(entry: Entry, base_url: str) -> Entry:
    summary = clean_line(entry.summary, SUMMARY_CHARACTERS) or excerpt(entry.body)
    title = clean_line(entry.title) or clean_line(summary, 80) or _(UNTITLED)
    return replace(
        _ready_id(entry),
        url=web_url(entry.url, base_url) or base_url,
        title=title,
        summary=summary or title,
        authors=_ready_people(entry.authors, base_url),
        categories=_ready_categories(entry.categories, base_url),
        picture=_ready_picture(entry.picture, base_url) if entry.picture else None,
        source=_ready_source(entry.source, base_url) if entry.source else None,
        rights=clean_line(entry.rights),
        corrections=tuple(replace(one, label=clean_line(one.label)) for one in entry.corrections),
    )


def _ready_id(one: Named) -> Named:
    """The same with the ids that formats can hold; never shortened: two might be one afterwards."""
    return replace(
        one,
        identity=clean_line(one.identity, len(one.identity)),
        foreign_id=clean_line(one.foreign_id, len(one.foreign_id)) if one.foreign_id else None,
    )


def _ready_source(source: Source, base_url: str) -> Source | None:
    url = web_url(source.url, base_url) if source.url else None
    name = clean_line(source.name) or url
    return Source(clean_line(source.label), name, url) if name else None


def _ready_people(people: tuple[Person, ...], base_url: str) -> tuple[Person, ...]:
    named = [(clean_line(person.name), person.url) for person in people]
    return tuple(Person(name, web_url(url, base_url) if url else None) for name, url in named if name)


def _ready_categories(categories: tuple[Category, ...], base_url: str) -> tuple[Category, ...]:
    made = [
        Category(
            term=clean_line(category.term),
            label=clean_line(category.label) or clean_line(category.term),
            scheme=web_url(category.scheme, base_url) if category.scheme else None,
        )
        for category in categories
    ]
    return tuple(category for category in made if category.term)


def _ready_picture(picture: Picture, base_url: str) -> Picture | None:
    url = web_url(picture.url, base_url)
    if url is None:
        return None
    return replace(
        picture,
        url=url,
        media_type=clean_line(picture.media_type),
        alt=clean_line(picture.alt, SUMMARY_CHARACTERS),
        credit=clean_line(picture.credit),
    )
