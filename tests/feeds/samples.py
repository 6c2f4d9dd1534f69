"""News for tests: one feed with all that a feed can hold, and entries to vary."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from feedsvc.feeds.feed import Category, Correction, Entry, Feed, Person, Picture, Source, Tombstone

BASE_URL = "https://news.example"
NOON = datetime(2026, 3, 2, 12, 0, 0, tzinfo=UTC)

PICTURE = Picture(
    url=f"{BASE_URL}/media/harbour.jpg",
    media_type="image/jpeg",
    width=1200,
    height=800,
    length=183_402,
    alt="Lamps along the quay, switched off",
    credit="The Evening Ledger",
)

BODY = """\
The lamps along the quay go out for one hour each night, and *nobody* has complained yet.

## What can be seen

On the first evening about two hundred people stood on the [harbour wall](/articles/2/harbour-wall).

![The wall](/media/wall.jpg "The harbour wall at ten")

> It was quieter than I thought it would be.

1. Bring a blanket.
2. Leave the torch at home.
"""


def an_entry(**changes: Any) -> Entry:
    """One published story with everything in it."""
    entry = Entry(
        identity="urn:uuid:6f6d1f0c-54d2-4a3b-9d5c-0d9a4a4f0001",
        url=f"{BASE_URL}/articles/1/harbour-city-swaps-its-streetlights-for-stars",
        title="Harbour city swaps its streetlights for stars",
        summary="For one hour each night the lamps along the quay go out.",
        body=BODY,
        published=NOON - timedelta(hours=3),
        updated=NOON - timedelta(hours=1),
        authors=(Person("World Desk"), Person("Night Desk")),
        categories=(Category("world", "World", f"{BASE_URL}/world"), Category("night-sky", "Night sky", None)),
        picture=PICTURE,
    )
    return replace(entry, **changes)


def an_entry_from_elsewhere(**changes: Any) -> Entry:
    """A story of an agency, of which the feed carries the summary, with a correction."""
    entry = an_entry(
        identity="urn:uuid:6f6d1f0c-54d2-4a3b-9d5c-0d9a4a4f0002",
        url=f"{BASE_URL}/articles/7/ferry-finds-its-pier",
        title="Ferry finds its pier",
        corrections=(Correction("Correction, 2026-03-02", "The ferry has *two* decks, not three."),),
        source=Source("Source", "Harbour Press & Sons", "https://harbour.example/ferry?id=7"),
        rights="© 2026 Harbour Press & Sons",
        is_summary=True,
    )
    return replace(entry, **changes)


def a_plain_entry(number: int, **changes: Any) -> Entry:
    """One of many short stories, each with an identity, address and dates of its own."""
    entry = Entry(
        identity=f"urn:uuid:6f6d1f0c-54d2-4a3b-9d5c-{number:012d}",
        url=f"{BASE_URL}/articles/{number}/story-{number}",
        title=f"Story {number}",
        summary="",
        body=f"What happened in story {number}.\n\nAnd what happened after that.",
        published=NOON - timedelta(days=1, hours=number),
        updated=NOON - timedelta(days=1, hours=number),
    )
    return replace(entry, **changes)


def a_notice(**changes: Any) -> Entry:
    """What stands in the place of a withdrawn story."""
    return a_plain_entry(
        9,
        **{
            "title": "Withdrawn",
            "body": "This story was withdrawn because it was wrong about the ferry.",
            "is_notice": True,
        }
        | changes,
    )


def a_tombstone(**changes: Any) -> Tombstone:
    """What is left of a story that left the feed, known elsewhere by what is no IRI."""
    tombstone = Tombstone(
        identity="urn:uuid:6f6d1f0c-54d2-4a3b-9d5c-0d9a4a4f0008",
        foreign_id="no iri <8>",
        when=NOON - timedelta(hours=2),
    )
    return replace(tombstone, **changes)


def a_feed(**changes: Any) -> Feed:
    """A section's feed: a story with everything, a short one without standfirst, a notice; and a tombstone."""
    feed = Feed(
        name="world",
        identity="urn:uuid:0b9e6a7e-3c58-4f0e-8a53-5f1d8a3c0001",
        title="World – The Evening Ledger",
        description="News from elsewhere, told from the harbour.",
        language="en",
        copyright="© 2026 The Evening Ledger",
        home_url=f"{BASE_URL}/world",
        base_url=BASE_URL,
        logo_url=f"{BASE_URL}/static/logo.png",
        author="The Evening Ledger",
        updated=NOON - timedelta(hours=1),
        ttl_minutes=15,
        entries=(
            an_entry(),
            a_plain_entry(2, authors=(Person("Politics Desk", f"{BASE_URL}/authors/politics-desk"),)),
            an_entry_from_elsewhere(),
            a_notice(),
        ),
        tombstones=(a_tombstone(),),
    )
    return replace(feed, **changes)
