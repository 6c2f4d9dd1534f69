"""A time to publish is set, changed and cancelled in the form of a story, on the newsroom's clocks."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from feedsvc.actions import schedule
from feedsvc.domain.article import Status
from feedsvc.storage import acts
from tests.web.newsdesk_app import NEW, STORY, Desk, field_of, path_of, problem_of, text_of

VIENNA = ZoneInfo("Europe/Vienna")
MORNING = "2026-03-15T07:30"
"""The day after the test's clock."""


@pytest.fixture
def desk(settings, database):
    settings.time_zone = VIENNA
    desk = Desk(settings, database)
    yield desk
    desk.app.extensions["feedsvc"].database.engine.dispose()


def test_a_new_story_is_scheduled_on_the_clocks_of_the_newsroom(desk):
    number = desk.write("schedule", publish_at=MORNING, **STORY)
    article = desk.article(number)
    assert article.status is Status.SCHEDULED
    assert article.publish_at == datetime(2026, 3, 15, 6, 30, tzinfo=UTC)
    page = desk.get(f"{path_of(number)}?done=scheduled")
    assert field_of(page, "publish_at") == MORNING
    assert "Scheduled for 15 March 2026, 07:30, Europe/Vienna." in text_of(page)
    assert "on the clocks of Europe/Vienna" in text_of(page)


def test_the_list_shows_when_and_counts_it(desk):
    desk.write("schedule", publish_at=MORNING, **STORY)
    page = text_of(desk.get("/newsdesk?status=scheduled"))
    assert "Scheduled 1" in page
    assert "Scheduled for 15 March 2026, 07:30 (Europe/Vienna)" in page


def test_the_time_can_be_changed_and_cancelled(desk):
    number = desk.write("schedule", publish_at=MORNING, **STORY)
    assert desk.act(number, "schedule", publish_at="2026-03-16T08:00:30", **STORY).status_code == 303
    assert desk.article(number).publish_at == datetime(2026, 3, 16, 7, 0, 30, tzinfo=UTC)
    assert field_of(desk.get(path_of(number)), "publish_at") == "2026-03-16T08:00:30"
    assert desk.act(number, "unschedule", **STORY).status_code == 303
    assert (desk.article(number).status, desk.article(number).publish_at) == (Status.DRAFT, None)
    assert desk.act(number, "unschedule", **STORY).status_code == 422


def test_the_button_that_cancels_says_where_the_story_goes(desk):
    for action, button, done in (
        ("save", "Cancel: make it a draft", "The story is a draft: nothing"),
        ("submit", "Cancel: back to review", "The story waits for review again: nothing"),
    ):
        number = desk.write(action, **STORY)
        desk.act(number, "schedule", publish_at=MORNING, **STORY)
        assert button in text_of(desk.get(path_of(number)))
        answer = desk.act(number, "unschedule", **STORY)
        assert done in text_of(desk.get(answer.headers["Location"]))


def test_the_timeline_says_times_on_the_clocks_of_the_newsroom(desk, database, clock):
    number = desk.write("schedule", publish_at=MORNING, **STORY)
    assert "by anna For 15 March 2026, 07:30 (Europe/Vienna)" in text_of(desk.get(path_of(number)))
    desk.client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "de"
    assert "Für 15. März 2026, 07:30 (Europe/Vienna)" in text_of(desk.get(path_of(number)))
    desk.client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    before = {
        "scheduled": "2026-03-15 06:30:00 UTC",
        "reverted": "To the version of 2026-03-14 12:00:00 UTC.",
    }
    with database.write() as connection:
        for kind, note in before.items():
            acts.note(connection, number, clock(), "anna", kind, note)
        acts.note(connection, number, clock(), "anna", "reverted", "2026-03-15T06:30:00+00:00 crime tech")
        acts.note(connection, number, clock(), "anna", "reverted", "2026-03-15T06:30:00+00:00 crime ")
    page = text_of(desk.get(path_of(number)))
    assert all(note in page for note in before.values())
    to = "To the version of 15 March 2026, 07:30. Its section “crime” was retired:"
    assert f"{to} the story stands in “tech”." in page
    assert f"{to} none is chosen." in page


def test_what_is_saved_until_then_goes_out(desk, database, clock):
    number = desk.write("schedule", publish_at=MORNING, **STORY)
    desk.act(number, "save", **STORY | {"headline": "Council sells the night bus"})
    assert desk.article(number).status is Status.SCHEDULED
    clock.move(days=1)
    assert schedule.publish_due(database) == [number]
    article = desk.article(number)
    assert (article.live.headline, article.published) == (
        "Council sells the night bus",
        datetime(2026, 3, 15, 6, 30, tzinfo=UTC),
    )


def test_a_scheduled_story_cannot_be_saved_as_one_that_could_not_go_out(desk):
    number = desk.write("schedule", publish_at=MORNING, **STORY)
    answer = desk.act(number, "save", **STORY | {"headline": ""})
    assert answer.status_code == 422
    assert "headline" in problem_of(answer, "headline")
    assert desk.article(number).working.headline == STORY["headline"]


def test_a_scheduled_story_can_be_published_now(desk, clock):
    number = desk.write("schedule", publish_at=MORNING, **STORY)
    desk.act(number, "publish", **STORY)
    assert desk.article(number).published == clock.now.replace(microsecond=0)


@pytest.mark.parametrize(
    ("publish_at", "said"),
    [
        ("", "Say when"),
        ("tomorrow", "That is no time"),
        ("2026-03-15", "That is no time"),
        ("2026-03-15T07:30+01:00", "That is no time"),
        ("2026-03-14T12:59", "That time is over"),
        ("2026-03-29T02:30", "There is no 2026-03-29 02:30 in Europe/Vienna"),
        ("2026-10-25T02:30", "It is 2026-10-25 02:30 twice in Europe/Vienna"),
    ],
)
@pytest.mark.parametrize("is_stored", [False, True])
def test_a_time_that_cannot_be_meant_is_asked_about_and_nothing_is_lost(desk, publish_at, said, is_stored):
    path = path_of(desk.write(**STORY)) if is_stored else NEW
    version = {"version": 1} if is_stored else {}
    answer = desk.post(path, action="schedule", publish_at=publish_at, **version, **STORY)
    assert answer.status_code == 422
    assert said in problem_of(answer, "publish_at")
    assert field_of(answer, "publish_at") == publish_at
    assert field_of(answer, "headline") == STORY["headline"]
    assert desk.count() == is_stored


@pytest.mark.parametrize(("which", "hour"), [("first", 0), ("second", 1)])
def test_of_a_time_that_clocks_show_twice_one_is_chosen(desk, which, hour):
    asked = desk.post(action="schedule", publish_at="2026-10-25T02:30", **STORY)
    assert asked.text.count('name="publish_at_which"') == 2
    number = desk.write("schedule", publish_at="2026-10-25T02:30", publish_at_which=which, **STORY)
    assert desk.article(number).publish_at == datetime(2026, 10, 25, hour, 30, tzinfo=UTC)
    again = desk.get(path_of(number))
    assert f'value="{which}" checked' in again.text


def test_a_published_story_is_not_scheduled(desk):
    number = desk.write("publish", **STORY)
    answer = desk.act(number, "schedule", publish_at=MORNING, **STORY)
    assert answer.status_code == 422
    assert "never published" in text_of(answer)


def test_scheduling_on_an_old_version_is_refused_with_both_texts_kept(desk):
    number = desk.write(**STORY)
    desk.colleague("bert").act(number, "save", **STORY | {"headline": "Theirs"})
    answer = desk.act(number, "schedule", version=1, publish_at=MORNING, **STORY)
    assert answer.status_code == 409
    assert desk.article(number).status is Status.DRAFT


def test_a_missing_part_is_asked_for_before_the_time_comes(desk):
    answer = desk.post(action="schedule", publish_at=MORNING, **STORY | {"section": ""})
    assert answer.status_code == 422
    assert problem_of(answer, "section")
    assert desk.count() == 0
