"""JSON Feed carries every element."""

import json

import pytest
from samples import BASE_URL, PICTURE, a_feed, a_notice, a_plain_entry, an_entry

from feedsvc.feeds.feed import Person
from feedsvc.feeds.jsonfeed import to_json


def read(**changes):
    return json.loads(to_json(a_feed(**changes)))


def test_json_feed_says_what_the_feed_is():
    feed = read()
    del feed["items"]
    assert feed == {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "World – The Evening Ledger",
        "home_page_url": f"{BASE_URL}/world",
        "feed_url": f"{BASE_URL}/feeds/world.json",
        "description": "News from elsewhere, told from the harbour.",
        "icon": f"{BASE_URL}/static/logo.png",
        "authors": [{"name": "The Evening Ledger", "url": BASE_URL}],
        "language": "en",
        "_feedsvc": {
            "about": "https://www.rfc-editor.org/rfc/rfc6721",
            "deleted": [{"id": "no iri <8>", "date_deleted": "2026-03-02T10:00:00+00:00"}],
        },
    }
    assert "_feedsvc" not in read(tombstones=())


def test_json_item_carries_every_element():
    item = read()["items"][0]
    assert item.pop("content_html").startswith(f'<figure><img src="{PICTURE.url}" alt="{PICTURE.alt}"')
    assert item == {
        "id": "urn:uuid:6f6d1f0c-54d2-4a3b-9d5c-0d9a4a4f0001",
        "url": f"{BASE_URL}/articles/1/harbour-city-swaps-its-streetlights-for-stars",
        "title": "Harbour city swaps its streetlights for stars",
        "summary": "For one hour each night the lamps along the quay go out.",
        "image": PICTURE.url,
        "date_published": "2026-03-02T09:00:00+00:00",
        "date_modified": "2026-03-02T11:00:00+00:00",
        "authors": [{"name": "World Desk"}, {"name": "Night Desk"}],
        "tags": ["World", "Night sky"],
        "attachments": [
            {
                "url": PICTURE.url,
                "mime_type": "image/jpeg",
                "title": PICTURE.alt,
                "size_in_bytes": PICTURE.length,
            }
        ],
    }


def test_what_there_is_none_of_is_left_out():
    feed = read(logo_url=None, entries=(a_plain_entry(2),))
    assert "icon" not in feed
    assert set(feed["items"][0]) == {
        "id",
        "url",
        "title",
        "content_html",
        "summary",
        "date_published",
        "date_modified",
    }


def test_an_author_with_a_page_has_its_address():
    person = Person("World Desk", f"{BASE_URL}/authors/world-desk")
    assert read(entries=(an_entry(authors=(person,)),))["items"][0]["authors"] == [
        {"name": "World Desk", "url": f"{BASE_URL}/authors/world-desk"}
    ]


def test_a_notice_says_that_it_is_one():
    items = read(entries=(a_notice(), a_plain_entry(2)))["items"]
    assert items[0]["title"] == "Withdrawn"
    assert items[0]["_feedsvc"] == {"withdrawn": True}
    assert "_feedsvc" not in items[1]


def test_an_empty_feed_has_an_empty_list():
    assert read(entries=())["items"] == []


def test_the_bytes_are_utf_8_and_readable():
    document = to_json(a_feed(title="Wörld 🌍\ud800"))
    assert '"title": "Wörld 🌍"'.encode() in document


@pytest.mark.schemas
def test_json_feed_follows_its_schema(json_schema):
    json_schema.validate(read())
