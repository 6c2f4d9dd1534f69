"""Feed -> JSON Feed 1.1 bytes (https://www.jsonfeed.org/version/1.1/).

One extension of our own, as the specification allows, `"_feedsvc"` in an item: `"withdrawn": true` says that the story
was taken down and that the item is the notice that stands in its place; `"source"` (name) and `"rights"` (text) say
whose a story from elsewhere is. Its address there is its `external_url`. At the top `"_feedsvc"` has `"deleted"`: the
ids of stories that left the feed, each with the date of that, for those who have them yet.
"""

import json
from typing import Any

from feedsvc.feeds.feed import Entry, Feed, Person
from feedsvc.feeds.ready import content_html, ready

ABOUT = "https://www.rfc-editor.org/rfc/rfc6721"
"""What `deleted` says is what tombstones say in Atom."""


def to_json(feed: Feed) -> bytes:
    """Write a feed as JSON Feed 1.1: UTF-8, keys always in the same order, same feed same bytes."""
    feed = ready(feed)
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": feed.home_url,
        "feed_url": feed.url("json"),
        "next_url": feed.archive and feed.archive.previous and feed.page_url("json", feed.archive.previous),
        "description": feed.description,
        "icon": feed.logo_url,
        "authors": [{"name": feed.author, "url": feed.base_url}],
        "language": feed.language,
        "_feedsvc": feed.tombstones
        and {
            "about": ABOUT,
            "deleted": [
                {"id": one.foreign_id or one.identity, "date_deleted": one.when.isoformat()} for one in feed.tombstones
            ],
        },
        "items": [_item(entry, feed.base_url) for entry in feed.entries],
    }
    return json.dumps(_present(document), ensure_ascii=False, indent=1).encode()


def _item(entry: Entry, base_url: str) -> dict[str, Any]:
    picture = entry.picture
    return _present(
        {
            "id": entry.foreign_id or entry.identity,
            "url": entry.url,
            "external_url": entry.source and entry.source.url,
            "title": entry.title,
            "content_html": content_html(entry, base_url),
            "summary": entry.summary,
            "image": picture and picture.url,
            "date_published": entry.published.isoformat(),
            "date_modified": entry.updated.isoformat(),
            "authors": [_author(person) for person in entry.authors],
            "tags": [category.label for category in entry.categories],
            "attachments": picture
            and [
                _present(
                    {
                        "url": picture.url,
                        "mime_type": picture.media_type,
                        "title": picture.alt,
                        "size_in_bytes": picture.length,
                    }
                )
            ],
            "_feedsvc": _present(
                {
                    "withdrawn": entry.is_notice,
                    "source": entry.source and entry.source.name,
                    "rights": entry.rights,
                }
            ),
        }
    )


def _author(person: Person) -> dict[str, Any]:
    return _present({"name": person.name, "url": person.url})


def _present(members: dict[str, Any]) -> dict[str, Any]:
    """Leave out what there is none of; `items` stays, as a feed may be empty."""
    return {name: value for name, value in members.items() if value or name == "items"}
