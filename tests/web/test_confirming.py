"""Before it goes out: what changes, in which feeds, and how readers will see it."""

import pytest
from newsdesk_app import STORY, Desk, path_of, text_of

from feedsvc.domain.article import Status
from feedsvc.domain.roles import Role


@pytest.fixture
def desk(settings, database):
    return Desk(settings, database)


@pytest.fixture
def published(desk):
    return desk.write("publish", **STORY)


def confirm(desk, article_id, act, **fields):
    version = str(desk.article(article_id).version)
    return desk.post(f"{path_of(article_id)}/confirm/{act}", **({"action": act, "version": version} | fields))


def test_the_form_of_a_story_asks_before_it_updates_or_withdraws(desk, published):
    for act in ("update", "withdraw"):
        version = str(desk.article(published).version)
        fields = {"action": act, "version": version, "headline": "Another headline"}
        answer = desk.post(f"{path_of(published)}?ask=1", **fields)
        assert answer.headers["Location"] == f"{path_of(published)}/confirm/{act}"
    assert desk.article(published).live.headline == STORY["headline"]
    assert desk.article(published).working.headline == "Another headline"


def test_what_changes_is_shown_by_words_with_the_feeds_and_the_entry(desk, published):
    desk.act(published, "save", headline="Council keeps one night bus", section="tech")
    page = desk.get(f"{path_of(published)}/confirm/update")
    text = text_of(page)
    assert "<ins>" in page.text
    assert "Enters Tech" in text
    assert "Leaves Politics" in text
    assert "Changes in All stories" in text
    assert "&lt;item&gt;" in page.text
    assert "&lt;entry&gt;" in page.text
    assert "urn:uuid:" in page.text


@pytest.mark.parametrize(("change", "done"), [("minor", "minor"), ("update", "updated"), ("correction", "corrected")])
def test_a_change_is_confirmed_as_what_it_is(desk, published, change, done):
    desk.act(published, "save", headline="Council keeps one night bus")
    answer = confirm(desk, published, "update", change=change, correction="It is one bus.")
    assert answer.headers["Location"].endswith(f"?done={done}")
    assert desk.article(published).live.headline == "Council keeps one night bus"
    page = desk.get(f"/articles/{published}/{desk.article(published).live.slug}")
    assert ("It is one bus." in text_of(page)) == (change == "correction")
    assert ("CorrectionComment" in page.text) == (change == "correction")


def test_a_correction_without_words_is_refused_and_shown_before_it_is_made(desk, published):
    answer = confirm(desk, published, "update", change="correction", correction=" ")
    assert answer.status_code == 422
    assert "Say what was wrong" in text_of(answer)
    shown = confirm(desk, published, "update", action="show", change="correction", correction="It is *one* bus.")
    assert "It is <em>one</em> bus." in shown.text
    assert "Enters Corrections" in text_of(shown)
    assert desk.article(published).live.headline == STORY["headline"]


def test_what_the_public_will_see_of_a_withdrawn_story_is_shown_before(desk, published):
    shown = confirm(desk, published, "withdraw", action="show", notice="It was *wrong*.")
    assert shown.status_code == 200
    assert shown.text.count("It was <em>wrong</em>.") >= 2
    assert "without a word" in text_of(confirm(desk, published, "withdraw", action="show", without_notice="1"))
    assert desk.article(published).status is Status.PUBLISHED


def test_a_story_goes_with_a_notice_or_without_one_and_comes_back(desk, published):
    path = f"/articles/{published}/{desk.article(published).live.slug}"
    both = confirm(desk, published, "withdraw", notice="It was wrong.", without_notice="1")
    assert both.status_code == 422
    assert "It was wrong." in both.text
    answer = confirm(desk, published, "withdraw", without_notice="1", reason="It named a minor.")
    assert answer.headers["Location"].endswith("?done=withdrawn")
    page = desk.get(path)
    assert page.status_code == 410
    assert "minor" not in page.text
    assert "It named a minor." in text_of(desk.get(path_of(published)))
    assert desk.act(published, "restore").headers["Location"].endswith("?done=restored")
    assert desk.get(path).status_code == 200


def test_the_timeline_tells_the_reason_of_a_withdrawal_from_its_notice(desk, published):
    confirm(desk, published, "withdraw", notice="It was wrong.")
    assert "by anna Notice: It was wrong." in text_of(desk.get(path_of(published)))
    desk.act(published, "restore")
    assert "Published again 1 second ago by anna" in text_of(desk.get(path_of(published)))
    confirm(desk, published, "withdraw", notice="It was wrong.", reason="It named a minor.")
    assert "by anna Reason: It named a minor." in text_of(desk.get(path_of(published)))


def test_the_timeline_calls_acts_as_the_buttons_do(desk, published):
    confirm(desk, published, "update", change="minor")
    desk.act(published, "update", **STORY | {"section": "tech"})
    page = text_of(desk.get(path_of(published)))
    assert "Minor edit 1 second ago by anna" in page
    assert "Moved to another section 1 second ago by anna" in page


FEED_PAGES = ('href="/feeds/politics"', 'href="/feeds/all"')


def test_a_story_on_the_site_alone_is_said_to_be_in_no_feed(desk):
    number = desk.write("publish", **STORY, syndication="none")
    page = desk.get(f"{path_of(number)}?done=published")
    assert "It is on the site alone, in no feed. See its page" in text_of(page)
    assert not any(link in page.text for link in FEED_PAGES)
    asked = text_of(desk.get(f"{path_of(number)}/confirm/withdraw"))
    assert "It is on the site alone, in no feed." in asked
    assert "carry the notice" not in asked
    assert "Nothing: the story is in no feed." in asked
    confirm(desk, number, "withdraw", notice="It was wrong.")
    page = text_of(desk.get(f"{path_of(number)}?done=withdrawn"))
    assert "Its page carries it now; the story was in no feed." in page
    desk.act(number, "restore")
    confirm(desk, number, "withdraw", without_notice="1")
    assert "says that it is gone; the story was in no feed." in text_of(desk.get(f"{path_of(number)}?done=withdrawn"))


def test_the_notice_of_a_story_that_left_its_feeds_stands_in_them(desk, published):
    page = desk.get(f"{path_of(published)}?done=published")
    assert all(link in page.text for link in FEED_PAGES)
    before = text_of(desk.get(f"{path_of(published)}/confirm/withdraw"))
    assert "Carry its notice" not in before
    assert "days these feeds carry the notice" in before
    desk.act(published, "update", **STORY, syndication="none")
    asked = text_of(confirm(desk, published, "withdraw", action="show", notice="It was wrong."))
    assert "It is on the site alone, in no feed. Carry its notice All stories Politics" in asked
    assert "Nothing: the story is in no feed." not in asked
    confirm(desk, published, "withdraw", notice="It was wrong.")
    assert "It was wrong." in desk.get("/feeds/politics.json").text
    assert "Its page and its feeds carry it now." in text_of(desk.get(f"{path_of(published)}?done=withdrawn"))


def test_who_saved_meanwhile_is_told_and_nothing_is_done(desk, published):
    version = str(desk.article(published).version)
    desk.colleague("bea").act(published, "save", headline="Bea’s headline")
    answer = confirm(desk, published, "update", version=version, change="minor")
    assert answer.status_code == 409
    assert "bea saved this story in the meantime" in text_of(answer)
    assert "Bea’s headline" in text_of(answer)
    assert desk.article(published).live.headline == STORY["headline"]


def test_a_writer_may_look_and_not_do(desk, published):
    writer = desk.colleague("wim", Role.WRITER)
    page = writer.get(f"{path_of(published)}/confirm/update")
    assert page.status_code == 200
    assert 'value="update"' not in page.text
    assert confirm(writer, published, "withdraw").status_code == 403
    assert desk.article(published).status is Status.PUBLISHED


def test_what_cannot_be_done_with_a_story_is_not_asked_about(desk, published):
    assert desk.get(f"{path_of(published)}/confirm/publish").headers["Location"] == path_of(published)
    assert desk.get(f"{path_of(999)}/confirm/update").status_code == 404
    assert desk.get(f"{path_of(published)}/confirm/delete").status_code == 404


def test_a_draft_that_lacks_something_says_what(desk):
    draft = desk.write(headline="Only a headline")
    page = desk.get(f"{path_of(draft)}/confirm/publish")
    assert "Choose one" in text_of(page)
    assert "<title>Before it is published: Only a headline" in page.text
    assert "<title>Not done: " in confirm(desk, draft, "publish").text
    assert "Go on writing" in text_of(page)


def test_a_page_from_elsewhere_says_whose_it_is(desk):
    number = desk.write(
        "publish", **STORY, source="Harbour Press", source_url="https://harbour.example/7", rights="© HP"
    )
    page = desk.get(f"/articles/{number}/{desk.article(number).live.slug}")
    assert '<link rel="canonical" href="https://harbour.example/7">' in page.text
    assert "Source: Harbour Press · © HP" in text_of(page)
    refused = desk.post("/newsdesk/articles/new", **STORY, source_url="harbour", action="publish")
    assert refused.status_code == 422
    assert "no web address" in text_of(refused)
