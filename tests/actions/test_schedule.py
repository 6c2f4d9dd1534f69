"""A scheduled story is published once, at its time and dated with it, and nobody knows of it before."""

import json
import threading
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

import feedparser
import pytest
from sqlalchemy import select

from feedsvc.actions import edit, naming, schedule
from feedsvc.actions.press import Press, epoch
from feedsvc.domain.article import Revision, Status
from feedsvc.errors import Conflict, FeedsvcError, Invalid, NotAllowed
from feedsvc.storage import articles, feeds, installation, tables
from feedsvc.storage.database import Database
from tests.conftest import HandClock

FORMATS = ("rss", "atom", "json")
STORY = Revision(
    headline="Night bus stays", section="politics", body="It stays.", authors=("Ada Byron",), topics=("Buses",)
)


@pytest.fixture
def press(database, settings):
    installation.settle_epoch(database, epoch(settings))
    return Press(database, settings, epoch(settings))


@pytest.fixture
def soon(clock):
    """The time for which stories are scheduled here: an hour ahead, in whole seconds."""
    return clock.now.replace(microsecond=0) + timedelta(hours=1)


@pytest.fixture
def scheduled(database, soon):
    return schedule.create_and_schedule(database, STORY, "test", soon)


def article(database, article_id):
    with database.read() as connection:
        return articles.get(connection, article_id)


def version(database, article_id):
    return article(database, article_id).version


def log(database, article_id):
    """The kinds of the changes of a story, in their order."""
    c = tables.changes.c
    with database.read() as connection:
        return list(connection.execute(select(c.kind).where(c.article_id == article_id).order_by(c.seq)).scalars())


def resolved(database, name):
    with database.read() as connection:
        return feeds.resolve(connection, name)


def body(database, press, name, format):
    return press(resolved(database, name).feed_ids, format).bodies["identity"]


def titles(database, press, name="all"):
    return [entry.title for entry in feedparser.parse(body(database, press, name, "atom")).entries]


def test_a_story_is_scheduled_for_a_whole_second(database, clock, soon):
    draft = edit.create(database, STORY, "test")
    schedule.schedule(database, draft, version(database, draft), "test", soon + timedelta(milliseconds=700))
    found = article(database, draft)
    assert (found.status, found.publish_at, found.live, found.published) == (Status.SCHEDULED, soon, None, None)
    assert schedule.publish_due(database) == []


def test_a_story_can_be_written_and_scheduled_in_one_act(database, scheduled, soon):
    found = article(database, scheduled)
    assert (found.status, found.publish_at, found.working.headline) == (Status.SCHEDULED, soon, "Night bus stays")


def test_what_cannot_be_scheduled_is_not_saved_either(database, clock, soon):
    with pytest.raises(Invalid) as refused:
        schedule.create_and_schedule(database, replace(STORY, headline=""), "test", soon)
    assert set(refused.value.problems) == {"headline"}
    draft = edit.create(database, STORY, "test")
    with pytest.raises(Invalid):
        schedule.schedule(database, draft, 1, "test", clock.now, replace(STORY, headline="Another"))
    assert article(database, draft).working.headline == "Night bus stays"
    with database.read() as connection:
        assert connection.execute(select(tables.articles.c.article_id)).scalars().all() == [draft]


def test_a_time_that_is_over_is_refused_and_said_to_be(database, clock):
    draft = edit.create(database, STORY, "test")
    for seconds in (-3600, -1, 0):
        at = clock.now.replace(microsecond=0) + timedelta(seconds=seconds)
        with pytest.raises(Invalid, match="That time is over") as refused:
            schedule.schedule(database, draft, version(database, draft), "test", at)
        assert set(refused.value.problems) == {"publish_at"}
    assert article(database, draft).status is Status.DRAFT


def test_the_next_second_is_not_over(database, clock):
    draft = edit.create(database, STORY, "test")
    schedule.schedule(database, draft, 1, "test", clock.now + timedelta(seconds=1))
    assert article(database, draft).status is Status.SCHEDULED


def test_what_could_not_be_published_cannot_be_scheduled(database, soon):
    for missing in ({"headline": ""}, {"body": " \n"}, {"section": None}):
        draft = edit.create(database, replace(STORY, **missing), "test")
        with pytest.raises(Invalid) as refused:
            schedule.schedule(database, draft, 1, "test", soon)
        assert set(refused.value.problems) == set(missing)
        assert article(database, draft).status is Status.DRAFT


def test_the_time_can_be_changed_and_the_one_before_is_forgotten(database, clock, scheduled, soon):
    later = soon + timedelta(hours=1)
    schedule.schedule(database, scheduled, version(database, scheduled), "test", later)
    clock.now = soon
    assert schedule.publish_due(database) == []
    clock.now = later
    assert schedule.publish_due(database) == [scheduled]
    assert article(database, scheduled).published == later


def test_a_cancelled_story_is_a_draft_that_does_not_go_out(database, clock, scheduled, soon):
    changed = replace(STORY, headline="Wait")
    schedule.unschedule(database, scheduled, version(database, scheduled), "test", changed)
    found = article(database, scheduled)
    assert (found.status, found.publish_at, found.working.headline) == (Status.DRAFT, None, "Wait")
    clock.now = soon + timedelta(days=1)
    assert schedule.publish_due(database) == []
    assert schedule.overdue(database) == []
    assert log(database, scheduled) == []


def test_a_cancelled_story_may_be_saved_with_something_missing(database, scheduled):
    schedule.unschedule(database, scheduled, version(database, scheduled), "test", replace(STORY, body=""))
    assert article(database, scheduled).working.body == ""


def test_what_is_not_scheduled_cannot_be_cancelled(database):
    draft = edit.create(database, STORY, "test")
    with pytest.raises(NotAllowed, match="not scheduled"):
        schedule.unschedule(database, draft, 1, "test")


def test_two_editors_cannot_schedule_over_each_other(database, scheduled, soon):
    for act in (schedule.schedule, schedule.unschedule):
        with pytest.raises(Conflict):
            act(database, scheduled, 1, "test", *([soon] if act is schedule.schedule else []))
    assert article(database, scheduled).publish_at == soon


def test_a_story_goes_out_as_it_was_saved_last(database, clock, press, scheduled, soon):
    edit.save(database, scheduled, version(database, scheduled), replace(STORY, headline="Night bus goes"), "test")
    assert article(database, scheduled).publish_at == soon
    clock.now = soon
    schedule.publish_due(database)
    assert titles(database, press) == ["Night bus goes"]
    assert article(database, scheduled).live.slug == "night-bus-goes"


def test_nothing_is_saved_on_a_scheduled_story_that_could_not_go_out(database, clock, press, scheduled, soon):
    with pytest.raises(Invalid) as refused:
        edit.save(database, scheduled, version(database, scheduled), replace(STORY, body=""), "test")
    assert set(refused.value.problems) == {"body"}
    clock.now = soon
    assert schedule.publish_due(database) == [scheduled]
    assert titles(database, press) == ["Night bus stays"]


@pytest.mark.parametrize("late", [timedelta(0), timedelta(seconds=1, milliseconds=400), timedelta(days=3)])
def test_a_story_is_dated_with_its_time_however_late_it_is(database, clock, press, scheduled, soon, late):
    clock.now = soon + late
    assert schedule.publish_due(database) == [scheduled]
    found = article(database, scheduled)
    assert (found.status, found.publish_at) == (Status.PUBLISHED, None)
    assert (found.published, found.updated) == (soon, soon)
    (entry,) = feedparser.parse(body(database, press, "all", "rss")).entries
    assert parsedate_to_datetime(entry.published) == soon
    (entry,) = feedparser.parse(body(database, press, "all", "atom")).entries
    assert [datetime.fromisoformat(date) for date in (entry.published, entry.updated)] == [soon, soon]
    (item,) = json.loads(body(database, press, "all", "json"))["items"]
    dates = {item["date_published"], item.get("date_modified", item["date_published"])}
    assert {datetime.fromisoformat(date) for date in dates} == {soon}


def test_a_second_before_its_time_a_story_is_not_out(database, clock, scheduled, soon):
    clock.now = soon - timedelta(milliseconds=1)
    assert schedule.publish_due(database) == []
    assert article(database, scheduled).status is Status.SCHEDULED


def test_a_story_is_published_once(database, clock, scheduled, soon):
    clock.now = soon
    assert schedule.publish_due(database) == [scheduled]
    assert schedule.publish_due(database) == []
    assert log(database, scheduled) == ["published"]


def test_stories_that_are_due_go_out_in_the_order_of_their_times(database, clock, soon):
    made = [
        schedule.create_and_schedule(
            database, replace(STORY, headline=f"S{n}"), "test", soon + timedelta(seconds=seconds)
        )
        for n, seconds in enumerate((5, 1, 3))
    ]
    clock.now = soon + timedelta(seconds=3)
    assert schedule.publish_due(database) == [made[1], made[2]]
    clock.move(hours=1)
    assert schedule.publish_due(database) == [made[0]]


def test_two_clocks_at_once_publish_each_story_once(database, settings, clock, soon):
    made = [
        schedule.create_and_schedule(database, replace(STORY, headline=f"S{n}"), "test", soon + timedelta(seconds=n))
        for n in range(12)
    ]
    now = soon + timedelta(minutes=1)
    clock.now = now
    other = Database(settings.database_url, HandClock(now))
    published, start = [], threading.Barrier(2)

    def run(of):
        start.wait()
        published.append(schedule.publish_due(of))

    threads = [threading.Thread(target=run, args=(of,)) for of in (database, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.engine.dispose()
    assert len(published) == 2
    assert sorted(number for numbers in published for number in numbers) == made
    assert [log(database, number) for number in made] == [["published"]] * len(made)


def test_one_that_cannot_be_published_is_named_and_keeps_no_other_one_waiting(database, clock, press, soon):
    stuck = schedule.create_and_schedule(database, replace(STORY, section="tech"), "test", soon)
    other = schedule.create_and_schedule(
        database, replace(STORY, headline="Other"), "test", soon + timedelta(seconds=1)
    )
    naming.retire(database, "tech", "test")
    clock.now = soon + timedelta(minutes=1)
    for _ in range(2):
        with pytest.raises(FeedsvcError, match=rf"Story {stuck} is due and cannot be published: .*section was retired"):
            schedule.publish_due(database)
    assert titles(database, press) == ["Other"]
    assert log(database, other) == ["published"]
    assert schedule.overdue(database) == [stuck]
    # Mended, it goes out with its time.
    edit.save(database, stuck, version(database, stuck), STORY, "test")
    assert schedule.publish_due(database) == [stuck]
    assert article(database, stuck).published == soon
    assert schedule.overdue(database) == []


def test_a_story_is_overdue_some_seconds_after_its_time(database, clock, scheduled, soon):
    clock.now = soon + timedelta(seconds=schedule.OVERDUE_SECONDS - 1)
    assert schedule.overdue(database) == []
    clock.move(seconds=1)
    assert schedule.overdue(database) == [scheduled]
    schedule.publish_due(database)
    assert schedule.overdue(database) == []


def test_what_was_published_once_cannot_be_scheduled(database, soon):
    number = edit.create_and_publish(database, STORY, "test")
    for _ in ("published", "withdrawn"):
        with pytest.raises(NotAllowed, match="never published"):
            schedule.schedule(database, number, version(database, number), "test", soon)
        if article(database, number).status is Status.PUBLISHED:
            edit.withdraw(database, number, version(database, number), "test")


def test_a_scheduled_story_can_be_published_at_once_and_does_not_go_out_again(database, clock, press, scheduled, soon):
    edit.publish(database, scheduled, version(database, scheduled), "test")
    found = article(database, scheduled)
    assert (found.status, found.publish_at) == (Status.PUBLISHED, None)
    assert found.published == clock.now.replace(microsecond=0) < soon
    clock.now = soon
    assert schedule.publish_due(database) == []
    assert log(database, scheduled) == ["published"]
    assert titles(database, press) == ["Night bus stays"]


def test_a_scheduled_story_can_neither_be_updated_nor_withdrawn(database, scheduled):
    for act in (edit.update, edit.withdraw):
        with pytest.raises(NotAllowed):
            act(database, scheduled, version(database, scheduled), "test")
    assert article(database, scheduled).status is Status.SCHEDULED


def test_nothing_of_a_scheduled_story_is_in_any_feed_before_its_time(database, clock, press, soon):
    edit.create_and_publish(database, Revision(headline="Before", section="tech", body="Text."), "test")
    names = ("all", "politics", "tech", "trending", "rising")
    documents = {
        (name, format): press(resolved(database, name).feed_ids, format) for name in names for format in FORMATS
    }
    number = schedule.create_and_schedule(database, STORY, "test", soon)
    edit.save(database, number, version(database, number), replace(STORY, standfirst="The line has money."), "test")
    schedule.schedule(database, number, version(database, number), "test", soon + timedelta(minutes=1))
    clock.now = soon
    schedule.publish_due(database)
    for (name, format), document in documents.items():
        assert press(resolved(database, name).feed_ids, format) == document
    assert log(database, number) == []
    # Its topic and its author have no feeds before.
    assert [resolved(database, name) for name in ("topics/buses", "authors/ada-byron")] == [None, None]
    with database.read() as connection:
        assert articles.story(connection, number) is None
    clock.now = soon + timedelta(minutes=1)
    schedule.publish_due(database)
    for name in ("all", "politics", "topics/buses", "authors/ada-byron"):
        assert "Night bus stays" in titles(database, press, name)
    assert resolved(database, "tech").feed_ids
    assert press(resolved(database, "tech").feed_ids, "atom") == documents["tech", "atom"]


def test_a_clock_that_was_set_back_holds_a_story_back(database, clock, scheduled, soon):
    clock.now = soon
    clock()
    clock.move(minutes=-5)
    assert schedule.publish_due(database) == []
    clock.now = soon
    assert schedule.publish_due(database) == [scheduled]
