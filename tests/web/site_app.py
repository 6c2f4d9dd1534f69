"""A newsroom's site in a test: its application, and short ways to fill it. A plugin of those tests that name it."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from werkzeug.test import TestResponse

from feedsvc import create_app
from feedsvc.actions import edit, pictures
from feedsvc.domain.article import LeadPicture, Revision
from feedsvc.settings import Settings
from feedsvc.storage import articles
from feedsvc.storage.database import Database

EDITOR = "ann"


class Desk:
    """Somebody who writes: each method is one act on the newsroom's database."""

    def __init__(self, database: Database, media: Path) -> None:
        self.database = database
        self.media = media

    def publish(self, headline: str = "A bus at night", section: str = "politics", **fields: object) -> int:
        revision = Revision(headline=headline, section=section, **{"body": "It runs again.", **fields})
        return edit.create_and_publish(self.database, revision, EDITOR)

    def draft(self, **fields: object) -> int:
        return edit.create(self.database, Revision(**{"section": "politics", "body": "Not yet.", **fields}), EDITOR)

    def save(self, article_id: int, revision: Revision) -> None:
        edit.save(self.database, article_id, self._version(article_id), revision, EDITOR)

    def update(self, article_id: int, revision: Revision, minor: bool = False) -> None:
        edit.update(self.database, article_id, self._version(article_id), EDITOR, revision, minor)

    def withdraw(self, article_id: int, notice: str = "") -> None:
        edit.withdraw(self.database, article_id, self._version(article_id), EDITOR, notice)

    def working(self, article_id: int) -> Revision:
        with self.database.read() as connection:
            return articles.get(connection, article_id).working

    def picture(self, width: int = 1600, height: int = 900, alt: str = "A bus") -> LeadPicture:
        upload = io.BytesIO()
        Image.linear_gradient("L").resize((width, height)).convert("RGB").save(upload, "JPEG")
        return LeadPicture(pictures.store(self.database, self.media, upload.getvalue()), alt, "Post Pictures")

    def _version(self, article_id: int) -> int:
        with self.database.read() as connection:
            return articles.get(connection, article_id).version


@pytest.fixture
def desk(database: Database, settings: Settings) -> Desk:
    return Desk(database, settings.media)


@pytest.fixture
def site(database: Database, settings: Settings, clock) -> Iterator[Flask]:
    app = create_app(settings, clock)
    yield app
    app.extensions["feedsvc"].database.engine.dispose()


class Reader(FlaskClient):
    """A client that reads each answer to its end, so that files are closed."""

    def open(self, *args: Any, **options: Any) -> TestResponse:
        return super().open(*args, **{"buffered": True, **options})


@pytest.fixture
def reader(site: Flask) -> Reader:
    """Somebody who reads, from elsewhere."""
    client = Reader(site, site.response_class)
    client.environ_base["REMOTE_ADDR"] = "203.0.113.9"
    return client
