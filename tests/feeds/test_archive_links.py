"""What the three formats say of an archive (RFC 5005), and that they say nothing where there is none."""

import json
from dataclasses import replace

import pytest
from lxml import etree
from samples import BASE_URL, a_feed

from feedsvc.feeds.feed import Archive
from feedsvc.feeds.joined import WRITERS, Joined

HISTORY = "{http://purl.org/syndication/history/1.0}"
LINK = "{http://www.w3.org/2005/Atom}link"
PLACES = {
    "a document that holds everything": Archive(),
    "a document in front of pages": Archive(previous=7),
    "the first page, alone": Archive(page=1),
    "a page between others": Archive(page=6, previous=5, next=7),
}


def written(format, archive, **changes):
    return WRITERS[format](replace(a_feed(**changes), archive=archive))


def head(format, archive):
    root = etree.fromstring(written(format, archive))
    return root if format == "atom" else root.find("channel")


def links(format, archive):
    """Relation -> address, for all links but the alternate."""
    found = {link.get("rel"): link for link in head(format, archive).findall(LINK)}
    found.pop("alternate", None)
    assert {link.get("type") for link in found.values()} == {f"application/{format}+xml"}
    return {relation: link.get("href").removeprefix(f"{BASE_URL}/feeds/") for relation, link in found.items()}


def marks(format, archive):
    return [element.tag for element in head(format, archive) if element.tag.startswith(HISTORY)]


@pytest.mark.parametrize("format", ["rss", "atom"])
def test_a_document_links_the_page_that_was_closed_last_or_is_complete(format):
    own = {"self": f"world.{format}"}
    assert (links(format, None), marks(format, None)) == (own, [])
    assert (links(format, Archive()), marks(format, Archive())) == (own, [f"{HISTORY}complete"])
    in_front = Archive(previous=7)
    assert links(format, in_front) == own | {"prev-archive": f"world/archive/7.{format}"}
    assert marks(format, in_front) == []


@pytest.mark.parametrize("format", ["rss", "atom"])
def test_a_page_says_that_it_is_one_and_links_the_document_and_its_neighbours(format):
    between = Archive(page=6, previous=5, next=7)
    assert marks(format, between) == [f"{HISTORY}archive"]
    assert links(format, between) == {
        "self": f"world/archive/6.{format}",
        "current": f"world.{format}",
        "prev-archive": f"world/archive/5.{format}",
        "next-archive": f"world/archive/7.{format}",
    }
    alone = Archive(page=1)
    assert marks(format, alone) == [f"{HISTORY}archive"]
    assert links(format, alone) == {"self": f"world/archive/1.{format}", "current": f"world.{format}"}


def test_json_feed_leads_from_page_to_page_by_next_url():
    def urls(archive):
        document = json.loads(written("json", archive))
        return document["feed_url"].removeprefix(BASE_URL), document.get("next_url", "").removeprefix(BASE_URL)

    assert urls(None) == urls(Archive()) == ("/feeds/world.json", "")
    assert urls(Archive(previous=7)) == ("/feeds/world.json", "/feeds/world/archive/7.json")
    assert urls(Archive(page=6, previous=5, next=7)) == ("/feeds/world/archive/6.json", "/feeds/world/archive/5.json")
    assert urls(Archive(page=1)) == ("/feeds/world/archive/1.json", "")


@pytest.mark.parametrize("format", WRITERS)
@pytest.mark.parametrize("archive", PLACES.values(), ids=PLACES)
def test_a_page_is_joined_byte_for_byte_as_it_is_written_whole(format, archive):
    for entries in (a_feed().entries, ()):
        feed = replace(a_feed(entries=entries), archive=archive)
        assert Joined(format)(feed) == WRITERS[format](feed)


@pytest.mark.schemas
@pytest.mark.parametrize("archive", PLACES.values(), ids=PLACES)
def test_links_of_archives_are_valid(archive, atom_schema, json_schema):
    atom_schema.assertValid(etree.fromstring(written("atom", archive)))
    json_schema.validate(json.loads(written("json", archive)))
