"""The mirror: the bytes of the service as files, dated as documents are, and never what is not public any more."""

import json
import shutil
from collections import Counter
from pathlib import Path

import brotli
import pytest
from sqlalchemy import event, text

from feedsvc.actions import edit, mirror, mirror_files, naming
from feedsvc.actions.mirror_files import Files
from feedsvc.actions.opml import opml
from feedsvc.actions.press import Press, epoch
from feedsvc.domain.article import Revision
from feedsvc.domain.feedname import CHOSEN
from feedsvc.errors import FeedsvcError
from feedsvc.settings import Settings
from feedsvc.storage import articles, feeds, installation
from feedsvc.storage.database import Database
from tests.conftest import on_sqlite

STORY = Revision(
    headline="Night bus stays",
    section="politics",
    body="It stays. " * 100,
    authors=("Politics Desk",),
    topics=("Buses",),
)
FORMATS = ("rss", "atom", "json")
SHOWN_SECONDS = 4
"""After this long the date of a change is reached."""


@pytest.fixture
def folder(settings: Settings, tmp_path: Path) -> Path:
    settings.mirror_dir = tmp_path / "srv" / "mirror"
    return settings.mirror_dir


@pytest.fixture
def press(database: Database, settings: Settings, clock) -> Press:
    fingerprint = epoch(settings)
    installation.settle_epoch(database, fingerprint)
    clock.move(seconds=SHOWN_SECONDS)
    return Press(database, settings, fingerprint)


@pytest.fixture
def keep(database, settings, folder, press):
    """A mirror as a process that leads begins to keep it."""
    return lambda: mirror.Mirror(database, settings, Files(folder), turn_seconds=60)


@pytest.fixture
def kept(keep):
    """A mirror of the newsroom as it was founded."""
    kept = keep()
    kept()
    return kept


def files_in(folder):
    """All files with their dates and the moments of their writing."""
    found = {}
    for path in folder.rglob("*"):
        if path.is_file():
            stat = path.stat()
            found[str(path.relative_to(folder))] = (stat.st_mtime_ns, stat.st_ctime_ns)
    return found


def document(database, press, name, format="rss"):
    with database.read() as connection:
        return press((feeds.find(connection, name),), format)


def version(database, number):
    with database.read() as connection:
        return articles.get(connection, number).version


def test_every_named_feed_lies_there_in_the_bytes_of_the_service(database, settings, folder, press, kept, clock):
    edit.create_and_publish(database, STORY, "test")
    clock.move(seconds=SHOWN_SECONDS)
    kept()
    for name in (*CHOSEN, "all", "politics", "tech", "topics/buses", "authors/politics-desk"):
        for format in FORMATS:
            made = document(database, press, name, format)
            path = folder / "feeds" / f"{name}.{format}"
            for coding, ending in (("identity", ""), ("gzip", ".gz"), ("br", ".br")):
                file = path.with_name(path.name + ending)
                assert file.read_bytes() == made.bodies[coding]
                stat = file.stat()
                assert stat.st_mtime_ns == int(made.date.timestamp()) * 10**9
                assert stat.st_mode & 0o777 == 0o644
                assert made.tags[f"{int(stat.st_mtime):x}-{stat.st_size:x}"] == coding
    assert (folder / "feeds.opml").read_bytes() == opml(database, settings)
    assert brotli.decompress((folder / "feeds.opml.br").read_bytes()) == opml(database, settings)
    assert not [name for name in files_in(folder) if name.endswith(".part")]


@on_sqlite
def test_a_changed_feed_is_no_file_until_its_date_is_reached(database, folder, press, kept, clock):
    before = files_in(folder)
    edit.create_and_publish(database, STORY, "test")
    kept()
    assert not (folder / "feeds/politics.rss").exists()
    assert not (folder / "feeds/politics.rss.gz").exists()
    assert files_in(folder)["feeds/tech.rss"] == before["feeds/tech.rss"]
    clock.now = document(database, press, "politics").date
    clock.move(microseconds=-1)
    kept()
    assert not (folder / "feeds/politics.rss").exists()
    clock.move(microseconds=1)
    kept()
    assert b"Night bus stays" in (folder / "feeds/politics.rss").read_bytes()


@on_sqlite
def test_what_changes_again_before_its_date_is_written_once_and_whole(database, folder, press, kept, clock):
    edit.create_and_publish(database, STORY, "test")
    kept()
    first = document(database, press, "politics").date
    clock.move(seconds=1)
    edit.create_and_publish(database, Revision(headline="Ferry is back", section="politics", body="It is."), "test")
    clock.now = first
    kept()
    assert not (folder / "feeds/politics.rss").exists()
    clock.move(seconds=SHOWN_SECONDS)
    kept()
    assert b"Ferry is back" in (folder / "feeds/politics.rss").read_bytes()


@on_sqlite
def test_nothing_is_read_or_written_when_nothing_changed(database, folder, kept, clock):
    before = files_in(folder)
    statements = Counter()

    def count(*arguments):
        statements["all"] += 1

    event.listen(database.engine, "before_cursor_execute", count)
    for _ in range(5):
        clock.move(seconds=10)
        kept()
    assert files_in(folder) == before
    # On PostgreSQL a look is a statement; on SQLite none that the engine sees.
    assert statements["all"] <= 5


def test_a_restart_writes_what_changed_meanwhile_and_nothing_else(database, folder, keep, kept, clock):
    edit.create_and_publish(database, STORY, "test")
    clock.move(seconds=SHOWN_SECONDS)
    before = files_in(folder)
    again = keep()
    again()
    after = files_in(folder)
    assert {name for name in after if "tech" in name} == {name for name in before if "tech" in name}
    assert all(after[name] == before[name] for name in before if "tech" in name or "rising" in name)
    assert b"Night bus stays" in (folder / "feeds/politics.rss").read_bytes()
    assert "feeds/topics/buses.atom.br" in after
    keep()()
    assert files_in(folder) == after


@on_sqlite
def test_a_restart_before_the_date_misses_nothing(database, folder, keep, kept, clock):
    edit.create_and_publish(database, STORY, "test")
    kept()
    clock.move(seconds=SHOWN_SECONDS)
    keep()()
    assert b"Night bus stays" in (folder / "feeds/all.rss").read_bytes()
    assert b"topics/buses" in (folder / "feeds.opml").read_bytes()
    position = json.loads((folder / mirror_files.POSITION).read_text())
    with database.read() as connection:
        assert position["seq"] == connection.execute(text("SELECT seq FROM log_head")).scalar()


@on_sqlite
def test_what_is_unknown_or_missing_is_mended_at_the_start(folder, keep, kept):
    whole = set(files_in(folder))
    (folder / "feeds/old.rss").write_text("What was")
    (folder / "feeds/topics").mkdir(exist_ok=True)
    (folder / "feeds/topics/gone.json.gz").write_text("What was")
    (folder / "feeds/all.rss.gz.part").write_text("half")
    (folder / "feeds/tech.atom").unlink()
    keep()()
    assert set(files_in(folder)) == whole


@on_sqlite
def test_a_withdrawn_story_is_in_no_file_at_once(database, settings, folder, kept, clock):
    number = edit.create_and_publish(database, STORY, "test")
    clock.move(seconds=SHOWN_SECONDS)
    kept()
    before = files_in(folder)
    edit.withdraw(database, number, version(database, number), "test", "We were wrong.", settings=settings)
    # Whatever the clock does, or whether there is one.
    assert not [path for path in folder.rglob("*.rss") if b"It stays." in path.read_bytes()]
    assert files_in(folder)["feeds/tech.rss"] == before["feeds/tech.rss"]
    kept()
    clock.move(seconds=SHOWN_SECONDS)
    kept()
    assert b"We were wrong." in (folder / "feeds/politics.rss").read_bytes()


@on_sqlite
def test_what_is_not_published_is_never_there(database, folder, kept, clock):
    with database.write() as connection:
        articles.add(connection, [("urn:uuid:1", STORY)], clock(), "ann")
    clock.move(seconds=SHOWN_SECONDS)
    kept()
    assert not [name for name in files_in(folder) if "buses" in name or "politics-desk" in name]
    assert not [path for path in folder.rglob("*") if path.is_file() and b"Night bus" in path.read_bytes()]


def test_old_names_retired_feeds_and_those_merged_into_another_are_no_files(database, folder, kept, clock):
    for topic in ("Buses", "Trams", "Ferries"):
        edit.create_and_publish(database, Revision(**{**STORY.__dict__, "topics": (topic,)}), "test")
    clock.move(seconds=SHOWN_SECONDS)
    kept()
    naming.rename(database, "politics", "Government", "government", None, "ann")
    naming.retire(database, "topics/buses", "ann")
    naming.merge(database, "topics/trams", "topics/ferries", "ann")
    kept()
    there = set(files_in(folder))
    assert not [name for name in there if "politics." in name or "buses" in name or "trams" in name]
    clock.move(seconds=SHOWN_SECONDS)
    kept()
    assert {"feeds/government.rss", "feeds/topics/ferries.rss.br"} <= set(files_in(folder))
    listed = (folder / "feeds.opml").read_text()
    assert "Government" in listed
    assert "buses" not in listed
    assert not [name for name in files_in(folder) if "politics." in name or "buses" in name or "trams" in name]


@on_sqlite
def test_a_new_line_of_validators_leaves_nothing_of_the_one_before(database, folder, kept, clock):
    before = files_in(folder)
    with database.write() as connection:
        connection.execute(text("UPDATE installation SET line = 'another'"))
        connection.execute(text("UPDATE log_head SET seq = seq + 1"))
    kept()
    after = files_in(folder)
    assert after.keys() == before.keys()
    assert all(after[name][1] > before[name][1] for name in after)


@on_sqlite
def test_a_clock_of_another_version_mirrors_nothing_and_says_so(database, folder, kept):
    installation.settle_epoch(database, "another")
    for _ in range(2):
        with pytest.raises(FeedsvcError, match="other settings or another version"):
            kept()
    assert set(files_in(folder)) == {mirror_files.POSITION}


@on_sqlite
def test_a_folder_of_somebody_elses_files_is_left_alone(folder, keep):
    folder.mkdir(parents=True)
    (folder / "thesis.txt").write_text("Ten years of work")
    with pytest.raises(FeedsvcError, match="holds other files"):
        keep()()
    assert set(files_in(folder)) == {"thesis.txt"}


@on_sqlite
def test_a_folder_that_cannot_be_written_is_told_and_tried_again(database, folder, kept, clock, as_nobody, settings):
    edit.create_and_publish(database, STORY, "test")
    kept()
    clock.move(seconds=SHOWN_SECONDS)
    politics = folder / "feeds/politics.rss.part"
    politics.mkdir(parents=True)
    for _ in range(2):
        with pytest.raises(FeedsvcError, match=r"cannot be kept \(Is a directory\)"):
            kept()
    assert b"Night bus stays" in (folder / "feeds/all.rss").read_bytes()
    shutil.rmtree(politics)
    kept._retry_at = 0
    kept()
    assert b"Night bus stays" in (folder / "feeds/politics.rss").read_bytes()


@on_sqlite
def test_no_folder_is_no_mirror(database, settings):
    assert mirror.keep(database, settings) is None
