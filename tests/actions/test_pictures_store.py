"""A picture is stored whole, files and row, or not at all."""

import io

import pytest
from PIL import Image
from sqlalchemy import text

from feedsvc.actions import pictures
from feedsvc.errors import PictureRefused, StorageError
from feedsvc.storage import media


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
        connection.execute(text("DROP TABLE pictures"))
    with pytest.raises(StorageError):
        pictures.store(database, settings.media, jpeg())
    assert list(settings.media.iterdir()) == []


def test_nothing_is_left_of_a_file_that_is_no_picture(database, settings):
    with pytest.raises(PictureRefused):
        pictures.store(database, settings.media, b"no picture")
    assert list(settings.media.iterdir()) == []
