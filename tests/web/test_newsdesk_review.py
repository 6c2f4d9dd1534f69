"""A writer submits, an editor decides; each page offers what its reader may do, and refuses the rest."""

import re

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import update

from feedsvc.domain.article import Status
from feedsvc.domain.roles import Role
from feedsvc.storage import tables
from tests.web.newsdesk_app import NEW, STORY, Desk, field_of, path_of, text_of


@pytest.fixture
def admin(settings, database):
    desk = Desk(settings, database)
    yield desk
    desk.app.extensions["feedsvc"].database.engine.dispose()


@pytest.fixture
def writer(admin):
    return admin.colleague("wim", Role.WRITER)


@pytest.fixture
def editor(admin):
    return admin.colleague("ed", Role.EDITOR)


def buttons(answer):
    return re.findall(r'<button[^>]*name="action" value="([^"]+)"', answer.text)


def test_a_story_goes_from_a_writer_over_review_to_the_public(writer, editor):
    number = writer.write("submit", note="Check the figures.", **STORY)
    assert "Submitted." in text_of(writer.get(f"{path_of(number)}?done=submitted"))
    waiting = text_of(editor.get("/newsdesk?status=in+review"))
    assert "To review 1" in waiting
    assert STORY["headline"] in waiting
    page = editor.get(path_of(number))
    assert "Submitted 1 second ago by wim Check the figures." in text_of(page)
    assert {"return", "schedule", "publish"} <= set(buttons(page))
    assert editor.act(number, "return", note="Which ones?", **STORY).status_code == 303
    page = writer.get(path_of(number))
    assert "Sent back 1 second ago by ed Which ones?" in text_of(page)
    assert writer.act(number, "submit", **STORY | {"body": "By eleven to two."}).status_code == 303
    assert editor.act(number, "publish", **STORY | {"body": "By eleven to two."}).status_code == 303
    assert editor.article(number).status is Status.PUBLISHED


def test_a_writer_is_offered_what_a_writer_may_do(writer, editor):
    assert set(buttons(writer.get(NEW))) == {"save", "preview", "submit"}
    number = writer.write("submit", **STORY)
    assert not buttons(writer.get(path_of(number)))
    editor.act(number, "publish", **STORY)
    assert not buttons(writer.get(path_of(number)))


def open_fields(answer):
    """The names of the fields in which somebody could type or choose."""
    fields = BeautifulSoup(answer.data, "html.parser").select("form.story :is(input, textarea, select)")
    return {
        one["name"] for one in fields if not {"readonly", "disabled"} & one.attrs.keys() and one.get("type") != "hidden"
    }


def test_what_a_writer_may_not_change_any_more_can_be_read_and_not_typed_in(writer, editor):
    takes_an_editor = "this story is no draft any more: it takes an editor to change it."
    number = writer.write(**STORY)
    assert {"headline", "body", "section", "picture"} <= open_fields(writer.get(path_of(number)))
    assert takes_an_editor not in text_of(writer.get(path_of(number)))
    for who, action in ((writer, "submit"), (editor, "publish"), (editor, "withdraw")):
        assert who.act(number, action, **STORY).status_code == 303
        page = writer.get(path_of(number))
        assert not open_fields(page)
        assert takes_an_editor in text_of(page)
        assert not re.search("press “|until you|paste it as it is", text_of(page))
        assert f"{path_of(number)}/preview" in page.text
        assert writer.get(f"{path_of(number)}/preview").status_code == 200
        assert field_of(page, "body") == STORY["body"]
        page = editor.get(path_of(number))
        assert {"headline", "body", "section", "picture"} <= open_fields(page)
        assert takes_an_editor not in text_of(page)


def test_a_note_stands_above_the_story_until_it_goes_on(writer, editor):
    number = writer.write("submit", note="Check the figures.", **STORY)
    above = "Submitted 1 second ago by wim Check the figures. Headline"
    assert above in text_of(editor.get(path_of(number)))
    assert above not in text_of(writer.get(path_of(number)))
    assert "Sent back" not in text_of(writer.get("/newsdesk"))
    editor.act(number, "return", note="Which ones?", **STORY)
    writer.act(number, "save", **STORY | {"body": "By eleven to two."})
    assert "Sent back 1 second ago by ed Which ones? Headline" in text_of(writer.get(path_of(number)))
    assert "Draft Sent back saved" in text_of(writer.get("/newsdesk?view=mine"))
    writer.act(number, "submit", **STORY)
    assert "Which ones? Headline" not in text_of(editor.get(path_of(number)))
    assert "Sent back" not in text_of(writer.get("/newsdesk"))
    editor.act(number, "return", **STORY)
    assert "Sent back 1 second ago by ed No note was written." in text_of(writer.get(path_of(number)))


def test_a_writer_is_told_of_no_button_that_a_writer_has_not(writer, editor):
    views = ("", "?status=published", "?status=draft", "?view=mine")
    assert not any("“Publish”" in text_of(writer.get(f"/newsdesk{view}")) for view in views)
    number = writer.write(**STORY)
    page = f"{path_of(number)}?done=saved"
    assert "until an editor publishes it: “Submit…” hands it over." in text_of(writer.get(page))
    assert "until you press “Publish”." in text_of(editor.get(page))
    assert "“Publish”" not in text_of(writer.get(page))


def test_a_newsroom_without_sections_offers_to_add_one_to_those_who_may(admin, writer):
    with admin.database.write() as connection:
        connection.execute(update(tables.feeds).values(state="retired"))
    for path in ("/newsdesk", NEW):
        assert "/newsdesk/sections" not in writer.get(path).text
        assert "An administrator can add one." in text_of(writer.get(path))
        assert "Add a section" in text_of(admin.get(path))


@pytest.mark.parametrize("action", ["publish", "schedule", "update", "withdraw", "unschedule", "return"])
def test_what_a_writer_posts_all_the_same_is_refused_and_nothing_is_lost(writer, action):
    number = writer.write(**STORY)
    before = writer.article(number)
    typed = STORY | {"headline": "Mine"}
    answer = writer.act(number, action, publish_at="2027-01-01T12:00", **typed)
    assert answer.status_code == 403
    assert "You are signed in as writer; this takes an editor." in text_of(answer)
    assert field_of(answer, "headline") == "Mine"
    assert writer.article(number) == before


def test_a_new_story_is_not_published_by_a_writer(writer):
    answer = writer.post(action="publish", **STORY)
    assert answer.status_code == 403
    assert field_of(answer, "body") == STORY["body"]
    assert writer.count() == 0


@pytest.mark.parametrize("path", ["/newsdesk/sections", "/newsdesk/topics", "/newsdesk/authors", "/newsdesk/import"])
@pytest.mark.parametrize("role", [Role.WRITER, Role.EDITOR])
def test_what_administrators_look_after_is_closed_to_others(admin, path, role):
    other = admin.colleague("other", role)
    assert other.get(path).status_code == 403
    assert path not in other.get("/newsdesk").text
    assert admin.get(path).status_code == 200
    assert path in admin.get("/newsdesk").text


@pytest.mark.parametrize("role", [Role.WRITER, Role.EDITOR])
def test_forms_of_administrators_are_refused_to_others(admin, role):
    other = admin.colleague("other", role)
    for path, fields in (
        ("/newsdesk/sections", {"action": "add", "title": "World"}),
        ("/newsdesk/names", {"action": "retire", "feed": "tech", "confirmed": "1"}),
        ("/newsdesk/sample", {"action": "remove"}),
    ):
        assert other.post(path, **fields).status_code == 403
    page = admin.get("/newsdesk/sections")
    assert "World" not in page.text
    assert "Tech" in page.text
