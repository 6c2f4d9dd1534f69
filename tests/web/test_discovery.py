"""What programs ask a site for."""

import io
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from flask import Flask, url_for
from flask.testing import FlaskClient
from lxml import etree
from PIL import Image

from feedsvc import create_app
from feedsvc.settings import Settings

if TYPE_CHECKING:
    from tests.web.site_app import Desk

pytest_plugins = ["tests.web.site_app"]

HERE = {"REMOTE_ADDR": "127.0.0.1"}
ELSEWHERE = {"REMOTE_ADDR": "203.0.113.9"}


def test_robots_may_read_all_but_the_newsdesk(reader: FlaskClient) -> None:
    answer = reader.get("/robots.txt")
    assert answer.content_type == "text/plain; charset=utf-8"
    assert answer.text == "User-agent: *\nDisallow: /newsdesk$\nDisallow: /newsdesk/\n"


def test_the_favicon_is_a_real_icon_in_three_sizes(reader: FlaskClient) -> None:
    answer = reader.get("/favicon.ico")
    assert answer.content_type == "image/x-icon"
    assert Image.open(io.BytesIO(answer.data)).info["sizes"] == {(16, 16), (32, 32), (48, 48)}


def test_a_static_file_is_kept_for_ever_under_the_version_of_its_content(site: Flask, reader: FlaskClient) -> None:
    with site.test_request_context():
        address = url_for("static", filename="site.css")
    assert reader.get(address).headers["Cache-Control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("address", ["/static/feed.css", "/static/site.css?v=old", "/static/site.css?v="])
def test_a_static_file_under_another_address_is_soon_asked_for_again(reader: FlaskClient, address: str) -> None:
    answer = reader.get(address)
    assert answer.headers["Cache-Control"] == "public, max-age=3600"
    held = {"If-None-Match": answer.headers["ETag"]}
    assert reader.get(address, headers=held).headers["Cache-Control"] == "public, max-age=3600"


def test_a_new_content_gets_a_new_version(site: Flask, tmp_path: Path) -> None:
    site.static_folder = str(tmp_path)
    versions = set()
    for content in ("a", "b"):
        (tmp_path / "x.css").write_text(content * (1 + len(versions)))
        with site.test_request_context():
            versions.add(url_for("static", filename="x.css"))
    assert len(versions) == 2


def test_a_service_that_is_well_says_so_to_everybody(database: object, reader: FlaskClient) -> None:
    answer = reader.get("/healthz")
    assert answer.status_code == 200
    assert answer.json == {
        **{"status": "ok", "database": "ok", "failing_documents": 0},
        **{"overdue": 0, "clock": "never ran"},
    }
    assert answer.headers["Cache-Control"] == "no-store"


def test_an_unreachable_database_is_told_and_why_only_to_operators(site: Flask, settings: Settings) -> None:
    site.extensions["feedsvc"].database.engine.dispose()
    for file in settings.instance.glob("feedsvc.sqlite*"):
        file.unlink()
    settings.instance.joinpath("feedsvc.sqlite").mkdir()
    client = site.test_client()
    answer = client.get("/healthz", environ_base=ELSEWHERE)
    assert answer.status_code == 503
    assert answer.json == {"status": "failing", "database": "failing", "failing_documents": 0}
    assert client.get("/healthz", environ_base=HERE).json["details"][0].startswith("database: ")


def test_a_document_that_cannot_be_made_is_told(desk: "Desk", site: Flask) -> None:
    desk.publish()
    with desk.database.write() as connection:
        connection.exec_driver_sql("ALTER TABLE revision_topics RENAME TO lost")
    client = site.test_client()
    assert client.get("/feeds/all.rss").status_code == 503
    answer = client.get("/healthz", environ_base=HERE)
    assert (answer.status_code, answer.json["failing_documents"]) == (503, 1)
    assert "rss" in answer.json["details"][0]


def test_metrics_are_read_on_this_machine(site: Flask) -> None:
    answer = site.test_client().get("/metrics", environ_base=HERE)
    assert answer.status_code == 200
    assert answer.content_type.startswith("text/plain")
    assert "feedsvc_polls" in answer.text


@pytest.mark.parametrize(
    "visit",
    [
        {"environ_base": ELSEWHERE},
        {"environ_base": {"REMOTE_ADDR": ""}},
        {"environ_base": HERE, "headers": {"X-Forwarded-For": "203.0.113.9"}},
        {"environ_base": HERE, "headers": {"X-Forwarded-For": "127.0.0.1"}},
        {"environ_base": HERE, "headers": {"Forwarded": "for=203.0.113.9"}},
        {"environ_base": ELSEWHERE, "headers": {"Authorization": "Bearer "}},
        {"environ_base": ELSEWHERE, "headers": {"Authorization": "Bearer wröng"}},
    ],
)
def test_metrics_are_not_read_from_elsewhere_or_through_a_proxy(site: Flask, visit: dict) -> None:
    client = site.test_client()
    assert client.get("/metrics", **visit).status_code == 403
    assert "details" not in client.get("/healthz", **visit).json


def test_the_operations_token_opens_both_from_anywhere(database: object, settings: Settings, clock: object) -> None:
    settings.operations_token = "let me in"
    app = create_app(settings, clock)
    client = app.test_client()
    visit = {"environ_base": ELSEWHERE, "headers": {"Authorization": "Bearer let me in"}}
    assert client.get("/metrics", **visit).status_code == 200
    assert client.get("/healthz", **visit).json["details"] == []
    assert client.get("/metrics", environ_base=ELSEWHERE, headers={"Authorization": "Bearer let me"}).status_code == 403
    app.extensions["feedsvc"].database.engine.dispose()


@pytest.mark.parametrize("address", ["/feeds.opml", "/.well-known/feeds"])
def test_all_feeds_are_listed_as_opml(desk: "Desk", reader: FlaskClient, address: str) -> None:
    desk.publish(topics=("Buses",), authors=("Politics Desk",))
    desk.draft(topics=("Secret",))
    answer = reader.get(address)
    assert answer.content_type == "text/x-opml; charset=utf-8"
    listed = etree.fromstring(answer.data).iterfind(".//outline[@xmlUrl]")
    assert [(one.get("text"), one.get("xmlUrl"), one.get("htmlUrl")) for one in listed] == [
        (title, f"http://127.0.0.1:8000/feeds/{name}.rss", f"http://127.0.0.1:8000{home}")
        for title, name, home in (
            ("The Evening Post", "all", "/"),
            ("Trending", "trending", "/feeds/trending"),
            ("Rising", "rising", "/feeds/rising"),
            ("Corrections", "corrections", "/feeds/corrections"),
            ("Politics", "politics", "/politics"),
            ("Tech", "tech", "/tech"),
            ("Buses", "topics/buses", "/topics/buses"),
            ("Politics Desk", "authors/politics-desk", "/authors/politics-desk"),
        )
    ]
    assert reader.get(address, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
