"""Any newsroom: whatever is published, scheduled, read, moved, renamed, merged, retired, brought in, backed up,
restored and taken out, in any order, no address that answered 200 ever answers 404, no identity changes, and the pages
of archives hold, with the documents before them, each story that stands, under tags that never lie."""

import shutil
import tempfile
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import select

from feedsvc import create_app
from feedsvc.actions import backup, edit, export, naming, restore, schedule, sections, setup, take_over, trend
from feedsvc.actions.bring_in import Incoming, bring_in
from feedsvc.actions.check.finding import Newsroom as Checked
from feedsvc.actions.check.run import CHECKS
from feedsvc.domain.article import Revision
from feedsvc.domain.feedname import CHOSEN
from feedsvc.errors import Conflict, FeedsvcError, Invalid, NotAllowed
from feedsvc.storage import articles as stored
from feedsvc.storage import feeds as stored_feeds
from feedsvc.storage import pages as archive
from feedsvc.storage.articles import Withdrawn
from feedsvc.storage.database import Database
from feedsvc.storage.tables import articles, feeds
from tests.conftest import HandClock, set_page_size, settings_in
from tests.postgresql import Cluster

FORMATS = ("rss", "atom", "json")
WORDS = st.sampled_from(["Night bus", "Ferry", "Trams", "Harbour", "night Bus", "Élan", "R&D"])
NAMES = st.lists(WORDS, max_size=2).map(tuple)
PICK = st.integers(0, 1_000)
REFUSED = (Invalid, NotAllowed, Conflict)


class Newsroom(RuleBasedStateMachine):
    """One installation, and what was seen of it."""

    cluster: Cluster | None = None
    """Where databases are that are no file; with it, what is taken to another machine goes from one to the other."""

    migrated: Path
    """The file of a database with all tables and nothing in them."""

    migrated_on_postgresql: str
    """The name of another one, in the cluster."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.clock = HandClock()
        self.seconds = 0.0
        self.made: list[str] = []
        self.steps = 0
        self.arrive(self.folder / "instance")
        setup.prepare(self.database, self.settings)
        set_page_size(self.database, 2)
        self.pages: dict[tuple[str, str], bytes] = {}
        self.seen: set[str] = {"/", "/feeds"}
        self.identities: dict[tuple[str, int], str] = {}
        self.number = 0
        for slug in ("politics", "tech"):
            sections.add(self.database, slug, slug.title(), "", "test")
        self.open()

    def open(self) -> None:
        self.client = create_app(self.settings, self.clock, monotonic=lambda: self.seconds).test_client()

    def teardown(self) -> None:
        for address in sorted(self.seen):
            self.is_not_lost(address)
        self.agrees()
        self.leave()
        for name in self.made:
            self.cluster.drop(name)
        shutil.rmtree(self.folder)

    def agrees(self) -> None:
        """What is stored agrees with itself."""
        newsroom = Checked(self.database, self.settings)
        for name in ("log", "feeds", "stories", "search", "pictures"):
            assert list(CHECKS[name](newsroom, lambda done, of: None)) == []

    def leave(self) -> None:
        """Stop the service and close the database."""
        self.client.application.extensions["feedsvc"].database.engine.dispose()
        self.database.engine.dispose()

    def names(self, kind: str) -> list[str]:
        with self.database.read() as connection:
            return [head.name for head in stored_feeds.directory(connection, kind)]

    def numbers(self) -> list[int]:
        with self.database.read() as connection:
            return list(connection.execute(select(articles.c.article_id).order_by(articles.c.article_id)).scalars())

    def revision(self, headline: str, topics: tuple[str, ...], by: tuple[str, ...], pick: int) -> Revision:
        choices = self.names("section")
        return Revision(
            headline=headline, section=choices[pick % len(choices)], body="It runs.", topics=topics, authors=by
        )

    def picked(self, among: list, pick: int):
        return among[pick % len(among)] if among else None

    @rule(headline=WORDS, topics=NAMES, by=NAMES, pick=PICK)
    def publish(self, headline, topics, by, pick):
        edit.create_and_publish(self.database, self.revision(headline, topics, by, pick), "test")

    @rule(headline=WORDS, topics=NAMES, by=NAMES, pick=PICK, which=PICK)
    def update_or_move(self, headline, topics, by, pick, which):
        number = self.picked(self.numbers(), which)
        if number is None:
            return
        with self.database.read() as connection:
            article = stored.get(connection, number)
        with suppress(*REFUSED):
            edit.update(self.database, number, article.version, "test", self.revision(headline, topics, by, pick))

    @rule(which=PICK)
    def withdraw_or_restore(self, which):
        number = self.picked(self.numbers(), which)
        if number is None:
            return
        with self.database.read() as connection:
            article = stored.get(connection, number)
        act = edit.withdraw if article.status == "published" else edit.publish
        act(self.database, number, article.version, "test")

    @rule(kind=st.sampled_from(["section", "topics", "authors"]), which=PICK, title=WORDS)
    def rename(self, kind, which, title):
        name = self.picked(self.names(kind), which)
        if name is None:
            return
        with suppress(*REFUSED):
            naming.rename(self.database, name, title, title.lower().replace(" ", "-"), None, "test")

    @rule(kind=st.sampled_from(["section", "topics", "authors"]), which=PICK)
    def retire(self, kind, which):
        name = self.picked(self.names(kind), which)
        if name is None:
            return
        with suppress(*REFUSED):
            naming.retire(self.database, name, "test")

    @rule(kind=st.sampled_from(["topics", "authors"]), which=PICK, into=PICK)
    def merge(self, kind, which, into):
        names = self.names(kind)
        one, other = self.picked(names, which), self.picked(names, into)
        if one != other:
            naming.merge(self.database, one, other, "test")

    @rule(headline=WORDS, topics=NAMES, by=NAMES, pick=PICK, days=st.integers(0, 400))
    def take_in(self, headline, topics, by, pick, days):
        self.number += 1
        date = self.clock() - timedelta(days=days)
        identity = f"https://old.example.org/?p={self.number}"
        story = Incoming(self.revision(headline, topics, by, pick), date, date, identity)
        bring_in(self.database, self.settings.media, [story], "test")

    @rule(headline=WORDS, topics=NAMES, by=NAMES, pick=PICK, is_due=st.booleans())
    def schedule_one(self, headline, topics, by, pick, is_due):
        at = self.clock() + timedelta(seconds=1 if is_due else 86_400)
        schedule.create_and_schedule(self.database, self.revision(headline, topics, by, pick), "test", at)
        self.clock.move(seconds=2)
        # One whose section was retired meanwhile is told of, and waits.
        with suppress(FeedsvcError):
            schedule.publish_due(self.database)

    @rule(which=PICK, readers=st.integers(1, 30))
    def read_and_refresh(self, which, readers):
        number = self.picked(self.numbers(), which)
        counter = trend.Readings(self.clock)
        for reader in range(readers if number is not None else 0):
            counter.count(number, f"192.0.2.{reader}", "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0")
        trend.flush(self.database, self.settings, counter)
        trend.refresh(self.database, self.settings)

    @precondition(lambda self: self.database.engine.name == "sqlite")
    @rule()
    def restore_a_backup_on_another_machine(self):
        file = self.folder / "backup.tar"
        backup.backup(self.database, self.settings, file, overwrite=True)
        self.move(is_empty=False)
        restore.restore(self.database, self.settings, file)
        self.open()

    @rule()
    def take_everything_to_another_machine(self):
        before = self.documents()
        file = self.folder / "export.zip"
        export.export(self.database, self.settings, file, overwrite=True)
        self.move(with_file=self.cluster is None or self.database.engine.name != "sqlite")
        setup.prepare(self.database, self.settings)
        take_over.take_over(self.database, self.settings, file, keep_line=True)
        self.open()
        assert self.documents() == before

    def move(self, with_file: bool = True, is_empty: bool = True) -> None:
        """To an installation that has nothing yet, or only empty tables."""
        self.leave()
        self.number += 1
        self.arrive(self.folder / f"instance-{self.number}", with_file, is_empty)

    def arrive(self, instance: Path, with_file: bool = True, is_empty: bool = True) -> None:
        """At an installation. That tables are made is looked at elsewhere: here it would take most of the time."""
        database_url = ""
        if not with_file:
            self.made.append(self.cluster.create(self.migrated_on_postgresql))
            database_url = self.cluster.url(self.made[-1])
        elif is_empty:
            instance.mkdir(mode=0o700)
            shutil.copy(self.migrated, instance / "feedsvc.sqlite")
        self.settings = settings_in(instance, database_url)
        self.database = Database(self.settings.database_url, self.clock)

    def documents(self) -> dict[str, tuple[str, bytes]]:
        """Address -> tag and bytes of every document that there is, none of them of before."""
        self.let_documents_age()
        names = [*CHOSEN, *(name for kind in ("all", "section", "topics", "authors") for name in self.names(kind))]
        addresses = [f"/feeds/{name}.{format}" for name in names for format in FORMATS]
        addresses += self.page_addresses()
        answers = {address: self.client.get(address) for address in addresses}
        assert {answer.status_code for answer in answers.values()} == {200}
        return {address: (answer.headers["ETag"], answer.data) for address, answer in answers.items()}

    def let_documents_age(self) -> None:
        """So that none is served any more that was overtaken."""
        self.seconds += 10

    def page_addresses(self) -> list[str]:
        with self.database.read() as connection:
            return [
                f"/feeds/{head.name}/archive/{number}.json"
                for kind in archive.KINDS
                for head in stored_feeds.directory(connection, kind)
                for number in range(1, (archive.newest(connection, head.feed_id) or 0) + 1)
            ]

    @invariant()
    def a_document_and_its_pages_hold_what_stands(self):
        name = self.picked(
            ["all", *(name for kind in ("section", "topics", "authors") for name in self.names(kind))], self.steps
        )
        self.let_documents_age()
        found, address = [], f"/feeds/{name}.json"
        with self.database.read() as connection:
            feed_ids = [stored_feeds.find(connection, name)]
            standing = [story.identity for story in stored.page_of_feeds(connection, 500, feed_ids)]
        while address:
            answer = self.client.get(address)
            assert self.pages.setdefault((address, answer.headers["ETag"]), answer.data) == answer.data
            document = answer.get_json(force=True)
            found += [item["id"] for item in document["items"] if not item.get("_feedsvc", {}).get("withdrawn")]
            address = urlsplit(document.get("next_url", "")).path
        assert set(found) == set(standing)

    def is_not_lost(self, address: str) -> None:
        status = self.client.get(address).status_code
        assert status in (200, 301, 410), f"{address}: {status}"

    @invariant()
    def no_address_is_lost_and_no_identity_changes(self):
        self.clock.move(seconds=5)
        # Each third of them at a time, and at the end all: what is lost stays lost.
        self.steps += 1
        for address in sorted(self.seen)[self.steps % 3 :: 3]:
            self.is_not_lost(address)
        with self.database.read() as connection:
            rows = connection.execute(select(feeds.c.feed_id, feeds.c.identity))
            now = {("feed", row.feed_id): row.identity for row in rows}
            rows = connection.execute(select(articles.c.article_id, articles.c.identity, articles.c.status))
            for row in rows.all():
                now["story", row.article_id] = row.identity
            for number in self.numbers():
                found = stored.story(connection, number)
                if found is None:
                    continue
                slug = found.slug if isinstance(found, Withdrawn) else found.revision.slug
                self.seen.add(f"/articles/{number}/{slug}")
        assert self.identities.items() <= now.items()
        self.identities = now
        sections, topics, authors = (self.names(kind) for kind in ("section", "topics", "authors"))
        names = [*sections, *topics, *authors]
        self.seen |= {f"/{name}" for name in names} | {f"/feeds/{name}" for name in ("all", *names)}
        self.seen |= {f"/feeds/{name}.{format}" for name in names for format in FORMATS}
        self.seen |= set(self.page_addresses())
        self.seen.add(f"/feeds/{'+'.join(sorted(names[:2]))}.rss")
        self.seen.add(f"/feeds/{'+'.join(sorted(names[-3:]))}.json")


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_no_address_is_ever_lost_and_no_identity_ever_changes(kind, migrated, request):
    Newsroom.migrated = migrated
    Newsroom.cluster = request.getfixturevalue("cluster") if kind == "postgresql" else None
    if kind == "postgresql":
        Newsroom.migrated_on_postgresql = request.getfixturevalue("migrated_on_postgresql")
    run_state_machine_as_test(
        Newsroom,
        settings=settings(
            max_examples=3,
            stateful_step_count=15,
            database=None,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
