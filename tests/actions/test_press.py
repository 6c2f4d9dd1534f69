"""Documents from what is stored: the same news the same bytes, validators that never lie."""

import os
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta

import feedparser
import pytest

from feedsvc.actions import edit
from feedsvc.actions.press import Press, epoch
from feedsvc.domain.article import LeadPicture, Revision
from feedsvc.errors import NotFound
from feedsvc.settings import Settings
from feedsvc.storage import articles, feeds, installation, media
from feedsvc.storage.media import Picture
from tests.conftest import counted, on_sqlite, set_page_size

FORMATS = ("rss", "atom", "json")
STORY = Revision(
    headline="Night bus stays", section="politics", body="It stays.", authors=("Politics Desk",), topics=("Buses",)
)


def press_of(database, settings, renderer=1):
    fingerprint = epoch(settings, renderer)
    installation.settle_epoch(database, fingerprint)
    return Press(database, settings, fingerprint)


def feed_ids(database, name):
    with database.read() as connection:
        return feeds.resolve(connection, name).feed_ids


def parsed(document):
    return feedparser.parse(document.bodies["identity"])


def version(database, article_id):
    with database.read() as connection:
        return articles.get(connection, article_id).version


@pytest.fixture
def press(database, settings):
    return press_of(database, settings)


@pytest.fixture
def published(database):
    return edit.create_and_publish(database, STORY, "test")


@pytest.mark.parametrize("format", FORMATS)
def test_a_document_says_what_the_form_says(database, press, published, format, clock):
    with database.write() as connection:
        media.add(connection, Picture("picture-key", "image/jpeg", 1600, 900, 12345, 960), clock())
    revision = replace(
        STORY,
        standfirst="The line has money.",
        body="It *stays*.\n\n## Why\n\nSee [the plan](/politics).",
        picture=LeadPicture("picture-key", alt="A bus at night", credit="Post Pictures"),
    )
    edit.update(database, published, version(database, published), "test", revision)
    text = press(feed_ids(database, "politics"), format).bodies["identity"].decode()
    for expected in (
        "Night bus stays",
        "The line has money.",
        "Politics Desk",
        "buses" if format == "rss" else "Buses",
        "A bus at night",
        "Post Pictures",
        "http://127.0.0.1:8000/media/picture-key.jpg",
        f"http://127.0.0.1:8000/articles/{published}/night-bus-stays",
        "http://127.0.0.1:8000/politics",
        "12345",
    ):
        assert expected in text, f"{expected} is missing in {format}"


def test_same_news_same_bytes_in_every_process(database, settings, published):
    code = (
        "import sys, hashlib\n"
        "from feedsvc.settings import Settings\n"
        "from feedsvc.domain.dates import Clock\n"
        "from feedsvc.storage.database import Database\n"
        "from tests.actions.test_press import press_of, feed_ids\n"
        "s = Settings(); d = Database(s.database_url, Clock()); p = press_of(d, s)\n"
        "for f in ('rss', 'atom', 'json'):\n"
        "    doc = p(feed_ids(d, 'all'), f)\n"
        "    print(f, doc.etags, doc.date, *(hashlib.sha256(doc.bodies[c]).hexdigest() for c in sorted(doc.bodies)))\n"
    )
    outputs = set()
    for seed, zone, locale in (("0", "UTC", "C"), ("1", "Asia/Tokyo", "C.UTF-8"), ("2", "America/St_Johns", "POSIX")):
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.getcwd(),
            "PYTHONHASHSEED": seed,
            "TZ": zone,
            "LC_ALL": locale,
            "FEEDSVC_INSTANCE_PATH": str(settings.instance),
            "FEEDSVC_DATABASE_URL": settings.database_url,
        }
        ran = subprocess.run(
            [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True, timeout=60
        )
        outputs.add(ran.stdout)
    assert len(outputs) == 1
    assert outputs.pop().count("\n") == 3


@pytest.mark.parametrize("format", FORMATS)
def test_a_change_in_one_section_leaves_the_validators_of_the_others_alone(database, press, clock, format):
    before = press(feed_ids(database, "tech"), format)
    clock.move(seconds=30)
    edit.create_and_publish(database, STORY, "test")
    assert press(feed_ids(database, "tech"), format) == before
    assert press(feed_ids(database, "politics"), format).date > before.date


def test_validators_never_lie_through_the_whole_life_of_a_story(database, press, clock, published):
    """Between two acts the date of the first is shown, so no two states may have one."""
    seen = []

    def look():
        clock.move(seconds=4)
        clock()
        seen.append(press(feed_ids(database, "politics"), "atom"))

    look()
    for body in ("One.", "Two."):
        edit.update(database, published, version(database, published), "test", replace(STORY, body=body), minor=True)
        look()
    clock.move(hours=-2)
    edit.withdraw(database, published, version(database, published), "test")
    look()
    clock.move(hours=-2)
    edit.publish(database, published, version(database, published), "test")
    look()
    assert len({document.bodies["identity"] for document in seen}) == 5
    assert len({document.etags["identity"] for document in seen}) == 5
    dates = [document.date for document in seen]
    assert sorted(set(dates)) == dates


@pytest.mark.parametrize(
    ("changed", "renderer"),
    [({"FEEDSVC_BASE_URL": "https://news.example.org"}, 1), ({"FEEDSVC_SITE_TITLE": "Another"}, 1), ({}, 2)],
)
def test_changed_settings_and_renderers_get_validators_of_their_own_and_so_does_the_way_back(
    database, settings, clock, published, changed, renderer
):
    place = {"FEEDSVC_INSTANCE_PATH": str(settings.instance)}
    documents = []
    for of, number in ((settings, 1), (Settings(place | changed), renderer), (settings, 1)):
        documents.append(press_of(database, of, number)(feed_ids(database, "all"), "rss"))
        clock.move(seconds=30)
        clock()
    first, second, third = documents
    assert first.etags["gzip"] != second.etags["gzip"]
    assert first.bodies["identity"] == third.bodies["identity"]
    assert first.date < second.date < third.date


def test_starting_again_with_the_same_settings_changes_no_validator(database, settings, clock, published):
    before = press_of(database, settings)(feed_ids(database, "all"), "rss")
    clock.move(days=1)
    assert press_of(database, settings)(feed_ids(database, "all"), "rss") == before


def test_no_date_in_a_document_lies_in_the_future(database, press, clock, published):
    for name in ("all", "politics", "tech"):
        feed = parsed(press(feed_ids(database, name), "atom"))
        for date in (feed.feed.updated, *(entry.updated for entry in feed.entries)):
            assert date <= clock.now.isoformat()


def test_the_document_holds_the_newest_and_what_entered_lately(database, clock, tmp_path, settings):
    few = Settings({"FEEDSVC_INSTANCE_PATH": str(settings.instance), "FEEDSVC_FEED_ENTRIES": "3"})
    press = press_of(database, few)
    set_page_size(database, 1)
    for number in range(6):
        edit.create_and_publish(database, replace(STORY, headline=f"Story {number}"), "test")
        clock.move(hours=12)
    titles = [entry.title for entry in parsed(press(feed_ids(database, "politics"), "rss")).entries]
    assert titles == ["Story 5", "Story 4", "Story 3", "Story 2", "Story 1"]


def test_bytes_do_not_move_with_the_clock(database, press, clock, published):
    before = press(feed_ids(database, "all"), "json")
    clock.move(days=400)
    assert press(feed_ids(database, "all"), "json") == before


@pytest.mark.parametrize("name", ["all", "politics", "tech"])
@pytest.mark.parametrize("format", FORMATS)
def test_a_notice_overwrites_the_story_in_every_feed_it_ever_stood_in(database, press, published, name, format):
    edit.update(database, published, version(database, published), "test", replace(STORY, section="tech"))
    with database.read() as connection:
        identity = articles.story(connection, published).identity
    edit.withdraw(database, published, version(database, published), "test", "We were *wrong*.")
    text = press(feed_ids(database, name), format).bodies["identity"].decode()
    assert text.count(identity) == 1
    assert "Withdrawn" in text
    assert "wrong" in text
    for gone in ("It stays", "Night bus stays", "Buses", "Politics Desk"):
        assert gone not in text


def test_a_notice_is_newer_than_the_story_and_stands_beside_the_window(database, press, clock, settings):
    few = Settings({"FEEDSVC_INSTANCE_PATH": str(settings.instance), "FEEDSVC_FEED_ENTRIES": "1"})
    set_page_size(database, 1)
    ids = [edit.create_and_publish(database, replace(STORY, headline=f"S{i}"), "test") for i in range(3)]
    clock.move(days=10)
    edit.create_and_publish(database, replace(STORY, headline="New"), "test")
    edit.withdraw(database, ids[0], version(database, ids[0]), "test")
    entries = parsed(press_of(database, few)(feed_ids(database, "politics"), "atom")).entries
    assert [entry.title for entry in entries] == ["New", "Withdrawn"]
    assert entries[1].updated > entries[1].published


def test_a_notice_ends_with_a_later_change(database, press, clock, published):
    edit.withdraw(database, published, version(database, published), "test")
    clock.move(days=15)
    edit.create_and_publish(database, STORY, "test")
    titles = [entry.title for entry in parsed(press(feed_ids(database, "politics"), "atom")).entries]
    assert titles == ["Night bus stays"]


def test_a_restored_story_is_later_than_its_notice_in_its_feeds(database, press, published):
    edit.withdraw(database, published, version(database, published), "test")
    (notice,) = parsed(press(feed_ids(database, "politics"), "atom")).entries
    edit.publish(database, published, version(database, published), "test")
    (entry,) = parsed(press(feed_ids(database, "politics"), "atom")).entries
    assert (entry.id, entry.title) == (notice.id, "Night bus stays")
    assert entry.updated > notice.updated


@pytest.mark.parametrize("format", FORMATS)
def test_a_feed_without_stories_is_a_valid_empty_document(database, press, format):
    document = press(feed_ids(database, "tech"), format)
    if format == "json":
        assert b'"items": []' in document.bodies["identity"] or b'"items":[]' in document.bodies["identity"]
    else:
        feed = parsed(document)
        assert not feed.bozo
        assert feed.entries == []


def test_identity_is_for_ever(database, press, settings, published):
    def identities():
        feed = parsed(press(feed_ids(database, "all"), "atom"))
        return feed.feed.id, [entry.id for entry in feed.entries]

    before = identities()
    changed = replace(STORY, headline="Other", slug="other", section="tech")
    edit.update(database, published, version(database, published), "test", changed)
    assert identities() == before
    elsewhere = Settings(
        {"FEEDSVC_INSTANCE_PATH": str(settings.instance), "FEEDSVC_BASE_URL": "https://news.example.org"}
    )
    moved = parsed(press_of(database, elsewhere)(feed_ids(database, "all"), "atom"))
    assert (moved.feed.id, [entry.id for entry in moved.entries]) == before


def test_a_feed_that_is_not_there_is_not_found(press):
    with pytest.raises(NotFound):
        press((4711,), "rss")


@on_sqlite
def test_the_cost_of_a_document_does_not_grow_with_the_archive(database, press, clock):
    def steps():
        with counted(database) as cost:
            press(feed_ids(database, "politics"), "rss")
        return cost.steps

    from feedsvc.actions.bring_in import Incoming, bring_in

    def fill(number):
        start = clock.now - timedelta(days=900)
        stories = [Incoming(STORY, start + timedelta(minutes=i), start + timedelta(minutes=i)) for i in range(number)]
        bring_in(database, database.path.parent, stories, "test")

    fill(200)
    few = steps()
    fill(800)
    assert 10 < steps() <= few * 1.2


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("name", ["topics/buses", "authors/politics-desk", "politics+topics/buses"])
def test_topics_authors_and_unions_have_documents_of_their_own(database, press, published, name, format):
    edit.create_and_publish(
        database, replace(STORY, headline="Elsewhere", section="tech", topics=(), authors=()), "test"
    )
    document = press(feed_ids(database, name), format)
    text = document.bodies["identity"].decode()
    assert "Night bus stays" in text
    assert "Elsewhere" not in text
    assert f"http://127.0.0.1:8000/feeds/{name}.{format}" in text
    if format != "json":
        assert "http://127.0.0.1:8000/topics/buses" in text
    if format != "rss":
        assert "http://127.0.0.1:8000/authors/politics-desk" in text


def test_a_union_shows_each_story_once_and_moves_with_each_part(database, press, published, clock):
    def union():
        return press(feed_ids(database, "politics+tech"), "atom")

    before = union()
    clock.move(seconds=30)
    edit.create_and_publish(database, replace(STORY, headline="Chips", section="tech"), "test")
    after = union()
    assert sorted(entry.title for entry in parsed(after).entries) == ["Chips", "Night bus stays"]
    assert parsed(after).feed.id == parsed(before).feed.id
    assert after.date > before.date
    assert after.etags["gzip"] != before.etags["gzip"]


@pytest.mark.parametrize(
    ("name", "proper"),
    [("tech+politics", "politics+tech"), ("politics+politics", "politics"), ("tech+politics+tech", "politics+tech")],
)
def test_a_union_has_one_name_and_every_other_leads_there(database, name, proper):
    with database.read() as connection:
        assert feeds.resolve(connection, name).moved_to == proper


@pytest.mark.parametrize(
    "name", ["politics+nowhere", "all+politics", "+".join(["politics"] * 11), "+", "politics+", ""]
)
def test_what_no_union_is_leads_nowhere(database, name):
    with database.read() as connection:
        assert feeds.resolve(connection, name) is None


def test_a_topic_has_a_feed_from_its_first_published_story_on_and_keeps_it(database, press):
    def resolved():
        with database.read() as connection:
            return feeds.resolve(connection, "topics/buses")

    draft = edit.create(database, STORY, "test")
    assert resolved() is None
    edit.publish(database, draft, 1, "test")
    feed = resolved().feed_ids
    edit.withdraw(database, draft, version(database, draft), "test")
    assert resolved().feed_ids == feed
    assert [entry.title for entry in parsed(press(feed, "rss")).entries] == ["Withdrawn"]


def test_two_topics_with_one_slug_have_two_addresses(database):
    edit.create_and_publish(database, replace(STORY, topics=("C", "C++")), "test")
    with database.read() as connection:
        found = [feeds.resolve(connection, name) for name in ("topics/c", "topics/c-2")]
    assert None not in found
    assert found[0] != found[1]


def test_no_date_is_shown_by_a_process_whose_settings_are_not_the_latest(database, settings, published):
    place = {"FEEDSVC_INSTANCE_PATH": str(settings.instance)}
    older = press_of(database, settings)
    newer = press_of(database, Settings(place | {"FEEDSVC_SITE_TITLE": "Another"}))
    edit.create_and_publish(database, STORY, "test")
    of = feed_ids(database, "all")
    assert older(of, "rss").date is None
    assert newer(of, "rss").date is not None
    assert "Last-Modified" not in dict(older(of, "rss").full_headers["gzip", True, False])


def test_a_new_line_moves_every_validator(database, press, clock, published):
    from feedsvc.storage import changes

    before = press(feed_ids(database, "tech"), "rss")
    clock.move(minutes=1)
    changes.change(database, "test", installation.begin_line)
    after = press(feed_ids(database, "tech"), "rss")
    assert after.bodies["identity"] == before.bodies["identity"]
    assert after.date > before.date
    assert after.etags["gzip"] != before.etags["gzip"]


@pytest.mark.parametrize(
    "setting",
    [
        *("BASE_URL=https://x.example", "SITE_TITLE=X", "SITE_DESCRIPTION=X", "SITE_LANGUAGE=fr"),
        *("SITE_LOGO=https://x.example/l.png", "COPYRIGHT=X", "FEED_ENTRIES=9", "FEED_HOURS=9"),
        *("FEED_TTL=9", "NOTICE_DAYS=9"),
    ],
)
def test_every_setting_that_shapes_bytes_is_in_the_epoch(settings, setting):
    name, _, value = setting.partition("=")
    changed = Settings({"FEEDSVC_INSTANCE_PATH": str(settings.instance), f"FEEDSVC_{name}": value})
    assert epoch(changed) != epoch(settings)


def test_a_minor_edit_leaves_the_date_of_the_feed(database, press, clock, published):
    def updated():
        return parsed(press(feed_ids(database, "politics"), "atom")).feed.updated

    before = updated()
    clock.move(hours=1)
    revision = replace(STORY, body="It stays, said nobody.")
    edit.update(database, published, version(database, published), "test", revision, minor=True)
    assert updated() == before
    edit.update(database, published, version(database, published), "test", STORY)
    assert updated() > before


def test_what_was_brought_in_stands_by_its_date_alone(database, clock, settings):
    from feedsvc.actions.bring_in import Incoming, bring_in

    few = Settings({"FEEDSVC_INSTANCE_PATH": str(settings.instance), "FEEDSVC_FEED_ENTRIES": "2"})
    old = [clock.now - timedelta(days=days) for days in range(5)]
    bring_in(database, settings.media, [Incoming(replace(STORY, headline=f"S{d:%d}"), d, d) for d in old], "test")
    assert len(parsed(press_of(database, few)(feed_ids(database, "politics"), "rss")).entries) == 2


def test_stories_of_one_second_stand_in_the_order_of_their_numbers(database, press):
    for number in range(5):
        edit.create_and_publish(database, replace(STORY, headline=f"S{number}"), "test")
    titles = [entry.title for entry in parsed(press(feed_ids(database, "all"), "rss")).entries]
    assert titles == ["S4", "S3", "S2", "S1", "S0"]


def test_the_summary_of_a_notice_is_plain_text(database, press, published):
    edit.withdraw(database, published, version(database, published), "test", "We were *wrong*.")
    (notice,) = parsed(press(feed_ids(database, "all"), "atom")).entries
    assert notice.summary == "We were wrong."
