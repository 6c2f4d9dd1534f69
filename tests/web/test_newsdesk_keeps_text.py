"""What was typed at the newsdesk is kept: where its story is gone meanwhile, and where the database is away."""

import re
import sqlite3
from contextlib import closing

import pytest
from newsdesk_app import NEW, STORY, Desk, field_of, jpeg, path_of, text_of
from sqlalchemy import update

from feedsvc.actions import sample
from feedsvc.domain.article import new_identity
from feedsvc.storage import changes, installation, tables


@pytest.fixture
def desk(settings, database):
    return Desk(settings, database)


@pytest.fixture
def gone(desk):
    """The number of a sample story with a picture, and its picture's key; both were removed since."""
    article_id = desk.write(**STORY, picture=jpeg(), picture_alt="A bus")
    key = desk.article(article_id).working.picture.key

    def note(connection, _change):
        connection.execute(update(tables.articles).values(is_sample=True))
        installation.note_sample(connection, is_there=True)

    changes.change(desk.database, "test", note)
    desk.write(**STORY)
    sample.remove(desk.database, desk.app.extensions["feedsvc"].settings.media)
    return article_id, key


@pytest.mark.parametrize("action", ["save", "preview", "publish", "update", "withdraw", "put_back"])
def test_a_story_that_was_removed_meanwhile_comes_back_as_a_new_one_with_what_was_typed(desk, gone, action):
    article_id, key = gone
    typed = {**STORY, "headline": "Typed", "picture_key": key, "picture_alt": "A bus"}
    answer = desk.post(path_of(article_id), **typed, action=action, version=2)
    assert answer.status_code == 422
    assert "This story is gone: save it as a new one" in text_of(answer)
    assert "choose it again" in text_of(answer)
    assert {name: field_of(answer, name) for name in typed} == {**typed, "picture_key": ""}
    assert f'action="{NEW}"' in answer.text
    saved = {name: field_of(answer, name) for name in (*STORY, "draft")}
    assert desk.post(NEW, **saved, action="publish").status_code == 303
    assert desk.newest().live.headline == "Typed"


def test_a_picture_that_is_sent_for_a_story_that_is_gone_is_kept(desk, gone):
    answer = desk.post(path_of(gone[0]), **STORY, action="save", version=2, picture=jpeg(), picture_alt="A tram")
    assert answer.status_code == 422
    assert f'src="/media/{field_of(answer, "picture_key")}' in answer.text


def run(desk, *statements):
    """Change the database behind the application’s back."""
    with closing(sqlite3.connect(desk.database.path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def failing(table, words):
    """A statement after which nothing can be added to a table: SQLite says those words."""
    return f"CREATE TRIGGER fails BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, '{words}'); END"


@pytest.mark.parametrize("lost", ["sign_ins", "sections", "articles"])
@pytest.mark.parametrize("path", [NEW, "stored"])
def test_what_was_typed_comes_back_where_the_database_cannot_be_read(desk, caplog, lost, path):
    path = path_of(desk.write("publish", **STORY)) if path == "stored" else path
    run(desk, f"ALTER TABLE {lost} RENAME TO lost")
    typed = {**STORY, "headline": "Typed", "notice": "Two\nlines", "version": "3", "draft": new_identity()}
    answer = desk.post(path, **typed, action="publish", change="minor", picture_key="a-key-of-a-picture")
    assert answer.status_code == 503
    assert "Nothing was saved" in text_of(answer)
    assert "no such table" not in answer.text
    assert {name: field_of(answer, name) for name in typed if name != "draft"} == {
        name: text for name, text in typed.items() if name != "draft"
    }
    assert field_of(answer, "draft") == (typed["draft"] if path == NEW else None)
    assert field_of(answer, "picture_key") == "a-key-of-a-picture"
    assert field_of(answer, "change") == "minor"
    assert f'action="{path}"' in answer.text
    assert re.findall('<button[^>]*name="action" value="([^"]*)"', answer.text) == ["save", "publish"]
    assert any("no such table" in str(record.exc_info) for record in caplog.records)


def test_the_same_button_is_offered_again_where_the_database_could_not_be_read(desk):
    run(desk, "ALTER TABLE sections RENAME TO lost")
    answer = desk.post(NEW, **STORY, action="save")
    assert re.findall('<button[^>]*name="action" value="([^"]*)"', answer.text) == ["save"]
    run(desk, "ALTER TABLE lost RENAME TO sections")
    saved = {name: field_of(answer, name) for name in (*STORY, "draft")}
    assert desk.post(NEW, **saved, action="save").status_code == 303
    assert desk.newest().working.section == "politics"


def test_a_page_that_only_shows_things_says_that_the_database_is_away(desk):
    run(desk, "ALTER TABLE sections RENAME TO lost")
    for path in ("/newsdesk", NEW, "/newsdesk/sections"):
        answer = desk.get(path)
        assert answer.status_code == 503
        assert "One moment, please" in text_of(answer)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("inner words", "Try again in a moment"),
        ("database is locked", "The database is busy"),
        ("attempt to write a readonly database", "cannot be opened or written"),
        ("database or disk is full", "The disk is full"),
    ],
)
def test_a_story_that_the_database_does_not_take_is_kept_in_the_form_and_logged(desk, caplog, words, said):
    article_id = desk.write("publish", **STORY)
    run(desk, failing("revisions", words))
    new = {**STORY, "headline": "Typed"}
    for act in (
        lambda: desk.act(article_id, "update", headline="Typed"),
        lambda: desk.post(NEW, **new, action="publish"),
    ):
        caplog.clear()
        answer = act()
        assert answer.status_code == 503
        assert said in text_of(answer)
        assert field_of(answer, "headline") == "Typed"
        assert "inner words" not in answer.text
        assert [record.levelname for record in caplog.records] == ["WARNING" if "locked" in words else "ERROR"]
