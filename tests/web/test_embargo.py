"""What is scheduled cannot be seen by anybody who is not signed in: a newsroom is asked for everything."""

import logging
import re
from dataclasses import replace
from datetime import timedelta

import pytest

from feedsvc.actions import edit, naming, schedule
from feedsvc.domain.article import Revision
from feedsvc.errors import FeedsvcError
from feedsvc.storage import articles

pytest_plugins = ["tests.web.site_app"]

MARK = "zanzibar"
SECRET = Revision(
    headline=f"{MARK} headline",
    slug=f"{MARK}-slug",
    section="politics",
    standfirst=f"{MARK} standfirst",
    body=f"The {MARK} text.",
    topics=(f"{MARK} topic", "Buses"),
    authors=(f"{MARK} author",),
)
FORMATS = ("rss", "atom", "json")


@pytest.fixture
def secret(desk, clock):
    """The number of a scheduled story with a picture, and the address of that; another story is public."""
    desk.publish("A bus at night", topics=("Buses",), authors=("Ann Lee",))
    picture = replace(desk.picture(), alt=f"{MARK} alt", credit=f"{MARK} credit")
    number = schedule.create_and_schedule(
        desk.database, replace(SECRET, picture=picture), "ann", clock() + timedelta(hours=1)
    )
    return number, f"/media/{picture.key}.jpg"


def addresses(number, picture):
    """Every address that a stranger could think of."""
    feeds = ["all", "trending", "rising", "politics", "tech", "topics/buses", f"topics/{MARK}-topic", "authors/ann-lee"]
    feeds += [f"authors/{MARK}-author", "politics+tech", f"politics+topics/{MARK}-topic"]
    return [
        *("/", "/politics", "/tech", "/topics/buses", f"/topics/{MARK}-topic", f"/authors/{MARK}-author"),
        *("/feeds", f"/feeds?q={MARK[:4]}", "/feeds.opml", "/.well-known/feeds", "/robots.txt", "/sitemap.xml"),
        *(f"/feeds/{feed}" for feed in feeds),
        *(f"/feeds/{feed}.{format}" for feed in feeds for format in FORMATS),
        *(f"/articles/{number}", f"/articles/{number}/{MARK}-slug", f"/articles/{number}/x", f"/?p={number}"),
        *(picture, picture.replace(".jpg", "-960.jpg")),
        *("/healthz", "/metrics", f"/newsdesk/articles/{number}", f"/newsdesk/articles/{number}/preview", "/newsdesk"),
        *("/search", f"/search?q={MARK[:4]}", "/search.xml", "/archive", "/newsdesk/trending"),
    ]


def everything(reader, number, picture):
    return {path: reader.get(path) for path in addresses(number, picture)}


def said_by(answer):
    return answer.data.decode("utf-8", "replace") + str(answer.headers)


def seen(answers):
    """The addresses whose answers say a word of the story, its address in the question aside."""
    return {
        path
        for path, answer in answers.items()
        if MARK
        in (answer.data.decode("utf-8", "replace") + str(answer.headers)).replace(path.partition("?")[2] or "\0", "")
        and not (answer.status_code == 404 and MARK in path)
    }


def test_nothing_of_it_can_be_seen_before_its_time_and_all_of_it_after(secret, reader, desk, clock, caplog):
    caplog.set_level(logging.DEBUG)
    before = everything(reader, *secret)
    assert seen(before) == set()
    number, picture = secret
    for path, answer in before.items():
        is_its_own = MARK in path.partition("?")[0] or f"/articles/{number}" in path or path.startswith("/media/")
        if is_its_own and not path.startswith("/newsdesk"):
            assert answer.status_code == 404, path
        assert answer.status_code != 410, path
    assert MARK not in caplog.text
    clock.move(hours=1)
    assert schedule.publish_due(desk.database) == [number]
    clock.move(seconds=10)
    after = everything(reader, *secret)
    assert {
        "/",
        "/politics",
        "/feeds.opml",
        f"/topics/{MARK}-topic",
        f"/feeds/authors/{MARK}-author.atom",
        "/search?q=zanz",
    } <= seen(after)
    assert after[picture].status_code == 200


def test_its_number_answers_as_one_that_no_story_has(secret, reader):
    number, _ = secret
    for path in ("/articles/{}", "/articles/{}/some-words", "/newsdesk/articles/{}", "/newsdesk/articles/{}/preview"):
        one, none = (reader.get(path.format(n)) for n in (number, 4711))
        assert one.status_code == none.status_code
        assert one.data.replace(str(number).encode(), b"N") == none.data.replace(b"4711", b"N").replace(
            str(number).encode(), b"N"
        )


def test_searching_for_it_answers_as_for_words_that_nobody_wrote(secret, reader):
    for asked in ("q={}", "q={}+text", "q=-{}", "topic={}+topic", "author={}+author", "q={}&section=politics"):
        own, none = (reader.get(f"/search?{asked.format(word)}") for word in (MARK, "xyzzyxyz"))
        assert own.status_code == none.status_code == 200
        assert own.text.replace(MARK, "xyzzyxyz") == none.text


def test_its_picture_answers_as_one_that_is_not_stored(secret, reader):
    _, picture = secret
    none = re.sub(r"/media/[^.]+", "/media/AAAAAAAAAAAAAAAAAAAAAA", picture)
    assert (reader.get(picture).status_code, reader.get(picture).data) == (404, reader.get(none).data)


def test_scheduling_changing_and_cancelling_move_no_validator(secret, reader, desk, clock):
    number, _ = secret
    documents = [f"/feeds/{feed}.{format}" for feed in ("all", "politics", "topics/buses") for format in FORMATS]
    before = [reader.get(path).headers["ETag"] for path in documents]
    version = 2
    schedule.schedule(desk.database, number, version, "ann", clock() + timedelta(hours=2))
    schedule.unschedule(desk.database, number, version + 1, "ann")
    clock.move(seconds=10)
    assert [reader.get(path).headers["ETag"] for path in documents] == before


def test_a_reading_of_it_counts_for_nothing(secret, reader, desk, settings, site):
    number, _ = secret
    agent = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0", "Sec-Fetch-Site": "same-origin"}
    assert reader.post(f"/articles/{number}/reading", headers=agent).status_code == 204
    from feedsvc.actions import trend
    from feedsvc.storage import readings

    trend.flush(desk.database, settings, site.extensions["feedsvc"].readings)
    trend.refresh(desk.database, settings)
    with desk.database.read() as connection:
        assert number not in [rank.article_id for rank in readings.ranking(connection, 50)]
        assert readings.candidates(connection, 50, desk.database.clock() - timedelta(days=30))[0].total == 0


def test_what_is_said_of_one_that_cannot_be_published_names_its_number_only(secret, reader, desk, clock, settings):
    number, _ = secret
    naming.retire(desk.database, "politics", "test")
    clock.move(hours=2)
    with pytest.raises(FeedsvcError) as told:
        schedule.publish_due(desk.database)
    assert str(number) in str(told.value)
    assert MARK not in str(told.value)
    health = reader.get("/healthz")
    assert (health.status_code, health.json["overdue"]) == (503, 1)
    assert MARK not in health.text
    assert "details" not in health.json


def test_a_slug_that_is_taken_in_secret_leads_nowhere(secret, reader, desk):
    with desk.database.read() as connection:
        assert articles.story(connection, secret[0]) is None
    draft = edit.create(desk.database, replace(SECRET, headline="Other"), "ann")
    assert reader.get(f"/articles/{draft}/{MARK}-slug").status_code == 404
