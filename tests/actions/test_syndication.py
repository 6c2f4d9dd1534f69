"""How much of a story goes out: all of it, its summary, or nothing; and whose a story from elsewhere is."""

from dataclasses import replace
from datetime import timedelta

import feedparser
import pytest

from feedsvc.actions import edit, sections, trend
from feedsvc.domain.article import Revision
from feedsvc.domain.roles import Person, Role
from feedsvc.errors import Invalid, NotPermitted
from feedsvc.storage import articles, feeds

FORMATS = ("rss", "atom", "json")
STORY = Revision(
    headline="Night bus stays",
    section="politics",
    standfirst="The line has money.",
    body="It stays, says the *council*.",
    authors=("Ann Lee",),
    topics=("Buses",),
)


def get(database, article_id):
    with database.read() as connection:
        return articles.get(connection, article_id)


def update(database, article_id, **changes):
    article = get(database, article_id)
    edit.update(database, article_id, article.version, "test", replace(article.working, **changes))


def listed(database, name):
    """The headlines on the page of the site that belongs to a feed."""
    with database.read() as connection:
        feed_ids = feeds.resolve(connection, name).feed_ids
        return [story.revision.headline for story in articles.page_of_feeds(connection, 9, feed_ids, None, True)]


@pytest.mark.parametrize("format", FORMATS)
def test_all_of_a_story_goes_out_unless_it_says_otherwise(database, document, format):
    edit.create_and_publish(database, STORY, "test")
    assert "says the" in document("all", format)


@pytest.mark.parametrize("format", FORMATS)
def test_of_a_summary_no_word_of_the_text_goes_out(database, document, format):
    edit.create_and_publish(database, replace(STORY, syndication="summary"), "test")
    text = document("all", format)
    assert "The line has money." in text
    assert "council" not in text


@pytest.mark.parametrize("format", FORMATS)
def test_a_story_for_the_site_alone_is_in_no_feed_and_on_the_pages(database, document, format):
    edit.create_and_publish(database, replace(STORY, syndication="none"), "test")
    for feed in ("all", "politics", "topics/buses", "authors/ann-lee"):
        assert "Night bus" not in document(feed, format)
        assert listed(database, feed) == ["Night bus stays"]


def test_a_story_that_goes_out_no_longer_leaves_its_feeds_and_may_come_back(database, document, clock):
    number = edit.create_and_publish(database, STORY, "test")
    before = document("politics")
    clock.now += timedelta(minutes=5)
    update(database, number, syndication="none")
    assert "Night bus" not in document("politics")
    assert listed(database, "politics") == ["Night bus stays"]
    clock.now += timedelta(minutes=5)
    update(database, number, syndication="full")
    after = document("politics")
    assert "says the" in after
    assert get(database, number).identity in before
    assert get(database, number).identity in after
    assert listed(database, "topics/buses") == ["Night bus stays"]


def test_a_story_for_the_site_alone_moves_and_goes_without_a_word_in_any_feed(database, document, clock):
    number = edit.create_and_publish(database, replace(STORY, syndication="none"), "test")
    with database.read() as connection:
        before = connection.exec_driver_sql("SELECT feed_id, seq FROM feed_heads ORDER BY feed_id").all()
    update(database, number, section="tech", topics=("Night",))
    assert listed(database, "tech") == listed(database, "topics/night") == ["Night bus stays"]
    assert listed(database, "politics") == listed(database, "topics/buses") == []
    clock.now += timedelta(minutes=5)
    edit.withdraw(database, number, get(database, number).version, "test", "It was wrong.")
    assert listed(database, "tech") == []
    for feed in ("all", "tech", "politics"):
        assert "Withdrawn" not in document(feed)
    with database.read() as connection:
        after = connection.exec_driver_sql("SELECT feed_id, seq FROM feed_heads ORDER BY feed_id").all()
    assert after[: len(before)] == before


def test_who_had_a_story_that_goes_out_no_longer_gets_its_notice(database, document, clock):
    number = edit.create_and_publish(database, STORY, "test")
    clock.now += timedelta(minutes=5)
    update(database, number, syndication="none")
    clock.now += timedelta(minutes=5)
    edit.withdraw(database, number, get(database, number).version, "test", "It was wrong.")
    assert "It was wrong." in document("politics")


def test_a_story_for_the_site_alone_is_not_in_trending(database, settings, clock):
    shown = edit.create_and_publish(database, STORY, "test")
    hidden = edit.create_and_publish(database, replace(STORY, syndication="none", headline="Hidden"), "test")
    trend.refresh(database, settings)
    with database.read() as connection:
        order = connection.exec_driver_sql("SELECT article_id FROM ranks").scalars().all()
    assert shown in order
    assert hidden not in order


def test_a_story_says_what_its_section_says_when_it_is_published(database, document):
    sections.syndicate(database, "politics", "summary", "test")
    first = edit.create_and_publish(database, STORY, "test")
    assert get(database, first).live.syndication == "summary"
    assert "council" not in document("politics")
    sections.syndicate(database, "politics", "none", "test")
    assert get(database, first).live.syndication == "summary"
    second = edit.create_and_publish(database, replace(STORY, headline="Other"), "test")
    assert get(database, second).live.syndication == "none"
    own = edit.create_and_publish(database, replace(STORY, headline="Own", syndication="full"), "test")
    assert get(database, own).live.syndication == "full"


def test_what_a_section_says_is_one_of_three_and_said_by_administrators(database):
    with pytest.raises(Invalid) as error:
        sections.syndicate(database, "politics", "half", "test")
    assert "full, summary, none" in error.value.problems["syndication"]
    with pytest.raises(NotPermitted):
        sections.syndicate(database, "politics", "none", Person("ed", Role.EDITOR))


@pytest.mark.parametrize("field", ["syndication", "source_url"])
def test_how_much_goes_out_and_the_address_elsewhere_are_checked(database, field):
    with pytest.raises(Invalid) as error:
        edit.create(database, replace(STORY, **{field: "half"}), "test")
    assert list(error.value.problems) == [field]


def test_feeds_say_whose_a_story_from_elsewhere_is(database, document):
    from_elsewhere = replace(STORY, source="Harbour Press", source_url="https://harbour.example/7", rights="© HP 2026")
    edit.create_and_publish(database, from_elsewhere, "test")
    assert "<dc:source>https://harbour.example/7</dc:source>" in document("all", "rss")
    assert "<dc:rights>© HP 2026</dc:rights>" in document("all", "rss")
    atom = feedparser.parse(document("all", "atom")).entries[0]
    assert atom.rights == "© HP 2026"
    assert [(link.href, link.title) for link in atom.links if link.rel == "via"] == [
        ("https://harbour.example/7", "Harbour Press")
    ]
    assert '"external_url": "https://harbour.example/7"' in document("all")
    for format in FORMATS:
        assert "Source: " in document("all", format)
