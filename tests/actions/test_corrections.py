"""Corrections: below the story, in its feeds, and as entries of their own."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from feedsvc.actions import edit
from feedsvc.domain.article import Revision, Status
from feedsvc.errors import Invalid, NotAllowed
from feedsvc.storage import acts, articles, feeds

STORY = Revision(headline="Ferry has three decks", section="politics", body="It has three.", authors=("Ann Lee",))
RIGHT = replace(STORY, headline="Ferry has two decks", body="It has two.")
SAID = "The ferry has *two* decks, not three."


@pytest.fixture
def items(document):
    """The items of a feed's JSON document."""
    return lambda name: json.loads(document(name))["items"]


@pytest.fixture
def published(database, clock):
    article_id = edit.create_and_publish(database, STORY, "test")
    clock.now += timedelta(hours=1)
    return article_id


def get(database, article_id):
    with database.read() as connection:
        return articles.get(connection, article_id)


def correct(database, article_id, said=SAID, revision=RIGHT):
    edit.correct(database, article_id, get(database, article_id).version, "ed", said, revision)


def test_a_correction_stands_at_the_foot_of_the_story_in_each_of_its_feeds(database, published, items, clock):
    correct(database, published)
    for feed in ("all", "politics", "authors/ann-lee"):
        (item,) = items(feed)
        assert item["title"] == "Ferry has two decks"
        assert item["content_html"].endswith(
            f"<p><strong>Correction, {clock.now:%Y-%m-%d}</strong></p>\n"
            "<p>The ferry has <em>two</em> decks, not three.</p>"
        )
        assert item["date_modified"] > item["date_published"]


def test_a_correction_is_an_entry_of_its_own_and_leads_to_its_story(database, published, items, clock):
    assert items("corrections") == []
    correct(database, published)
    clock.now += timedelta(hours=1)
    correct(database, published, "It was built in 1931.", replace(RIGHT, body="It has two. Built in 1931."))
    later, earlier = items("corrections")
    assert earlier["title"] == later["title"] == "Correction: Ferry has two decks"
    assert earlier["content_html"] == "<p>The ferry has <em>two</em> decks, not three.</p>"
    assert later["content_html"] == "<p>It was built in 1931.</p>"
    story = items("all")[0]
    assert earlier["url"] == f"{story['url']}#correction-1"
    assert later["url"] == f"{story['url']}#correction-2"
    assert len({earlier["id"], later["id"], story["id"]}) == 3
    assert later["date_published"] > earlier["date_published"]


def test_the_story_corrected_last_comes_first(database, published, items, clock):
    other = edit.create_and_publish(database, replace(STORY, headline="Other"), "test")
    correct(database, published)
    clock.now += timedelta(hours=1)
    correct(database, other, revision=replace(RIGHT, headline="Other"))
    clock.now += timedelta(hours=1)
    correct(database, published, "Once more.")
    assert [item["title"] for item in items("corrections")] == [
        "Correction: Ferry has two decks",
        "Correction: Other",
        "Correction: Ferry has two decks",
    ]


def test_an_entry_of_a_correction_never_changes_its_identity(database, published, items, clock):
    correct(database, published)
    (before,) = items("corrections")
    clock.now += timedelta(hours=1)
    moved = replace(RIGHT, section="tech", slug="two-decks", headline="Two decks")
    edit.update(database, published, get(database, published).version, "ed", moved, minor=True)
    (after,) = items("corrections")
    assert after["id"] == before["id"]
    assert after["date_modified"] == before["date_modified"]
    assert after["title"] == "Correction: Two decks"


def test_corrections_of_a_withdrawn_story_carry_its_notice_and_come_back_later_than_it(
    database, published, items, clock
):
    correct(database, published)
    (before,) = items("corrections")
    edit.withdraw(database, published, get(database, published).version, "ed", "It was invented.")
    (notice,) = items("corrections")
    assert notice["id"] == before["id"]
    assert (notice["title"], notice["content_html"]) == ("Withdrawn", "<p>It was invented.</p>")
    assert "deck" not in json.dumps(notice).replace(before["url"].partition("#")[0], "")
    assert notice["date_modified"] > before["date_modified"]
    edit.restore(database, published, get(database, published).version, "ed")
    (again,) = items("corrections")
    assert again["id"] == before["id"]
    assert again["content_html"] == before["content_html"]
    assert again["date_modified"] > notice["date_modified"]


def test_a_correction_is_written_into_the_timeline(database, published):
    correct(database, published)
    with database.read() as connection:
        latest = acts.timeline(connection, published, 1)[0]
    assert (latest.kind, latest.by, latest.note) == ("corrected", "ed", SAID)


@pytest.mark.parametrize(("said", "told"), [("", "Say what was wrong"), (" \n", "Say what"), ("x" * 2_001, "2,000")])
def test_a_correction_says_something_and_not_too_much(database, published, said, told):
    with pytest.raises(Invalid) as error:
        correct(database, published, said)
    assert told in error.value.problems["correction"]
    assert get(database, published).live.headline == STORY.headline


def test_only_what_is_public_can_be_corrected(database):
    draft = edit.create(database, STORY, "test")
    with pytest.raises(NotAllowed):
        correct(database, draft)
    assert get(database, draft).status is Status.DRAFT


def test_a_correction_moves_only_the_feeds_that_carry_it(database, published, items):
    edit.create_and_publish(database, replace(STORY, headline="Other", section="tech", authors=()), "test")

    def heads():
        with database.read() as connection:
            numbers = [feeds.find(connection, name) for name in ("all", "politics", "corrections", "tech", "rising")]
            return {head.name: head.seq for head in feeds.heads(connection, numbers)}

    before = heads()
    correct(database, published)
    after = heads()
    assert {name for name in after if after[name] != before[name]} == {"all", "politics", "corrections"}
