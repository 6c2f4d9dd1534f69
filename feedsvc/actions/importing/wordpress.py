"""Read a WordPress export (WXR): its published posts, with their authors, categories, tags and featured pictures.

Posts only: pages, drafts and what plugins store are listed as left out; attachments are where pictures are looked up.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from html import escape
from typing import Any

from lxml import etree

from feedsvc.actions.importing.body import plain
from feedsvc.actions.importing.found import FoundItem, FoundPicture, FoundSource, Oddity
from feedsvc.errors import SourceRefused
from feedsvc.texts import _

# The namespace of the export carries its version, the elements are the same in all of them.
_CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
_CREATOR = "{http://purl.org/dc/elements/1.1/}creator"
_EXPORT = re.compile(rb"http://wordpress\.org/export/[0-9.]+/")

_NOT_STORIES = {"attachment", "nav_menu_item", "revision", "custom_css", "customize_changeset", "wp_global_styles"}
_CAPTION = re.compile(r"\[(?:wp_)?caption\b[^\]]*\](.*?)\[/(?:wp_)?caption\]", re.DOTALL)
_EMBED = re.compile(r"\[embed\b[^\]]*\]\s*(https?://[^\s\[\]]+)\s*\[/embed\]")
_GALLERY = re.compile(r"\[gallery\b([^\]]*)\]")
_SHORTCODE = re.compile(r"\[([a-z][a-z0-9_-]*)\s[^\[\]]*=[^\[\]]*\]|\[(audio|video|playlist|contact-form(?:-7)?)\]")
_BLOCK_START = re.compile(r"<(?:p|div|h[1-6]|ul|ol|table|blockquote|pre|figure|hr|section)\b", re.IGNORECASE)
_LINE_END = re.compile(r"\r?\n")
_HAS_PARAGRAPHS = re.compile(r"<p[ >]|<!-- wp:")


def is_export(data: bytes) -> bool:
    """Whether a document declares the namespace of WordPress's exports."""
    return _EXPORT.search(data[: 64 * 1024]) is not None


def from_wxr(data: bytes) -> FoundSource:
    """The published posts of an export. Raises `SourceRefused` for what cannot be read at all."""
    channel, notes = _channel(data)
    home = _text(channel, "link") or _wp(channel, "base_site_url")
    title = plain(_text(channel, "title"))
    named = {_wp(one, "author_login"): _wp(one, "author_display_name") for one in _wps(channel, "author")}
    items = channel.findall("item")
    pictures = {
        _wp(one, "post_id"): FoundPicture(_wp(one, "attachment_url"), plain(_meta(one, "_wp_attachment_image_alt")))
        for one in items
        if _wp(one, "post_type") == "attachment" and _wp(one, "attachment_url")
    }
    found, left_out = [], list(notes)
    for one in items:
        kind, status = _wp(one, "post_type") or "post", _wp(one, "status") or "publish"
        if kind in _NOT_STORIES:
            continue
        name = plain(_text(one, "title")) or _text(one, "link")
        if kind != "post":
            left_out.append(Oddity(name, _("It is no post but a %(kind)s, so it was left out.", kind=kind)))
        elif status != "publish":
            left_out.append(
                Oddity(name, _("It is not published there (%(status)s), so it was left out.", status=status))
            )
        elif _wp(one, "post_password"):
            left_out.append(Oddity(name, _("It is behind a password there, so it was left out.")))
        else:
            found.append(_item(one, home, named, pictures))
    return FoundSource(home or title, title, tuple(found), tuple(left_out), _mail_date(_text(channel, "pubDate")))


def _channel(data: bytes) -> tuple[Any, tuple[Oddity, ...]]:
    notes: tuple[Oddity, ...] = ()
    try:
        root = etree.fromstring(data, _parser())
    except etree.XMLSyntaxError as error:
        # Control characters and bare ampersands are common in exports.
        root = etree.fromstring(data, _parser(recover=True))
        notes = (
            Oddity(
                _("The export"), _("It is damaged (%(damage)s): what could be read of it is taken.", damage=error.msg)
            ),
        )
    channel = None if root is None else root.find("channel")
    if channel is None:
        raise SourceRefused(_("This WordPress export is damaged: there is no channel in it. Export it again."))
    return channel, notes


def _parser(recover: bool = False) -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, recover=recover)


def _item(one: Any, home: str, named: dict[str, str], pictures: dict[str, FoundPicture]) -> FoundItem:
    html, notes = _with_shortcodes(_text(one, _CONTENT), pictures)
    excerpt = next((child.text or "" for child in one if _local(child) == "encoded" and "excerpt" in child.tag), "")
    login = _text(one, _CREATOR)
    filed = [(child.get("domain"), plain(child.text or "")) for child in one.findall("category")]
    lead = pictures.get(_meta(one, "_thumbnail_id"))
    if lead is None and _meta(one, "_thumbnail_id"):
        notes.append(_("Its featured picture is not in the export: the story is without it."))
    link = _text(one, "link")
    return FoundItem(
        foreign_id=_text(one, "guid"),
        url=link,
        title=plain(_text(one, "title")),
        html=_with_paragraphs(html),
        base_url=link or home,
        summary=plain(excerpt),
        published=_date(_wp(one, "post_date_gmt")) or _mail_date(_text(one, "pubDate")) or _date(_wp(one, "post_date")),
        updated=_date(_wp(one, "post_modified_gmt")),
        authors=tuple(filter(None, [plain(named.get(login) or login)])),
        categories=tuple(dict.fromkeys(name for domain, name in filed if domain == "category" and name)),
        topics=tuple(dict.fromkeys(name for domain, name in filed if domain == "post_tag" and name)),
        picture=lead,
        slug=_wp(one, "post_name"),
        notes=tuple(notes),
    )


def _with_shortcodes(html: str, pictures: dict[str, FoundPicture]) -> tuple[str, list[str]]:
    """The text with its shortcodes made HTML, or left out; and sentences on those that were left out."""
    notes: list[str] = []

    def gallery(match: re.Match[str]) -> str:
        ids = re.search(r"""ids=["']?([\d, ]+)""", match[1])
        shown = [pictures[i.strip()] for i in (ids[1].split(",") if ids else ()) if i.strip() in pictures]
        if not shown:
            notes.append(_("A gallery was left out: its pictures are not named in the export."))
        return "\n\n".join(f'<figure><img src="{escape(p.url)}" alt="{escape(p.alt)}"></figure>' for p in shown)

    html = _CAPTION.sub(r"\n\n<div>\1</div>\n\n", html)
    html = _EMBED.sub(r'\n\n<p><a href="\1">\1</a></p>\n\n', html)
    html = _GALLERY.sub(gallery, html)
    names = {one or other for one, other in _SHORTCODE.findall(html)}
    for name in sorted(names):
        html = re.sub(rf"\[/?{re.escape(name)}(?=[\s\]])[^\[\]]*\]", "", html)
        notes.append(_("The shortcode [%(name)s] means nothing here and was left out.", name=name))
    return html, notes


def _with_paragraphs(html: str) -> str:
    """WordPress's classic editor stores no paragraphs: blank lines part them, as `wpautop` reads it."""
    if _HAS_PARAGRAPHS.search(html):
        return html
    parts = re.split(r"\r?\n[ \t]*\r?\n", html.strip())
    return "\n".join(
        part if _BLOCK_START.match(part.lstrip()) else f"<p>{_LINE_END.sub('<br>', part.strip())}</p>"
        for part in parts
        if part.strip()
    )


def _local(element: Any) -> str:
    # Not QName: what was saved of a damaged export may have names that are none.
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _text(parent: Any, name: str) -> str:
    return (parent.findtext(name) or "").strip()


def _wps(parent: Any, name: str) -> Iterator[Any]:
    return (
        one
        for one in parent
        if isinstance(one.tag, str) and one.tag.startswith("{http://wordpress.org/export/") and _local(one) == name
    )


def _wp(parent: Any, name: str) -> str:
    return next(((one.text or "").strip() for one in _wps(parent, name)), "")


def _meta(item: Any, key: str) -> str:
    return next((_wp(one, "meta_value") for one in _wps(item, "postmeta") if _wp(one, "meta_key") == key), "")


def _date(text: str) -> datetime | None:
    """`2024-05-06 07:08:09`; what was never published has `0000-00-00 00:00:00`."""
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        return None


def _mail_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError, TypeError):
        return None
