"""Editors search the newsroom, and find their own drafts."""

import pytest

from tests.web.newsdesk_app import STORY, Desk, text_of


@pytest.fixture
def desk(settings, database):
    desk = Desk(settings, database)
    yield desk
    desk.app.extensions["feedsvc"].database.engine.dispose()


def test_an_editor_finds_working_copies_with_filters_and_reads_where_the_words_stand(desk):
    number = desk.write("publish", **STORY)
    desk.act(number, "save", **STORY | {"headline": "Ferry & <tram>"})
    desk.write("save", **STORY | {"headline": "A ferry draft"})
    page = desk.get("/newsdesk?q=ferry+bus")
    assert "<mark>Ferry</mark> &amp; &lt;tram&gt;" in page.text
    assert "The night <mark>bus</mark> will go on" in page.text
    assert "A ferry draft" in text_of(page)
    assert "A ferry draft" not in text_of(desk.get("/newsdesk?q=ferry&status=published&section=politics&topic=council"))
    assert "No story has all of that." in text_of(desk.get("/newsdesk?q=keeps"))
    refused = desk.get("/newsdesk?q=ferry&from=tomorrow")
    assert (refused.status_code, "“tomorrow” is no date." in text_of(refused)) == (400, True)
    for typed in ("%22", "-"):
        refused = desk.get(f"/newsdesk?q={typed}")
        assert refused.status_code == 400
        assert "has no word to search for." in text_of(refused)
        assert "Nothing was searched for." in text_of(refused)
        assert STORY["headline"] not in text_of(refused)


def test_my_drafts_are_those_that_i_began_or_saved_last(desk):
    other = desk.colleague("bo")
    began, saved, own = desk.write(**STORY), other.write(**STORY), other.write(**STORY | {"headline": "Of Bo"})
    other.act(began, "save", **STORY | {"headline": "Begun here"})
    desk.act(saved, "save", **STORY | {"headline": "Saved here"})
    desk.write("publish", **STORY | {"headline": "Out"})
    page = text_of(desk.get("/newsdesk?view=mine"))
    assert "My drafts 2" in page
    assert "Begun here" in page
    assert "Saved here" in page
    assert "Of Bo" not in page
    assert "Out" not in page
    assert desk.get("/newsdesk?view=other").status_code == 404
    assert other.article(own).working.headline == "Of Bo"
