import pytest

from feedsvc import create_app
from feedsvc.actions import naming
from tests.web.newsdesk_app import STORY, Desk, path_of, text_of

NAMES = "/newsdesk/names"
FORMATS = ("", ".rss", ".atom", ".json")


@pytest.fixture
def desk(settings, database):
    desk = Desk(settings, database)
    desk.write("publish", **STORY)
    return desk


def statuses(desk, page, feed):
    return [desk.get(page).status_code, *(desk.get(f"/feeds/{feed}{end}").status_code for end in FORMATS)]


def test_every_address_of_a_renamed_section_leads_to_the_new_ones(desk):
    assert statuses(desk, "/politics", "politics") == [200] * 5
    answer = desk.post(NAMES, feed="politics", action="rename", title="Town hall", slug="town-hall", description="All")
    assert answer.status_code == 303
    assert "Saved." in text_of(desk.get(answer.headers["Location"]))
    assert statuses(desk, "/politics", "politics") == [301] * 5
    assert desk.get("/politics?from=mail").headers["Location"] == "/town-hall?from=mail"
    assert desk.get("/feeds/politics.atom").headers["Location"].endswith("/feeds/town-hall.atom")
    assert desk.get("/feeds/tech+politics.atom").headers["Location"].endswith("/feeds/tech+town-hall.atom")
    assert statuses(desk, "/town-hall", "town-hall") == [200] * 5


def test_every_address_of_a_retired_section_says_gone_and_its_story_is_still_read(desk):
    number = desk.newest().article_id
    page = f"/articles/{number}/{desk.newest().live.slug}"
    assert statuses(desk, "/politics", "politics") == [200] * 5
    asked = desk.post(NAMES, feed="politics", action="retire")
    assert asked.status_code == 200
    assert statuses(desk, "/politics", "politics") == [200] * 5
    assert desk.post(NAMES, feed="politics", action="retire", confirmed="yes").status_code == 303
    assert statuses(desk, "/politics", "politics") == [410] * 5
    story = desk.get(page)
    assert story.status_code == 200
    assert 'href="/politics"' not in story.text
    assert 'href="/politics"' not in desk.get("/").text
    assert "/feeds/politics" not in desk.get("/feeds.opml").text
    assert "politics (retired)" in desk.get(path_of(number)).text
    assert desk.act(number, "update", headline="Council keeps the bus", change="minor").status_code == 303


@pytest.mark.parametrize("kind", ["topics", "authors"])
def test_topics_and_authors_are_listed_found_and_renamed(desk, kind):
    name, new = {"topics": ("transport", "Traffic"), "authors": ("Politics Desk", "City Desk")}[kind]
    assert name in text_of(desk.get(f"/newsdesk/{kind}"))
    assert "No" in text_of(desk.get(f"/newsdesk/{kind}?q=nothing"))
    slug = name.lower().replace(" ", "-")
    answer = desk.post(NAMES, feed=f"{kind}/{slug}", action="rename", title=new, slug=slug)
    assert answer.status_code == 303
    assert new in text_of(desk.get(answer.headers["Location"]))
    assert desk.get(f"/{kind}/{slug}").status_code == 301
    assert desk.get(f"/{kind}/{new.lower().replace(' ', '-')}").status_code == 200


def test_a_new_spelling_keeps_an_address_that_was_typed(desk):
    desk.post(NAMES, feed="topics/transport", action="rename", title="Traffic", slug="on-the-road")
    assert desk.get("/topics/on-the-road").status_code == 200


def test_topics_are_merged_after_a_question(desk):
    asked = desk.post(NAMES, feed="topics/council", action="merge", into="Transport")
    assert asked.status_code == 200
    assert desk.get("/topics/council").status_code == 200
    answer = desk.post(NAMES, feed="topics/council", action="merge", into="Transport", confirmed="yes")
    assert answer.status_code == 303
    assert desk.get("/topics/council").headers["Location"] == "/topics/transport"
    assert desk.get("/feeds/topics/council.rss").status_code == 301


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"feed": "politics", "action": "rename", "title": "", "slug": "politics"}, "Write the section"),
        ({"feed": "politics", "action": "rename", "title": "Typed", "slug": "tech"}, "Choose another"),
        ({"feed": "topics/council", "action": "merge", "into": "Nobody"}, "There is no topic “Nobody”"),
        ({"feed": "topics/council", "action": "merge", "into": "council", "confirmed": "yes"}, "Only two topics"),
        ({"feed": "topics/council", "action": "rename", "title": "transport", "slug": "council"}, "Merge the two"),
    ],
)
def test_what_cannot_be_done_is_said_in_the_form_with_what_was_typed(desk, fields, said):
    answer = desk.post(NAMES, **fields)
    assert answer.status_code == 422
    assert said in text_of(answer)
    for field in ("title", "slug", "into"):
        if fields.get(field):
            assert f'value="{fields[field]}"' in answer.text


@pytest.mark.parametrize("feed", ["all", "nothing", "politics+tech", ""])
def test_only_a_section_topic_or_author_is_changed(desk, feed):
    assert desk.post(NAMES, feed=feed, action="retire", confirmed="yes").status_code == 404


def test_another_process_forgets_a_retired_feed(settings, database, desk):
    other = create_app(settings, database.clock).test_client()
    assert other.get("/feeds/topics/council.atom").status_code == 200
    naming.retire(database, "topics/council", "anna")
    assert other.get("/feeds/topics/council.atom").status_code == 410
