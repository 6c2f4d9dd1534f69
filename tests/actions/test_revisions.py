"""Versions of a story: each save is kept, and each can be the working copy again."""

from dataclasses import replace
from datetime import timedelta

import pytest

from feedsvc.actions import edit, naming, review, schedule
from feedsvc.actions.revisions import restore
from feedsvc.domain.article import Revision, Status
from feedsvc.domain.roles import Person, Role
from feedsvc.errors import Conflict, Invalid, NotAllowed, NotFound, NotPermitted
from feedsvc.storage import acts, articles, history

FIRST = Revision(headline="Night bus stays", section="politics", body="It stays.", topics=("Night Bus",))
SECOND = replace(FIRST, headline="Night bus goes", body="It goes now.")
WRITER = Person("wim", Role.WRITER)
EDITOR = Person("ed", Role.EDITOR)


def article(database, article_id):
    with database.read() as connection:
        return articles.get(connection, article_id)


def versions(database, article_id, limit=50, before=None):
    with database.read() as connection:
        return history.listing(connection, article_id, limit, before)


def last_act(database, article_id):
    with database.read() as connection:
        (act,) = acts.timeline(connection, article_id, 1)
    return act.kind, act.by, act.note


@pytest.fixture
def saved(database, clock):
    """A draft, saved by Wim, and by Ed a minute later."""
    number = edit.create(database, FIRST, WRITER)
    clock.move(minutes=1)
    edit.save(database, number, 1, SECOND, EDITOR)
    clock.move(minutes=1)
    return number


def test_versions_are_listed_with_who_saved_them_and_what_they_are_now(database, saved, clock):
    edit.publish(database, saved, 2, EDITOR)
    clock.move(minutes=1)
    edit.save(database, saved, article(database, saved).version, replace(SECOND, body="It goes."), WRITER.name)
    latest, *_, first = found = versions(database, saved)
    assert (latest.saved_by, latest.words, latest.is_working, latest.is_live) == ("wim", 2, True, False)
    assert (first.saved_by, first.headline, first.words, first.is_working) == ("wim", "Night bus stays", 2, False)
    assert [one.saved for one in found] == sorted((one.saved for one in found), reverse=True)
    assert [one.headline for one in found if one.is_live] == ["Night bus goes"]
    with database.read() as connection:
        now = history.current(connection, saved)
    assert (now.working, now.before_working) == (latest.number, found[1].number)
    assert now.live == next(one.number for one in found if one.is_live)


def test_the_list_of_versions_is_paged_by_number(database, saved):
    latest, first = versions(database, saved)
    assert versions(database, saved, 1) == [latest]
    assert versions(database, saved, 1, latest.number) == [first]
    assert versions(database, saved, 1, first.number) == []


def test_a_version_of_another_story_is_not_found(database, saved):
    other = edit.create(database, FIRST, WRITER)
    strange = versions(database, other)[0].number
    with database.read() as connection, pytest.raises(NotFound):
        history.version(connection, saved, strange)
    with pytest.raises(NotFound):
        restore(database, saved, 2, strange, EDITOR)
    assert article(database, saved).working == SECOND


def test_an_earlier_version_becomes_the_working_copy_and_the_timeline_says_so(database, saved):
    second, first = versions(database, saved)
    restored = restore(database, saved, 2, first.number, WRITER)
    assert restored.working == FIRST
    assert (restored.version, restored.saved_by) == (3, "wim")
    assert [one.number for one in versions(database, saved)[1:]] == [second.number, first.number]
    assert last_act(database, saved) == ("reverted", "wim", first.saved.isoformat())
    assert restore(database, saved, 3, second.number, WRITER).working == SECOND


def test_what_is_public_stays_until_it_is_updated(database, saved):
    edit.publish(database, saved, 2, EDITOR)
    live = article(database, saved).live
    first = versions(database, saved)[-1]
    restored = restore(database, saved, article(database, saved).version, first.number, EDITOR)
    assert restored.live == live
    assert restored.working.body == FIRST.body
    assert restored.working.slug == live.slug
    assert restored.has_unpublished_changes
    going_back = next(one.number for one in versions(database, saved) if one.is_live)
    undone = restore(database, saved, restored.version, going_back, EDITOR)
    assert not undone.has_unpublished_changes


def test_restoring_what_the_working_copy_says_already_is_refused(database, saved):
    second, _ = versions(database, saved)
    with pytest.raises(NotAllowed, match="says the same"):
        restore(database, saved, 2, second.number, EDITOR)
    assert article(database, saved).version == 2


def test_restoring_over_a_save_of_somebody_else_is_refused(database, saved):
    first = versions(database, saved)[-1].number
    with pytest.raises(Conflict, match="ed saved this story"):
        restore(database, saved, 1, first, WRITER)
    assert article(database, saved).working == SECOND


def test_a_writer_restores_drafts_only(database, saved):
    first = versions(database, saved)[-1].number
    review.submit(database, saved, 2, WRITER)
    with pytest.raises(NotPermitted):
        restore(database, saved, 3, first, WRITER)
    assert restore(database, saved, 3, first, EDITOR).status is Status.IN_REVIEW


def test_what_is_scheduled_takes_no_version_that_could_not_go_out(database, clock):
    number = edit.create(database, replace(FIRST, body=""), EDITOR)
    edit.save(database, number, 1, FIRST, EDITOR)
    schedule.schedule(database, number, 2, EDITOR, clock() + timedelta(hours=1))
    with pytest.raises(Invalid) as refused:
        restore(database, number, article(database, number).version, versions(database, number)[-1].number, EDITOR)
    assert set(refused.value.problems) == {"body"}
    assert article(database, number).working.body == FIRST.body


@pytest.mark.parametrize(("now", "stands"), [("tech", "politics tech"), ("politics", "politics ")])
def test_a_version_in_a_retired_section_keeps_the_section_of_the_working_copy(database, saved, now, stands):
    edit.save(database, saved, 2, replace(SECOND, section=now), EDITOR)
    naming.retire(database, "politics", "test")
    first = versions(database, saved)[-1].number
    restored = restore(database, saved, article(database, saved).version, first, EDITOR)
    assert restored.working == replace(FIRST, section="tech" if now == "tech" else None)
    assert last_act(database, saved)[2].endswith(f"+00:00 {stands}")


def test_names_keep_the_spelling_that_they_have_now(database, saved):
    edit.save(database, saved, 2, replace(SECOND, topics=("night bus", "Council")), EDITOR)
    first = versions(database, saved)[-1].number
    assert restore(database, saved, 3, first, EDITOR).working.topics == ("Night Bus",)
