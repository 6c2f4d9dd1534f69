"""A picture is stored whole, files and row, or not at all."""

import io
import logging

import pytest
from PIL import Image
from sqlalchemy import text

from feedsvc.actions import edit, pictures
from feedsvc.domain.article import LeadPicture, Revision
from feedsvc.errors import PictureRefused, StorageError
from feedsvc.storage import media
from feedsvc.storage.media import Picture


def jpeg(width=1600, height=900):
    picture = io.BytesIO()
    Image.linear_gradient("L").resize((width, height)).convert("RGB").save(picture, "JPEG")
    return picture.getvalue()


def test_a_stored_picture_is_known_by_its_key_with_its_sizes(database, settings):
    key = pictures.store(database, settings.media, io.BytesIO(jpeg()))
    with database.read() as connection:
        picture = media.by_keys(connection, [key])[key]
    assert (picture.media_type, picture.width, picture.height, picture.small_width) == ("image/jpeg", 1600, 900, 960)
    assert picture.length == (settings.media / f"{key}.jpg").stat().st_size
    assert (settings.media / f"{key}-960.jpg").exists()


def test_a_small_picture_has_no_small_rendition(database, settings):
    key = pictures.store(database, settings.media, jpeg(800, 600))
    with database.read() as connection:
        assert media.by_keys(connection, [key])[key].small_width is None
    assert [path.name for path in settings.media.iterdir()] == [f"{key}.jpg"]


def test_nothing_is_left_of_a_picture_that_the_database_does_not_take(database, settings):
    with database.write() as connection:
        connection.execute(text("ALTER TABLE pictures RENAME TO gone"))
    with pytest.raises(StorageError):
        pictures.store(database, settings.media, jpeg())
    assert list(settings.media.iterdir()) == []


def test_nothing_is_left_of_a_file_that_is_no_picture(database, settings):
    with pytest.raises(PictureRefused):
        pictures.store(database, settings.media, b"no picture")
    assert list(settings.media.iterdir()) == []


@pytest.fixture
def old(database, settings, clock):
    """The keys of a picture that nothing uses, of one that leads a story and of one in a text, all a day old."""
    keys = [pictures.store(database, settings.media, jpeg()) for _ in range(3)]
    edit.create(database, Revision(picture=LeadPicture(keys[1]), body=f"![A bus](/media/{keys[2]}.jpg)"), "test")
    clock.move(hours=pictures.KEPT_UNUSED_HOURS)
    return keys


def stored(database, keys):
    with database.read() as connection:
        return set(media.by_keys(connection, keys))


def test_a_picture_that_nothing_used_for_a_day_goes_with_the_next_upload(database, settings, clock, old):
    recent = pictures.store(database, settings.media, jpeg())
    assert stored(database, old) == set(old)
    clock.move(seconds=1)
    latest = pictures.store(database, settings.media, jpeg())
    assert stored(database, [*old, recent, latest]) == {*old[1:], recent, latest}
    assert {path.name for path in settings.media.iterdir()} == {
        f"{key}{size}.jpg" for key in (*old[1:], recent, latest) for size in ("", "-960")
    }


def test_no_more_than_the_latest_pictures_are_looked_through(database, settings, clock, old):
    clock.move(seconds=1)
    with database.write() as connection:
        for number in range(media.LATEST):
            media.add(connection, Picture(f"later-{number}", "image/jpeg", 1, 1, 1, None), clock())
    pictures.store(database, settings.media, jpeg())
    assert stored(database, old) == set(old)


def test_a_file_that_cannot_be_removed_is_named_in_the_log_and_the_upload_is_taken(
    database, settings, clock, old, caplog
):
    path = settings.media / f"{old[0]}.jpg"
    path.unlink()
    path.mkdir()
    clock.move(seconds=1)
    with caplog.at_level(logging.WARNING):
        key = pictures.store(database, settings.media, jpeg())
    assert stored(database, [old[0], key]) == {key}
    assert old[0] in caplog.text
