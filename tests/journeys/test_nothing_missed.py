"""Nothing missed: an aggregator that polls at any rhythm ends up with exactly what the newsroom stands for, every story
once, in its last version, and nothing that was withdrawn.

What the formats cannot say, and what follows from it here:
- RSS names categories by the last part of their address: another title of the same section or topic does not show.
- RSS and JSON documents have no tombstones: who reads documents learns from the archive pages what is gone.
- A union has no archives: who wants its history follows its parts.
- In the place of a withdrawn story stands its notice for a while; a copy may have it, or nothing.
- A retired feed answers 410: what a copy of it holds then is not looked at any more.
"""

import os
import shutil
import tempfile
import threading
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from sqlalchemy import select, update
from werkzeug.serving import WSGIRequestHandler, make_server

from feedsvc import create_app
from feedsvc.actions import edit, naming, schedule, upkeep
from feedsvc.actions.bring_in import Incoming, bring_in
from feedsvc.domain.article import Revision
from feedsvc.errors import Conflict, Invalid, NotAllowed
from feedsvc.settings import Settings
from feedsvc.storage import articles as stored
from feedsvc.storage import feeds as stored_feeds
from feedsvc.storage.database import Database
from feedsvc.storage.tables import articles, installation, log_head
from tests.conftest import HandClock
from tests.journeys.aggregators import NOTICE, Aggregator

EXAMPLES = int(os.environ.get("PROOF_EXAMPLES", "100"))
"""Newsrooms that live."""
STEPS = int(os.environ.get("PROOF_STEPS", "10"))
"""Acts and polls in the life of a newsroom."""

PAGE_SIZE = 3
"""Stories in a page of an archive: so few that a short life of a newsroom has several."""

FORMATS = ("rss", "atom", "json")
FOLLOWED = ("all", "politics", "tech", "topics/buses", "topics/ferries", "authors/ann")
REFUSED = (Invalid, NotAllowed, Conflict)
PICK = st.integers(0, 1_000)
SECTION = st.sampled_from(["politics", "tech"])
TOPICS = st.lists(st.sampled_from(["Buses", "Ferries", "Trams"]), max_size=2, unique=True).map(tuple)
AUTHORS = st.sampled_from([(), ("Ann",), ("Ann", "Bob")])
LOSING = st.lists(st.booleans(), max_size=3).map(lambda lost: [one and any(lost[:1]) for one in lost])

octets = {"by documents": 0, "by deltas": 0}


class _Quiet(WSGIRequestHandler):
    def log(self, *_: object) -> None:
        pass


class Life(RuleBasedStateMachine):
    """A newsroom, served on a port, and aggregators that follow its feeds."""

    founded: Path
    """The file of a new newsroom with the sections Politics and Tech."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.clock = HandClock()
        self.ticks = 0.0
        self.number = 0
        self.read_at = -1
        self.stories: list[stored.Story] = []
        instance = self.folder / "instance"
        instance.mkdir(mode=0o700)
        shutil.copy(self.founded, instance / "feedsvc.sqlite")
        self.settings = Settings({"FEEDSVC_INSTANCE_PATH": str(instance), "FEEDSVC_FEED_ENTRIES": "3"})
        self.database = Database(self.settings.database_url, self.clock)
        with self.database.write() as connection:
            connection.execute(update(installation).values(page_size=PAGE_SIZE))
        for topic, author in (("Buses", "Ann"), ("Ferries", "Bob")):
            self.publish("politics", (topic,), (author,))
        self.aggregators = [
            Aggregator(name, FORMATS[number % 3], has_deltas)
            for has_deltas, names in ((False, FOLLOWED[::2]), (True, FOLLOWED))
            for number, name in enumerate(names)
        ]
        self.open()

    # The service

    def open(self) -> None:
        app = create_app(self.settings, self.clock, monotonic=lambda: self.ticks)
        self.app_database = app.extensions["feedsvc"].database
        self.server = make_server("127.0.0.1", 0, app, threaded=False, request_handler=_Quiet)
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.005}, daemon=True)
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join(30)
        self.server.server_close()
        self.app_database.engine.dispose()

    def teardown(self) -> None:
        for one in self.aggregators:
            self.catch_up(one, [])
        for one, other in zip(self.aggregators, self.aggregators[len(FOLLOWED[::2]) :: 2], strict=False):
            octets["by documents"] += one.octets
            octets["by deltas"] += other.octets
        self.close()
        self.database.engine.dispose()
        # A document may still be in the making.
        shutil.rmtree(self.folder, ignore_errors=True)

    # What editors do

    def revision(self, section: str, topics: tuple[str, ...], authors: tuple[str, ...]) -> Revision:
        self.number += 1
        with self.database.read() as connection:
            # What was retired takes no stories.
            is_open = stored_feeds.section(connection, section) is not None
        section = section if is_open else self.open_sections()[0]
        return Revision(
            headline=f"Story {self.number}",
            section=section,
            body=f"Text {self.number}.",
            topics=topics,
            authors=authors,
        )

    def open_sections(self) -> list[str]:
        with self.database.read() as connection:
            return [section.slug for section in stored_feeds.all_sections(connection)]

    def picked(self, which: int, status: str) -> stored.Article | None:
        with self.database.read() as connection:
            query = select(articles.c.article_id).where(articles.c.status == status).order_by(articles.c.article_id)
            numbers = connection.execute(query).scalars().all()
            return stored.get(connection, numbers[which % len(numbers)]) if numbers else None

    @rule(section=SECTION, topics=TOPICS, authors=AUTHORS)
    def publish(self, section, topics, authors):
        edit.create_and_publish(self.database, self.revision(section, topics, authors), "test")

    @rule(section=SECTION, topics=TOPICS, authors=AUTHORS)
    def publish_what_was_scheduled(self, section, topics, authors):
        at = self.clock() + timedelta(minutes=1)
        schedule.create_and_schedule(self.database, self.revision(section, topics, authors), "test", at)
        self.clock.move(minutes=2)
        schedule.publish_due(self.database)

    @rule(section=SECTION, topics=TOPICS, authors=AUTHORS, count=st.integers(1, 5), days=st.integers(0, 400))
    def bring_in(self, section, topics, authors, count, days):
        date = self.clock() - timedelta(days=days)
        stories = [Incoming(self.revision(section, topics, authors), date, date) for _ in range(count)]
        bring_in(self.database, self.settings.media, stories, "test")

    @rule(which=PICK, section=SECTION, topics=TOPICS, authors=AUTHORS, how=st.sampled_from(["minor", "", "correct"]))
    def change_or_move(self, which, section, topics, authors, how):
        article = self.picked(which, "published")
        if article is None:
            return
        revision = self.revision(section, topics, authors)
        of = (self.database, article.article_id, article.version, "test")
        with suppress(*REFUSED):
            if how == "correct":
                edit.correct(*of, "It was a ferry.", revision)
            else:
                edit.update(*of, revision, minor=how == "minor")

    @rule(which=PICK)
    def edit_only_the_text(self, which):
        article = self.picked(which, "published")
        if article is None:
            return
        self.number += 1
        revision = replace(article.live, body=f"Text {self.number}.")
        with suppress(*REFUSED):
            edit.update(self.database, article.article_id, article.version, "test", revision, minor=True)

    @rule(which=PICK, has_notice=st.booleans())
    def withdraw(self, which, has_notice):
        article = self.picked(which, "published")
        if article is not None:
            edit.withdraw(self.database, article.article_id, article.version, "test", has_notice=has_notice)

    @rule(which=PICK)
    def restore(self, which):
        article = self.picked(which, "withdrawn")
        if article is not None:
            with suppress(*REFUSED):
                edit.restore(self.database, article.article_id, article.version, "test")

    @rule(which=PICK)
    def rename(self, which):
        feed = self.picked_feed(which)
        self.number += 1
        with suppress(*REFUSED):
            naming.rename(self.database, feed, f"Name {self.number}", f"name-{self.number}", None, "test")

    @rule(which=PICK)
    def retire(self, which):
        feed = self.picked_feed(which)
        if feed not in self.open_sections() or len(self.open_sections()) > 1:
            with suppress(*REFUSED):
                naming.retire(self.database, feed, "test")

    @rule(which=PICK, into=PICK)
    def merge(self, which, into):
        with self.database.read() as connection:
            topics = [head.name for head in stored_feeds.directory(connection, "topics")]
        if len(topics) > 1:
            one, other = topics[which % len(topics)], topics[into % len(topics)]
            if one != other:
                naming.merge(self.database, one, other, "test")

    def picked_feed(self, which: int) -> str:
        with self.database.read() as connection:
            kinds = ("section", "topics", "authors")
            feeds = [head.name for kind in kinds for head in stored_feeds.directory(connection, kind)]
        return feeds[which % len(feeds)]

    # What time does

    @rule(seconds=st.sampled_from([0.1, 1, 30, 3_600, 86_400, 15 * 86_400, 40 * 86_400]))
    def time_passes(self, seconds):
        self.clock.move(seconds=seconds)
        upkeep.end_notices(self.database, self.settings)

    @rule(seconds=st.sampled_from([1, 60, 7_200]))
    def the_clock_is_set_back(self, seconds):
        self.clock.move(seconds=-seconds)

    @rule()
    def restart(self):
        self.close()
        self.open()

    # What aggregators do

    @rule(which=PICK, losing=LOSING, by_deltas=st.none() | st.booleans())
    def one_polls(self, which, losing, by_deltas):
        self.catch_up(self.aggregators[which % len(self.aggregators)], losing, by_deltas)

    @rule()
    def all_poll(self):
        for one in self.aggregators:
            self.catch_up(one, [])

    def catch_up(self, one: Aggregator, losing: list[bool], by_deltas: bool | None = None) -> None:
        # As long as a poll may get a document of before.
        self.ticks += 2
        if not one.is_retired and one.catch_up(self.server.port, losing, by_deltas) and not one.is_retired:
            held = {identity: item for identity, item in one.copy.items() if item.title != NOTICE}
            assert self.told(held) == self.truth(one.address), f"{one}, answered with {one.statuses}"

    @staticmethod
    def told(copy: dict) -> dict[str, tuple]:
        return {
            identity: (item.title, item.updated[:19], item.categories, item.authors, item.text.partition("</p>")[0])
            for identity, item in copy.items()
        }

    def truth(self, address: str) -> dict[str, tuple]:
        """What stands in a feed, told by the stories themselves and nothing that was written for feeds."""
        name = address.removeprefix("/feeds/").rpartition(".")[0]
        result = {}
        for story in self.published():
            topics, authors = story.topics, story.authors
            if name in ("all", story.revision.section, *(one.feed for one in (*topics, *authors))):
                section = story.revision.section if story.section_is_open else None
                named = [(section, story.section_title), *((topic.feed, topic.name) for topic in topics)]
                result[story.identity] = (
                    story.revision.headline,
                    f"{story.updated:%Y-%m-%dT%H:%M:%S}",
                    tuple(in_rss(*one) if address.endswith(".rss") else one[1] for one in named),
                    tuple(author.name for author in authors),
                    f"<p>{story.revision.body}",
                )
        return result

    def published(self) -> list[stored.Story]:
        """All that is public, read anew once something changed."""
        with self.database.read() as connection:
            seq = connection.execute(select(log_head.c.seq)).scalar_one()
            if self.read_at != seq:
                query = select(articles.c.article_id).where(articles.c.status == "published")
                self.stories = stored.stories(connection, connection.execute(query).scalars().all())
                self.read_at = seq
            return self.stories


def in_rss(feed: str | None, title: str) -> str:
    """The text of a category, which is the last part of its address where it has one."""
    return title if feed is None else feed.rpartition("/")[2]


def test_whoever_polls_at_any_rhythm_has_exactly_what_the_newsroom_stands_for(founded, monkeypatch):
    monkeypatch.setattr(edit, "REMOVAL_SECONDS", 0)
    Life.founded = founded
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            database=None,
            deadline=None,
            # The tests look at the same lives each time, the proof at others.
            derandomize="PROOF_EXAMPLES" not in os.environ,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
    print(f"Bytes of bodies, of as many aggregators of the same feeds: {octets}")
