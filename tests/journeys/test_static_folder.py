"""The pages of a newsroom as files: whole, linked with each other, and nothing of the newsdesk."""

import html
import re
import shutil
from urllib.parse import unquote, urlsplit

import pytest

from feedsvc import create_app
from feedsvc.actions import edit, sample
from feedsvc.domain.article import Revision
from feedsvc.errors import FeedsvcError
from feedsvc.freeze import freeze
from feedsvc.storage import articles
from feedsvc.storage.database import Database
from tests.conftest import HandClock, settings_in

pytestmark = pytest.mark.xdist_group("static_folder")


@pytest.fixture(scope="module")
def made(founded, tmp_path_factory):
    """The settings of a newsroom with older pages and a story that was withdrawn, and the folder with its pages."""
    place = tmp_path_factory.mktemp("static")
    settings = settings_in(place / "instance")
    settings.media.mkdir(parents=True)
    shutil.copy(founded, settings.instance / "feedsvc.sqlite")
    database = Database(settings.database_url, HandClock())
    sample.bring(database, settings.media)
    for number in range(23):
        story = Revision(headline=f"Story {number}", section="politics", body="It is.")
        last = edit.create_and_publish(database, story, "ann")
    with database.read() as connection:
        version = articles.get(connection, last).version
    edit.withdraw(database, last, version, "ann", "It was wrong.")
    freeze(database, settings, place / "site", lambda done, of: None)
    database.engine.dispose()
    return settings, place / "site"


@pytest.fixture
def folder(made):
    return made[1]


def test_every_link_of_every_page_leads_to_a_file(folder):
    redirects = {line.split()[0] for line in (folder / "_redirects").read_text().splitlines()}
    pages = list(folder.rglob("*.html"))
    missing = set()
    for page in pages:
        for link in re.findall(r'(?:href|src)="?([^\s">]+)', page.read_text()):
            parts = urlsplit(html.unescape(link))
            if parts.scheme or parts.netloc or not parts.path.startswith("/") or parts.path == "/newsdesk":
                continue
            file = folder / unquote(parts.path).strip("/")
            if "before=" in parts.query or not (
                file.is_file() or (file / "index.html").is_file() or parts.path in redirects
            ):
                missing.add(link)
    assert missing == set()
    assert len(list(folder.rglob("older-*.html"))) >= 2
    assert list((folder / "media").iterdir())
    assert not (folder / "newsdesk").exists()


def test_documents_are_those_that_are_served(made):
    settings, folder = made
    client = create_app(settings).test_client()
    for name in ("all.rss", "all.atom", "politics.json", "all/archive/1.rss"):
        served = client.get(f"/feeds/{name}", base_url=settings.base_url)
        assert (folder / "feeds" / name).read_bytes() == served.data


def test_a_withdrawn_story_has_its_notice_and_its_status(folder):
    (line,) = (line for line in (folder / "_redirects").read_text().splitlines() if "/story-22 " in line)
    _, to, status = line.split()
    assert status == "410"
    assert "It was wrong." in (folder / to.lstrip("/")).read_text()


def test_a_folder_with_something_in_it_is_left_alone(database, settings, tmp_path):
    (tmp_path / "letter.txt").write_text("Dear editor")
    with pytest.raises(FeedsvcError, match="not empty"):
        freeze(database, settings, tmp_path, lambda done, of: None)
