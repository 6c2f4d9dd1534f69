"""Review: submitted with a note, sent back with a note, published or scheduled; the timeline tells of it all."""

from dataclasses import replace
from datetime import timedelta

import pytest

from feedsvc.actions import edit, review, schedule
from feedsvc.domain.article import Revision, Status
from feedsvc.domain.roles import Person, Role
from feedsvc.errors import Conflict, Invalid, NotAllowed, NotPermitted
from feedsvc.storage import acts, articles

STORY = Revision(headline="Night bus stays", section="politics", body="It stays.")
WRITER = Person("wim", Role.WRITER)
EDITOR = Person("ed", Role.EDITOR)


def article(database, article_id):
    with database.read() as connection:
        return articles.get(connection, article_id)


def timeline(database, article_id):
    with database.read() as connection:
        return [(act.kind, act.by, act.note) for act in reversed(acts.timeline(connection, article_id, 100))]


@pytest.fixture
def submitted(database):
    return review.create_and_submit(database, STORY, WRITER, "Please check the figures.")


def test_a_story_goes_from_draft_over_review_to_publication(database, submitted, clock):
    assert article(database, submitted).status is Status.IN_REVIEW
    review.send_back(database, submitted, 2, EDITOR, "Which figures?")
    assert article(database, submitted).status is Status.DRAFT
    review.submit(database, submitted, 3, WRITER, "", replace(STORY, body="It stays, by eleven to two."))
    edit.publish(database, submitted, article(database, submitted).version, EDITOR)
    assert article(database, submitted).live.body == "It stays, by eleven to two."
    told = timeline(database, submitted)
    assert told[:3] == [
        ("created", "wim", ""),
        ("submitted", "wim", "Please check the figures."),
        ("returned", "ed", "Which figures?"),
    ]
    assert [kind for kind, _, _ in told[3:]] == ["saved", "submitted", "published"]


def test_what_is_in_review_can_be_scheduled(database, submitted, clock):
    schedule.schedule(database, submitted, 2, EDITOR, clock() + timedelta(hours=1))
    assert article(database, submitted).status is Status.SCHEDULED
    assert timeline(database, submitted)[-1] == ("scheduled", "ed", "2026-03-14T13:00:00+00:00")
    clock.move(hours=1)
    assert schedule.publish_due(database) == [submitted]
    assert timeline(database, submitted)[-1] == ("published", "schedule", "")


def test_what_was_scheduled_from_review_returns_there(database, submitted, clock):
    def cancelled():
        version = article(database, submitted).version
        schedule.schedule(database, submitted, version, EDITOR, clock() + timedelta(hours=1))
        edit.save(database, submitted, version + 1, replace(STORY, body=f"It stays at {version}."), EDITOR)
        schedule.unschedule(database, submitted, article(database, submitted).version, EDITOR)
        return article(database, submitted).status

    assert cancelled() is Status.IN_REVIEW
    assert cancelled() is Status.IN_REVIEW
    review.send_back(database, submitted, article(database, submitted).version, EDITOR)
    assert cancelled() is Status.DRAFT


def test_a_withdrawal_stands_in_the_timeline_with_its_notice(database):
    number = edit.create_and_publish(database, STORY, EDITOR)
    edit.withdraw(database, number, 2, EDITOR, "It was wrong.")
    edit.publish(database, number, 3, EDITOR)
    assert timeline(database, number) == [
        ("created", "ed", ""),
        ("published", "ed", ""),
        ("withdrawn", "ed", "It was wrong."),
        ("restored", "ed", ""),
    ]


def test_saves_of_one_person_that_follow_each_other_are_one_line(database, clock):
    number = edit.create(database, STORY, "ann")
    for minute, by in enumerate(("ann", "ann", "bert", "ann")):
        clock.move(minutes=1)
        edit.save(database, number, minute + 1, replace(STORY, body=f"Minute {minute}."), by)
    with database.read() as connection:
        lines = acts.timeline(connection, number, 100)
    assert [(act.kind, act.by) for act in lines] == [
        ("saved", "ann"),
        ("saved", "bert"),
        ("saved", "ann"),
        ("created", "ann"),
    ]
    assert lines[2].at == lines[3].at + timedelta(minutes=2)


@pytest.mark.parametrize("field", ["headline", "body"])
def test_what_nobody_could_review_is_not_submitted(database, field):
    number = edit.create(database, replace(STORY, **{field: ""}), WRITER)
    with pytest.raises(Invalid) as refusal:
        review.submit(database, number, 1, WRITER)
    assert refusal.value.problems.keys() == {field}
    assert article(database, number).status is Status.DRAFT


def test_a_note_that_is_too_long_is_refused_and_nothing_happens(database, submitted):
    with pytest.raises(Invalid) as refusal:
        review.send_back(database, submitted, 2, EDITOR, "x" * 2_001)
    assert refusal.value.problems.keys() == {"note"}
    assert article(database, submitted).status is Status.IN_REVIEW


def test_only_a_draft_is_submitted_and_only_what_is_in_review_is_sent_back(database, submitted):
    with pytest.raises(NotAllowed):
        review.submit(database, submitted, 2, EDITOR)
    draft = edit.create(database, STORY, WRITER)
    with pytest.raises(NotAllowed):
        review.send_back(database, draft, 1, EDITOR)


def test_an_old_version_is_a_conflict(database, submitted):
    with pytest.raises(Conflict):
        review.send_back(database, submitted, 1, EDITOR)


def test_a_writer_changes_drafts_only(database, submitted):
    changed = replace(STORY, body="Other.")
    with pytest.raises(NotPermitted):
        edit.save(database, submitted, 2, changed, WRITER)
    public = edit.create_and_publish(database, STORY, EDITOR)
    with pytest.raises(NotPermitted):
        edit.save(database, public, 2, changed, WRITER)
    assert {article(database, number).working.body for number in (submitted, public)} == {STORY.body}
    edit.save(database, submitted, 2, changed, EDITOR)
