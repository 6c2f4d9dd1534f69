"""An aggregator that asks for what changed, through the whole application, while editors work."""

from dataclasses import replace

import pytest
from lxml import etree
from werkzeug.test import Client

from feedsvc import create_app
from feedsvc.actions import edit, naming
from feedsvc.domain.article import Revision
from feedsvc.storage import articles

STORY = Revision(headline="Night bus stays", section="politics", body="It stays.")
ATOM = "{http://www.w3.org/2005/Atom}"
AT = "{http://purl.org/atompub/tombstones/1.0}deleted-entry"


class Aggregator:
    """Holds one feed by nothing but what it is sent: entries come and are replaced, tombstones take them away."""

    def __init__(self, client, name):
        self.client, self.path = client, f"/feeds/{name}.atom"
        self.tag, self.held = "", {}

    def poll(self):
        answer = self.client.get(self.path, headers={"A-IM": "feed", "If-None-Match": self.tag})
        self.tag = answer.headers["ETag"]
        if answer.status_code != 304:
            root = etree.fromstring(answer.data)
            for tombstone in root.iter(AT):
                self.held.pop(tombstone.get("ref"), None)
            for entry in root.iter(f"{ATOM}entry"):
                self.held[entry.findtext(f"{ATOM}id")] = entry.findtext(f"{ATOM}title")
        return answer.status_code

    @property
    def titles(self):
        return sorted(self.held.values())


@pytest.fixture
def client(database, settings, clock):
    """What polls; the application looks for news at each, as if a minute lay between them."""
    minutes = iter(range(0, 1_000_000, 60))
    return Client(create_app(settings, clock, monotonic=lambda: next(minutes)))


def get(database, number):
    with database.read() as connection:
        return articles.get(connection, number)


def test_a_copy_kept_by_changes_alone_is_what_the_newsroom_stands_for(database, clock, client):
    politics, both = Aggregator(client, "politics"), Aggregator(client, "politics+tech")
    number = edit.create_and_publish(database, STORY, "test")
    edit.create_and_publish(database, replace(STORY, headline="Beside", section="tech"), "test")
    edit.create_and_publish(database, replace(STORY, headline="Long report"), "test")
    assert (politics.poll(), both.poll()) == (200, 200)
    assert (politics.poll(), both.poll()) == (304, 304)

    def then(act, *, here, there):
        clock.move(minutes=5)
        act()
        assert (politics.poll(), both.poll()) == (226, 226)
        assert (politics.titles, both.titles) == (sorted(here), sorted(there))

    def update(**changes):
        article = get(database, number)
        edit.update(database, number, article.version, "test", replace(article.working, **changes))

    def withdraw(**how):
        edit.withdraw(database, number, get(database, number).version, "test", **how)

    def restore():
        edit.restore(database, number, get(database, number).version, "test")

    others = ["Long report", "Beside"]
    then(lambda: update(section="tech"), here=others[:1], there=["Night bus stays", *others])
    then(lambda: update(section="politics"), here=["Night bus stays", *others[:1]], there=["Night bus stays", *others])
    then(lambda: withdraw(notice="Wrong."), here=["Withdrawn", *others[:1]], there=["Withdrawn", *others])
    then(restore, here=["Night bus stays", *others[:1]], there=["Night bus stays", *others])
    then(lambda: withdraw(has_notice=False), here=others[:1], there=others)
    naming.rename(database, "tech", "Technology", "", None, "test")
    assert both.poll() == 200


def test_deltas_can_be_switched_off(database, settings, clock):
    settings.deltas = False
    edit.create_and_publish(database, STORY, "test")
    minutes = iter(range(0, 1_000_000, 60))
    politics = Aggregator(Client(create_app(settings, clock, monotonic=lambda: next(minutes))), "politics")
    politics.poll()
    edit.create_and_publish(database, replace(STORY, headline="News"), "test")
    assert politics.poll() == 200
    assert politics.titles == ["News", "Night bus stays"]
