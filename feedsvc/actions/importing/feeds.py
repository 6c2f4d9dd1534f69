"""Read RSS, Atom (feedparser) and JSON Feed (version 1 and 1.1) as they are met in the wild."""

import calendar
import io
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import feedparser

from feedsvc.actions.importing.body import joined, plain
from feedsvc.actions.importing.found import FoundItem, FoundPicture, FoundSource, Oddity
from feedsvc.errors import SourceRefused
from feedsvc.texts import _

_PICTURES = (".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif", ".heic", ".bmp", ".tif", ".tiff")


def from_xml(data: bytes, url: str = "") -> FoundSource:
    """The items of an RSS (0.9 to 2.0, RDF) or Atom feed; `url` is where it came from, if anywhere.

    Raises `SourceRefused` for what is no feed.
    """
    # Addresses and formats are our own business: only what the feed says is wanted.
    # A stream, as feedparser would open a text as the file or address that it names.
    try:
        parsed = feedparser.parse(io.BytesIO(data), sanitize_html=False, resolve_relative_uris=False)
    except (ValueError, LookupError, TypeError, AttributeError, AssertionError, RecursionError) as error:
        raise SourceRefused(_("This feed is too damaged to be read (%(error)s).", error=error), url) from error
    if not parsed.get("version"):
        why = str(parsed.get("bozo_exception") or _("nothing of a feed is in it"))
        raise SourceRefused(_("This is no RSS or Atom feed (%(why)s).", why=why), url)
    feed = parsed.feed
    home = joined(url, feed.get("link") or "") or _link(feed, "self") or url
    items = tuple(_item(entry, home, url) for entry in parsed.entries)
    title = plain(feed.get("title") or "")
    damage = parsed.get("bozo_exception")
    notes: tuple[Oddity, ...] = ()
    if damage is not None and not isinstance(damage, feedparser.CharacterEncodingOverride):
        notes = (
            Oddity(
                title or home, _("The feed is damaged (%(damage)s): what could be read of it is taken.", damage=damage)
            ),
        )
    return FoundSource(home or title, title, items, notes, _moment(feed, "updated") or _moment(feed, "published"))


def _item(entry: Any, home: str, url: str) -> FoundItem:
    contents = entry.get("content") or []
    content = next((one for one in contents if "html" in (one.get("type") or "")), contents[0] if contents else {})
    summary = entry.get("summary") or ""
    html = content.get("value") or ""
    if content.get("type") == "text/plain":
        html = _as_html(html)
    link = joined(home or url, entry.get("link") or "") if entry.get("link") else ""
    people = [plain(one.get("name") or "") for one in entry.get("authors") or []]
    return FoundItem(
        foreign_id=(entry.get("id") or "").strip(),
        url=link,
        title=plain(entry.get("title") or ""),
        html=html or summary,
        base_url=joined(link or home or url, content.get("base") or ""),
        summary=plain(summary) if html and summary != html else "",
        published=_moment(entry, "published") or _moment(entry, "created"),
        updated=_moment(entry, "updated"),
        # An address of mail is nobody's byline.
        authors=tuple(dict.fromkeys(name for name in people if name and "@" not in name)),
        categories=tuple(
            dict.fromkeys(filter(None, (plain(tag.get("label") or tag.get("term") or "") for tag in _tags(entry))))
        ),
        picture=_picture(entry, link or home),
    )


def _tags(entry: Any) -> list[Any]:
    return entry.get("tags") or []


def _picture(entry: Any, base_url: str) -> FoundPicture | None:
    credit = plain(next((one.get("content") or "" for one in entry.get("media_credit") or []), ""))
    offered = [
        *(one for one in entry.get("media_content") or [] if _is_picture(one, one.get("url") or "")),
        *(one for one in entry.get("enclosures") or [] if _is_picture(one, one.get("href") or "")),
        *(entry.get("media_thumbnail") or []),
    ]
    for one in offered:
        address = one.get("url") or one.get("href")
        if address:
            return FoundPicture(joined(base_url, address), plain(one.get("title") or ""), credit)
    return None


def _is_picture(one: Mapping[str, str], url: str) -> bool:
    kind = one.get("type") or ""
    return one.get("medium") == "image" or kind.startswith("image/") or (not kind and is_picture_name(url))


def is_picture_name(url: str) -> bool:
    """Whether a name or address ends like that of a picture."""
    return url.partition("?")[0].lower().endswith(_PICTURES)


def _link(feed: Any, rel: str) -> str:
    return next((one.get("href") or "" for one in feed.get("links") or [] if one.get("rel") == rel), "")


def _moment(entry: Any, name: str) -> datetime | None:
    # feedparser answers for a missing date of update with the other one.
    if f"{name}_parsed" not in entry or not entry[f"{name}_parsed"]:
        return None
    try:
        return datetime.fromtimestamp(calendar.timegm(entry[f"{name}_parsed"]), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def from_json(document: Mapping[str, Any], url: str = "") -> FoundSource:
    """The items of a JSON Feed, already read as JSON. What is of a wrong type is taken for missing."""
    home = _text(document, "home_page_url") or _text(document, "feed_url") or url
    title = plain(_text(document, "title"))
    items, strange = [], []
    for number, one in enumerate(_list(document, "items"), 1):
        if isinstance(one, dict):
            items.append(_json_item(one, joined(url, home), _people(document)))
        else:
            strange.append(
                Oddity(_("Item %(number)s", number=number), _("It is no object with an id, so it was left out."))
            )
    return FoundSource(home or title, title, tuple(items), tuple(strange))


def _json_item(item: Mapping[str, Any], home: str, people: tuple[str, ...]) -> FoundItem:
    html = _text(item, "content_html") or _as_html(_text(item, "content_text"))
    link = _text(item, "url")
    base_url = joined(home, link)
    image = _text(item, "image") or _text(item, "banner_image")
    pictures = [
        FoundPicture(joined(base_url, _text(one, "url")), plain(_text(one, "title")))
        for one in _list(item, "attachments")
        if isinstance(one, dict) and _text(one, "mime_type").startswith("image/") and _text(one, "url")
    ]
    if image:
        image = joined(base_url, image)
        pictures = [one for one in pictures if one.url == image] or [FoundPicture(image)]
    number = item.get("id")
    return FoundItem(
        # Numbers are against the letter of the format, and common.
        foreign_id=str(number) if isinstance(number, int | float) else _text(item, "id").strip(),
        url=base_url if link else "",
        title=plain(_text(item, "title")),
        html=html or _as_html(_text(item, "summary")),
        base_url=base_url,
        summary=plain(_text(item, "summary")) if html else "",
        published=iso_moment(_text(item, "date_published")),
        updated=iso_moment(_text(item, "date_modified")),
        authors=_people(item) or people,
        categories=tuple(dict.fromkeys(plain(tag) for tag in _list(item, "tags") if isinstance(tag, str) and tag)),
        picture=pictures[0] if pictures else None,
    )


def _people(item: Mapping[str, Any]) -> tuple[str, ...]:
    listed = [*_list(item, "authors"), item.get("author")]
    names = (plain(_text(one, "name")) for one in listed if isinstance(one, dict))
    return tuple(dict.fromkeys(name for name in names if name))


def _text(item: Mapping[str, Any], name: str) -> str:
    value = item.get(name)
    return value if isinstance(value, str) else ""


def _list(item: Mapping[str, Any], name: str) -> list[Any]:
    value = item.get(name)
    return value if isinstance(value, list) else []


def _as_html(text: str) -> str:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;")
    return "".join(f"<p>{part}</p>" for part in escaped.split("\n\n") if part.strip())


def iso_moment(text: str) -> datetime | None:
    """A moment as JSON exports write it (RFC 3339, ISO 8601); without a zone it is UTC; None if it is none."""
    try:
        moment = datetime.fromisoformat(text.strip())
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def parsed_json(data: bytes) -> Any:
    """The value of a JSON document in UTF-8, -16 or -32. Raises `SourceRefused`."""
    try:
        return json.loads(data.removeprefix(b"\xef\xbb\xbf"))
    except (ValueError, RecursionError) as error:
        raise SourceRefused(_("This is no JSON that can be read (%(error)s).", error=error)) from error
