"""Bringing in at the newsdesk: offer a file, see what would happen, bring in."""

import io
import json
import os
import re
import time
from html import unescape
from pathlib import Path

import pytest

from feedsvc.storage import articles
from tests.web.newsdesk_app import Desk, text_of

SAMPLES = Path(__file__).parent.parent / "actions" / "importing_samples"
PATH = "/newsdesk/import"


@pytest.fixture
def desk(settings, database):
    return Desk(settings, database)


def feed(count: int = 2, **fields: object) -> bytes:
    items = [
        {"id": f"urn:x:{i}", "title": f"Story {i}", "content_text": "Text.", "date_published": f"2026-01-{i + 1:02}"}
        | {"tags": ["Tech", "Culture"], "url": f"https://old.example/{i}"}
        | fields
        for i in range(count)
    ]
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "Old", "items": items}).encode()


def offer(desk: Desk, data: bytes, **fields: object):
    """Offer a file; where its preview stands."""
    answer = desk.post(PATH, action="look", file=(io.BytesIO(data), "export.json"), **fields)
    assert answer.status_code == 303, text_of(answer)
    return answer.headers["Location"]


def categories(page) -> dict[str, str]:
    """Foreign category -> what is chosen for it in the form."""
    found = re.findall(r'name="foreign" value="([^"]*)">\s*<select[^>]*>(.*?)</select>', page.text, re.DOTALL)
    return {unescape(name): re.search(r'value="([^"]*)" selected', options)[1] for name, options in found}


def headlines(desk: Desk) -> dict[str, str]:
    with desk.database.read() as connection:
        return {s.revision.headline: s.revision.section for s in articles.page(connection, 100)}


def test_a_preview_shows_what_would_happen_and_does_nothing(desk):
    page = desk.get(offer(desk, feed()))
    assert "export.json: 2 stories are new, 0 are here already and stay untouched, 0 are left out." in text_of(page)
    assert categories(page) == {"Tech": "tech", "Culture": "#"}
    assert "Story 1" in text_of(page)
    assert headlines(desk) == {}


def test_what_was_previewed_is_brought_in_with_the_sections_and_addresses_that_were_chosen(desk):
    path = offer(desk, feed())
    chosen = {"foreign": ["Tech", "Culture"], "ours": ["#", "+"], "redirects": "1"}
    page = desk.post(path, action="look", **chosen)
    assert "The section Culture will be made at /culture." in text_of(page)
    assert categories(page) == {"Tech": "#", "Culture": "+"}
    page = desk.post(path, action="bring", **chosen)
    assert "2 stories are new. Old addresses that lead here now: 2." in text_of(page)
    assert headlines(desk) == {"Story 0": "culture", "Story 1": "culture"}
    assert desk.get("/1").status_code == 301


def test_bringing_in_again_changes_nothing(desk):
    desk.post(offer(desk, feed()), action="bring")
    page = desk.get(offer(desk, feed()))
    assert "0 stories are new, 2 are here already and stay untouched" in text_of(page)


def test_what_is_left_out_is_listed_with_its_reason(desk):
    path = offer(desk, (SAMPLES / "ghost.json").read_bytes(), site="https://lantern.example")
    for page in (desk.get(path), desk.post(path, action="bring")):
        assert "Unfinished : It is not published there (draft), so it was left out." in text_of(page)
    assert "The first bug : A picture was left out." in text_of(page)


def test_stories_without_a_section_can_go_to_one(desk):
    path = offer(desk, feed(tags=[]))
    assert "0 stories are new" in text_of(desk.get(path))
    desk.post(path, action="bring", section="politics")
    assert set(headlines(desk).values()) == {"politics"}


def test_a_click_brings_in_so_many_and_the_next_goes_on(desk, monkeypatch):
    monkeypatch.setattr("feedsvc.web.importing.AT_ONCE", 2)
    path = offer(desk, feed(3))
    page = desk.post(path, action="bring")
    assert "2 stories are new. 1 more can be brought in: press the button again." in text_of(page)
    assert "1 story is new." in text_of(desk.post(path, action="bring"))
    assert desk.get(path).status_code == 404


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({}, "Choose a file, or type the address of a feed."),
        ({"url": "http://127.0.0.1/feed"}, "no public address"),
        ({"url": "file:///etc/passwd"}, "must begin with http:// or https://"),
        ({"file": (io.BytesIO(b"words"), "words.txt")}, "This is no RSS or Atom feed"),
    ],
)
def test_what_cannot_be_read_is_told_in_the_form(desk, fields, told):
    page = desk.post(PATH, action="look", **fields)
    assert page.status_code == 422
    assert told in text_of(page)


def test_what_was_offered_is_kept_for_this_user_and_a_day(desk, settings):
    first = offer(desk, feed())
    (kept,) = (settings.instance / "importing").iterdir()
    assert kept.stat().st_mode & 0o777 == 0o600
    assert kept.name in first
    yesterday = time.time() - 25 * 60 * 60
    os.utime(kept, (yesterday, yesterday))
    offer(desk, feed())
    assert desk.get(first).status_code == 404


def test_a_section_that_went_in_the_meantime_is_told(desk):
    page = desk.post(offer(desk, feed()), action="bring", foreign="Tech", ours="gone")
    assert "There is no section “gone” here." in text_of(page)
    assert headlines(desk) == {}


@pytest.mark.parametrize("path", [f"{PATH}/x", f"{PATH}/{'a' * 22}", f"{PATH}/..%2Fconfig"])
def test_what_was_never_offered_is_not_found(desk, path):
    assert desk.get(path).status_code == 404
    assert desk.post(path, action="bring").status_code == 404


def test_who_is_not_signed_in_sees_nothing_of_it(desk):
    path = offer(desk, feed())
    stranger = desk.app.test_client()
    for address in (PATH, path):
        assert stranger.get(address).status_code in (302, 303)
        assert stranger.post(address, headers={"Origin": "http://localhost"}).status_code != 200


def test_an_act_that_is_not_known_is_refused(desk):
    assert desk.post(PATH, action="x").status_code == 400
    assert desk.post(offer(desk, feed()), action="x").status_code == 400
