"""An editor at the newsdesk of a small newsroom, as a browser without scripts would be."""

import copy
import hashlib
import io
import re
from datetime import timedelta
from html import unescape

from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from feedsvc import create_app
from feedsvc.domain.article import Article
from feedsvc.domain.roles import Role
from feedsvc.settings import Settings
from feedsvc.storage import articles, staff
from feedsvc.storage.database import Database

ORIGIN = {"Origin": "http://localhost"}

NEW = "/newsdesk/articles/new"


class Desk:
    """The newsdesk with somebody signed in: `get` and `post` are theirs."""

    def __init__(self, settings: Settings, database: Database, name: str = "anna") -> None:
        self.database = database
        self.app: Flask = create_app(settings, database.clock)
        self.name = name
        self.client: FlaskClient = self.app.test_client()
        self.token = self.sign_in(self.client, name)

    def sign_in(self, client: FlaskClient, name: str, role: Role = Role.ADMINISTRATOR) -> str:
        """A session as it stands after a sign-in, without the time that hashing a password takes."""
        token, now = f"token-of-{name}", self.database.clock()
        with self.database.write() as connection:
            if staff.account(connection, name) is None:
                staff.add_account(connection, name, "no hash", now, role)
            account = staff.account(connection, name)
            hashed = hashlib.sha256(token.encode()).hexdigest()
            staff.add_sign_in(connection, hashed, account.account_id, now, now + timedelta(days=14))
        client.set_cookie("feedsvc_session", token)
        return token

    def colleague(self, name: str, role: Role = Role.ADMINISTRATOR) -> "Desk":
        """Somebody else at the same newsdesk."""
        other = copy.copy(self)
        other.name, other.client = name, self.app.test_client()
        other.token = self.sign_in(other.client, name, role)
        return other

    def get(self, path: str) -> TestResponse:
        return self.client.get(path)

    def post(self, path: str = NEW, **fields: object) -> TestResponse:
        """Post a form url-encoded, or as multipart where a file is among its fields, with an Origin as scripts do.

        A file is a pair: an open stream and the file's name.
        """
        files = {name: FileStorage(*value) for name, value in fields.items() if isinstance(value, tuple)}
        if not files:
            return self.client.post(path, data=fields, headers=ORIGIN)
        boundary, body = encode_multipart(fields | files)
        return self.client.post(
            path, data=body, headers=ORIGIN, content_type=f"multipart/form-data; boundary={boundary}"
        )

    def write(self, action: str = "save", **fields: object) -> int:
        """Post a new story; its number."""
        answer = self.post(action=action, **fields)
        assert answer.status_code == 303, text_of(answer)
        return int(re.search(r"/newsdesk/articles/(\d+)", answer.headers["Location"])[1])

    def act(self, article_id: int, action: str, **fields: object) -> TestResponse:
        """Post the form of a stored story, made on its present version unless `version` is given."""
        version = fields.pop("version", None) or self.article(article_id).version
        return self.post(path_of(article_id), action=action, version=version, **fields)

    def article(self, article_id: int) -> Article:
        with self.database.read() as connection:
            return articles.get(connection, article_id)

    def newest(self) -> Article:
        with self.database.read() as connection:
            return articles.get(connection, articles.listing(connection, 1)[0].article_id)

    def count(self) -> int:
        with self.database.read() as connection:
            return len(articles.listing(connection, 1000))


STORY = {
    "headline": "Council keeps the night bus",
    "section": "politics",
    "standfirst": "Eleven members changed their minds.",
    "body": "The night bus will go on running.\n\n## How the numbers moved\n\nThe figures were new.",
    "authors": "Politics Desk",
    "topics": "transport, council",
}


def jpeg(width: int = 1600, height: int = 900) -> tuple[io.BytesIO, str]:
    """A picture as a file field brings it."""
    picture = io.BytesIO()
    Image.linear_gradient("L").resize((width, height)).convert("RGB").save(picture, "JPEG")
    return io.BytesIO(picture.getvalue()), "bus.jpg"


def path_of(article_id: int) -> str:
    return f"/newsdesk/articles/{article_id}"


def text_of(answer: TestResponse) -> str:
    """What a page says: its text without tags, white space collapsed."""
    page = re.sub(r"<(script|style)\b.*?</\1>", " ", answer.text, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", page)).split())


def field_of(answer: TestResponse, name: str) -> str | None:
    """What stands in a field of a page; None if there is no such field."""
    area = re.search(rf'<textarea[^>]*\bname="{name}"[^>]*>\n?(.*?)</textarea>', answer.text, re.DOTALL)
    if area:
        return unescape(area[1])
    if re.search(rf'<select[^>]*\bname="{name}"', answer.text):
        chosen = re.search(r'<option value="([^"]*)" selected>', answer.text)
        return chosen[1] if chosen else ""
    own, any_other = rf'(?=[^>]*\bid="{name}")', rf'(?=[^>]*\bname="{name}")'
    lines = (re.search(rf'<input{which}[^>]*\bvalue="([^"]*)"', answer.text) for which in (own, any_other))
    line = next(filter(None, lines), None)
    return unescape(line[1]) if line else None


def problem_of(answer: TestResponse, name: str) -> str | None:
    """The error beside a field of a page."""
    found = re.search(rf'<p class="problem" id="{name}-problem">(.*?)</p>', answer.text)
    return unescape(found[1]) if found else None
