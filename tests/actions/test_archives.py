"""A document and the pages behind it hold all that stands in a feed, and validators say what changed in each."""

import json
from dataclasses import replace
from datetime import timedelta

import feedparser
import pytest

from feedsvc import create_app
from feedsvc.actions import edit, naming
from feedsvc.actions.bring_in import Incoming, bring_in
from feedsvc.actions.press import Press, epoch
from feedsvc.domain.article import Revision
from feedsvc.domain.feedname import ALL_PAGES
from feedsvc.errors import NotFound
from feedsvc.feeds.document import Page
from feedsvc.storage import articles, feeds, installation
from tests.conftest import counted, on_sqlite, set_page_size

STORY = Revision(headline="Night bus stays", section="politics", body="It stays.", topics=("Buses",), authors=("Ann",))
FORMATS = ("rss", "atom", "json")


@pytest.fixture
def press(database, settings):
    settings.feed_entries = 2
    settings.feed_hours = 1
    set_page_size(database, 3)
    installation.settle_epoch(database, epoch(settings))
    return Press(database, settings, epoch(settings))


@pytest.fixture
def fill(database, clock, settings):
    """Brings in so many stories of long ago."""

    def fill(count):
        start = clock.now - timedelta(days=900)
        dates = [start + timedelta(minutes=number) for number in range(count)]
        bring_in(database, settings.media, [Incoming(STORY, date, date) for date in dates], "test")

    return fill


def number_of(database, name):
    with database.read() as connection:
        return feeds.find(connection, name)


def page(press, database, name, number, format="atom"):
    feed_id = number_of(database, name)
    return press((Page(feed_id, number), Page(feed_id, ALL_PAGES)), format)


def publish(database, clock, count):
    numbers = []
    for _ in range(count):
        numbers.append(edit.create_and_publish(database, STORY, "test"))
        clock.move(hours=2)
    return numbers


def act(what, database, number, *rest, **more):
    with database.read() as connection:
        version = articles.get(connection, number).version
    what(database, number, version, "test", *rest, **more)


def identities(database, numbers):
    with database.read() as connection:
        return [story.identity for story in articles.stories(connection, numbers)]


def read(document):
    """The identities in a document, newest first, and the address of the page behind it."""
    body = document.bodies["identity"]
    if document.format == "json":
        parsed = json.loads(body)
        return [item["id"] for item in parsed["items"]], parsed.get("next_url")
    parsed = feedparser.parse(body)
    assert not parsed.bozo
    behind = [link.href for link in parsed.feed.links if link.rel == "prev-archive"]
    return [entry.id for entry in parsed.entries], behind[0] if behind else None


def walked(press, database, name, format):
    """What the document, and each page behind it, holds."""
    found, behind = read(press((number_of(database, name),), format))
    while behind:
        assert behind.startswith(f"http://127.0.0.1:8000/feeds/{name}/archive/")
        number = int(behind.rpartition("/")[2].partition(".")[0])
        more, behind = read(page(press, database, name, number, format))
        found += more
    return found


@pytest.mark.parametrize("format", FORMATS)
def test_document_and_pages_hold_all_that_stands_and_nothing_that_left(press, database, clock, settings, format):
    numbers = publish(database, clock, 5)
    old = clock.now - timedelta(days=900)
    bring_in(database, settings.media, [Incoming(STORY, old, old)] * 4, "test")
    numbers += publish(database, clock, 2)
    act(edit.withdraw, database, numbers[0], has_notice=False)
    act(edit.update, database, numbers[1], replace(STORY, section="tech", topics=()))
    for name, left in (("all", numbers[:1]), ("politics", numbers[:2]), ("topics/buses", numbers[:2])):
        with database.read() as connection:
            feed_ids = [feeds.find(connection, name)]
            standing = [story.identity for story in articles.page_of_feeds(connection, 99, feed_ids)]
        assert len(standing) == 11 - len(left)
        assert set(walked(press, database, name, format)) == set(standing)


def test_the_open_tail_is_in_the_document_however_old_it_is(press, database, clock, settings):
    numbers = publish(database, clock, 2)
    clock.move(days=10)
    publish(database, clock, 2)
    assert read(press((number_of(database, "tech"),), "atom")) == ([], None)
    act(edit.update, database, numbers[0], replace(STORY, section="tech"))
    tail = identities(database, numbers[:1])
    newest = publish(database, clock, 4)
    assert set(tail) <= set(read(press((number_of(database, "tech"),), "atom"))[0])
    found, behind = read(press((number_of(database, "all"),), "atom"))
    # The window; eight positions make two pages and two in the tail.
    assert found == identities(database, newest[:1:-1])
    assert behind == "http://127.0.0.1:8000/feeds/all/archive/2.atom"


@pytest.mark.parametrize("format", FORMATS)
def test_an_empty_page_stays_and_holds_no_notice(press, database, clock, format):
    numbers = publish(database, clock, 4)
    for number in numbers[:3]:
        act(edit.withdraw, database, number, "It was wrong.")
    document = page(press, database, "politics", 1, format)
    assert read(document) == ([], None)
    assert "wrong" not in document.bodies["identity"].decode()


def test_a_page_that_is_not_closed_is_not_found(press, database, clock):
    publish(database, clock, 3)
    page(press, database, "politics", 1)
    for name, number in (("politics", 2), ("politics", ALL_PAGES), ("tech", 1), ("trending", 1)):
        with pytest.raises(NotFound):
            page(press, database, name, number)


def test_other_bytes_of_a_page_have_another_tag_and_date(press, database, clock):
    numbers = publish(database, clock, 3)
    acts = [
        lambda: act(edit.update, database, numbers[0], replace(STORY, body="Otherwise."), minor=True),
        lambda: naming.rename(database, "topics/buses", "Omnibuses", "", None, "test"),
        lambda: naming.rename(database, "politics", "Power", "power", None, "test"),
        lambda: act(edit.correct, database, numbers[1], "Not so.", replace(STORY, section="power")),
        lambda: publish(database, clock, 3),
        lambda: naming.retire(database, "authors/ann", "test"),
        lambda: act(edit.withdraw, database, numbers[2]),
    ]
    seen = [page(press, database, "all", 1)]
    for change in acts:
        change()
        clock.move(minutes=1)
        document = page(press, database, "all", 1)
        assert document.bodies["identity"] not in [one.bodies["identity"] for one in seen], change
        assert document.etags["identity"] not in [one.etags["identity"] for one in seen]
        assert document.date > seen[-1].date
        seen.append(document)
    for change in (lambda: publish(database, clock, 1), lambda: edit.create(database, STORY, "test")):
        change()
        assert page(press, database, "all", 1) == seen[-1]


@on_sqlite
def test_who_asks_for_changes_of_a_page_gets_the_page(press, database, clock, settings):
    numbers = publish(database, clock, 4)
    monotonic = iter(range(0, 1_000, 10))
    client = create_app(settings, clock, monotonic=lambda: next(monotonic)).test_client()
    tags = {path: client.get(path).headers["ETag"] for path in ("/feeds/all.atom", "/feeds/all/archive/1.atom")}
    act(edit.withdraw, database, numbers[0])
    asked = {path: client.get(path, headers={"A-IM": "feed", "If-None-Match": tag}) for path, tag in tags.items()}
    assert {path: answer.status_code for path, answer in asked.items()} == {
        "/feeds/all.atom": 226,
        "/feeds/all/archive/1.atom": 200,
    }
    # The tag of one is none of the other.
    crossed = {"A-IM": "feed", "If-None-Match": tags["/feeds/all.atom"]}
    assert client.get("/feeds/all/archive/1.atom", headers=crossed).status_code == 200


@on_sqlite
def test_a_page_costs_the_same_whatever_its_number_and_the_archives_size(press, database, fill):
    def cost(number):
        with counted(database) as cost:
            page(press, database, "politics", number, "rss")
        return cost

    fill(30)
    few = cost(2)
    assert few.steps > 10
    fill(600)
    for number in (1, 2, 100, 210):
        more = cost(number)
        assert more.statements <= few.statements
        assert more.steps <= few.steps * 1.2, number


@on_sqlite
def test_a_change_costs_the_same_whatever_the_archives_size(press, database, clock, fill):
    number = publish(database, clock, 1)[0]

    def costs():
        changes = [
            lambda: act(edit.update, database, number, STORY),
            lambda: act(edit.withdraw, database, number),
            lambda: act(edit.restore, database, number),
            lambda: press((number_of(database, "politics"),), "atom"),
        ]
        found = []
        for change in changes:
            with counted(database) as cost:
                change()
            found.append(cost)
        return found

    fill(30)
    before = costs()
    fill(600)
    for few, more in zip(before, costs(), strict=True):
        assert more.statements <= few.statements + 2
        assert 10 < more.steps <= few.steps * 1.25
