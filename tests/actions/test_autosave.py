"""Saving while somebody types: as it is typed, in the place of the autosave before, and never over somebody else."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from feedsvc.actions import autosave, edit, presence, review, schedule, upkeep
from feedsvc.actions.revisions import restore
from feedsvc.domain.article import LIMITS, Revision
from feedsvc.domain.roles import Person, Role
from feedsvc.errors import Conflict, Invalid, NotAllowed, NotFound, NotPermitted
from feedsvc.storage import acts, articles, history, staff
from feedsvc.storage.tables import authors, revisions, topics

STORY = Revision(headline="Night bus stays", section="politics", body="It stays.", authors=("Ann",), topics=("Buses",))
WRITER = Person("wim", Role.WRITER)
EDITOR = Person("ed", Role.EDITOR)
RAW = "One line that is long enough.\nAnother line that is long enough.\nAnd a third one."


def article(database, article_id):
    with database.read() as connection:
        return articles.get(connection, article_id)


def saves(database, article_id):
    """The revisions of a story: their texts, and whether they were autosaved."""
    r = revisions.c
    with database.read() as connection:
        query = select(r.body, r.is_autosaved).where(r.article_id == article_id).order_by(r.revision_id)
        return [tuple(row) for row in connection.execute(query)]


def names(database, table):
    with database.read() as connection:
        return list(connection.execute(select(table.c.name).order_by(table.c.name)).scalars())


def type_on(database, number, editor, *texts):
    for text in texts:
        now = article(database, number)
        autosave.save(database, number, now.version, replace(now.working, body=text), editor)


def test_an_autosave_takes_the_place_of_the_one_before_and_so_does_the_save(database):
    number = edit.create(database, STORY, WRITER)
    type_on(database, number, WRITER, "It stays. An", "It stays. And", "It stays. And runs.")
    assert saves(database, number) == [("It stays.", False), ("It stays. And runs.", True)]
    assert article(database, number).version == 4
    edit.save(database, number, 4, replace(STORY, body="It stays. And runs on."), WRITER)
    assert saves(database, number) == [("It stays.", False), ("It stays. And runs on.", False)]
    with database.read() as connection:
        assert [act.kind for act in acts.timeline(connection, number, 10)] == ["saved", "created"]


def test_a_save_that_says_what_was_autosaved_makes_it_a_save(database):
    number = edit.create(database, STORY, WRITER)
    type_on(database, number, WRITER, "It goes.")
    edit.save(database, number, 2, replace(STORY, body="It goes."), WRITER)
    type_on(database, number, WRITER, "It goes on.")
    assert saves(database, number) == [("It stays.", False), ("It goes.", False), ("It goes on.", True)]


def test_a_draft_that_was_only_typed_is_one_revision(database):
    made = autosave.create(database, Revision(headline="Nig"), WRITER, "urn:uuid:1")
    assert (made.identity, made.is_autosaved, made.version) == ("urn:uuid:1", True, 1)
    type_on(database, made.article_id, WRITER, "It", "It sta")
    assert saves(database, made.article_id) == [("It sta", True)]
    with pytest.raises(Conflict):
        autosave.create(database, Revision(headline="Night"), WRITER, "urn:uuid:1")


def test_what_somebody_else_autosaved_stays(database):
    number = edit.create(database, STORY, "ann")
    type_on(database, number, "ann", "Ann’s.")
    type_on(database, number, "bea", "Bea’s.", "Bea’s own.")
    assert saves(database, number) == [("It stays.", False), ("Ann’s.", True), ("Bea’s own.", True)]


def test_an_autosave_on_an_old_version_is_a_conflict_and_changes_nothing(database):
    number = edit.create(database, STORY, "ann")
    edit.save(database, number, 1, replace(STORY, body="Bea’s."), "bea")
    with pytest.raises(Conflict):
        autosave.save(database, number, 1, replace(STORY, body="Ann’s."), "ann")
    assert article(database, number).working.body == "Bea’s."


def test_what_is_public_stays_and_is_never_replaced(database):
    number = autosave.create(database, STORY, "ann").article_id
    edit.publish(database, number, 1, "ann")
    type_on(database, number, "ann", "It g", "It goes.")
    public = article(database, number)
    assert (public.live.body, public.working.body) == ("It stays.", "It goes.")
    type_on(database, number, "ann", "It stays.")
    assert article(database, number).working == article(database, number).live
    assert [body for body, _ in saves(database, number)].count("It goes.") == 0


def test_a_publication_of_what_was_autosaved_is_a_save(database):
    number = autosave.create(database, STORY, "ann").article_id
    edit.publish(database, number, 1, "ann", STORY)
    assert not article(database, number).is_autosaved


def test_half_typed_names_leave_nothing_behind(database):
    number = edit.create(database, STORY, "ann")
    for topic in ("Fer", "ferries", "Ferries"):
        now = article(database, number)
        autosave.save(database, number, now.version, replace(now.working, topics=("Buses", topic)), "ann")
    assert names(database, topics) == ["Buses", "Ferries"]
    assert names(database, authors) == ["Ann"]
    assert article(database, number).working.topics == ("Buses", "Ferries")


def test_text_is_stored_as_it_was_typed(database):
    number = edit.create(database, STORY, "ann")
    type_on(database, number, "ann", RAW)
    assert article(database, number).working.body == RAW


def test_pasted_text_is_put_back_although_something_was_typed_on_it_since(database):
    number = edit.create(database, STORY, "ann")
    edit.save(database, number, 1, replace(STORY, body=RAW.replace("\n", "\n\n")), "ann", typed=RAW)
    type_on(database, number, "ann", "Typed on it.")
    now = article(database, number)
    edit.put_back(database, number, now.version, now.working, "ann")
    assert article(database, number).working.body == RAW
    assert "Typed on it." in [body for body, _ in saves(database, number)]


def test_what_was_autosaved_can_be_gone_back_to_after_an_earlier_version_was_restored(database):
    number = edit.create(database, STORY, "ann")
    with database.read() as connection:
        (first,) = history.listing(connection, number, 10)
    type_on(database, number, "ann", "Typed since.")
    restore(database, number, 2, first.number, "ann")
    assert saves(database, number) == [("It stays.", False), ("Typed since.", False), ("It stays.", False)]


def test_a_scheduled_story_is_not_saved_half_written(database, clock):
    number = edit.create(database, STORY, EDITOR)
    schedule.schedule(database, number, 1, EDITOR, clock() + timedelta(hours=1))
    with pytest.raises(NotAllowed):
        type_on(database, number, EDITOR, "It st")
    assert article(database, number).working.body == "It stays."


def test_a_writer_autosaves_drafts_only(database):
    number = review.create_and_submit(database, STORY, WRITER)
    with pytest.raises(NotPermitted):
        type_on(database, number, WRITER, "It goes.")
    type_on(database, number, EDITOR, "It goes.")
    assert article(database, number).working.body == "It goes."


def test_a_text_that_is_too_long_is_refused_at_its_field(database):
    number = edit.create(database, STORY, "ann")
    with pytest.raises(Invalid) as refusal:
        autosave.save(database, number, 1, replace(STORY, headline="x" * (LIMITS["headline"] + 1)), "ann")
    assert refusal.value.problems.keys() == {"headline"}


def test_who_has_a_story_open_counts_for_half_a_minute(database, clock):
    number = edit.create(database, STORY, "ann")
    with database.write() as connection:
        ann, bea = (staff.add_account(connection, name, "no hash", clock(), Role.EDITOR) for name in ("ann", "bea"))
    presence.stay(database, number, ann)
    assert [one.name for one in presence.others(database, number, bea)] == ["ann"]
    assert presence.others(database, number, ann) == []
    heard = clock.move(seconds=20)
    presence.stay(database, number, ann)
    clock.move(seconds=29)
    assert [(one.name, one.at) for one in presence.others(database, number, bea)] == [("ann", heard)]
    clock.move(seconds=1)
    assert presence.others(database, number, bea) == []
    presence.stay(database, number, ann)
    presence.leave(database, number, ann)
    assert [one.name for one in presence.others(database, number, bea)] == ["ann"]
    presence.stay(database, number, ann)
    clock.move(seconds=12)
    assert [one.name for one in presence.others(database, number, bea)] == ["ann"]
    presence.leave(database, number, ann)
    clock.move(seconds=12)
    assert presence.others(database, number, bea) == []
    presence.leave(database, number, bea)
    assert presence.others(database, number, ann) == []
    with pytest.raises(NotFound):
        presence.stay(database, number + 1, ann)


def test_who_closed_a_story_is_forgotten(database, settings, clock):
    from feedsvc.storage.tables import presences

    number = edit.create(database, STORY, "ann")
    with database.write() as connection:
        ann = staff.add_account(connection, "ann", "no hash", clock(), Role.EDITOR)
    presence.stay(database, number, ann)
    for seconds, there in ((30, 1), (1, 0)):
        clock.move(seconds=seconds)
        upkeep.clean(database, settings)
        with database.read() as connection:
            assert connection.execute(select(func.count()).select_from(presences)).scalar() == there
