"""The pages that readers see."""

import json
import re
import time
from dataclasses import replace
from datetime import datetime
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from bs4 import BeautifulSoup, Tag
from flask import Flask
from flask.testing import FlaskClient

from feedsvc.domain.article import Revision
from feedsvc.storage import articles, feeds
from feedsvc.web import pages
from feedsvc.web import site as site_pages

if TYPE_CHECKING:
    from tests.web.site_app import Desk

pytest_plugins = ["tests.web.site_app"]


def page(reader: FlaskClient, address: str, status: int = 200) -> BeautifulSoup:
    answer = reader.get(address)
    assert answer.status_code == status
    return BeautifulSoup(answer.data, "html.parser")


def headlines(shown: BeautifulSoup, place: str = "main") -> list[str]:
    return [" ".join(h.get_text().split()) for h in shown.select(f"{place} .lead h2, {place} .card h2")]


# The front page


def test_the_front_page_leads_with_the_newest_story_that_has_a_picture(desk: "Desk", reader: FlaskClient) -> None:
    desk.publish("Pictured", picture=desk.picture())
    desk.publish("Newest")
    shown = page(reader, "/")
    assert shown.select(".lead h2")[0].get_text() == "Pictured"
    assert shown.select(".lead img")[0].get("alt") == "A bus"
    assert headlines(shown) == ["Pictured", "Newest"]


def test_the_front_page_leads_with_the_newest_where_no_new_story_has_a_picture(
    desk: "Desk", reader: FlaskClient
) -> None:
    desk.publish("Pictured long ago", picture=desk.picture())
    for number in range(site_pages.LEAD_AMONG):
        desk.publish(f"Number {number}")
    desk.publish("Newest, with a picture of a stamp", picture=desk.picture(200, 150))
    shown = page(reader, "/")
    assert shown.select(".lead h2")[0].get_text() == "Newest, with a picture of a stamp"
    assert shown.select(".lead img")
    desk.publish("Newest")
    assert page(reader, "/").select(".lead h2")[0].get_text() == "Newest"


def test_an_empty_newsroom_says_what_to_do_next(database: object, reader: FlaskClient) -> None:
    shown = page(reader, "/")
    assert "There are no stories yet" in shown.get_text()
    assert {"/newsdesk", "/feeds/all"} <= {a.get("href") for a in shown.select("main a")}
    assert not shown.select(".box")


def test_the_side_column_shows_the_latest_with_their_sections_and_ages(
    desk: "Desk", reader: FlaskClient, clock: object
) -> None:
    desk.publish("First", section="tech")
    clock.move(hours=21)
    for number in range(site_pages.BOX_STORIES - 1):
        desk.publish(f"Number {number}")
    shown = page(reader, "/tech")
    assert shown.select(".box h2")[0].get_text() == "Latest"
    last = shown.select(".box li")[-1]
    assert " ".join(last.get_text().split()) == "Tech · 21 hours ago First"
    assert last.select("time")[0].get("datetime") == "2026-03-14T12:00:00+00:00"


def test_the_side_column_of_a_story_does_not_lead_to_itself(desk: "Desk", reader: FlaskClient) -> None:
    for number in range(3):
        desk.publish(f"Number {number}")
    shown = page(reader, "/articles/2/number-1")
    assert [h.get_text() for h in shown.select(".box h3")] == ["Number 2", "Number 0"]


@pytest.mark.parametrize("more", [0, 1, site_pages.BOX_STORIES + 3])
def test_the_front_page_shows_no_story_twice(desk: "Desk", reader: FlaskClient, more: int) -> None:
    written = [f"Number {number}" for number in range(site_pages.FRONT_STORIES + more)]
    for headline in written:
        desk.publish(headline)
    shown = page(reader, "/")
    beside = [h.get_text() for h in shown.select(".box h3")]
    assert headlines(shown) + beside == written[::-1][: site_pages.FRONT_STORIES + site_pages.BOX_STORIES]
    assert [h.get_text() for h in shown.select(".box h2")] == (["Earlier"] if more else [])
    assert bool(shown.select(".beside")) == bool(more)


@pytest.mark.parametrize("first", ["/", "/politics"])
def test_every_story_stands_on_exactly_one_page_of_a_list(desk: "Desk", reader: FlaskClient, first: str) -> None:
    written = [f"Number {number}" for number in range(site_pages.LIST_STORIES * 2 + 5)]
    for headline in written:
        desk.publish(headline)
    found: list[str] = []
    address: str | None = first
    while address:
        shown = page(reader, address)
        found += headlines(shown)
        link = [a.get("href") for a in shown.select("main a[rel=next]")]
        head = [link.get("href") for link in shown.select("head link[rel=next]")]
        assert head == [f"http://127.0.0.1:8000{href}" for href in link]
        address = link[0] if link else None
    assert found == written[::-1]


def test_a_list_of_stories_from_before_1970_has_pages_too(desk: "Desk", reader: FlaskClient, clock: object) -> None:
    clock.now = clock.now.replace(year=1931)
    for number in range(site_pages.LIST_STORIES + 1):
        desk.publish(f"Number {number}")
    older = page(reader, "/politics").select("main a[rel=next]")[0].get("href")
    assert headlines(page(reader, older)) == ["Number 0"]


@pytest.mark.parametrize("address", ["/", "/politics"])
@pytest.mark.parametrize(
    "key",
    ["", "x", "1", "1.x", "zz.1", "1.-1", "ffffffffffffffffff.1", "1.9999999999999999999", "1.1%00", "%ff", "١.1"],
)
def test_a_damaged_key_is_refused_with_a_clear_line(desk: "Desk", reader: FlaskClient, address: str, key: str) -> None:
    shown = page(reader, f"{address}?before={key}", 400)
    assert "This link to older stories is damaged" in shown.get_text()


@pytest.mark.parametrize("address", ["/", "/politics"])
def test_a_page_beyond_the_end_says_so_and_leads_back(desk: "Desk", reader: FlaskClient, address: str) -> None:
    desk.publish()
    shown = page(reader, f"{address}?before=0.1")
    assert "There are no older stories" in shown.get_text()
    assert address in [a.get("href") for a in shown.select(".notice a")]


# Sections


def test_a_section_page_shows_its_own_stories_newest_first(desk: "Desk", reader: FlaskClient) -> None:
    desk.publish("Old")
    desk.publish("Elsewhere", section="tech")
    desk.publish("New")
    shown = page(reader, "/politics")
    assert headlines(shown) == ["New", "Old"]
    assert shown.select("h1")[0].get_text() == "Politics"
    assert "All about politics" in shown.select(".head")[0].get_text()
    assert [a.get("href") for a in shown.select(".head a")] == [
        f"/feeds/politics.{format}" for format in ("rss", "atom", "json")
    ]


def test_a_section_without_stories_says_so(database: object, reader: FlaskClient) -> None:
    assert "Nothing here yet" in page(reader, "/tech").get_text()


@pytest.mark.parametrize(
    "address", ["/nowhere", "/Politics", "/all", "/trending", "/articles", "/media", "/%00", "/%ff", "/politics/x"]
)
def test_an_unknown_section_is_not_found(desk: "Desk", reader: FlaskClient, address: str) -> None:
    assert "There is no page at this address" in page(reader, address, 404).get_text()


# Stories


def test_a_story_shows_all_that_its_editor_gave(desk: "Desk", reader: FlaskClient) -> None:
    desk.publish(
        "A bus at night",
        standfirst="It runs again.",
        body="Once more.\n\n## How\n\nBy *road*.",
        authors=("Politics Desk", "Ann Lee"),
        topics=("Buses", "Night"),
        picture=desk.picture(2400, 1350),
    )
    shown = page(reader, "/articles/1/a-bus-at-night")
    assert shown.select("h1")[0].get_text() == "A bus at night"
    assert shown.select("header .standfirst")[0].get_text() == "It runs again."
    assert shown.select("header .meta")[0].get_text() == "Politics Desk, Ann Lee · 14 March 2026, 12:00"
    assert shown.select(".text h2")[0].get_text() == "How"
    assert shown.select("figcaption")[0].get_text() == "Picture: Post Pictures"
    assert [li.get_text() for li in shown.select(".topics li")] == ["Buses", "Night"]
    assert shown.select(".story > footer .follow")[0].get_text() == "More from Politics: RSS · Atom · JSON"
    picture = shown.select("figure img")[0]
    large = picture.get("src")
    assert picture.get("srcset") == f"{large.replace('.jpg', '-960.jpg')} 960w, {large} 2400w"
    assert (picture.get("width"), picture.get("height"), picture.get("alt")) == ("2400", "1350", "A bus")


def test_a_story_needs_nothing_but_headline_and_text(desk: "Desk", reader: FlaskClient) -> None:
    desk.publish()
    shown = page(reader, "/articles/1/a-bus-at-night")
    assert not shown.select(".story figure, .topics, header .standfirst")
    assert shown.select("header .meta")[0].get_text() == "14 March 2026, 12:00"
    assert shown.select("meta[name=description]")[0].get("content") == "It runs again."


def test_updated_is_said_of_an_update_and_not_of_a_minor_edit(desk: "Desk", reader: FlaskClient, clock: object) -> None:
    story = desk.publish()
    clock.move(minutes=95)
    desk.update(story, replace(desk.working(story), body="Typo mended."), minor=True)
    address = "/articles/1/a-bus-at-night"
    assert "updated" not in page(reader, address).select("header .meta")[0].get_text()
    desk.update(story, replace(desk.working(story), body="Quite another end."))
    assert page(reader, address).select("header .meta")[0].get_text().endswith("12:00 · updated 13:35")


@pytest.mark.parametrize(
    "given", ["", "/", "/another", "/a-bus-at-night/", "/A-bus-at-night", "/a/b", "?x=1", "/%F0%9F"]
)
def test_any_other_slug_leads_to_the_right_one(desk: "Desk", reader: FlaskClient, given: str) -> None:
    desk.publish()
    answer = reader.get(f"/articles/1{given}")
    assert (answer.status_code, answer.location) == (301, "/articles/1/a-bus-at-night")
    # A browser that kept the redirect for ever would run in circles once the slug is changed back.
    assert answer.headers["Cache-Control"] == "no-cache"


def test_the_number_of_a_story_is_written_in_one_way(desk: "Desk", reader: FlaskClient) -> None:
    desk.publish()
    assert reader.get("/articles/001/a-bus-at-night").location == "/articles/1/a-bus-at-night"


def test_a_changed_slug_redirects_from_the_old_one(desk: "Desk", reader: FlaskClient) -> None:
    story = desk.publish()
    desk.update(story, replace(desk.working(story), slug="night-bus"))
    assert reader.get("/articles/1/a-bus-at-night").location == "/articles/1/night-bus"
    page(reader, "/articles/1/night-bus")


@pytest.mark.parametrize("slug", ["secret-bus", "anything", ""])
def test_a_withdrawn_story_is_gone_and_its_page_holds_its_notice_alone(
    desk: "Desk", reader: FlaskClient, slug: str
) -> None:
    story = desk.publish(
        "Secret bus",
        standfirst="Secret standfirst.",
        body="Secret text.",
        authors=("Secret Desk",),
        topics=("Secrets",),
        picture=desk.picture(alt="Secret alt"),
    )
    desk.withdraw(story, "We named the wrong line.")
    answer = reader.get(f"/articles/1/{slug}")
    assert answer.status_code == 410
    assert "We named the wrong line." in answer.text
    assert "secret" not in answer.text.lower()
    assert "noindex" in answer.text


@pytest.mark.parametrize("number", ["9", "0", "99999999999999999999999", "x", "-1"])
def test_an_unknown_story_is_not_found(desk: "Desk", reader: FlaskClient, number: str) -> None:
    desk.publish()
    page(reader, f"/articles/{number}/a-bus-at-night", 404)


def test_the_text_of_a_story_leads_to_our_pages_wherever_the_site_is_read(desk: "Desk", reader: FlaskClient) -> None:
    picture = desk.picture(2000, 1000)
    code = '`<img src="http://127.0.0.1:8000/x">`'
    desk.publish(body=f"[Ours](/tech), [theirs](https://example.org/a).\n\n![Bus](/media/{picture.key}.jpg)\n\n{code}")
    shown = page(reader, "/articles/1/a-bus-at-night")
    assert [a.get("href") for a in shown.select(".text a")] == ["/tech", "https://example.org/a"]
    img = shown.select(".text img")[0]
    assert img.get("src") == f"/media/{picture.key}.jpg"
    assert (img.get("width"), img.get("height"), img.get("alt")) == ("2000", "1000", "Bus")
    assert img.get("srcset").startswith(f"/media/{picture.key}-960.jpg 960w")
    assert shown.select(".text code")[0].get_text() == code.strip("`")


def test_no_link_of_a_story_turns_into_one_to_elsewhere(desk: "Desk", reader: FlaskClient) -> None:
    desk.publish(body="[x](http://127.0.0.1:8000//evil.example/x) [y](//127.0.0.1:8000//evil.example/y)")
    links = [a.get("href") for a in page(reader, "/articles/1/a-bus-at-night").select(".text a")]
    assert links == ["http://127.0.0.1:8000//evil.example/x", "http://127.0.0.1:8000//evil.example/y"]


@pytest.mark.parametrize("piece", ["[", "![", "A *long* [story](/tech). "])
def test_the_page_of_a_long_story_is_made_from_its_text_once(desk: "Desk", reader: FlaskClient, piece: str) -> None:
    desk.publish(body=piece * (120_000 // len(piece)))
    reader.get("/articles/1/a-bus-at-night")
    started = time.process_time()
    assert reader.get("/articles/1/a-bus-at-night").status_code == 200
    assert time.process_time() - started < 0.2


# One address for each page


@pytest.mark.parametrize(
    "path",
    [
        "/politics",
        "/feeds",
        "/feeds/politics",
        "/feeds/politics+topics/buses",
        "/topics/buses",
        "/authors/politics-desk",
    ],
)
@pytest.mark.parametrize("query", ["", "?before=0.1&q=a%20b"])
def test_a_slash_behind_an_address_leads_to_the_page(desk: "Desk", reader: FlaskClient, path: str, query: str) -> None:
    desk.publish(topics=("Buses",), authors=("Politics Desk",))
    answer = reader.get(f"{path}/{query}", headers={"Host": "evil.example"})
    assert (answer.status_code, answer.location) == (301, path + query)
    assert answer.headers["Cache-Control"] == "no-cache"
    assert reader.get(f"{path}/", headers={"If-None-Match": "*"}).status_code == 301
    assert reader.get(answer.location).status_code == 200


@pytest.mark.parametrize(
    "address",
    [
        *(
            "/nowhere/",
            "/feeds/nowhere/",
            "/feeds/politics.rss/",
            "/topics/x/",
            "/authors/x/",
            "/topics/",
            "/politics//",
        ),
        *("//politics", "//", "//feeds/politics", "//articles/1/a-bus-at-night", "/feeds//politics", "/robots.txt/"),
    ],
)
def test_no_other_slash_leads_anywhere(desk: "Desk", reader: FlaskClient, address: str) -> None:
    desk.publish()
    answer = reader.get(address, environ_overrides={"PATH_INFO": address})
    assert (answer.status_code, answer.location) == (404, None)


def test_a_slash_behind_an_address_is_dropped_below_a_mounted_path(desk: "Desk", reader: FlaskClient) -> None:
    assert reader.get("/politics/", environ_overrides={"SCRIPT_NAME": "/news"}).location == "/news/politics"


# Languages


def lang_of(one: Tag) -> str:
    return next(element.get("lang") for element in (one, *one.parents) if element.get("lang"))


@pytest.mark.parametrize(
    ("address", "told", "ours"),
    [
        ("/", ".lead h2, .card, .name, .sections li + li a, time, .foot p:first-child", ".pill, .skip, .older a"),
        ("/politics", "h1, .standfirst, .card, .box ol", ".follow, .box h2"),
        (
            "/articles/1/number-0",
            "h1, .label, .standfirst, .text, time, .topics a, .meta > a, title, .follow a:first-child, figcaption span",
            ".topics, .meta > span, figcaption, .follow",
        ),
        ("/topics/buses", "h1, .card", ".head .label, .follow"),
        ("/feeds", "h3, #feed-politics + p", "h1, h2, .standfirst, #feed-all, #feed-all + p"),
        ("/feeds/politics", "h1, .standfirst, .card", "section > h2, section > .meta, code"),
        ("/feeds/politics+topics/buses", "h1, .card", ".head .standfirst"),
        ("/nowhere", ".name", "h1, .standfirst, title"),
    ],
)
def test_each_word_is_marked_with_its_language(
    desk: "Desk", settings: object, reader: FlaskClient, clock: object, address: str, told: str, ours: str
) -> None:
    settings.site_language = "fr-CA"
    for number in range(site_pages.FRONT_STORIES + 1):
        desk.publish(f"Number {number}", standfirst="Oui.", topics=("Buses",), authors=("Ann",), picture=desk.picture())
    clock.move(minutes=1)
    desk.update(1, replace(desk.working(1), body="Non."))
    shown = BeautifulSoup(reader.get(address).data, "html.parser")
    for languages, places in (("fr-CA", told), ("en", ours)):
        for place in places.split(", "):
            found = shown.select(place)
            assert found, place
            assert {lang_of(one) for one in found} == {languages}, place


@pytest.mark.parametrize("language", ["en", "en-CA", "EN"])
def test_an_english_site_names_its_language_once(
    desk: "Desk", settings: object, reader: FlaskClient, language: str
) -> None:
    settings.site_language = language
    desk.publish(topics=("Buses",))
    for address in ("/", "/politics", "/articles/1/a-bus-at-night", "/feeds"):
        assert [one.get("lang") for one in page(reader, address).select("[lang]")] == [language]


# What machines read


def test_the_head_of_a_story_tells_machines_what_it_is(desk: "Desk", reader: FlaskClient, clock: object) -> None:
    picture = desk.picture(2400, 1350)
    story = desk.publish(
        standfirst="It runs again.", authors=("Politics Desk", "Ann Lee"), topics=("Buses",), picture=picture
    )
    clock.move(hours=1)
    desk.update(story, replace(desk.working(story), body="More."))
    shown = page(reader, "/articles/1/a-bus-at-night")
    here = "http://127.0.0.1:8000"
    address, image = f"{here}/articles/1/a-bus-at-night", f"{here}/media/{picture.key}.jpg"
    assert shown.select("link[rel=canonical]")[0].get("href") == address
    properties = {meta.get("property"): meta.get("content") for meta in shown.select("meta[property]")}
    assert properties == {
        "og:type": "article",
        "og:site_name": "The Evening Post",
        "og:locale": "en_US",
        "og:title": "A bus at night",
        "og:description": "It runs again.",
        "og:url": address,
        "og:image": image,
        "og:image:type": "image/jpeg",
        "og:image:width": "2400",
        "og:image:height": "1350",
        "og:image:alt": "A bus",
        "article:published_time": "2026-03-14T12:00:00+00:00",
        "article:modified_time": "2026-03-14T13:00:00+00:00",
        "article:section": "Politics",
        "article:tag": "Buses",
    }
    data = json.loads(shown.select('script[type="application/ld+json"]')[0].string)
    assert data["@type"] == "NewsArticle"
    assert data["identifier"].startswith("urn:uuid:")
    assert (data["headline"], data["articleSection"]) == ("A bus at night", "Politics")
    assert (data["datePublished"], data["dateModified"]) == (
        properties["article:published_time"],
        properties["article:modified_time"],
    )
    assert data["mainEntityOfPage"] == address
    assert data["image"][0]["url"] == image
    assert data["author"] == [
        {"@type": "Organization", "name": "Politics Desk", "url": f"{here}/authors/politics-desk"},
        {"@type": "Person", "name": "Ann Lee", "url": f"{here}/authors/ann-lee"},
    ]
    assert data["publisher"]["logo"] == f"{here}/static/apple-touch-icon.png"
    assert data["keywords"] == ["Buses"]


ABSOLUTE = re.compile(r"http://127\.0\.0\.1:8000/\S*")


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {
            "standfirst": 'A "quote" </script> & <b>',
            "authors": ("Ann Lee", "News Agency"),
            "topics": ("Buses", "Night & day"),
        },
        {"body": "![](/media/x.jpg)", "authors": ('"Ann" <Lee>',)},
    ],
)
def test_every_story_is_a_news_article_to_machines(desk: "Desk", reader: FlaskClient, fields: dict) -> None:
    """What schema.org and search engines ask of a NewsArticle."""
    desk.publish(picture=desk.picture() if fields else None, **fields)
    scripts = page(reader, "/articles/1/a-bus-at-night").select('script[type="application/ld+json"]')
    assert len(scripts) == 1
    data = json.loads(scripts[0].string)
    assert (data["@context"], data["@type"]) == ("https://schema.org", "NewsArticle")
    assert 0 < len(data["headline"]) <= 500
    assert datetime.fromisoformat(data["datePublished"]) <= datetime.fromisoformat(data["dateModified"])
    assert data["url"] == data["mainEntityOfPage"]
    publisher = data["publisher"]
    assert publisher["name"]
    for one in (*data["author"], publisher):
        assert one["@type"] in ("Person", "Organization", "NewsMediaOrganization")
        assert one["name"]
        assert reader.get(one["url"].removeprefix("http://127.0.0.1:8000")).status_code == 200
    addresses = [data["url"], publisher["url"], publisher["logo"], *(image["url"] for image in data.get("image", []))]
    assert all(ABSOLUTE.fullmatch(address) for address in addresses)
    for image in data.get("image", []):
        assert (image["@type"], image["width"] > 0, image["height"] > 0) == ("ImageObject", True, True)


def test_no_field_of_a_story_can_leave_its_place_in_the_page(desk: "Desk", reader: FlaskClient) -> None:
    nasty = "</script><!--<script>alert(1)</script>\u2028&\"'<img src=x onerror=alert(1)>"
    fields = dict.fromkeys(("standfirst", "body"), nasty) | {"authors": (nasty,), "topics": (nasty,)}
    desk.publish(nasty, slug="nasty", picture=replace(desk.picture(), alt=nasty, credit=nasty), **fields)
    for address in ("/", "/politics", "/feeds/politics", "/articles/1/nasty"):
        text = reader.get(address).text
        shown = BeautifulSoup(text, "html.parser")
        assert not shown.select("[onerror]"), address
        assert not [one for one in shown.select("script") if "alert" in (one.string or "") and not one.get("type")]
    data = re.search(r'<script type="application/ld\+json">(.*?)</script>', text, re.DOTALL)
    assert json.loads(data[1])["headline"] == nasty.replace("\u2028", " ")
    assert not re.search("[<>&\u2028]", data[1])


@pytest.mark.parametrize(
    ("address", "feeds"),
    [
        ("/", ["all"]),
        ("/politics", ["politics", "all"]),
        ("/articles/1/a-bus-at-night", ["politics", "topics/buses", "authors/politics-desk", "all"]),
        ("/topics/buses", ["topics/buses", "all"]),
        ("/authors/politics-desk", ["authors/politics-desk", "all"]),
        ("/feeds", ["all"]),
        ("/feeds/politics", ["politics", "all"]),
        ("/feeds/politics+topics/buses", ["politics+topics/buses", "all"]),
    ],
)
def test_every_page_offers_the_feeds_that_belong_to_it(
    desk: "Desk", reader: FlaskClient, address: str, feeds: list[str]
) -> None:
    desk.publish(topics=("Buses",), authors=("Politics Desk",))
    shown = page(reader, address)
    *offered, opml = [(link.get("type"), link.get("href")) for link in shown.select("head link[rel=alternate]")]
    types = {"rss": "application/rss+xml", "atom": "application/atom+xml", "json": "application/feed+json"}
    assert opml == ("text/x-opml", "http://127.0.0.1:8000/feeds.opml")
    assert offered == [
        (media_type, f"http://127.0.0.1:8000/feeds/{feed}.{format}")
        for feed in feeds
        for format, media_type in types.items()
    ]
    assert shown.select(".masthead .pill")[0].get("href") == f"/feeds/{feeds[0]}"
    for _, href in offered:
        assert reader.get(href).status_code == 200


def test_a_story_without_a_section_names_none(desk: "Desk", site: Flask) -> None:
    """As the newsdesk previews it."""
    article_id = desk.publish()
    with desk.database.read() as connection:
        story, sections = articles.story(connection, article_id), feeds.all_sections(connection)
    with site.test_request_context():
        text = pages.render("site/article.html", sections, story=story, text="Once.", news_article={})
    shown = BeautifulSoup(text, "html.parser")
    assert shown.select("h1")[0].get_text() == "A bus at night"
    assert not shown.select(".story .label, .story .follow, .story > footer, nav [aria-current]")
    offered = [link.get("href").rpartition("/")[2] for link in shown.select("head link[rel=alternate]")]
    assert offered == ["all.rss", "all.atom", "all.json", "feeds.opml"]
    assert shown.select(".masthead .pill")[0].get("href") == "/feeds/all"


def test_what_an_autodiscovery_link_is_called_is_the_title_of_its_document(desk: "Desk", reader: FlaskClient) -> None:
    shown = page(reader, "/politics")
    link = shown.select('head link[type="application/feed+json"]')[0]
    assert link.get("title") == f"{reader.get('/feeds/politics.json').json['title']} (JSON)"


# Feeds for people


def test_the_directory_shows_every_feed_with_its_addresses(desk: "Desk", reader: FlaskClient) -> None:
    shown = page(reader, "/feeds")
    assert [address.get_text() for address in shown.select(".addresses code")] == [
        f"http://127.0.0.1:8000/feeds/{feed}.{format}"
        for feed in ("all", "trending", "rising", "corrections", "politics", "tech")
        for format in ("rss", "atom", "json")
    ]
    assert [a.get("href") for a in shown.select(".feed :is(h2, h3) a")] == [
        "/feeds/all",
        "/feeds/trending",
        "/feeds/rising",
        "/feeds/corrections",
        "/feeds/politics",
        "/feeds/tech",
    ]


@pytest.mark.parametrize(("feed", "entries"), [("all", ["New", "Old"]), ("politics", ["Old"]), ("tech", ["New"])])
def test_the_page_of_a_feed_shows_its_addresses_and_latest_entries(
    desk: "Desk", reader: FlaskClient, feed: str, entries: list[str]
) -> None:
    desk.publish("Old")
    desk.publish("New", section="tech")
    shown = page(reader, f"/feeds/{feed}")
    assert headlines(shown) == entries
    addresses = shown.select(".addresses code")
    assert len(addresses) == 3
    for address in addresses:
        assert reader.get(address.get_text()).status_code == 200
        assert shown.find("button", {"data-copies": address.get("id")})


@pytest.mark.parametrize("feed", ["nowhere", "archive", "trending+politics", "%00", "politics+nowhere"])
def test_the_page_of_an_unknown_feed_is_not_found(desk: "Desk", reader: FlaskClient, feed: str) -> None:
    page(reader, f"/feeds/{feed}", 404)


# Freshness


@pytest.mark.parametrize("address", ["/", "/politics", "/feeds", "/feeds/politics", "/articles/1/a-bus-at-night"])
def test_a_page_is_asked_for_each_time_and_sent_only_when_it_changed(
    desk: "Desk", reader: FlaskClient, address: str
) -> None:
    story = desk.publish()
    first = reader.get(address)
    assert first.headers["Cache-Control"] == "no-cache"
    tag = first.headers["ETag"]
    assert tag.startswith('W/"')
    again = reader.get(address, headers={"If-None-Match": tag})
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
    desk.update(story, replace(desk.working(story), headline="A bus by day", body="It changed."))
    changed = reader.get(address, headers={"If-None-Match": tag})
    if address == "/feeds":
        assert changed.status_code == 304
    else:
        assert changed.status_code == 200
        assert "A bus by day" in changed.text


@pytest.mark.parametrize(
    "address",
    [
        *("/", "/?before=0.1", "/politics", "/politics/", "/topics/buses", "/authors/politics-desk", "/feeds"),
        *("/feeds/all", "/articles/1/a-bus-at-night", "/articles/1", "/articles/2/gone", "/nowhere", "/?before=x"),
    ],
)
def test_a_page_is_asked_for_its_head_alone(desk: "Desk", reader: FlaskClient, address: str) -> None:
    desk.publish(topics=("Buses",), authors=("Politics Desk",))
    desk.withdraw(desk.publish("Gone"), "Wrong.")
    head, whole = reader.head(address), reader.get(address)
    assert head.data == b""
    assert head.status_code == whole.status_code
    for name in ("ETag", "Content-Type", "Content-Length", "Location", "Cache-Control"):
        assert head.headers.get(name) == whole.headers.get(name), name


# Promise 4: what is not published cannot be seen


def public_addresses(key: str) -> list[str]:
    feeds = [f"/feeds/{feed}.{format}" for feed in ("all", "politics", "tech") for format in ("rss", "atom", "json")]
    pages = [
        "/",
        "/politics",
        "/tech",
        "/feeds",
        "/feeds/all",
        "/feeds/politics",
        "/feeds/tech",
        "/?before=fffffffffffff.9",
    ]
    stories = [f"/articles/{number}{slug}" for number in (1, 2) for slug in ("", "/a-bus-at-night", "/secret")]
    return [*feeds, *pages, *stories, f"/media/{key}.jpg", f"/media/{key}-960.jpg", "/robots.txt"]


def test_a_draft_and_its_picture_are_seen_nowhere(desk: "Desk", reader: FlaskClient) -> None:
    desk.publish()
    picture = desk.picture(alt="Secret alt")
    desk.draft(
        headline="Secret", slug="secret", standfirst="Secret", body="Secret", topics=("Secret",), picture=picture
    )
    for address in public_addresses(picture.key):
        answer = reader.get(address)
        assert "secret" not in answer.text.lower(), address
        assert picture.key not in answer.text, address
    assert reader.get("/articles/2/secret").status_code == 404
    assert reader.get(f"/media/{picture.key}.jpg").status_code == 404


def test_a_working_copy_that_was_saved_and_not_published_is_seen_nowhere(desk: "Desk", reader: FlaskClient) -> None:
    story = desk.publish(authors=("Politics Desk",))
    picture = desk.picture(alt="Secret alt")
    secret = Revision("Secret", "secret", "tech", "Secret", "Secret", ("Secret Desk",), ("Secrets",), picture)
    desk.save(story, secret)
    for address in public_addresses(picture.key):
        answer = reader.get(address)
        assert "secret" not in answer.text.lower(), address
        assert picture.key not in answer.text, address
    assert reader.get("/articles/1/secret").location == "/articles/1/a-bus-at-night"
    assert headlines(page(reader, "/politics")) == ["A bus at night"]
    desk.update(story, secret)
    assert headlines(page(reader, "/tech")) == ["Secret"]


# All pages


@pytest.mark.parametrize(
    "address", ["/", "/politics", "/feeds", "/feeds/politics", "/articles/1/a-bus-at-night", "/no"]
)
def test_no_page_holds_a_style_a_script_or_anything_from_elsewhere(
    desk: "Desk", reader: FlaskClient, address: str
) -> None:
    desk.publish(picture=desk.picture(), body="![Not ours](https://example.org/tracker.png)")
    shown = BeautifulSoup(reader.get(address).data, "html.parser")
    own_forms = "[role=search], [action='/search/feed']"
    assert not shown.select(f"style, [style], [onclick], [onload], iframe, form:not({own_forms})")
    for script in shown.select("script"):
        assert script.get("type") == "application/ld+json" or not script.string
    loaded = [one["src"] for one in shown.select("script[src], img")]
    loaded += [one["href"] for one in shown.select("link[rel=stylesheet], link[rel~=icon], link[rel=apple-touch-icon]")]
    assert len(loaded) >= 5
    assert all(url.startswith("/") and not url.startswith("//") for url in loaded)
    for url in loaded:
        assert reader.get(url).status_code == 200


VOID = {"br", "hr", "img", "input", "link", "meta", "wbr"}


class Markup(HTMLParser):
    """Reads a page as it is written, and takes nothing for granted that a browser would mend."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attributes]
        assert len(names) == len(set(names)), self.get_starttag_text()
        assert tag != "a" or "a" not in self.opened, "a link in a link"
        assert tag not in ("p", "div", "ul", "h1", "h2", "h3") or "p" not in self.opened, f"{tag} in a paragraph"
        if tag not in VOID:
            self.opened.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        assert "svg" in self.opened, self.get_starttag_text()

    def handle_endtag(self, tag: str) -> None:
        assert self.opened.pop() == tag, self.getpos()


@pytest.mark.parametrize(
    "address",
    [
        *(
            "/",
            "/?before=0.1",
            "/politics",
            "/tech",
            "/topics/buses",
            "/authors/politics-desk",
            "/feeds",
            "/feeds?q=bus",
        ),
        *("/feeds?q=none", "/feeds/all", "/feeds/tech", "/feeds/politics+topics/buses", "/articles/1/a-bus-at-night"),
        *("/articles/2/gone", "/nowhere"),
    ],
)
def test_every_page_is_sound_html(desk: "Desk", reader: FlaskClient, address: str) -> None:
    body = f"# One\n\n> Two\n\n- three\n\n![Four](/media/{desk.picture().key}.jpg)\n\n| a |\n|---|\n| <b> |"
    fields = {"standfirst": "Salt & <b>", "topics": ("Buses",), "authors": ("Politics Desk",)}
    desk.publish(body=body, picture=desk.picture(), **fields)
    desk.withdraw(desk.publish("Gone"), "Wrong.")
    for number in range(site_pages.FRONT_STORIES):
        desk.publish(f"Number {number}", **fields)
    text = reader.get(address).text
    read = Markup()
    read.feed(text)
    read.close()
    assert read.opened == []
    shown = BeautifulSoup(text, "html.parser")
    ids = [one.get("id") for one in shown.select("[id]")]
    assert len(ids) == len(set(ids))
    assert all(not re.search(r"\s", one) for one in ids)
    pointers = [
        one.get(name) for name in ("for", "aria-labelledby", "data-copies") for one in shown.select(f"[{name}]")
    ]
    assert set(pointers) <= set(ids)
    labelled = {label.get("for") for label in shown.select("label")}
    assert all(field.get("id") in labelled for field in shown.select("input, select, textarea"))
    assert all(one.get("alt") is not None for one in shown.select("img"))
    assert [len(shown.select(name)) for name in ("h1", "main", "title", "html[lang]")] == [1, 1, 1, 1]
    levels = [int(heading.name[1]) for heading in shown.select("h1, h2, h3, h4")]
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert shown.select("title")[0].get_text().strip()


def test_the_stylesheet_stays_small(site: Flask) -> None:
    assert (Path(site.static_folder) / "site.css").stat().st_size <= 9_600
