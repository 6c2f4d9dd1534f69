"""Readers and editors search: what they find, what they read where nothing is found, and what they may not see."""

import pytest
from newsdesk_app import text_of

from feedsvc.domain.article import Revision

pytest_plugins = ["tests.web.site_app"]


@pytest.fixture
def stories(desk, clock):
    for n in range(25):
        desk.publish(f"Ferry <{n}>", body=f"The Café & bar number {n}.", topics=("Boats",), authors=("Ann Lee",))
        clock.move(minutes=1)
    desk.draft(headline="Ferry in secret")


def test_a_reader_finds_what_is_published_page_by_page(stories, reader):
    first = reader.get("/search?q=cafe+ferry&topic=boats")
    assert "<mark>Ferry</mark> &lt;24&gt;" in first.text
    assert "The <mark>Café</mark> &amp; bar" in first.text
    assert '<meta name="robots" content="noindex">' in first.text
    assert (first.text.count('class="snippet"'), "secret" in first.text) == (20, False)
    further = first.text.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    second = reader.get(further)
    assert (second.status_code, second.text.count('class="snippet"')) == (200, 5)
    assert first.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    ("asked", "status", "said"),
    [
        ("", 200, "All words must be there."),
        ("q=nothing+of+it", 200, "No story has all of that."),
        ("section=nowhere", 200, "No story has all of that."),
        ("topic=nowhere", 200, "No story has all of that."),
        ("from=31.2.2026", 400, "“31.2.2026” is no date. Write it as year, month and day: 2026-02-28."),
        ("until=9999-12-31", 400, "is no date"),
        ("q=%22*()%00AND", 200, "No story has all of that."),
        ("q=%22", 400, '“"” has no word to search for. Type a word, or the beginning of one.'),
        ("q=-", 400, "“-” has no word to search for."),
        ("author=ann+lee&from=2026-03-14&until=2026-03-14&section=politics", 200, "Ferry <24>"),
        ("until=2026-03-13", 200, "No story has all of that."),
    ],
)
def test_every_question_gets_a_page_that_says_what_to_do(stories, reader, asked, status, said):
    answer = reader.get(f"/search?{asked}")
    assert answer.status_code == status
    assert said in text_of(answer)


def test_a_story_that_is_withdrawn_is_not_found_any_more(desk, reader):
    number = desk.publish("Ferry")
    desk.save(number, Revision(headline="Tram", section="politics", body="Other."))
    assert "Ferry" in text_of(reader.get("/search?q=ferry"))
    assert "Nothing found" in text_of(reader.get("/search?q=tram"))
    desk.withdraw(number)
    assert "Nothing found" in text_of(reader.get("/search?q=ferry"))


def test_browsers_can_add_the_search(reader):
    assert 'rel="search" type="application/opensearchdescription+xml"' in reader.get("/").text
    description = reader.get("/search.xml")
    assert description.content_type.startswith("application/opensearchdescription+xml")
    assert "/search?q={searchTerms}" in description.text
