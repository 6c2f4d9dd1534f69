"""Taking a story down: with a notice or without, from every feed at once, and back again."""

from dataclasses import replace
from datetime import timedelta

import pytest

from feedsvc.actions import edit, trend
from feedsvc.domain.article import LeadPicture, Revision, Status
from feedsvc.errors import Invalid
from feedsvc.storage import acts, articles, feeds, media
from feedsvc.storage.media import Picture, Sight
from tests.conftest import set_page_size

FORMATS = ("rss", "atom", "json")
STORY = Revision(headline="Night bus stays", section="politics", body="It stays, says the council.", topics=("Buses",))


def get(database, article_id):
    with database.read() as connection:
        return articles.get(connection, article_id)


def withdraw(database, article_id, **options):
    edit.withdraw(database, article_id, get(database, article_id).version, "ed", **options)


@pytest.mark.parametrize("format", FORMATS)
def test_the_last_story_of_a_feed_goes_without_a_trace(database, document, format):
    number = edit.create_and_publish(database, STORY, "test")
    withdraw(database, number, has_notice=False, reason="It named a minor.")
    for feed in ("all", "politics", "topics/buses"):
        text = document(feed, format)
        assert "Night bus" not in text
        assert "ithdrawn" not in text
        mentions = text.count(get(database, number).identity)
        assert mentions == text.count("deleted-entry") == (1 if format == "atom" else 0)


def test_the_reason_is_for_the_record_and_for_nobody_else(database, document):
    number = edit.create_and_publish(database, STORY, "test")
    withdraw(database, number, notice="It was wrong.", reason="The lawyers rang.")
    with database.read() as connection:
        assert acts.timeline(connection, number, 1)[0].note == "The lawyers rang."
    assert "It was wrong." in document("politics")
    assert "lawyers" not in document("politics")
    with pytest.raises(Invalid) as error:
        withdraw(database, edit.create_and_publish(database, STORY, "test"), reason="x" * 2_001)
    assert list(error.value.problems) == ["reason"]


@pytest.mark.parametrize("has_notice", [True, False])
def test_a_story_that_left_the_window_long_ago_is_forgotten_where_it_stood(
    database, settings, document, clock, has_notice
):
    settings.feed_entries = 10
    set_page_size(database, 1)
    number = edit.create_and_publish(database, STORY, "test")
    clock.now += timedelta(days=30)
    for count in range(settings.feed_entries + 1):
        edit.create_and_publish(database, replace(STORY, headline=f"Story {count}"), "test")
    assert "Night bus" not in document("politics")
    withdraw(database, number, notice="" if not has_notice else "It was wrong.", has_notice=has_notice)
    assert ("It was wrong." in document("politics")) == has_notice
    with database.read() as connection:
        found = articles.page_of_feeds(connection, 99, [feeds.find(connection, "politics")], None, True)
    assert number not in [story.article_id for story in found]


def test_a_story_in_trending_leaves_it_and_its_notice_stands_there(database, settings, document):
    number = edit.create_and_publish(database, STORY, "test")
    trend.refresh(database, settings)
    assert "Night bus" in document("trending")
    withdraw(database, number, notice="It was wrong.")
    assert "Night bus" not in document("trending").replace("night-bus", "")
    assert "It was wrong." in document("trending")


def test_a_picture_that_another_story_uses_stays_public(database, clock):
    with database.write() as connection:
        media.add(connection, Picture("shared-key", "image/jpeg", 1600, 900, 12345, 960), clock())
    pictured = replace(STORY, picture=LeadPicture("shared-key", alt="A bus"))
    first = edit.create_and_publish(database, pictured, "test")
    second = edit.create_and_publish(database, replace(pictured, headline="Other"), "test")

    def is_public():
        with database.read() as connection:
            return media.sight(connection, "shared-key")[1] is Sight.PUBLIC

    withdraw(database, first, has_notice=False)
    assert is_public()
    withdraw(database, second, has_notice=False)
    assert not is_public()


def test_a_restored_story_is_dated_later_than_its_withdrawal(database, document):
    number = edit.create_and_publish(database, STORY, "test")
    withdraw(database, number, has_notice=False)
    gone = get(database, number).withdrawn
    edit.restore(database, number, get(database, number).version, "ed")
    restored = get(database, number)
    assert restored.status is Status.PUBLISHED
    assert restored.updated > gone
    assert "says the council" in document("topics/buses")
