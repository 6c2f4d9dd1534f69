"""Each act takes a role, and is refused by the act itself to all others."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from feedsvc.actions import edit, naming, review, sample, schedule, sections
from feedsvc.domain.article import Revision
from feedsvc.domain.roles import Person, Role
from feedsvc.errors import NotPermitted
from feedsvc.storage import articles

STORY = Revision(headline="Night bus stays", section="politics", body="It stays.", topics=("Bus", "Tram"))
OTHER = Revision(headline="Night bus stays", section="politics", body="It stays for good.")


def version(database, article_id):
    with database.read() as connection:
        return articles.get(connection, article_id).version


@pytest.fixture
def there(database, clock):
    """A story of each kind."""
    return SimpleNamespace(
        draft=edit.create(database, STORY, "test"),
        submitted=review.create_and_submit(database, STORY, "test"),
        scheduled=schedule.create_and_schedule(database, STORY, "test", clock() + timedelta(days=1)),
        public=edit.create_and_publish(database, STORY, "test"),
    )


def on(kind, act, *more):
    def do(database, settings, there, by):
        number = getattr(there, kind)
        act(database, number, version(database, number), *(one(database) if callable(one) else one for one in more), by)

    return do


def later(database):
    return database.clock() + timedelta(hours=1)


def scheduling(kind):
    def do(database, settings, there, by):
        number = getattr(there, kind)
        schedule.schedule(database, number, version(database, number), by, later(database))

    return do


WRITERS = {
    "create": lambda database, settings, there, by: edit.create(database, STORY, by),
    "save a draft": on("draft", edit.save, OTHER),
    "submit": on("draft", review.submit),
    "create and submit": lambda database, settings, there, by: review.create_and_submit(database, STORY, by),
}
EDITORS = {
    "save what is in review": on("submitted", edit.save, OTHER),
    "save what is scheduled": on("scheduled", edit.save, OTHER),
    "save what is public": on("public", edit.save, OTHER),
    "create and publish": lambda database, settings, there, by: edit.create_and_publish(database, STORY, by),
    "publish a draft": on("draft", edit.publish),
    "publish what is in review": on("submitted", edit.publish),
    "publish what is scheduled": on("scheduled", edit.publish),
    "update": on("public", edit.update),
    "withdraw": on("public", edit.withdraw),
    "send back": on("submitted", review.send_back),
    "schedule a draft": scheduling("draft"),
    "schedule again": scheduling("scheduled"),
    "unschedule": on("scheduled", schedule.unschedule),
    "create and schedule": lambda database, settings, there, by: schedule.create_and_schedule(
        database, STORY, by, later(database)
    ),
}
ADMINISTRATORS = {
    "add a section": lambda database, settings, there, by: sections.add(database, "world", "World", "", by),
    "rename a section": lambda database, settings, there, by: naming.rename(
        database, "tech", "Technology", "technology", "", by
    ),
    "retire a section": lambda database, settings, there, by: naming.retire(database, "tech", by),
    "merge topics": lambda database, settings, there, by: naming.merge(database, "topics/bus", "topics/tram", by),
    "remove the sample": lambda database, settings, there, by: sample.remove(database, settings.media, by),
}
ACTS = [
    *((name, act, set(Role)) for name, act in WRITERS.items()),
    *((name, act, {Role.EDITOR, Role.ADMINISTRATOR}) for name, act in EDITORS.items()),
    *((name, act, {Role.ADMINISTRATOR}) for name, act in ADMINISTRATORS.items()),
]


@pytest.fixture
def kind():
    """Rights are looked at before any database is asked."""
    return "sqlite"


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize(("act", "allowed"), [pytest.param(act, allowed, id=name) for name, act, allowed in ACTS])
def test_an_act_is_done_for_the_roles_it_is_meant_for_and_refused_to_others(
    database, settings, there, monkeypatch, act, allowed, role
):
    monkeypatch.setattr(edit, "REMOVAL_SECONDS", 0)
    if act is ADMINISTRATORS["remove the sample"]:
        sample.bring(database, settings.media)
    by = Person("somebody", role)
    if role in allowed:
        act(database, settings, there, by)
        return
    with database.read() as connection:
        before = [articles.get(connection, number) for number in vars(there).values()]
    with pytest.raises(NotPermitted, match=f"signed in as (a )?{role}"):
        act(database, settings, there, by)
    with database.read() as connection:
        assert [articles.get(connection, number) for number in vars(there).values()] == before
