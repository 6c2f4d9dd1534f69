"""Read Ghost's JSON export: its published posts, with their authors, tags and feature pictures."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from feedsvc.actions.importing.body import plain
from feedsvc.actions.importing.feeds import iso_moment
from feedsvc.actions.importing.found import FoundItem, FoundPicture, FoundSource, Oddity
from feedsvc.texts import _

HERE = "__GHOST_URL__"
"""What stands in an export for the address of the site."""

Row = Mapping[str, Any]


def tables_of(document: Any) -> Mapping[str, Any] | None:
    """The tables of an export, `{"db": [{"data": …}]}` or `{"data": …}`; None if it is something else."""
    if isinstance(document, dict) and isinstance(document.get("db"), list) and document["db"]:
        document = document["db"][0]
    data = document.get("data") if isinstance(document, dict) else None
    return data if isinstance(data, dict) and isinstance(data.get("posts"), list) else None


def from_tables(data: Mapping[str, Any], site_url: str = "") -> FoundSource:
    """The published posts of an export; `site_url` is the site's address, which an export does not tell."""
    site_url = site_url.rstrip("/")
    title = next((_text(row, "value") for row in _rows(data, "settings") if row.get("key") == "title"), "")
    tags, users = _by_id(data, "tags"), _by_id(data, "users")
    of_post = {name: _joined(data, f"posts_{name}s", f"{name}_id") for name in ("tag", "author")}
    metas = {_id(row, "post_id"): row for row in _rows(data, "posts_meta")}
    found, left_out = [], []
    for row in _rows(data, "posts"):
        name = plain(_text(row, "title")) or _text(row, "slug")
        kind = _text(row, "type") or ("page" if row.get("page") else "post")
        status = _text(row, "status")
        if kind != "post":
            left_out.append(Oddity(name, _("It is no post but a %(kind)s, so it was left out.", kind=kind)))
        elif status != "published":
            left_out.append(
                Oddity(name, _("It is not published there (%(status)s), so it was left out.", status=status))
            )
        elif (seen_by := _text(row, "visibility") or "public") != "public":
            left_out.append(
                Oddity(name, _("It is not for everybody there (%(seen_by)s), so it was left out.", seen_by=seen_by))
            )
        else:
            authors = of_post["author"].get(_id(row, "id")) or [_id(row, "author_id")]
            found.append(
                _item(
                    row,
                    metas.get(_id(row, "id"), {}),
                    [plain(_text(users[i], "name")) for i in authors if i in users],
                    [plain(_text(tags[i], "name")) for i in of_post["tag"].get(_id(row, "id"), []) if i in tags],
                    site_url,
                )
            )
    return FoundSource(site_url or plain(title), plain(title), tuple(found), tuple(left_out))


def _item(row: Row, meta: Row, authors: list[str], tags: list[str], site_url: str) -> FoundItem:
    notes = []
    html, picture = _text(row, "html"), _text(row, "feature_image")
    if HERE in html + picture and not site_url:
        notes.append(_("Links and pictures of its own site are left out: say the site's address to keep them."))
    slug = _text(row, "slug")
    link = (_text(row, "canonical_url") or (f"/{slug}/" if slug else "")).replace(HERE, site_url)
    url = link if link.startswith("http") else f"{site_url}{link}" if site_url and link else ""
    caption = plain(_text(meta, "feature_image_caption"))
    lead = picture.replace(HERE, site_url)
    return FoundItem(
        foreign_id=_id(row, "id") or _text(row, "uuid"),
        url=url,
        title=plain(_text(row, "title")),
        html=html.replace(HERE, site_url),
        base_url=url or site_url,
        summary=plain(_text(row, "custom_excerpt")),
        published=iso_moment(_text(row, "published_at")),
        updated=iso_moment(_text(row, "updated_at")),
        authors=tuple(dict.fromkeys(filter(None, authors))),
        # Tags that begin with a hash are for the theme only.
        categories=tuple(dict.fromkeys(tag for tag in tags if tag and not tag.startswith("#"))),
        picture=FoundPicture(lead, plain(_text(meta, "feature_image_alt")), caption)
        if lead.startswith("http")
        else None,
        slug=slug,
        notes=tuple(notes),
    )


def _rows(data: Mapping[str, Any], name: str) -> list[Row]:
    rows = data.get(name)
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _by_id(data: Mapping[str, Any], name: str) -> dict[Any, Row]:
    return {_id(row, "id"): row for row in _rows(data, name)}


def _joined(data: Mapping[str, Any], name: str, of: str) -> dict[Any, list[Any]]:
    """Post -> what it is joined to, in order."""
    found: dict[Any, list[Any]] = defaultdict(list)
    for row in sorted(_rows(data, name), key=_place):
        found[_id(row, "post_id")].append(_id(row, of))
    return found


def _id(row: Row, name: str) -> str:
    """An id as text: old versions of Ghost had numbers."""
    value = row.get(name)
    return str(value) if isinstance(value, str | int) else ""


def _place(row: Row) -> float:
    place = row.get("sort_order")
    return place if isinstance(place, int | float) else 0


def _text(row: Row, name: str) -> str:
    value = row.get(name)
    return value if isinstance(value, str) else ""
