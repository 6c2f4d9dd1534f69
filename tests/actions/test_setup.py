"""A first start: whole in the end however it was interrupted, and a password that is not lost."""

import stat
import threading
from collections import Counter
from itertools import count
from time import monotonic

import pytest
from sqlalchemy import event

from feedsvc.actions import edit, sample, sections, setup, staff, trend
from feedsvc.domain.article import Revision
from feedsvc.domain.dates import Clock
from feedsvc.errors import Invalid, NotFound, StorageReadOnly, WrongSetting
from feedsvc.sample import SECTIONS, STORIES
from feedsvc.settings import Settings
from feedsvc.storage import articles, feeds, installation, readings
from feedsvc.storage import staff as stored_staff
from feedsvc.storage.database import Database

HEADLINES = Counter(story.headline for story in STORIES)
SLUGS = [section.slug for section in SECTIONS]


class Killed(BaseException):
    """As `kill -9`: nothing catches it."""


def what_is_there(database):
    with database.read() as connection:
        headlines = Counter(line.headline for line in articles.listing(connection, 100))
        return headlines, [section.slug for section in feeds.all_sections(connection)]


def unfinished(database):
    with database.read() as connection:
        return installation.sample_is_unfinished(connection)


@pytest.fixture
def interrupted(settings, with_tables):
    """Begin a sample newsroom, and be killed when a statement is to be carried out for the nth time."""

    def begin(statement: str, number: int) -> Database:
        database, times = Database(settings.database_url, Clock()), count(1)

        def kill(connection, cursor, sql, parameters, context, many):
            if sql.startswith(statement) and next(times) == number:
                raise Killed

        event.listen(database.engine, "before_cursor_execute", kill)
        with pytest.raises(Killed):
            setup.prepare(database, settings, with_sample=True)
        database.engine.dispose()
        return Database(settings.database_url, Clock())

    return begin


@pytest.mark.parametrize(
    ("statement", "number"),
    [
        ("INSERT INTO log_head", 1),
        ("INSERT INTO sections", 1),
        ("INSERT INTO sections", 3),
        ("INSERT INTO pictures", 2),
        ("INSERT INTO revisions", 1),
        ("UPDATE installation SET has_sample", 2),
    ],
)
def test_an_interrupted_first_start_is_finished_by_the_next(interrupted, settings, statement, number):
    database = interrupted(statement, number)
    assert setup.prepare(database, settings, with_sample=True)
    assert what_is_there(database) == (HEADLINES, SLUGS)
    assert not unfinished(database)
    assert not setup.prepare(database, settings, with_sample=True)
    assert what_is_there(database) == (HEADLINES, SLUGS)


def test_two_first_starts_at_once_make_one_newsroom(settings):
    def begin():
        setup.prepare(Database(settings.database_url, Clock()), settings, with_sample=True)

    starts = [threading.Thread(target=begin) for _ in range(2)]
    for start in starts:
        start.start()
    for start in starts:
        start.join()
    assert what_is_there(Database(settings.database_url, Clock())) == (HEADLINES, SLUGS)


def test_a_start_that_asks_for_no_sample_leaves_an_unfinished_one_alone(interrupted, settings):
    database = interrupted("INSERT INTO sections", 3)
    before = what_is_there(database)
    assert not setup.prepare(database, settings)
    assert what_is_there(database) == before


def test_an_unfinished_sample_can_be_removed_and_does_not_come_back(interrupted, settings):
    database = interrupted("INSERT INTO sections", 3)
    sample.remove(database, settings.media)
    assert what_is_there(database) == (Counter(), [])
    assert not setup.prepare(database, settings, with_sample=True)
    assert what_is_there(database) == (Counter(), [])


def test_a_newsroom_that_never_had_a_sample_gets_none(database, settings):
    assert not setup.prepare(database, settings, with_sample=True)
    assert what_is_there(database) == (Counter(), ["politics", "tech"])


def test_a_picture_that_cannot_be_deleted_does_not_make_the_removal_fail(settings, with_tables, caplog):
    database = Database(settings.database_url, Clock())
    setup.prepare(database, settings, with_sample=True)
    first, *_ = sorted(settings.media.iterdir())
    first.unlink()
    (first / "full").mkdir(parents=True)
    sample.remove(database, settings.media)
    assert list(settings.media.iterdir()) == [first]
    assert first.stem.removesuffix("-960") in caplog.text
    with pytest.raises(NotFound):
        sample.remove(database, settings.media)


def test_removing_the_sample_leaves_what_others_wrote_with_its_names_and_pictures(settings, with_tables):
    database = Database(settings.database_url, Clock())
    setup.prepare(database, settings, with_sample=True)
    theirs = next(story for story in STORIES if story.picture)
    with database.read() as connection:
        (sampled,) = [one for one in articles.page(connection, 100) if one.revision.headline == theirs.headline]
    ours = Revision("Ours", section="world", body="Text.", topics=theirs.topics, picture=sampled.revision.picture)
    article_id = edit.create_and_publish(database, ours, "ann")
    sample.remove(database, settings.media)
    with database.read() as connection:
        story = articles.story(connection, article_id)
    assert [topic.name for topic in story.topics] == list(theirs.topics)
    assert {path.stem.removesuffix("-960") for path in settings.media.iterdir()} == {story.picture.key}
    assert what_is_there(database) == (Counter(["Ours"]), ["world"])


def test_the_sample_is_served_by_nobody_when_its_removal_is_acknowledged(database, settings):
    with database.write() as connection:
        installation.note_sample(connection, is_there=True)
    began = monotonic()
    sample.remove(database, settings.media)
    assert monotonic() - began >= edit.REMOVAL_SECONDS


def names(database):
    with database.read() as connection:
        return [account.name for account in stored_staff.all_accounts(connection)]


def test_the_password_is_handed_over_before_there_is_an_account(database, settings):
    seen = []
    setup.settle_admin(database, settings, lambda password: seen.append((password, names(database))))
    ((password, before),) = seen
    assert before == []
    assert staff.has_password(database, "admin", password)


def test_a_password_that_cannot_be_handed_over_leaves_no_account(database, settings):
    folder = settings.instance / "nowhere"
    with pytest.raises(StorageReadOnly, match="cannot be written"):
        setup.settle_admin(database, settings, lambda password: setup.write_secret(folder, "x", password))
    assert names(database) == []
    made = []
    setup.settle_admin(database, settings, made.append)
    setup.settle_admin(database, settings, made.append)
    assert len(made) == 1
    assert staff.has_password(database, "admin", *made)


def test_no_password_is_made_where_somebody_can_sign_in(database, settings):
    staff.add_account(database, "ann", "a good password")
    setup.settle_admin(database, settings, pytest.fail)
    assert names(database) == ["ann"]
    assert not staff.add_first_account(database, "admin", pytest.fail)


def test_a_password_of_the_settings_that_is_too_short_names_the_setting(database, settings):
    environment = {"FEEDSVC_INSTANCE_PATH": str(settings.instance)}
    short = Settings(environment | {"FEEDSVC_ADMIN_PASSWORD": "short"})
    with pytest.raises(WrongSetting, match=r"FEEDSVC_ADMIN_PASSWORD cannot be used\. A password has 8 to"):
        setup.settle_admin(database, short, pytest.fail)
    setup.settle_admin(database, Settings(environment | {"FEEDSVC_ADMIN_PASSWORD": "long enough"}), pytest.fail)
    with pytest.raises(WrongSetting, match="FEEDSVC_ADMIN_PASSWORD"):
        setup.settle_admin(database, short, pytest.fail)
    assert staff.has_password(database, "admin", "long enough")


def test_a_secret_is_for_its_owner_alone_though_others_could_read_the_file_before(tmp_path):
    (tmp_path / "secret.txt").write_text("a longer text that was there before")
    (tmp_path / "secret.txt").chmod(0o644)
    path = setup.write_secret(tmp_path, "secret.txt", "new\n")
    assert path.read_text() == "new\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_no_document_can_hold_does_not_get_into_a_section(database):
    section = sections.add(database, "arts", "Arts\x00 \udcff &\n Crafts", "On\u2028 stage\x1b", "test")
    assert (section.title, section.description) == ("Arts & Crafts", "On stage")
    with pytest.raises(Invalid, match="needs a title"):
        sections.add(database, "more", "\udcff\x07", "", "test")


def test_the_sample_can_be_removed_after_it_was_read(settings, with_tables):
    database = Database(settings.database_url, Clock())
    setup.prepare(database, settings, with_sample=True)
    counter = trend.Readings(database.clock)
    with database.read() as connection:
        numbers = [line.article_id for line in articles.listing(connection, 100)]
    for visitor in range(settings.rising_min_readings):
        counter.count(numbers[0], f"192.0.2.{visitor}", "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0")
    trend.flush(database, settings, counter)
    assert trend.refresh(database, settings)
    sample.remove(database, settings.media)
    assert not trend.refresh(database, settings)
    with database.read() as connection:
        assert readings.ranking(connection, 10) == []
        assert not any(readings.standing(connection, feed_id) for feed_id in feeds.chosen(connection).values())
