"""An export holds one state of the newsroom; an empty installation that takes it over serves the same documents."""

import json
import shutil
import zipfile
from dataclasses import replace

import pytest

from feedsvc.actions import edit, sample, setup
from feedsvc.actions.export import MANIFEST, export
from feedsvc.actions.press import Press, epoch
from feedsvc.actions.take_over import is_export, take_over
from feedsvc.domain.article import Revision
from feedsvc.errors import FeedsvcError, StorageError
from feedsvc.storage import archive, articles, installation
from feedsvc.storage.database import Database
from tests.conftest import HandClock, settings_in

STORY = Revision(
    headline="Night bus stays", section="politics", body="It stays.", authors=("Ann Lee",), topics=("Bus",)
)


def version(database, article_id):
    with database.read() as connection:
        return articles.get(connection, article_id).version


@pytest.fixture(scope="module")
def written(tmp_path_factory, founded):
    """The settings of a newsroom with stories of every status, and its export."""
    settings = settings_in(tmp_path_factory.mktemp("exported") / "instance")
    settings.media.mkdir(parents=True)
    shutil.copy(founded, settings.instance / "feedsvc.sqlite")
    clock = HandClock()
    database = Database(settings.database_url, clock)
    sample.bring(database, settings.media)
    _, gone, again = (
        edit.create_and_publish(database, replace(STORY, headline=line), "ann") for line in ("A", "B", "C")
    )
    clock.move(minutes=5)
    edit.withdraw(database, gone, version(database, gone), "ann", "It was wrong.")
    edit.withdraw(database, again, version(database, again), "ann", "")
    edit.publish(database, again, version(database, again), "ann")
    edit.create(database, replace(STORY, headline="Not yet"), "ann")
    installation.settle_epoch(database, epoch(settings))
    file = settings.instance.parent / "news.zip"
    export(database, settings, file)
    yield settings, database, file
    database.engine.dispose()


@pytest.fixture
def new(tmp_path, clock, database_url):
    """An installation that is not there yet."""
    settings = settings_in(tmp_path / "new", database_url)
    clock.move(days=1)
    database = Database(settings.database_url, clock)
    yield settings, database
    database.engine.dispose()


def everything(database):
    with database.read() as connection:
        return {name: list(archive.rows(connection, name)) for name in archive.tables()}, archive.counters(connection)


def documents(database, settings):
    installation.settle_epoch(database, epoch(settings))
    press = Press(database, settings, epoch(settings))
    with database.read() as connection:
        feeds = [row["feed_id"] for row in archive.rows(connection, "feeds") if row["state"] == "open"]
    return {(feed, format): press((feed,), format) for feed in feeds for format in ("rss", "atom", "json")}


def test_every_row_picture_and_document_is_the_same_with_the_line_kept(written, new):
    source, original, file = written
    settings, database = new
    assert is_export(file)
    assert file.stat().st_mode & 0o777 == 0o600
    take_over(database, settings, file, keep_line=True)
    assert everything(database) == everything(original)
    assert documents(database, settings) == documents(original, source)
    assert {path.name: path.read_bytes() for path in settings.media.iterdir()} == {
        path.name: path.read_bytes() for path in source.media.iterdir()
    }


def test_what_came_in_goes_out_again_as_it_was(written, new, tmp_path):
    settings, database = new
    take_over(database, settings, written[2], keep_line=True)
    export(database, settings, tmp_path / "again.zip")
    with zipfile.ZipFile(written[2]) as first, zipfile.ZipFile(tmp_path / "again.zip") as again:
        said, said_again = (json.loads(packed.read(MANIFEST)) for packed in (first, again))
    assert said_again["files"] == said["files"]
    assert said_again["counters"] == said["counters"]


def test_without_the_line_kept_only_the_validators_are_others(written, new):
    _, original, file = written
    settings, database = new
    take_over(database, settings, file)
    before, after = everything(original)[0], everything(database)[0]
    assert before["installation"][0]["line"] != after["installation"][0]["line"]
    assert before["log_head"][0]["at"] < after["log_head"][0]["at"]
    assert {name for name in before if before[name] != after[name]} == {"installation", "log_head"}


def test_no_number_of_a_story_is_given_twice(written, new):
    settings, database = new
    take_over(database, settings, written[2])
    numbers = {row["article_id"] for row in everything(database)[0]["articles"]}
    assert edit.create(database, STORY, "ann") > max(numbers)


def test_a_newsroom_with_sections_is_not_taken_over(written, database, settings):
    before = everything(database)
    with pytest.raises(FeedsvcError, match="already"):
        take_over(database, settings, written[2])
    assert everything(database) == before
    assert list(settings.media.iterdir()) == []


def changed(file, target, change):
    """A copy of an export whose members, by name, and manifest went through `change`."""
    with zipfile.ZipFile(file) as packed:
        members = {name: packed.read(name) for name in packed.namelist()}
    manifest = json.loads(members[MANIFEST])
    change(members, manifest)
    members[MANIFEST] = json.dumps(manifest).encode()
    with zipfile.ZipFile(target, "w") as packed:
        for name, data in members.items():
            packed.writestr(name, data)
    return target


def evil_name(members, manifest):
    name = next(name for name in members if name.startswith("media/"))
    members["media/../../evil"] = members.pop(name)
    manifest["files"]["media/../../evil"] = manifest["files"].pop(name)


def test_a_newsroom_without_stories_is_taken_over_too(founded, new, tmp_path, clock):
    source = settings_in(tmp_path / "source")
    source.media.mkdir(parents=True)
    shutil.copy(founded, source.instance / "feedsvc.sqlite")
    export(Database(source.database_url, clock), source, tmp_path / "none.zip")
    settings, database = new
    take_over(database, settings, tmp_path / "none.zip")
    assert edit.create(database, STORY, "ann") == 1


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda members, manifest: members.update({"tables/feeds.jsonl": b"{}\n"}), id="tampered row"),
        pytest.param(lambda members, manifest: members.pop("tables/feeds.jsonl"), id="table missing"),
        pytest.param(lambda members, manifest: manifest.update(format=2), id="other format"),
        pytest.param(lambda members, manifest: manifest.update(code=999), id="newer code"),
        pytest.param(lambda members, manifest: manifest.update(schema="0000"), id="other schema"),
        pytest.param(evil_name, id="name that leaves the folder"),
    ],
)
def test_what_was_changed_is_refused_and_nothing_is_written(written, new, tmp_path, change):
    settings, database = new
    setup.prepare(database, settings)
    before = everything(database)
    with pytest.raises(StorageError):
        take_over(database, settings, changed(written[2], tmp_path / "changed.zip", change))
    assert everything(database) == before
    assert list(settings.media.iterdir()) == []


def test_a_part_of_an_export_is_refused(written, new, tmp_path):
    settings, database = new
    part = tmp_path / "part.zip"
    part.write_bytes(written[2].read_bytes()[:5000])
    with pytest.raises(StorageError, match="not a whole one"):
        take_over(database, settings, part)
    assert not settings.instance.exists()


def test_an_export_is_not_overwritten_unasked_and_other_files_never(written, tmp_path):
    settings, database, _ = written
    other = tmp_path / "letter.txt"
    other.write_text("Dear editor")
    for overwrite in (False, True):
        with pytest.raises(FeedsvcError):
            export(database, settings, other, overwrite=overwrite)
    assert other.read_text() == "Dear editor"
