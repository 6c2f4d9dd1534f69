"""A backup holds one state of the newsroom, whole; a restore puts all of it back, or nothing."""

import io
import json
import shutil
import sqlite3
import stat
import subprocess
import sys
import tarfile
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from feedsvc.actions import edit, pictures, staff
from feedsvc.actions.backup import backup
from feedsvc.actions.press import Press, epoch
from feedsvc.actions.restore import restore
from feedsvc.domain.article import LeadPicture, Revision
from feedsvc.errors import FeedsvcError, SignInRefused, StorageBusy, StorageError
from feedsvc.settings import Settings
from feedsvc.storage import articles, feeds, installation
from feedsvc.storage.database import Database
from tests.conftest import HandClock

STORY = Revision(
    headline="Night bus stays",
    section="politics",
    body="It stays.",
    authors=("Ann Lee",),
    topics=("Night buses",),
)
PROJECT = Path(__file__).resolve().parent.parent.parent


def picture(database, settings, width):
    data = io.BytesIO()
    Image.linear_gradient("L").resize((width, width)).convert("RGB").save(data, "JPEG")
    return pictures.store(database, settings.media, data.getvalue())


@pytest.fixture
def kind():
    """A backup is of a file."""
    return "sqlite"


@pytest.fixture(scope="module")
def written(tmp_path_factory, founded):
    """An instance with published, withdrawn and drafted stories, pictures, an account, and a setting; to be copied."""
    settings = Settings({"FEEDSVC_INSTANCE_PATH": str(tmp_path_factory.mktemp("written") / "instance")})
    settings.media.mkdir(parents=True)
    shutil.copy(founded, settings.instance / "feedsvc.sqlite")
    database = Database(settings.database_url, HandClock())
    lead = LeadPicture(picture(database, settings, 1200), "A bus", "Ann Lee", decorative=False)
    edit.create_and_publish(database, replace(STORY, picture=lead), "ann")
    gone = edit.create_and_publish(database, replace(STORY, headline="Wrong", section="tech"), "ann")
    edit.withdraw(database, gone, version(database, gone), "ann", "It was wrong.")
    edit.create(database, replace(STORY, headline="Not yet"), "ann")
    picture(database, settings, 300)
    staff.add_account(database, "ann", "a good password")
    (settings.instance / "config.py").write_text('SITE_TITLE = "The Post"\n')
    (settings.instance / "hub-secret").write_text("s3cret\n")
    (settings.instance / "admin-password.txt").write_text("in clear\n")
    (settings.instance / "scheduler.lock").touch()
    (settings.instance / "older.tar").touch()
    database.engine.dispose()
    return settings.instance


@pytest.fixture
def newsroom(written, settings, clock):
    """Published, withdrawn and drafted stories, pictures, an account, and a setting."""
    shutil.copytree(written, settings.instance)
    database = Database(settings.database_url, clock)
    yield database
    database.engine.dispose()


@pytest.fixture
def elsewhere(tmp_path, clock):
    """An empty instance: its database and its settings."""
    settings = Settings({"FEEDSVC_INSTANCE_PATH": str(tmp_path / "elsewhere")})
    database = Database(settings.database_url, clock)
    yield database, settings
    database.engine.dispose()


@pytest.fixture
def file(newsroom, settings, tmp_path):
    """A backup of the newsroom."""
    backup(newsroom, settings, tmp_path / "news.tar")
    return tmp_path / "news.tar"


def version(database, article_id):
    with database.read() as connection:
        return articles.get(connection, article_id).version


def documents(database, settings):
    """The documents of every feed, by its numbers and their format."""
    this_epoch = epoch(settings)
    installation.settle_epoch(database, this_epoch)
    press = Press(database, settings, this_epoch)
    with database.read() as connection:
        names = ("all", "politics", "tech", "topics/night-buses", "authors/ann-lee", "politics+tech")
        found = [feeds.resolve(connection, name).feed_ids for name in names]
    return {(feed_ids, format): press(feed_ids, format) for feed_ids in found for format in ("rss", "atom", "json")}


def state(folder):
    """Names and contents of all files below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def headlines(path):
    """What the database in a file says, found whole."""
    driver = sqlite3.connect(path)
    assert driver.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    found = {headline for (headline,) in driver.execute("SELECT headline FROM revisions")}
    driver.close()
    return found


def test_a_restored_newsroom_says_the_same_under_other_validators(newsroom, settings, elsewhere, file, clock):
    settings = Settings({"FEEDSVC_INSTANCE_PATH": str(settings.instance)})
    before = documents(newsroom, settings)
    clock.move(minutes=5)
    database, there = elsewhere
    restored = restore(database, there, file)
    assert restored.notes == ()
    assert (restored.manifest.articles, restored.manifest.accounts) == (3, 1)
    there = Settings({"FEEDSVC_INSTANCE_PATH": str(there.instance)})
    after = documents(database, there)
    assert before.keys() == after.keys()
    for key, document in after.items():
        assert document.bodies == before[key].bodies
        assert not set(document.tags) & set(before[key].tags)
        assert document.date > before[key].date
        assert document.date > clock()


def test_everything_of_the_newsroom_is_back_and_nothing_of_the_machine(newsroom, settings, elsewhere, file):
    database, there = elsewhere
    restore(database, there, file)
    was, now = state(settings.instance), state(there.instance)
    assert len(list(settings.media.iterdir())) == 3
    del was["admin-password.txt"], was["scheduler.lock"], was["older.tar"], was["feedsvc.sqlite"]
    assert {name: now[name] for name in now if not name.startswith("feedsvc.sqlite")} == {
        name: was[name] for name in was if not name.startswith("feedsvc.sqlite")
    }
    assert "hub-secret" in was
    assert stat.S_IMODE(database.path.stat().st_mode) == 0o600
    with newsroom.read() as old, database.read() as new:
        for article_id in (1, 2, 3):
            assert articles.get(new, article_id) == articles.get(old, article_id)


def test_passwords_are_those_of_the_backup_and_nobody_is_signed_in(newsroom, settings, elsewhere, tmp_path):
    token = staff.sign_in(newsroom, "ann", "a good password", "127.0.0.1")
    assert staff.who(newsroom, token) is not None
    backup(newsroom, settings, tmp_path / "news.tar")
    database, there = elsewhere
    restore(database, there, tmp_path / "news.tar")
    assert staff.who(database, token) is None
    assert staff.sign_in(database, "ann", "a good password", "127.0.0.1")
    with pytest.raises(SignInRefused):
        staff.sign_in(database, "ann", "another password", "127.0.0.1")


def test_links_to_stories_that_the_backup_does_not_hold_lead_to_no_other_story(newsroom, elsewhere, file):
    lost = edit.create_and_publish(newsroom, replace(STORY, headline="Lost"), "ann")
    database, there = elsewhere
    restore(database, there, file)
    assert edit.create_and_publish(database, replace(STORY, headline="New"), "ann") > lost


def test_a_backup_made_while_stories_are_published_holds_all_that_were_acknowledged_before(
    newsroom, settings, elsewhere, tmp_path
):
    acknowledged, is_enough = [], threading.Event()

    def publish(editor):
        while not is_enough.is_set():
            lead = LeadPicture(picture(newsroom, settings, 100), "A bus", "", decorative=False)
            headline = f"Story {editor}-{len(acknowledged)}"
            edit.create_and_publish(newsroom, replace(STORY, headline=headline, picture=lead), "ann")
            acknowledged.append(headline)

    editors = [threading.Thread(target=publish, args=(editor,)) for editor in range(3)]
    for editor in editors:
        editor.start()
    try:
        while len(acknowledged) < 5:
            is_enough.wait(0.01)
        before = set(acknowledged)
        manifest = backup(newsroom, settings, tmp_path / "news.tar")
    finally:
        is_enough.set()
        for editor in editors:
            editor.join()
    assert manifest.missing == ()
    database, there = elsewhere
    restore(database, there, tmp_path / "news.tar")
    assert before <= headlines(database.path)
    with database.read() as connection:
        (all_feed,) = feeds.resolve(connection, "all").feed_ids
        standing = feeds.candidates(connection, all_feed, 10_000, installation.edition(connection).line_since)
        for story in articles.stories(connection, [one.article_id for one in standing]):
            assert (there.media / f"{story.picture.key}.jpg").stat().st_size == story.picture.length


def test_only_its_owner_may_read_a_backup_and_nothing_is_left_beside_it(file, tmp_path):
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert {path.name for path in tmp_path.iterdir()} == {"instance", "news.tar"}


def test_a_backup_is_not_overwritten_unless_asked_for(newsroom, settings, file):
    before = file.read_bytes()
    with pytest.raises(FeedsvcError, match="there already"):
        backup(newsroom, settings, file)
    assert file.read_bytes() == before
    edit.create(newsroom, replace(STORY, headline="Later"), "ann")
    assert backup(newsroom, settings, file, overwrite=True).articles == 4


@pytest.mark.parametrize("name", ["feedsvc.sqlite", "config.py"])
def test_what_is_no_backup_is_never_overwritten(newsroom, settings, name):
    before = (settings.instance / name).read_bytes()
    with pytest.raises(FeedsvcError, match="is no backup"):
        backup(newsroom, settings, settings.instance / name, overwrite=True)
    assert (settings.instance / name).read_bytes() == before


def test_two_backups_to_one_file_do_not_mix(newsroom, settings, tmp_path):
    import fcntl

    with (tmp_path / ".news.tar.part").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(FeedsvcError, match="under way"):
            backup(newsroom, settings, tmp_path / "news.tar")
    # What a killed backup left is no obstacle.
    (tmp_path / ".news.tar.part").write_bytes(b"x" * 10_000_000)
    (tmp_path / ".news.tar.sqlite").write_bytes(b"x")
    assert backup(newsroom, settings, tmp_path / "news.tar").articles == 3
    assert (tmp_path / "news.tar").stat().st_size < 10_000_000


def test_a_picture_that_was_lost_is_named_and_no_obstacle(newsroom, settings, elsewhere, tmp_path):
    lost = sorted(settings.media.iterdir())[0]
    lost.unlink()
    assert backup(newsroom, settings, tmp_path / "news.tar").missing == (lost.name,)
    database, there = elsewhere
    (note,) = restore(database, there, tmp_path / "news.tar").notes
    assert lost.name in note


def test_a_backup_that_cannot_be_made_is_one_sentence_and_leaves_nothing(newsroom, settings, tmp_path, clock):
    with pytest.raises(FeedsvcError, match="There is no folder"):
        backup(newsroom, settings, tmp_path / "none" / "news.tar")
    none = Database(f"sqlite:///{tmp_path}/none.sqlite", clock)
    with pytest.raises(StorageError, match="nothing to back up"):
        backup(none, settings, tmp_path / "news.tar")
    newsroom.engine.dispose()
    whole = newsroom.path.read_bytes()
    newsroom.path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(StorageError, match=r"damaged|malformed"):
        backup(newsroom, settings, tmp_path / "news.tar")
    assert {path.name for path in tmp_path.iterdir()} == {"instance"}


def test_an_existing_newsroom_is_replaced_only_when_asked_for_and_is_kept(newsroom, settings, file, clock):
    edit.create_and_publish(newsroom, replace(STORY, headline="Since then"), "ann")
    later = picture(newsroom, settings, 200)
    (settings.instance / "config.py").write_text('SITE_TITLE = "The New Post"\n')
    with pytest.raises(FeedsvcError, match="--force"):
        restore(newsroom, settings, file)
    assert "Since then" in headlines(newsroom.path)
    notes = restore(newsroom, settings, file, replace=True).notes
    assert "Since then" not in headlines(newsroom.path)
    (kept,) = settings.instance.glob("feedsvc.sqlite.before-restore-*")
    assert "Since then" in headlines(kept)
    assert (settings.media / f"{later}.jpg").exists()
    assert "New Post" in (settings.instance / "config.py").read_text()
    assert "The Post" in (settings.instance / "config.py.from-backup").read_text()
    assert len(notes) == 2
    assert str(kept) in " ".join(notes)
    assert "config.py.from-backup" in " ".join(notes)
    assert backup(newsroom, settings, file, overwrite=True).articles == 3
    with tarfile.open(file) as tar:
        assert not [name for name in tar.getnames() if "before-restore" in name or "from-backup" in name]


def test_dates_shown_after_the_backup_was_made_are_not_shown_again_with_other_news(newsroom, settings, file, clock):
    clock.move(hours=2)
    edit.create_and_publish(newsroom, replace(STORY, headline="Since then"), "ann")
    shown = documents(newsroom, settings)
    clock.move(hours=-1)  # the clock was wrong, and was set right
    newsroom.clock = type(clock)(clock.now)
    restore(newsroom, settings, file, replace=True)
    for key, document in documents(newsroom, settings).items():
        assert document.date > shown[key].date


def test_a_damaged_database_can_be_replaced(newsroom, settings, file):
    newsroom.engine.dispose()
    newsroom.path.write_bytes(b"This is a letter, not a database. " * 500)
    newsroom.path.with_name("feedsvc.sqlite-wal").write_bytes(b"left over")
    restore(newsroom, settings, file, replace=True)
    assert "Not yet" in headlines(newsroom.path)
    assert not newsroom.path.with_name("feedsvc.sqlite-wal").exists()
    newsroom.check_ready()


def test_what_a_vanished_database_left_beside_it_does_not_reach_the_new_one(newsroom, settings, elsewhere, file):
    database, there = elsewhere
    there.instance.mkdir()
    edit.create(newsroom, replace(STORY, headline="Stray"), "ann")
    wal = Path(f"{newsroom.path}-wal")
    assert wal.stat().st_size > 0
    shutil.copy(wal, there.instance)
    restore(database, there, file)
    assert "Stray" not in headlines(database.path)


def test_a_database_that_another_program_has_open_is_not_replaced(newsroom, settings, file):
    other = sqlite3.connect(newsroom.path)
    other.execute("SELECT * FROM log_head").fetchone()
    with pytest.raises(StorageBusy, match="Another program"):
        restore(newsroom, settings, file, replace=True)
    other.close()
    assert not list(settings.instance.glob("*before-restore*"))


def rewritten(file, members):
    """The backup with other members, manifest included: what somebody else might hand over."""
    with tarfile.open(file, "w") as tar:
        for name, content in members.items():
            member = content if isinstance(content, tarfile.TarInfo) else tarfile.TarInfo(name)
            data = b"" if isinstance(content, tarfile.TarInfo) else content
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))


def members_of(file):
    with tarfile.open(file) as tar:
        return {member.name: tar.extractfile(member).read() for member in tar}


def with_manifest(members, **said):
    import hashlib

    manifest = json.loads(members.pop("feedsvc-backup.json"))
    manifest["files"] = {
        name: hashlib.sha256(data).hexdigest() if isinstance(data, bytes) else "" for name, data in members.items()
    }
    return members | {"feedsvc-backup.json": json.dumps(manifest | said).encode()}


def link(name, target):
    member = tarfile.TarInfo(name)
    member.type, member.linkname = tarfile.SYMTYPE, target
    return member


def changed_database(members, change):
    driver = sqlite3.connect(":memory:")
    driver.deserialize(members["feedsvc.sqlite"])
    driver.executescript(change)
    members["feedsvc.sqlite"] = driver.serialize()
    driver.close()
    return with_manifest(members)


BAD = {
    "text": lambda m: b"This is a letter.",
    "empty": lambda m: b"",
    "no manifest": lambda m: {name: m[name] for name in m if name != "feedsvc-backup.json"},
    "a manifest of nonsense": lambda m: m | {"feedsvc-backup.json": b"[" * 100_000},
    "a manifest that says too little": lambda m: m | {"feedsvc-backup.json": b'{"format": 1}'},
    "a later format": lambda m: with_manifest(m, format=2),
    "a member changed": lambda m: m | {"config.py": b"SITE_TITLE = 'x'\n"},
    "a member missing": lambda m: {name: m[name] for name in m if name != "hub-secret"},
    "a member too many": lambda m: m | {"more": b"x"},
    "a path that leads out": lambda m: with_manifest(m | {"../outside": b"x"}),
    "a path in media that leads out": lambda m: with_manifest(m | {"media/../../outside": b"x"}),
    "an absolute path": lambda m: with_manifest(m | {"/tmp/outside": b"x"}),
    "a link": lambda m: with_manifest(m | {"link": link("link", "/etc/passwd")}),
    "a log of another database": lambda m: with_manifest(m | {"feedsvc.sqlite-wal": b"x"}),
    "no database": lambda m: with_manifest({name: m[name] for name in m if name != "feedsvc.sqlite"}),
    "a letter for a database": lambda m: with_manifest(m | {"feedsvc.sqlite": b"This is a letter. " * 100}),
    "a damaged database": lambda m: with_manifest(m | {"feedsvc.sqlite": m["feedsvc.sqlite"][:-20_000]}),
    "another database": lambda m: changed_database(m, "DROP TABLE log_head;"),
    "a broken reference": lambda m: changed_database(
        m, "PRAGMA foreign_keys=OFF; INSERT INTO feed_names VALUES ('x', 99, 1);"
    ),
    "a database of newer code": lambda m: changed_database(m, "UPDATE installation SET oldest_code = 99;"),
}


@pytest.mark.parametrize("make", BAD.values(), ids=BAD.keys())
def test_what_is_no_whole_backup_is_refused_and_nothing_changes(newsroom, settings, file, tmp_path, make):
    made = make(members_of(file))
    file.write_bytes(made) if isinstance(made, bytes) else rewritten(file, made)
    newsroom.engine.dispose()
    before = state(tmp_path)
    with pytest.raises(StorageError, match=r"news\.tar"):
        restore(newsroom, settings, file, replace=True)
    assert state(tmp_path) == before


def test_a_backup_cut_off_anywhere_is_refused(file, elsewhere):
    database, there = elsewhere
    whole = file.read_bytes()
    for length in range(0, len(whole) - 10_240, len(whole) // 40):
        file.write_bytes(whole[:length])
        with pytest.raises(StorageError, match=r"news\.tar"):
            restore(database, there, file)
    assert not there.instance.exists()


def test_a_backup_that_is_not_there_is_one_sentence(elsewhere, tmp_path):
    with pytest.raises(StorageError, match=r"none\.tar: No such file"):
        restore(*elsewhere, tmp_path / "none.tar")
    with pytest.raises(StorageError, match="Is a directory"):
        restore(*elsewhere, tmp_path)


def test_an_older_database_is_brought_up_and_a_newer_one_that_allows_this_code_is_left_alone(
    newsroom, elsewhere, file, settings
):
    with newsroom.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'of tomorrow'")
    backup(newsroom, settings, file, overwrite=True)
    database, there = elsewhere
    restore(database, there, file)
    database.check_ready()


KILLED = """
import os, shutil, signal, sys
from pathlib import Path
from feedsvc.actions import restore
from feedsvc.domain.dates import Clock
from feedsvc.settings import Settings
from feedsvc.storage.database import Database
from tests.conftest import HandClock

original, file, scratch = map(Path, sys.argv[1:])
STEPS = ("open", "os.rename", "os.link", "os.remove", "sqlite3.connect")
step, status = 0, None
while status != 0:
    instance = scratch / str(step)
    shutil.copytree(original, instance)
    child = os.fork()
    if child == 0:
        left = step

        def count(event, arguments):
            global left
            if event in STEPS:
                if left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
                left -= 1

        settings = Settings({"FEEDSVC_INSTANCE_PATH": str(instance)})
        database = Database(settings.database_url, Clock())
        import feedsvc.storage.migrations
        sys.addaudithook(count)
        restore.restore(database, settings, file, replace=True)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    assert status in (0, signal.SIGKILL), status
    step += 1
print(step)
"""


def test_a_restore_killed_at_any_step_leaves_the_old_state_or_the_new_one(newsroom, settings, file, tmp_path):
    edit.create_and_publish(newsroom, replace(STORY, headline="Since then"), "ann")
    for path in settings.media.iterdir():
        path.unlink()
    newsroom.engine.dispose()
    (tmp_path / "killed").mkdir()
    ran = subprocess.run(
        [sys.executable, "-c", KILLED, settings.instance, file, tmp_path / "killed"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    steps = int(ran.stdout)
    seen = []
    for step in range(steps):
        instance = tmp_path / "killed" / str(step)
        is_new = "Since then" not in headlines(instance / "feedsvc.sqlite")
        seen.append(is_new)
        assert "The Post" in (instance / "config.py").read_text()
        if is_new:
            assert len([path for path in (instance / "media").iterdir() if path.suffix == ".jpg"]) == 3
            (kept,) = instance.glob("feedsvc.sqlite.before-restore-*")
            assert "Since then" in headlines(kept)
    assert seen == sorted(seen)
    assert set(seen) == {False, True}
    # After any of them it can be done again.
    there = Settings({"FEEDSVC_INSTANCE_PATH": str(tmp_path / "killed" / str(seen.index(True) - 1))})
    restore(Database(there.database_url, newsroom.clock), there, file, replace=True)
