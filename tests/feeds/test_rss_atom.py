"""RSS and Atom carry every element, and feedgen's traps stay shut."""

import re
from concurrent.futures import ThreadPoolExecutor
from email.utils import format_datetime
from io import BytesIO

import feedgen.entry
import feedgen.feed
import feedparser
import pytest
from lxml import etree
from samples import BASE_URL, PICTURE, a_feed, a_notice, a_plain_entry, a_tombstone, an_entry

from feedsvc.feeds.feed import FORMATS, Category, Person
from feedsvc.feeds.rss_atom import to_atom, to_rss

NAMES = {
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "media": "http://search.yahoo.com/mrss/",
    "at": "http://purl.org/atompub/tombstones/1.0",
}


def rss(**changes):
    return etree.fromstring(to_rss(a_feed(**changes))).find("channel")


def atom(**changes):
    return etree.fromstring(to_atom(a_feed(**changes)))


def text(element, path):
    return element.findtext(path, namespaces=NAMES)


def texts(element, path):
    return [found.text for found in element.findall(path, NAMES)]


def attributes(element, path):
    return [dict(found.attrib) for found in element.findall(path, NAMES)]


# What every document carries


def test_rss_channel_says_what_the_feed_is():
    channel = rss()
    assert text(channel, "title") == "World – The Evening Ledger"
    assert text(channel, "link") == f"{BASE_URL}/world"
    assert text(channel, "description") == "News from elsewhere, told from the harbour."
    assert text(channel, "language") == "en"
    assert text(channel, "copyright") == "© 2026 The Evening Ledger"
    assert text(channel, "lastBuildDate") == "Mon, 02 Mar 2026 11:00:00 +0000"
    assert text(channel, "generator") == "feedsvc"
    assert text(channel, "docs") == "https://www.rssboard.org/rss-specification"
    assert text(channel, "ttl") == "15"
    assert text(channel, "image/url") == f"{BASE_URL}/static/logo.png"
    assert text(channel, "image/title") == text(channel, "title")
    assert text(channel, "image/link") == text(channel, "link")


def test_rss_item_carries_every_element():
    item = rss().find("item")
    assert text(item, "title") == "Harbour city swaps its streetlights for stars"
    assert text(item, "link") == f"{BASE_URL}/articles/1/harbour-city-swaps-its-streetlights-for-stars"
    assert text(item, "guid") == "urn:uuid:6f6d1f0c-54d2-4a3b-9d5c-0d9a4a4f0001"
    assert attributes(item, "guid") == [{"isPermaLink": "false"}]
    assert text(item, "pubDate") == "Mon, 02 Mar 2026 09:00:00 +0000"
    assert text(item, "atom:updated") == "2026-03-02T11:00:00+00:00"
    assert text(item, "description") == "For one hour each night the lamps along the quay go out."
    assert texts(item, "category") == ["world", "night-sky"]
    assert attributes(item, "category") == [{"domain": f"{BASE_URL}/world"}, {}]


def test_atom_feed_says_what_the_feed_is():
    feed = atom()
    assert text(feed, "atom:id") == "urn:uuid:0b9e6a7e-3c58-4f0e-8a53-5f1d8a3c0001"
    assert text(feed, "atom:title") == "World – The Evening Ledger"
    assert text(feed, "atom:subtitle") == "News from elsewhere, told from the harbour."
    assert text(feed, "atom:updated") == "2026-03-02T11:00:00+00:00"
    assert text(feed, "atom:author/atom:name") == "The Evening Ledger"
    assert text(feed, "atom:rights") == "© 2026 The Evening Ledger"
    assert text(feed, "atom:icon") == text(feed, "atom:logo") == f"{BASE_URL}/static/logo.png"
    assert text(feed, "atom:generator") == "feedsvc"
    assert feed.get("{http://www.w3.org/XML/1998/namespace}lang") == "en"
    assert attributes(feed, "atom:link") == [
        {"rel": "self", "type": "application/atom+xml", "href": f"{BASE_URL}/feeds/world.atom"},
        {"rel": "alternate", "type": "text/html", "href": f"{BASE_URL}/world"},
    ]


def test_atom_entry_carries_every_element():
    entry = atom().find("atom:entry", NAMES)
    assert text(entry, "atom:id") == "urn:uuid:6f6d1f0c-54d2-4a3b-9d5c-0d9a4a4f0001"
    assert text(entry, "atom:title") == "Harbour city swaps its streetlights for stars"
    assert text(entry, "atom:published") == "2026-03-02T09:00:00+00:00"
    assert text(entry, "atom:updated") == "2026-03-02T11:00:00+00:00"
    assert text(entry, "atom:summary") == "For one hour each night the lamps along the quay go out."
    assert texts(entry, "atom:author/atom:name") == ["World Desk", "Night Desk"]
    assert attributes(entry, "atom:category") == [
        {"term": "world", "scheme": f"{BASE_URL}/world", "label": "World"},
        {"term": "night-sky", "label": "Night sky"},
    ]


def test_an_author_with_a_page_has_its_address_in_atom():
    entry = an_entry(authors=(Person("World Desk", f"{BASE_URL}/authors/world-desk"),))
    assert texts(atom(entries=(entry,)), "atom:entry/atom:author/atom:uri") == [f"{BASE_URL}/authors/world-desk"]


def test_an_atom_entry_without_authors_inherits_the_newsroom():
    feed = atom(entries=(an_entry(authors=()),))
    assert feed.find("atom:entry/atom:author", NAMES) is None
    assert feed.find("atom:author", NAMES) is not None


def test_the_picture_stands_in_the_content_with_alt_text_and_credit():
    figure = (
        f'<figure><img src="{PICTURE.url}" alt="{PICTURE.alt}" width="1200" height="800">'
        f"<figcaption>{PICTURE.credit}</figcaption></figure>"
    )
    assert text(rss(), "item/content:encoded").startswith(figure)
    assert text(atom(), "atom:entry/atom:content").startswith(figure)


def test_a_summary_is_taken_from_the_text_where_there_is_no_standfirst():
    entries = (a_plain_entry(2, body="First *words*.\n\n" + "And more of them. " * 40),)
    summary = text(rss(entries=entries), "item/description")
    assert summary == text(atom(entries=entries), "atom:entry/atom:summary")
    assert summary.startswith("First words. And more of them.")
    assert summary.endswith("…")
    assert len(summary) <= 300


def test_a_notice_takes_the_place_of_its_story():
    entries = (a_notice(),)
    item = rss(entries=entries).find("item")
    assert text(item, "title") == "Withdrawn"
    assert text(item, "content:encoded") == ("<p>This story was withdrawn because it was wrong about the ferry.</p>")
    assert text(item, "guid") == text(atom(entries=entries), "atom:entry/atom:id") == a_notice().identity


@pytest.mark.parametrize("write", [to_rss, to_atom])
def test_an_empty_feed_is_a_feed(write):
    read = feedparser.parse(BytesIO(write(a_feed(entries=()))))
    assert not read.bozo
    assert read.entries == []


@pytest.mark.parametrize("write", [to_rss, to_atom])
def test_the_stylesheet_is_named_right_after_the_declaration(write):
    assert write(a_feed()).startswith(
        b'<?xml version="1.0" encoding="UTF-8"?>\n'
        b'<?xml-stylesheet type="text/css" href="https://news.example/static/feed.css"?>\n<'
    )


@pytest.mark.parametrize(("write", "version"), [(to_rss, "rss20"), (to_atom, "atom10")])
def test_feedparser_reads_it_whole(write, version):
    read = feedparser.parse(BytesIO(write(a_feed())), response_headers={"content-type": FORMATS[version[:-2]]})
    assert not read.bozo
    assert read.version == version
    assert [entry.title for entry in read.entries] == [
        "Harbour city swaps its streetlights for stars",
        "Story 2",
        "Ferry finds its pier",
        "Withdrawn",
    ]
    assert read.entries[0].link.endswith("/articles/1/harbour-city-swaps-its-streetlights-for-stars")
    assert read.entries[0].content[-1].value.startswith("<figure><img")


@pytest.mark.schemas
def test_atom_follows_the_schema_of_rfc_4287(atom_schema):
    atom_schema.assertValid(etree.fromstring(to_atom(a_feed())))


# Where feedgen trips


def test_atom_entry_links_keep_rel_type_title_and_length():
    assert attributes(atom(), "atom:entry[1]/atom:link") == [
        {
            "rel": "alternate",
            "type": "text/html",
            "href": f"{BASE_URL}/articles/1/harbour-city-swaps-its-streetlights-for-stars",
        },
        {
            "rel": "enclosure",
            "type": "image/jpeg",
            "length": "183402",
            "href": PICTURE.url,
            "title": PICTURE.alt,
        },
    ]


def test_dates_are_the_feeds_own_and_never_now():
    written = to_rss(a_feed()) + to_atom(a_feed())
    assert set(re.findall(rb"20\d\d-\d\d-\d\dT|\d\d \w{3} 20\d\d", written)) == {
        b"2026-03-02T",
        b"2026-03-01T",
        b"02 Mar 2026",
        b"01 Mar 2026",
    }


def test_entries_stand_in_the_order_given():
    entries = tuple(a_plain_entry(number) for number in (3, 1, 2))
    assert texts(rss(entries=entries), "item/title") == ["Story 3", "Story 1", "Story 2"]
    assert texts(atom(entries=entries), "atom:entry/atom:title") == ["Story 3", "Story 1", "Story 2"]


def test_the_channel_link_is_the_page_and_the_self_link_the_document():
    channel = rss()
    assert texts(channel, "link") == [f"{BASE_URL}/world"]
    assert attributes(channel, "atom:link") == [
        {"rel": "self", "type": "application/rss+xml", "href": f"{BASE_URL}/feeds/world.rss"}
    ]


def test_rfc_2822_dates_do_not_use_the_locale():
    assert feedgen.feed.formatRFC2822 is format_datetime
    assert feedgen.entry.formatRFC2822 is format_datetime


def test_characters_that_xml_cannot_hold_are_left_out():
    dirt = "a\x00\x0b\x1f\x7f\x85\ud800\ufffe\uffff\ufdd0\U0001ffffb"
    entry = an_entry(
        title=dirt,
        summary=dirt,
        body=f"{dirt} &#12;",
        authors=(Person(dirt),),
        categories=(Category(dirt, dirt, None),),
    )
    item = rss(entries=(entry,), title=dirt).find("item")
    assert text(item, "title") == text(item, "description") == text(item, "dc:creator") == "ab"
    assert text(atom(entries=(entry,), title=dirt), "atom:title") == "ab"


def test_megabytes_are_cut_to_what_readers_can_parse():
    entry = an_entry(title="word " * 300_000, body="word & " * 190_000)
    document = to_rss(a_feed(entries=(entry,)))
    item = etree.fromstring(document).find("channel/item")
    assert len(text(item, "title")) <= 500
    assert len(document) < 10_000_000


def test_content_is_html_and_summary_is_text():
    entry = atom().find("atom:entry", NAMES)
    assert attributes(entry, "atom:content") == [{"type": "html"}]
    assert attributes(entry, "atom:summary") == [{"type": "text"}]


def test_rss_names_authors_without_an_address():
    item = rss().find("item")
    assert texts(item, "dc:creator") == ["World Desk", "Night Desk"]
    assert item.find("author") is None


def test_rss_says_what_the_picture_shows_and_whose_it_is():
    item = rss().find("item")
    assert attributes(item, "media:content") == [
        {
            "url": PICTURE.url,
            "type": "image/jpeg",
            "medium": "image",
            "fileSize": "183402",
            "width": "1200",
            "height": "800",
        }
    ]
    assert text(item, "media:content/media:description") == PICTURE.alt
    assert text(item, "media:content/media:credit") == PICTURE.credit
    assert item.find("enclosure") is None


def test_urls_are_absolute_and_checked():
    entry = an_entry(
        url="/articles/1/ein-ü b",
        body="[no](javascript:alert) [yes](/articles/2)",
        categories=(Category("world", "World", "javascript:x"),),
    )
    item = rss(entries=(entry,)).find("item")
    assert text(item, "link") == f"{BASE_URL}/articles/1/ein-%C3%BC%20b"
    assert f'no <a href="{BASE_URL}/articles/2">yes</a>' in text(item, "content:encoded")
    assert attributes(item, "category") == [{}]


def test_the_bytes_of_an_entry_do_not_depend_on_its_neighbours():
    full, plain = an_entry(), a_plain_entry(2)

    def written(write, tag, *entries):
        return re.search(rb"<%s>.*?Story 2.*?</%s>" % (tag, tag), write(a_feed(entries=entries)), re.DOTALL)[0]

    for write, tag in ((to_rss, b"item"), (to_atom, b"entry")):
        alone = written(write, tag, plain)
        beside = written(write, tag, plain, full)
        assert alone == beside
        namespaces = {to_rss: 6, to_atom: 3}[write]
        assert write(a_feed(entries=(full, plain))).count(b"xmlns") == namespaces
        root = [write(a_feed(entries=entries)).split(b">", 3)[2] for entries in ((), (full,), (plain, full))]
        assert len(set(root)) == 1


def test_tombstones_stand_before_the_entries_and_name_what_left_as_entries_would():
    left = {"when": "2026-03-02T10:00:00+00:00"}
    for head, tag, ref in ((rss(), "item", "no iri <8>"), (atom(), "atom:entry", a_tombstone().identity)):
        assert attributes(head, "at:deleted-entry") == [left | {"ref": ref}]
        assert head.find("at:deleted-entry", NAMES).getnext() is head.find(tag, NAMES)
    assert attributes(atom(tombstones=()), "at:deleted-entry") == []


def test_the_description_stands_before_the_content():
    tags = [etree.QName(element).localname for element in rss().find("item")]
    assert tags.index("description") < tags.index("encoded")


def test_plain_text_in_rss_writes_markup_characters_in_hexadecimal():
    entry = an_entry(title="5 < 6 & 7", summary="a <b> & c")
    document = to_rss(a_feed(title="Q&A", entries=(entry,)))
    assert b"<title>Q&#x26;A</title>" in document
    assert b"<title>5 &#x3C; 6 &#x26; 7</title>" in document
    outside_content = re.sub(rb"<content:encoded>.*?</content:encoded>", b"", document, flags=re.DOTALL)
    assert b"&lt;" not in outside_content
    assert b"&amp;" not in outside_content


def test_a_summary_with_angle_brackets_reads_as_it_was_written():
    feed = a_feed(entries=(an_entry(summary="Turnout <40% & falling> again"),))
    assert feedparser.parse(BytesIO(to_atom(feed))).entries[0].summary == "Turnout <40% & falling> again"
    # Readers take the description of RSS for HTML.
    html = feedparser.parse(BytesIO(to_rss(feed))).entries[0].summary
    assert html == "Turnout &lt;40% &amp; falling&gt; again"


def test_rendering_in_many_threads_gives_the_same_bytes():
    feed = a_feed(entries=(an_entry(), *(a_plain_entry(number) for number in range(10, 30))))
    with ThreadPoolExecutor(8) as threads:
        for write in (to_rss, to_atom):
            assert len(set(threads.map(write, [feed] * 16))) == 1
