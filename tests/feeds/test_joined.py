"""A document that is joined of entries written before is the one that is written whole, byte for byte."""

from dataclasses import replace
from datetime import timedelta

import pytest
from samples import BASE_URL, NOON, a_feed, an_entry, an_entry_from_elsewhere

from feedsvc.feeds import joined
from feedsvc.feeds.joined import SEAMS, WRITERS, Joined

TRICKY = [
    an_entry(title="</channel> <item> </feed>", summary='"items": [ ] }', body="`</rss>`\n\n[]\n}"),
    an_entry(identity="urn:uuid:6f6d1f0c-54d2-4a3b-9d5c-0d9a4a4f0009", title="", summary="", body="", picture=None),
    an_entry(authors=(), categories=(), title="\ud83d Žluťoučký \x00 kůň 🐎", body="<b>&amp;</b> " * 2_000),
    an_entry_from_elsewhere(foreign_id="no iri <1>"),
    an_entry(is_notice=True, title="Withdrawn", body="It was wrong.", picture=None, categories=()),
]


@pytest.fixture(params=WRITERS)
def format(request: pytest.FixtureRequest) -> str:
    return request.param


def counted(format: str, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many entries each call of the writer wrote, from now on."""
    counts: list[int] = []
    write = WRITERS[format]

    def counting(feed):
        counts.append(len(feed.entries))
        return write(feed)

    monkeypatch.setitem(joined.WRITERS, format, counting)
    return counts


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"entries": ()},
        {"entries": tuple(TRICKY)},
        {"title": '</channel>\n</rss>\n"items": []\n}', "description": "</feed>", "logo_url": None, "copyright": ""},
        {"language": "de-AT", "base_url": f"{BASE_URL}/under", "updated": NOON + timedelta(days=1), "ttl_minutes": 60},
    ],
    ids=["all that a feed can hold", "nothing", "entries that look like seams", "a head that does", "another head"],
)
def test_joined_is_whole_byte_for_byte_the_first_and_the_second_time(format, changes):
    join, feed = Joined(format), a_feed(**changes)
    whole = WRITERS[format](feed)
    assert join(feed) == whole
    assert join(feed) == whole
    turned = replace(feed, entries=feed.entries[::-1])
    assert join(turned) == WRITERS[format](turned)


def test_only_an_entry_that_changed_is_written_anew(format, monkeypatch):
    counts = counted(format, monkeypatch)
    join, feed = Joined(format), a_feed()
    first, *others = feed.entries
    join(feed)
    del counts[:]
    changed = replace(feed, entries=(replace(first, title="Another"), *others), title="Another feed")
    assert join(changed) == WRITERS[format](changed)
    # The document written whole for comparison is the last one.
    assert [count for count in counts[:-1] if count] == [1]


def test_an_entry_under_another_base_url_is_another(format):
    join, feed = Joined(format), a_feed()
    join(feed)
    moved = replace(feed, base_url="https://moved.example")
    assert join(moved) == WRITERS[format](moved)


def test_what_is_kept_stays_within_its_room(format, monkeypatch):
    monkeypatch.setattr(joined, "ROOM_BYTES", 40_000)
    join, feed = Joined(format), a_feed()
    for number in range(100):
        join(replace(feed, entries=(an_entry(title=f"Story {number}"),)))
    kept = join._entry._made
    assert 1 <= len(kept) < 20
    assert sum(joined._size(*one) for one in kept.items()) <= 40_000


def test_a_format_that_is_written_otherwise_is_told(format, monkeypatch):
    monkeypatch.setitem(joined.SEAMS, format, replace(SEAMS[format], empty=b"end", end=b"end"))
    with pytest.raises(ValueError, match="seams"):
        Joined(format)(a_feed())
