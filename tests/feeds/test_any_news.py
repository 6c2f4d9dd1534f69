"""Promises that hold for all three formats: same news, same bytes; no input breaks a feed."""

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import feedparser
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from lxml import etree
from samples import BASE_URL, PICTURE, a_feed, an_entry

from feedsvc.feeds.feed import Category, Feed, Person
from feedsvc.feeds.jsonfeed import to_json
from feedsvc.feeds.rss_atom import to_atom, to_rss

PROJECT = Path(__file__).parents[2]

# Same news, same bytes

PRINT_DIGEST = """
import locale, hashlib
locale.setlocale(locale.LC_ALL, "")
from samples import a_feed
from feedsvc.feeds.jsonfeed import to_json
from feedsvc.feeds.rss_atom import to_atom, to_rss
print(hashlib.sha256(b"".join(write(a_feed()) for write in (to_rss, to_atom, to_json))).hexdigest())
"""


@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONHASHSEED": "1", "TZ": "Pacific/Auckland", "LC_ALL": "C.UTF-8"},
        {"PYTHONHASHSEED": "2", "TZ": "America/St_Johns", "LC_ALL": "POSIX"},
    ],
    ids=["one machine", "another"],
)
def test_same_news_same_bytes_in_another_process(environment):
    path = os.pathsep.join([str(PROJECT), str(PROJECT / "tests" / "feeds")])
    there = subprocess.run(
        [sys.executable, "-c", PRINT_DIGEST],
        env={**os.environ, **environment, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    here = b"".join(write(a_feed()) for write in (to_rss, to_atom, to_json))
    assert there.stdout.strip() == hashlib.sha256(here).hexdigest()


@pytest.mark.parametrize("write", [to_rss, to_atom, to_json])
def test_same_news_same_bytes_a_second_time(write):
    assert write(a_feed()) == write(a_feed())


# No input breaks a feed

SNIPPETS = [
    "]]>",
    "<![CDATA[",
    "<script>alert(1)</script>",
    "&amp;",
    "&#0;",
    "&nbsp;",
    "<b>",
    "</title>",
    "<!--",
    "?>",
    "\x00",
    "\x0b",
    "\x1b",
    "\x85",
    "\ud83d",
    "\udc00",
    "\ufffe",
    "\U0010ffff",
    "\r\n",
    "\u2028",
    "\u202e",
    "\u2066",
    "\u200f",
    "👩‍👩‍👧‍👦",
    "🇨🇦",
    "e\u0301",
    "javascript:alert(1)",
    "/media/x",
    "//[",
    "http://exa mple/",
    "https://[::1",
    "%zz",
    "../..",
    "[a](javascript:x)",
    "![a](/media/x)",
    "![](data:x)",
    "\n\n# ",
    "\n> ",
    "\n\n- ",
    "|a|\n|-|\n",
    "```",
    "'",
    '"',
]
ANY_TEXT = st.lists(st.one_of(st.sampled_from(SNIPPETS), st.text(st.characters(), max_size=8)), max_size=6).map("".join)


@st.composite
def any_news(draw: st.DrawFn) -> Feed:
    """A feed with any text in every field that people can fill."""

    def any_url() -> str:
        return draw(st.sampled_from(["", f"{BASE_URL}/", "https://else.example/", "/"])) + draw(ANY_TEXT)

    entry = an_entry(
        url=f"{BASE_URL}/articles/1/{draw(ANY_TEXT)}",
        title=draw(ANY_TEXT),
        summary=draw(ANY_TEXT),
        body=draw(ANY_TEXT),
        authors=(Person(draw(ANY_TEXT), any_url()), Person(draw(ANY_TEXT))),
        categories=(Category(draw(ANY_TEXT), draw(ANY_TEXT), any_url()),),
        picture=draw(st.sampled_from([None, PICTURE]))
        and replace(PICTURE, url=any_url(), alt=draw(ANY_TEXT), credit=draw(ANY_TEXT)),
        is_notice=draw(st.booleans()),
    )
    return a_feed(
        title=draw(ANY_TEXT),
        description=draw(ANY_TEXT),
        copyright=draw(ANY_TEXT),
        author=draw(ANY_TEXT),
        home_url=any_url(),
        logo_url=any_url(),
        entries=(entry,),
    )


EVERYWHERE = "".join(SNIPPETS)
WORST = a_feed(
    title=EVERYWHERE,
    description=EVERYWHERE,
    copyright=EVERYWHERE,
    author=EVERYWHERE,
    entries=(
        an_entry(
            url=f"{BASE_URL}/articles/1/{EVERYWHERE}",
            title=EVERYWHERE,
            summary=EVERYWHERE,
            body=EVERYWHERE,
            authors=(Person(EVERYWHERE, EVERYWHERE),),
            categories=(Category(EVERYWHERE, EVERYWHERE, EVERYWHERE),),
            picture=replace(PICTURE, alt=EVERYWHERE, credit=EVERYWHERE),
        ),
    ),
)
EMPTY = a_feed(title="", description="", author="", entries=(an_entry(title="", summary="", body=""),))
MEGABYTES = a_feed(
    entries=(an_entry(title="<headline> " * 100_000, summary="]]>" * 300_000, body="word ]]> " * 120_000),)
)


def hold(test):
    """Try a test on the worst feeds known, and on forty that Hypothesis makes."""
    for worst in (WORST, EMPTY, MEGABYTES):
        test = example(worst)(test)
    some = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    return some(given(any_news())(test))


@hold
def test_no_input_breaks_a_feed(feed):
    for document in (to_rss(feed), to_atom(feed)):
        # Not feedparser's title: it takes a headline such as `<!--&amp;` for HTML, and a comment for nothing.
        titles = "//*[self::item or local-name()='entry']/*[local-name()='title']"
        assert etree.fromstring(document).xpath(f"string({titles})")
        read = feedparser.parse(BytesIO(document))
        assert not read.bozo
        assert len(read.entries) == 1
        assert read.entries[0].id == feed.entries[0].identity
    item = json.loads(to_json(feed))["items"][0]
    assert item["id"] == feed.entries[0].identity
    assert item["content_html"]


@pytest.mark.schemas
def test_no_input_breaks_a_schema(atom_schema, json_schema):
    @hold
    def holds(feed):
        atom_schema.assertValid(etree.fromstring(to_atom(feed)))
        json_schema.validate(json.loads(to_json(feed)))

    holds()
