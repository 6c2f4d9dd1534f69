"""Feeds that readers compose: what stands in them, their one address, their answers, and what they cost."""

import html
import json
import re
from dataclasses import replace
from urllib.parse import parse_qsl

import pytest

from feedsvc.actions import naming

pytest_plugins = ["tests.web.site_app"]


@pytest.fixture
def stories(desk, clock):
    for headline, fields in {
        "Night bus stays": {"topics": ("Buses",), "authors": ("Ann Lee",)},
        "A ferry for all": {"topics": ("Ferries",), "authors": ("Ann Lee", "Bo")},
        "What we think of buses": {"topics": ("Buses", "Opinion"), "authors": ("Bo",)},
        "New phone": {"section": "tech", "topics": ("Phones",), "authors": ("Cy",)},
    }.items():
        desk.publish(headline, **fields)
        clock.move(minutes=1)
    clock.move(seconds=10)


def titles(answer):
    assert answer.status_code == 200, (answer.status, answer.headers.get("Location"), answer.text)
    return [item["title"] for item in json.loads(answer.text)["items"]]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("politics.json?without=topics/opinion", ["A ferry for all", "Night bus stays"]),
        ("politics.json?without=authors/bo", ["Night bus stays"]),
        ("all.json?without=politics", ["New phone"]),
        ("all.json?author=ann-lee", ["A ferry for all", "Night bus stays"]),
        ("all.json?author=ann-lee&author=cy", ["New phone", "A ferry for all", "Night bus stays"]),
        ("politics%2Btech.json?topic=buses&topic=phones&q=phone", ["New phone"]),
        ("politics.json?author=bo&topic=buses", ["What we think of buses"]),
        ("politics.json?q=BUS", ["What we think of buses", "Night bus stays"]),
        ("politics.json?q=%22night+bus%22", ["Night bus stays"]),
        ("politics.json?q=-buses+for", ["A ferry for all"]),
        ("politics.json?q=nowhere", []),
        ("topics/buses.json?limit=1", ["What we think of buses"]),
    ],
)
def test_a_composed_feed_has_the_stories_that_are_asked_for(stories, reader, address, expected):
    assert titles(reader.get(f"/feeds/{address}")) == expected


@pytest.mark.parametrize(
    ("asked", "canonical"),
    [
        ("politics.atom?utm_source=x&author=bo", "politics.atom?author=bo"),
        ("politics.atom?limit=50&author=bo&author=ann-lee&author=bo", "politics.atom?author=ann-lee&author=bo"),
        ("politics.atom?q=+night++bus&topic=buses&q=", "politics.atom?topic=buses&q=night+bus"),
        ("politics.atom?q=", "politics.atom"),
        ("politics.atom?limit=50&utm_source=x", "politics.atom"),
        ("tech+politics.atom?limit=007", "politics+tech.atom?limit=7"),
        ("politics.atom?limit=7&limit=07", "politics.atom?limit=7"),
        ("politics.atom?q=cafe%CC%81%09x", "politics.atom?q=caf%C3%A9+x"),
    ],
)
def test_every_other_way_to_ask_leads_to_the_one_address(stories, reader, asked, canonical):
    answer = reader.get(f"/feeds/{asked}")
    assert (answer.status_code, answer.headers["Location"]) == (301, f"/feeds/{canonical}")
    sent = reader.post(f"/feeds/{asked}")
    assert (sent.status_code, sent.headers["Location"]) == (308, f"/feeds/{canonical}")
    assert reader.get(f"/feeds/{canonical}").status_code == 200
    assert (reader.post(f"/feeds/{canonical}").status_code, reader.get("/feeds/politics.atom?utm=x").status_code) == (
        405,
        200,
    )


@pytest.mark.parametrize(
    ("asked", "status", "said"),
    [
        ("politics.rss?limit=0", 400, "limit: “0” is no number of stories. Write a whole number from 1 to 200."),
        ("politics.rss?limit=201", 400, "limit: “201” is no number of stories."),
        ("politics.rss?limit=-5", 400, "limit: “-5” is no number of stories."),
        ("politics.rss?limit=5&limit=6", 400, "limit: This stands in the address more than once. Keep one."),
        ("politics.rss?q=-", 400, "q: “-” has no word to search for."),
        ("politics.rss?q=100%25+%22&q=b", 400, "q: This stands in the address more than once."),
        ("politics.rss?q=100%25s&q=", 301, "q=100%25s"),
        (f"politics.rss?q={'a' * 201}", 400, "q: That is too long."),
        ("politics.rss?author=Ann+Lee", 400, "author: “Ann Lee” cannot be right. Write it as in the address of its"),
        ("politics.rss?without=..%2F%00", 400, "without: “../” is no feed that can be left out."),
        ("politics.rss?without=all", 400, "without: “all” cannot be left out."),
        ("politics.rss?without=politics", 400, "without: “politics” is asked for and left out at once."),
        ("politics.rss?author=bo&without=authors/bo", 400, "“authors/bo” is asked for and left out at once."),
        ("politics.rss?" + "&".join(f"topic=a{n}" for n in range(11)), 400, "topic: 11 names are too many."),
        ("politics.rss?q=a" + "&x=1" * 100, 400, "address: It has too many parameters."),
        ("trending.rss?limit=5", 400, "feed: Stories cannot be chosen from “trending”."),
        ("politics.rss?author=nobody", 404, "author: no feed is called “authors/nobody”."),
        ("politics.rss?without=nowhere", 404, "without: no feed is called “nowhere”."),
        ("nowhere.rss?limit=5", 404, "There is no feed at this address."),
        ("%00.rss?limit=5", 404, "There is no feed at this address."),
    ],
)
def test_what_cannot_be_answered_is_told_in_a_sentence(stories, reader, asked, status, said):
    answer = reader.get(f"/feeds/{asked}")
    assert (answer.status_code, answer.mimetype) == (status, "text/plain")
    assert said in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_composed_feed_is_answered_by_the_rules_of_documents(stories, reader, clock):
    clock.move(seconds=10)
    address = "/feeds/politics.atom?without=topics/opinion"
    whole = reader.get(address)
    plain = reader.get("/feeds/politics.atom")
    own = {"ETag", "Content-Length", "Link"}
    assert {name: value for name, value in whole.headers if name not in own} == {
        name: value for name, value in plain.headers if name not in own
    }
    assert '/feeds/politics.atom?without=topics/opinion>; rel="self"' in whole.headers["Link"]
    assert 'href="http://127.0.0.1:8000/feeds/politics.atom?without=topics/opinion"' in whole.text
    assert "<title>Politics without Opinion" in whole.text
    same = reader.get(address, headers={"If-None-Match": whole.headers["ETag"]})
    assert (same.status_code, same.data, same.headers["ETag"]) == (304, b"", whole.headers["ETag"])
    assert reader.get(address, headers={"If-Modified-Since": whole.headers["Last-Modified"]}).status_code == 304
    assert reader.get(address, headers={"If-None-Match": plain.headers["ETag"]}).status_code == 200
    assert reader.get("/feeds/politics.atom", headers={"If-None-Match": whole.headers["ETag"]}).status_code == 200
    head = reader.head(address)
    assert (head.data, head.headers["Content-Length"]) == (b"", whole.headers["Content-Length"])
    assert reader.get(address, headers={"Accept-Encoding": "br"}).headers["Content-Encoding"] == "br"
    assert reader.get(address, headers={"Sec-Fetch-Dest": "document"}).mimetype == "text/xml"
    tags = [reader.get(f"/feeds/politics.atom?{query}").headers["ETag"] for query in ("author=bo", "limit=9", "q=bus")]
    assert len({*tags, plain.headers["ETag"], whole.headers["ETag"]}) == 5


def test_a_withdrawal_is_honoured_at_once_and_its_notice_stands_where_readers_got_the_story(desk, reader, clock):
    addresses = [f"/feeds/politics.json?{query}" for query in ("topic=buses", "q=night", "without=topics/buses")]
    other = desk.publish("A ferry")
    article_id = desk.publish("Night bus stays", topics=("Buses",))
    clock.move(minutes=1)
    assert [titles(reader.get(address)) for address in addresses] == [
        ["Night bus stays"],
        ["Night bus stays"],
        ["A ferry"],
    ]
    desk.withdraw(article_id, "It was wrong.")
    assert [titles(reader.get(address)) for address in addresses] == [["Withdrawn"], ["Withdrawn"], ["A ferry"]]
    desk.withdraw(other)
    assert titles(reader.get(addresses[2])) == ["Withdrawn"]


def test_a_story_that_changed_enters_and_leaves_by_what_is_public_of_it(desk, reader, clock):
    article_id = desk.publish("Night bus stays")
    address = "/feeds/politics.json?topic=buses"
    desk.publish("Another", topics=("Buses",))
    first = reader.get(address)
    assert titles(first) == ["Another"]
    revision = replace(desk.working(article_id), topics=("Buses",))
    desk.save(article_id, revision)
    assert reader.get(address).headers["ETag"] == first.headers["ETag"]
    desk.update(article_id, revision)
    assert titles(reader.get(address)) == ["Another", "Night bus stays"]
    desk.update(article_id, replace(revision, topics=()))
    assert titles(reader.get(address)) == ["Another"]


def test_names_that_change_lead_on_and_no_identity_changes(stories, desk, reader, database, clock):
    address = "/feeds/politics.atom?without=topics/opinion"
    before = reader.get(address)
    naming.rename(database, "topics/opinion", "Comment", "", None, "test")
    clock.move(seconds=10)
    led = reader.get(address)
    assert (led.status_code, led.headers["Location"]) == (301, "/feeds/politics.atom?without=topics/comment")
    after = reader.get(led.headers["Location"])
    assert "<title>Politics without Comment" in after.text
    assert after.text.split("</id>")[0] == before.text.split("</id>")[0]
    assert after.text.split("<title>")[0].split("<id>")[1] != reader.get("/feeds/politics.atom").text.split("<id>")[1]

    titled = reader.get("/feeds/all.atom?without=tech")
    naming.rename(database, "tech", "Machines", "", None, "test")
    assert reader.get("/feeds/all.atom?without=tech").headers["ETag"] != titled.headers["ETag"]


def test_what_was_retired_stays_away_and_is_nothing_to_ask_for(stories, reader, database):
    naming.retire(database, "topics/opinion", "test")
    assert len(titles(reader.get("/feeds/politics.json?without=topics/opinion"))) == 2
    naming.retire(database, "authors/bo", "test")
    led = reader.get("/feeds/politics.json?author=ann-lee&author=bo")
    assert (led.status_code, led.headers["Location"]) == (301, "/feeds/politics.json?author=ann-lee")
    gone = reader.get("/feeds/politics.json?author=bo")
    assert (gone.status_code, "author: nothing goes on under that name" in gone.text) == (410, True)
    naming.retire(database, "tech", "test")
    assert reader.get("/feeds/tech.json?limit=5").status_code == 410
    assert reader.get("/feeds/politics+tech.json?limit=5").headers["Location"] == "/feeds/politics.json?limit=5"


def test_the_form_leads_to_the_address_and_shows_what_stands_there(stories, reader):
    assert 'action="/search/feed"' in reader.get("/feeds").text
    page = reader.get("/search/feed?feed=tech&feed=politics&without=opinion,+cy&topic=&author=&q=&limit=7")
    assert page.status_code == 200
    assert '<h1 dir="auto">Politics + Tech without Cy or Opinion</h1>' in page.text
    addresses = re.findall(r'href="(/feeds/[^"]+\.(?:rss|atom|json)\?[^"]*)"', page.text)
    assert [html.unescape(address) for address in addresses] == [
        f"/feeds/politics+tech.{format}?without=authors/cy&without=topics/opinion&limit=7"
        for format in ("rss", "atom", "json")
    ]
    headlines = re.findall(r'<h2 dir="auto"><a [^>]*>([^<]+)<', page.text)
    assert headlines == titles(reader.get(html.unescape(addresses[2])))
    assert 'value="tech" checked' in page.text
    assert 'value="opinion, cy"' in page.text
    assert "All stories by Ann Lee" in reader.get("/search/feed?author=ANN+lee").text
    search = reader.get("/search?q=bus&section=politics")
    assert 'href="/search/feed?feed=politics&amp;q=bus"' in search.text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("author=Nobody+<b>", "No author is called “Nobody <b>”. Write the name as it stands on the stories."),
        ("topic=x,buses", "No topic is called “x”."),
        ("without=x/y", "No section, topic or author is called “x/y”."),
        ("feed=gone", "There is no section “gone” (any more). Choose again."),
        ("limit=5000&q=kept", "“5000” is no number of stories."),
        ("q=%22&author=x", "has no word to search for."),
        ("feed=tech&without=Tech", "“tech” is asked for and left out at once."),
        ("topic=%00&limit=1", ""),
        ("limit=", ""),
    ],
)
def test_the_form_says_beside_the_field_what_is_wrong_and_keeps_what_was_typed(stories, reader, typed, said):
    page = reader.get(f"/search/feed?{typed}")
    text = html.unescape(page.text)
    assert (page.status_code, said in text) == (400 if said else 200, True)
    assert page.text.count('class="problem"') == (0 if not said else typed.count("author=x") + 1)
    for name, value in parse_qsl(typed):
        assert name == "feed" or f'name="{name}" value="{value.strip(chr(0))}"' in text
