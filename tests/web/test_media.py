"""Who may see a picture."""

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from flask.testing import FlaskClient

from feedsvc.actions import staff
from feedsvc.domain.article import LeadPicture

if TYPE_CHECKING:
    from tests.web.site_app import Desk

pytest_plugins = ["tests.web.site_app"]

NAMES = ["{}.jpg", "{}-960.jpg"]


@pytest.fixture
def picture(desk: "Desk") -> LeadPicture:
    return desk.picture()


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_of_a_story_that_is_out_is_public(
    desk: "Desk", reader: FlaskClient, picture: LeadPicture, name: str
) -> None:
    desk.publish(picture=picture)
    answer = reader.get(f"/media/{name.format(picture.key)}")
    assert answer.status_code == 200
    assert answer.content_type == "image/jpeg"
    assert answer.data.startswith(b"\xff\xd8")
    assert answer.headers["Cache-Control"] == "public, max-age=3600"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_picture_that_is_held_already_is_not_sent_again(
    desk: "Desk", reader: FlaskClient, picture: LeadPicture
) -> None:
    desk.publish(picture=picture)
    address = f"/media/{picture.key}.jpg"
    held = reader.get(address).headers["ETag"]
    answer = reader.get(address, headers={"If-None-Match": held})
    assert (answer.status_code, answer.data) == (304, b"")


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_that_was_never_public_is_not_there_for_readers(
    desk: "Desk", reader: FlaskClient, picture: LeadPicture, name: str
) -> None:
    desk.draft(headline="Soon", picture=picture)
    assert reader.get(f"/media/{name.format(picture.key)}").status_code == 404


def test_an_editor_sees_a_picture_before_readers_do_and_no_cache_keeps_it(
    desk: "Desk", reader: FlaskClient, picture: LeadPicture
) -> None:
    staff.add_account(desk.database, "ann", "a long password")
    token = staff.sign_in(desk.database, "ann", "a long password", "203.0.113.9")
    reader.set_cookie("feedsvc_session", token)
    answer = reader.get(f"/media/{picture.key}.jpg")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_is_gone_with_the_last_story_that_used_it(
    desk: "Desk", reader: FlaskClient, picture: LeadPicture, name: str
) -> None:
    first, second = desk.publish(picture=picture), desk.publish(body=f"![A bus](/media/{picture.key}.jpg)")
    address = f"/media/{name.format(picture.key)}"
    desk.withdraw(first)
    assert reader.get(address).status_code == 200
    desk.update(second, replace(desk.working(second), body="No picture any more."))
    answer = reader.get(address)
    assert answer.status_code == 410
    assert answer.content_type.startswith("text/plain")


def test_an_editor_sees_the_picture_of_a_withdrawn_story_and_no_cache_keeps_it(
    desk: "Desk", reader: FlaskClient, picture: LeadPicture
) -> None:
    desk.withdraw(desk.publish(picture=picture))
    address = f"/media/{picture.key}.jpg"
    assert reader.get(address).status_code == 410
    staff.add_account(desk.database, "ann", "a long password")
    reader.set_cookie("feedsvc_session", staff.sign_in(desk.database, "ann", "a long password", "203.0.113.9"))
    answer = reader.get(address)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("file", ["{}.png", "{}-480.jpg", "{}.jpg.png", "{}", "../feedsvc.sqlite", "x.jpg", "%00.jpg"])
def test_an_address_that_no_picture_has_is_not_found(
    desk: "Desk", reader: FlaskClient, picture: LeadPicture, file: str
) -> None:
    desk.publish(picture=picture)
    assert reader.get(f"/media/{file.format(picture.key)}").status_code == 404


def test_a_small_picture_has_no_second_size(desk: "Desk", reader: FlaskClient) -> None:
    small = desk.picture(400, 300)
    desk.publish(picture=small)
    assert reader.get(f"/media/{small.key}.jpg").status_code == 200
    assert reader.get(f"/media/{small.key}-960.jpg").status_code == 404
