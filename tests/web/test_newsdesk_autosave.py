"""Saving while somebody types, as a script asks for it; who else is there; two texts put together without a script."""

import re
import sqlite3
import time
from contextlib import closing
from html import unescape

import pytest
from newsdesk_app import NEW, ORIGIN, STORY, Desk, field_of, jpeg, path_of, text_of

from feedsvc.domain.article import Status, new_identity
from feedsvc.domain.roles import Role
from feedsvc.web import merging

RAW = "One line that is long enough to be a paragraph of its own.\nAnother line that is long enough to be one too."
THREE = "The first.\n\nThe second.\n\nThe third."


@pytest.fixture
def desk(settings, database):
    return Desk(settings, database)


def ask(desk, path, **fields):
    return desk.client.post(path, data=fields, headers=ORIGIN | {"Accept": "application/json"})


def autosave(desk, article_id, **fields):
    version = fields.pop("version", None) or desk.article(article_id).version
    return ask(desk, path_of(article_id), action="autosave", version=version, **fields)


def test_an_autosave_says_what_is_stored_now(desk):
    article_id = desk.write(**STORY)
    answer = autosave(desk, article_id, body="The night bus will g")
    assert answer.status_code == 200
    assert answer.json == {
        "article": article_id,
        "version": 2,
        "saved": desk.database.clock().isoformat(),
        "saved_by": "anna",
        "is_own": True,
        "address": path_of(article_id),
        "left_out": [],
    }
    assert desk.article(article_id).working.body == "The night bus will g"


def test_what_is_typed_first_makes_one_draft_whatever_is_lost_on_the_way(desk):
    draft = new_identity()
    first = ask(desk, NEW, action="autosave", draft=draft, headline="Nig")
    # The answer was lost: the window does not know that it made a story, and hears which one it was.
    again = ask(desk, NEW, action="autosave", draft=draft, headline="Night bus", section="tech")
    assert (again.status_code, again.json["address"], again.json["is_own"]) == (409, first.json["address"], True)
    more = ask(
        desk, NEW, action="autosave", draft=draft, headline="Night bus", section="tech", version=again.json["version"]
    )
    assert more.status_code == 200
    assert (desk.count(), desk.newest().working.headline, desk.newest().identity) == (1, "Night bus", draft)


@pytest.mark.parametrize("saved_by_button", [False, True], ids=["autosaved", "saved"])
def test_a_second_window_of_a_new_story_overwrites_nothing(desk, saved_by_button):
    draft = new_identity()
    article_id = ask(desk, NEW, action="autosave", draft=draft, body="A long text.").json["article"]
    if saved_by_button:
        desk.act(article_id, "save", headline="Saved", body="A long text that was saved.")
    else:
        autosave(desk, article_id, body="A long text that goes on.")
    before = desk.article(article_id)
    for path, version in ((NEW, ""), (NEW, "1")):
        for action in ("autosave", "save", "preview", "publish"):
            answer = ask(desk, path, action=action, draft=draft, headline="B", body="B", version=version)
            assert answer.status_code == 409, action
    assert desk.article(article_id) == before


def test_keeping_the_text_as_it_is_typed_outlasts_an_autosave(desk):
    article_id = desk.write(**STORY)
    desk.act(article_id, "save", body=RAW, keep_as_typed="1")
    assert autosave(desk, article_id, body=f"{RAW}\nMore.", keep_as_typed="1").json["left_out"] == []
    form = desk.get(path_of(article_id))
    assert 'name="keep_as_typed" value="1" checked' in form.text
    desk.act(article_id, "save", body=field_of(form, "body"), keep_as_typed="1")
    assert desk.article(article_id).working.body == f"{RAW}\nMore."


def test_an_autosave_says_what_only_a_button_stores(desk):
    article_id = desk.write(**STORY)
    answer = autosave(desk, article_id, picture_alt="A bus", picture_credit="Ann", body=RAW, keep_as_typed="1")
    assert answer.json["left_out"] == ["picture_alt", "picture_credit", "keep_as_typed"]


@pytest.mark.parametrize(
    ("action", "said"),
    [
        ("submit", "bea handed this story over for review in the meantime."),
        ("schedule", "bea scheduled this story in the meantime."),
        ("publish", "bea published this story in the meantime."),
    ],
)
def test_what_somebody_else_did_with_a_story_is_told_as_that(desk, action, said):
    article_id = desk.write(**STORY)
    version = desk.article(article_id).version
    desk.colleague("bea").act(article_id, action, publish_at="2026-03-20T12:00")
    assert ask(desk, f"{path_of(article_id)}/presence").json["did"] == said
    refused = autosave(desk, article_id, version=version, body="Mine.")
    assert refused.json["did"] == said
    assert refused.json["problem"].startswith(said)
    page = desk.act(article_id, "save", version=version, body="Mine.")
    assert f"<h2>{said}</h2>" in page.text
    assert "another window" not in text_of(page)


def test_an_empty_form_makes_no_story(desk):
    assert ask(desk, NEW, action="autosave", draft=new_identity(), headline="").json == {"article": None}
    assert desk.count() == 0


def test_nothing_is_made_of_what_is_typed_until_it_is_saved(desk):
    article_id = desk.write(**STORY)
    autosave(desk, article_id, body=RAW)
    assert desk.article(article_id).working.body == RAW
    form = desk.get(path_of(article_id))
    assert 'name="keep_as_typed" value="1" checked' not in form.text
    desk.act(article_id, "save", body=field_of(form, "body"))
    assert desk.article(article_id).working.body == RAW.replace("\n", "\n\n")


def test_fields_that_contradict_each_other_are_saved_as_far_as_they_go(desk):
    article_id = desk.write(**STORY)
    assert autosave(desk, article_id, headline="Typed", picture_alt="A bus to be chosen").status_code == 200
    assert desk.article(article_id).working.headline == "Typed"


def test_an_autosave_over_somebody_else_is_refused_with_who_and_when(desk):
    article_id = desk.write(**STORY)
    desk.colleague("bea").act(article_id, "save", headline="Bea’s")
    answer = autosave(desk, article_id, version=1, headline="Anna’s")
    assert answer.status_code == 409
    assert (answer.json["saved_by"], answer.json["is_own"], answer.json["version"]) == ("bea", False, 2)
    assert "bea saved this story" in answer.json["problem"]
    assert desk.article(article_id).working.headline == "Bea’s"


@pytest.mark.parametrize(
    ("fields", "status", "said"),
    [
        ({"headline": "x" * 301}, 422, "301 characters"),
        ({"version": "x"}, 422, "version"),
        ({"as": "bea"}, 403, "anna is signed in now"),
    ],
)
def test_an_autosave_that_cannot_be_says_why(desk, fields, status, said):
    article_id = desk.write(**STORY)
    answer = autosave(desk, article_id, **({"headline": "Typed"} | fields))
    assert answer.status_code == status
    assert said in answer.json["problem"]
    assert desk.article(article_id).working.headline == STORY["headline"]


def test_a_scheduled_story_is_saved_by_its_button_only(desk):
    article_id = desk.write(**STORY)
    desk.act(article_id, "schedule", publish_at="2030-01-01T10:00")
    answer = autosave(desk, article_id, headline="Half a head")
    assert answer.status_code == 422
    assert "goes out as it was last saved" in answer.json["problem"]
    assert "data-autosave" not in desk.get(path_of(article_id)).text


def test_a_writer_autosaves_only_what_a_writer_may_change(desk):
    wim = desk.colleague("wim", Role.WRITER)
    article_id = wim.write(**STORY)
    assert autosave(wim, article_id, headline="Wim’s").status_code == 200
    assert "data-autosave" in wim.get(path_of(article_id)).text
    wim.act(article_id, "submit")
    assert autosave(wim, article_id, headline="Too late").status_code == 403
    assert "data-autosave" not in wim.get(path_of(article_id)).text


def test_a_story_that_is_out_stays_as_it_is_while_its_working_copy_is_saved(desk):
    article_id = desk.write("publish", **STORY)
    autosave(desk, article_id, headline="Not yet")
    assert desk.article(article_id).live.headline == STORY["headline"]
    assert desk.article(article_id).status is Status.PUBLISHED


def test_a_script_of_who_is_not_signed_in_any_more_is_told_so(desk):
    article_id = desk.write(**STORY)
    desk.post("/newsdesk/sign-out")
    for answer in (
        ask(desk, path_of(article_id), action="autosave", version=1, headline="Typed"),
        ask(desk, f"{path_of(article_id)}/presence"),
    ):
        assert (answer.status_code, answer.json) == (401, {"problem": "Your sign-in has ended."})
    other_site = {"Origin": "https://example.org", "Accept": "application/json"}
    assert desk.client.post(path_of(article_id), data={"action": "autosave"}, headers=other_site).status_code == 403


@pytest.mark.parametrize("lost", ["sign_ins", "revisions"])
def test_where_the_database_is_away_an_autosave_may_be_tried_again(desk, caplog, lost):
    article_id = desk.write(**STORY)
    with closing(sqlite3.connect(desk.database.path)) as connection:
        connection.execute(f"ALTER TABLE {lost} RENAME TO lost")
        answer = ask(desk, path_of(article_id), action="autosave", version=1, headline="Typed")
        connection.execute(f"ALTER TABLE lost RENAME TO {lost}")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert "Try again" in answer.json["problem"]
    assert caplog.records


def test_a_story_that_is_gone_cannot_be_saved_while_one_types(desk):
    for path in (path_of(77), f"{path_of(77)}/presence"):
        answer = ask(desk, path, action="autosave", version=1, headline="Typed")
        assert answer.status_code == 404
        assert answer.json["problem"]


def test_who_opens_a_story_reads_who_has_it_open_and_hears_who_saved(desk, clock):
    article_id = desk.write(**STORY)
    bea = desk.colleague("bea")
    assert bea.get(f"{path_of(article_id)}/presence").json["others"] == []
    assert ask(desk, f"{path_of(article_id)}/presence").json["others"] == []
    clock.move(seconds=8)
    assert "anna has this story open (8 seconds ago)." in text_of(bea.get(path_of(article_id)))
    assert bea.get(f"{path_of(article_id)}/presence").json["others"] == [{"name": "anna", "seconds": 8}]
    desk.act(article_id, "save", headline="Anna’s")
    told = bea.get(f"{path_of(article_id)}/presence").json
    assert (told["version"], told["saved_by"], told["is_own"]) == (2, "anna", False)
    ask(desk, f"{path_of(article_id)}/presence", leave="1")
    # Another window of hers would say within this time that she still has it open.
    clock.move(seconds=12)
    assert "has this story open" not in text_of(bea.get(path_of(article_id)))


# Two texts, without a script


def conflict(desk, mine, theirs, **fields):
    """The page of a conflict over a text that was `THREE`, and the fields that its form posts."""
    article_id = desk.write(**{**STORY, "body": THREE})
    desk.colleague("bea").act(article_id, "save", body=theirs)
    typed = {**STORY, "body": mine, **fields}
    page = desk.act(article_id, "save", version=1, **typed)
    assert page.status_code == 409
    return article_id, page, {**typed, "version": field_of(page, "version"), "of_body": field_of(page, "of_body")}


def sides(page):
    return [
        tuple(unescape(one) for one in pair)
        for pair in re.findall('data-mine="([^"]*)" data-theirs="([^"]*)"', page.text)
    ]


def test_a_conflict_shows_both_texts_paragraph_by_paragraph(desk):
    mine, theirs = "Mine first.\n\nThe second.\n\nThe third.", "The first.\n\nThe second.\n\nHer third.\n\nHer fourth."
    _, page, _ = conflict(desk, mine, theirs)
    assert sides(page) == [("Mine first.", "The first."), ("The third.", "Her third."), ("", "Her fourth.")]
    assert re.findall('data-same="(.*?)"', page.text) == ["The second."]
    assert "data-autosave" not in page.text
    assert field_of(page, "body") == mine


def test_what_was_taken_of_both_texts_stands_in_the_form_and_is_saved_by_save_only(desk):
    mine, theirs = "Mine first.\n\nThe second.\n\nMy third.", "The first.\n\nThe second.\n\nHer third."
    article_id, _, form = conflict(desk, mine, theirs)
    for third, text in (("theirs", "Her third."), ("both", "My third.\n\nHer third."), ("mine", "My third.")):
        merged = desk.post(path_of(article_id), action="merge", **form, take_body_1="mine", take_body_2=third)
        assert merged.status_code == 200
        assert field_of(merged, "body") == f"Mine first.\n\nThe second.\n\n{text}"
        assert "nothing is saved yet" in text_of(merged)
    assert desk.article(article_id).working.body == theirs
    saved = desk.act(article_id, "save", version=field_of(merged, "version"), body=field_of(merged, "body"))
    assert saved.status_code == 303
    assert desk.article(article_id).working.body == mine


def test_what_was_chosen_is_saved_by_the_buttons_too_or_asked_for_again(desk):
    article_id, _, form = conflict(desk, "Mine.\n\nThe second.", "Hers.\n\nThe second.\n\nHer third.")
    typed = {**form, "body": "Mine.\n\nThe second.\n\nTyped after choosing."}
    asked = desk.post(path_of(article_id), action="save", **typed, take_body_1="theirs", take_body_2="mine")
    assert asked.status_code == 200
    assert field_of(asked, "body") == typed["body"]
    assert desk.article(article_id).saved_by == "bea"
    saved = desk.post(path_of(article_id), action="save", **form, take_body_1="mine", take_body_2="theirs")
    assert saved.status_code == 303
    assert desk.article(article_id).working.body == "Mine.\n\nThe second.\n\nHer third."


def test_a_block_of_code_is_one_paragraph_and_a_line_break_in_verse_a_difference(desk):
    code = "```\none\n\n\n\ntwo\n```"
    _, page, form = conflict(desk, f"Mine.\n\n{code}\n\nRose\nis", f"Hers.\n\n{code}\n\nRose  \nis", keep_as_typed="1")
    assert sides(page) == [("Mine.", "Hers."), ("Rose\nis", "Rose  \nis")]
    merged = desk.post(path_of(1), action="merge", **form, take_body_1="theirs", take_body_2="theirs")
    assert field_of(merged, "body") == f"Hers.\n\n{code}\n\nRose  \nis"


def test_texts_that_differ_everywhere_are_compared_in_time(desk):
    short = [f"x {number % 50}" for number in range(20_000)]
    started = time.process_time()
    _, page, _ = conflict(desk, "\n\n".join(short), "\n\n".join(reversed(short)), keep_as_typed="1")
    assert time.process_time() - started < 15
    assert len(page.data) < 3_000_000
    assert len(sides(page)) <= merging.MOST_PASSAGES


def test_a_choice_between_texts_that_were_changed_since_is_asked_for_again(desk):
    article_id, _, form = conflict(desk, "Mine.\n\nThe second.", "Hers.\n\nThe second.")
    other = {**form, "body": "Mine, changed by hand.\n\nThe second."}
    page = desk.post(path_of(article_id), action="merge", **other, take_body_1="theirs")
    assert field_of(page, "body") == other["body"]
    assert sides(page)[0] == ("Mine, changed by hand.", "Hers.")
    desk.colleague("cleo").act(article_id, "save", body="Hers, later.\n\nThe second.")
    page = desk.post(path_of(article_id), action="merge", **form, take_body_1="theirs")
    assert field_of(page, "body") == form["body"]
    assert sides(page)[0] == ("Mine.", "Hers, later.")


def test_both_texts_can_be_looked_at_before_anything_is_saved(desk):
    article_id = desk.write(**{**STORY, "body": THREE}, picture=jpeg(), picture_alt="A bus")
    desk.colleague("bea").act(article_id, "save", body=f"{THREE}\n\nThe fourth.", standfirst="Hers.")
    page = desk.act(article_id, "merge", version=1, body="Mine.", standfirst="My own.")
    assert page.status_code == 200
    assert sides(page)[0] == ("My own.", "Hers.")
    assert desk.article(article_id).saved_by == "bea"
    gone = desk.post(path_of(77), action="merge", version=1, body="Mine.")
    assert (gone.status_code, field_of(gone, "body")) == (422, "Mine.")
