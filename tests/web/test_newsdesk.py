"""The newsdesk: what the form's fields and buttons do, for editors and for scripts."""

import io
import re
import time
from itertools import pairwise

import pytest
from newsdesk_app import NEW, ORIGIN, STORY, Desk, field_of, jpeg, path_of, problem_of, text_of
from sqlalchemy import delete

from feedsvc.actions import sample
from feedsvc.domain.article import LIMITS, Revision, Status, new_identity
from feedsvc.domain.roles import Role
from feedsvc.storage import articles, changes, feeds, installation, media, tables
from feedsvc.storage.articles import Story, Withdrawn
from feedsvc.web import forms
from feedsvc.web.differences import marked

SECTIONS = "/newsdesk/sections"

RAW = """The night bus will go on running, the council decided after four hours of debate.
How the numbers moved
{long}
-
Tech2 days ago""".format(
    long="The figures that came on Thursday were new, and they were better than the old ones. " * 3
)


@pytest.fixture
def desk(settings, database):
    return Desk(settings, database)


def public(desk, article_id):
    with desk.database.read() as connection:
        return articles.story(connection, article_id)


# The fields and buttons, an interface for scripts


def test_a_script_publishes_a_story_with_a_form_and_an_origin(desk):
    answer = desk.client.post(NEW, data={**STORY, "action": "publish"}, headers=ORIGIN)
    assert answer.status_code == 303
    article = desk.newest()
    assert answer.headers["Location"] == f"/newsdesk/articles/{article.article_id}?done=published"
    assert article.status is Status.PUBLISHED
    assert article.live == article.working
    live = article.live
    assert (live.headline, live.section, live.standfirst) == (STORY["headline"], "politics", STORY["standfirst"])
    assert (live.authors, live.topics) == (("Politics Desk",), ("transport", "council"))
    assert live.slug == "council-keeps-the-night-bus"
    assert live.body == STORY["body"]


def test_a_form_with_a_file_field_is_posted_as_multipart(desk):
    answer = desk.post(NEW, **STORY, action="publish", picture=jpeg(), picture_alt="A bus", picture_credit="Post")
    assert answer.status_code == 303
    picture = desk.newest().live.picture
    assert (picture.alt, picture.credit, picture.decorative) == ("A bus", "Post", False)
    with desk.database.read() as connection:
        assert media.by_keys(connection, [picture.key])[picture.key].width == 1600


def test_the_page_has_every_field_of_the_interface(desk):
    page = desk.get(path_of(desk.write("publish", **STORY)))
    for name in (
        *STORY,
        "slug",
        "picture_alt",
        "picture_credit",
        "picture_key",
        "version",
        "source",
        "source_url",
        "rights",
    ):
        assert field_of(page, name) is not None, name
    for name in ("picture", "picture_decorative", "syndication"):
        assert f'name="{name}"' in page.text
    update = desk.get(f"{path_of(1)}/confirm/update")
    withdraw = desk.get(f"{path_of(1)}/confirm/withdraw")
    for page_of, name in ((update, "change"), (update, "correction"), (withdraw, "notice"), (withdraw, "reason")):
        assert f'name="{name}"' in page_of.text
    assert {name: field_of(page, name) for name in STORY} == STORY


def test_a_field_that_is_not_posted_keeps_what_is_stored(desk):
    article_id = desk.write(**STORY, picture=jpeg(), picture_decorative="1")
    before = desk.article(article_id).working
    desk.act(article_id, "save", headline="Another headline")
    after = desk.article(article_id).working
    assert after.headline == "Another headline"
    assert (after.body, after.section, after.topics, after.picture) == (
        before.body,
        before.section,
        before.topics,
        before.picture,
    )


@pytest.mark.parametrize("path", [NEW, "stored"])
def test_an_unknown_action_is_refused_with_the_names_of_the_known_ones(desk, path):
    path = path_of(desk.write(**STORY)) if path == "stored" else path
    for action in ("", "delete"):
        answer = desk.post(path, **STORY, action=action)
        assert answer.status_code == 400
        for name in ("save", "preview", "publish", "update", "withdraw"):
            assert name in text_of(answer)


def test_enter_in_a_field_saves_and_does_not_publish(desk):
    for page in (desk.get(NEW), desk.get(path_of(desk.write("publish", **STORY)))):
        form = page.text[page.text.index('<form method="post" enctype') :]
        first = re.search(r"<button(?![^>]*type=\"button\")[^>]*>", form)[0]
        assert 'value="save"' in first


def test_a_story_of_another_number_is_not_found(desk):
    assert desk.get(path_of(99)).status_code == 404
    assert desk.get(f"{path_of(99)}/preview").status_code == 404
    assert desk.get(path_of(10**30)).status_code == 404


# One form makes one story


def test_a_form_that_is_sent_again_goes_on_with_its_own_story(desk):
    form = {**STORY, "draft": field_of(desk.get(NEW), "draft")}
    preview = desk.post(NEW, **form, action="preview")
    article_id = desk.newest().article_id
    assert desk.article(article_id).identity == form["draft"]
    assert "Saved as a draft" in text_of(desk.get(preview.headers["Location"]))
    answer = desk.post(NEW, **{**form, "headline": "Written on after “Back”"}, action="publish")
    assert answer.headers["Location"] == f"{path_of(article_id)}?done=published"
    assert desk.count() == 1
    assert public(desk, article_id).revision.headline == "Written on after “Back”"


def test_a_picture_is_kept_when_its_form_is_sent_again_without_it(desk):
    form = {**STORY, "draft": new_identity(), "picture_alt": "A bus", "picture_key": ""}
    desk.post(NEW, **form, action="preview", picture=jpeg())
    assert desk.post(NEW, **form, action="publish").status_code == 303
    assert desk.newest().live.picture.alt == "A bus"


def test_back_leads_to_the_story_that_was_made_of_the_form(desk):
    draft = field_of(desk.get(NEW), "draft")
    form = desk.get(f"{NEW}?draft={draft}")
    assert field_of(form, "draft") == draft
    desk.post(NEW, **STORY, draft=draft, action="save")
    answer = desk.get(f"{NEW}?draft={draft}")
    assert (answer.status_code, answer.headers["Location"]) == (303, path_of(desk.newest().article_id))


@pytest.mark.parametrize("who", ["published", "colleague"])
def test_a_form_that_is_sent_again_overwrites_nobodys_work_silently(desk, who):
    form = {**STORY, "draft": field_of(desk.get(NEW), "draft")}
    if who == "published":
        article_id = desk.write("publish", **form)
    else:
        article_id = desk.write(**form)
        desk.colleague("bea").act(article_id, "save", headline="Bea’s headline")
    answer = desk.post(NEW, **{**form, "standfirst": "Mine"}, action="publish")
    assert answer.status_code == 409
    assert field_of(answer, "standfirst") == "Mine"
    assert f'action="{path_of(article_id)}"' in answer.text
    assert field_of(answer, "version") == str(desk.article(article_id).version)
    assert desk.article(article_id).working.standfirst == STORY["standfirst"]
    assert desk.count() == 1


@pytest.mark.parametrize(
    "draft", ["", "urn:uuid:1", "0e3b1a52-3a37-4b3e-9d3c-0d2a3f6d5b11", "x" * 300, "urn:uuid:" + "é" * 36]
)
def test_an_odd_identity_of_a_form_is_not_taken(desk, draft):
    article_id = desk.write(**STORY, draft=draft)
    assert forms.IDENTITY.fullmatch(desk.article(article_id).identity)
    assert desk.article(article_id).identity != draft
    assert desk.write(**STORY, draft=draft) != article_id
    assert forms.IDENTITY.fullmatch(field_of(desk.get(f"{NEW}?draft={draft}"), "draft"))


# Saving, publishing, updating


def test_a_draft_may_lack_everything(desk):
    article_id = desk.write()
    assert desk.article(article_id).status is Status.DRAFT
    assert "Untitled story" in text_of(desk.get("/newsdesk"))
    assert desk.get(path_of(article_id)).status_code == 200
    assert desk.get(f"{path_of(article_id)}/preview").status_code == 200


def test_save_on_a_published_story_keeps_a_working_copy(desk):
    article_id = desk.write("publish", **STORY)
    answer = desk.act(article_id, "save", headline="Not for readers yet")
    assert answer.headers["Location"].endswith("?done=saved")
    assert public(desk, article_id).revision.headline == STORY["headline"]
    assert "Readers still see what is published" in text_of(desk.get(answer.headers["Location"]))
    assert "Unpublished changes" in text_of(desk.get("/newsdesk"))
    desk.act(article_id, "update")
    assert public(desk, article_id).revision.headline == "Not for readers yet"


def test_an_update_moves_the_date_and_a_minor_edit_does_not(desk, clock):
    article_id = desk.write("publish", **STORY)
    published = public(desk, article_id).updated
    clock.move(hours=1)
    answer = desk.act(article_id, "update", change="minor", body="A comma was missing.")
    assert answer.headers["Location"].endswith("?done=minor")
    assert public(desk, article_id).revision.body == "A comma was missing."
    assert public(desk, article_id).updated == published
    desk.act(article_id, "update", change="update", body="There is news.")
    assert (public(desk, article_id).updated - published).total_seconds() == 3600


def test_a_change_is_an_update_where_nothing_is_said(desk, clock):
    article_id = desk.write("publish", **STORY)
    clock.move(hours=1)
    desk.act(article_id, "update", body="There is news.")
    assert public(desk, article_id).updated > public(desk, article_id).published


def test_an_unknown_kind_of_change_is_refused_at_its_field(desk):
    article_id = desk.write("publish", **STORY)
    answer = desk.act(article_id, "update", change="silent")
    assert answer.status_code == 422
    assert "Choose one" in problem_of(answer, "change")


def test_published_says_where_the_story_stands(desk):
    article_id = desk.write("publish", **STORY)
    page = desk.get(f"{path_of(article_id)}?done=published")
    assert "Published. It stands in politics and all." in text_of(page)
    for link in (f"/articles/{article_id}/council-keeps-the-night-bus", "/feeds/politics", "/feeds/all"):
        assert f'href="{link}"' in page.text


def test_a_link_cannot_claim_what_did_not_happen(desk):
    draft = desk.write(**STORY)
    for done in ("published", "updated", "withdrawn", "<script>"):
        page = desk.get(f"{path_of(draft)}?done={done}").text
        assert 'class="done"' not in page
        assert f"<title>{STORY['headline']} – Newsdesk" in page


@pytest.mark.parametrize(("action", "said"), [("publish", "Published"), ("save", "Saved"), ("preview", "")])
def test_the_title_says_what_was_done_and_the_message_has_the_focus(desk, action, said):
    answer = desk.post(NEW, **STORY, action=action)
    page = desk.get(answer.headers["Location"]).text
    assert (f"<title>{said}: {STORY['headline']} – Newsdesk" in page) is bool(said)
    assert ('class="done" role="status" tabindex="-1" autofocus' in page) is bool(said)


def test_the_title_says_what_was_done_with_a_published_story(desk):
    article_id = desk.write("publish", **STORY)
    for action, said in (("update", "Updated"), ("withdraw", "Withdrawn"), ("save", "Saved")):
        page = desk.get(desk.act(article_id, action, topics=action).headers["Location"]).text
        assert f"<title>{said}: " in page
        assert page.count("autofocus") == 1


def test_a_story_lacking_what_readers_need_is_not_published_and_each_field_says_so(desk):
    answer = desk.post(NEW, action="publish", standfirst="Kept")
    assert answer.status_code == 422
    for name in ("headline", "section", "body"):
        assert problem_of(answer, name)
        assert re.search(rf'id="{name}"[^>]*aria-invalid="true" aria-describedby="{name}-problem"', answer.text)
        assert f'<a href="#{name}">' in answer.text
    assert re.search(r'<div class="alert" role="alert" tabindex="-1" autofocus>', answer.text)
    assert "3 things need mending" in text_of(answer)
    assert field_of(answer, "standfirst") == "Kept"
    assert desk.count() == 0


@pytest.mark.parametrize("name", ["headline", "standfirst", "slug"])
def test_a_field_that_holds_too_much_says_so_and_loses_nothing(desk, name):
    text = "x" * (LIMITS[name] + 1)
    answer = desk.post(NEW, action="save", **{name: text})
    assert answer.status_code == 422
    assert "Shorten it" in problem_of(answer, name)
    assert field_of(answer, name) == text


def test_an_unknown_section_is_refused_at_its_field(desk):
    answer = desk.post(NEW, action="save", **{**STORY, "section": "astrology"})
    assert answer.status_code == 422
    assert "Choose one" in problem_of(answer, "section")


def test_names_are_separated_by_commas_and_each_stands_once(desk):
    article_id = desk.write(**{**STORY, "topics": " night  bus, Council,,council , NIGHT BUS", "authors": ","})
    assert desk.article(article_id).working.topics == ("night bus", "Council")
    assert desk.article(article_id).working.authors == ()


@pytest.mark.parametrize("action", ["update", "withdraw", "put_back"])
def test_a_new_story_can_be_saved_or_published_only(desk, action):
    answer = desk.post(NEW, **STORY, action=action)
    assert answer.status_code == 422
    assert field_of(answer, "headline") == STORY["headline"]
    assert desk.count() == 0


@pytest.mark.parametrize(("action", "said"), [("update", "Use “Publish”"), ("withdraw", "can be withdrawn")])
def test_what_the_status_does_not_allow_is_refused_and_nothing_typed_is_lost(desk, action, said):
    article_id = desk.write(**STORY)
    answer = desk.act(article_id, action, headline="Typed")
    assert answer.status_code == 422
    assert said in text_of(answer)
    assert field_of(answer, "headline") == "Typed"
    assert desk.article(article_id).working.headline == STORY["headline"]


@pytest.mark.parametrize("action", ["save", "publish"])
def test_what_was_typed_stands_in_the_field_as_it_was_typed(desk, action):
    text = '\n</textarea><script>alert(1)</script> & "quotes" \u202e bidi'
    page = desk.post(NEW, action=action, headline=text.strip(), body=text, slug="ä" * 101)
    assert page.status_code == 422
    assert field_of(page, "body") == text
    assert "<script>alert" not in page.text
    assert field_of(page, "headline") == text.strip()


# The slug


def test_the_slug_comes_from_the_headline_at_the_first_publication_and_stays(desk):
    article_id = desk.write(**STORY)
    assert desk.article(article_id).working.slug == ""
    desk.act(article_id, "publish", headline="First headline")
    desk.act(article_id, "update", headline="Second headline")
    assert public(desk, article_id).revision.slug == "first-headline"
    desk.act(article_id, "update", slug="")
    assert public(desk, article_id).revision.slug == "first-headline"
    desk.act(article_id, "update", slug="Chosen Slug")
    assert public(desk, article_id).revision.slug == "chosen-slug"


@pytest.mark.parametrize("headline", ["Совет сохранил ночной автобус", "市議会が夜行バスを残す", "🚌🚌", "…"])
def test_a_headline_in_any_script_gets_a_slug(desk, headline):
    article_id = desk.write("publish", **{**STORY, "headline": headline})
    assert re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", public(desk, article_id).revision.slug)


def test_a_slug_without_letters_is_refused_at_its_field(desk):
    answer = desk.post(NEW, **STORY, action="save", slug="!!!")
    assert "letters or digits" in problem_of(answer, "slug")


# Two editors: promise 7


def test_two_editors_cannot_overwrite_each_other_silently(desk):
    bea = desk.colleague("bea")
    article_id = desk.write("publish", **STORY)
    version = desk.article(article_id).version
    bea.act(article_id, "save", headline="Bea’s headline", body="The night bus will go on.\n\nBea’s ending.")
    mine = {**STORY, "headline": "Anna’s headline", "standfirst": "Anna’s standfirst"}
    for action in ("save", "preview", "publish", "update", "withdraw"):
        answer = desk.act(article_id, action, version=version, **mine)
        assert answer.status_code == 409
    stored = desk.article(article_id)
    assert (stored.working.headline, stored.saved_by) == ("Bea’s headline", "bea")
    assert stored.status is Status.PUBLISHED
    page = text_of(answer)
    assert field_of(answer, "headline") == "Anna’s headline"
    assert field_of(answer, "standfirst") == "Anna’s standfirst"
    assert "Somebody else saved this story" in page
    assert "bea saved 1 second ago: Bea’s headline" in page
    assert "Bea’s ending." in page
    assert 'href="#headline"' in answer.text
    assert 'href="#topics"' not in answer.text


def test_after_a_conflict_a_second_save_overwrites_knowingly(desk):
    article_id = desk.write(**STORY)
    version = desk.article(article_id).version
    desk.colleague("bea").act(article_id, "save", headline="Bea’s headline")
    page = desk.act(article_id, "save", version=version, headline="Anna’s headline")
    assert field_of(page, "version") == str(desk.article(article_id).version)
    again = desk.act(article_id, "save", version=field_of(page, "version"), headline=field_of(page, "headline"))
    assert again.status_code == 303
    assert desk.article(article_id).working.headline == "Anna’s headline"


def test_a_conflict_marks_the_words_that_differ(desk):
    article_id = desk.write(**{**STORY, "body": "It runs on Monday again.\n\nThe end."})
    version = desk.article(article_id).version
    desk.colleague("bea").act(article_id, "save", body="It runs on Tuesday again.\n\nThe end.\n\nA new line.")
    page = desk.act(article_id, "save", version=version, body="It runs on Monday again.\n\nThe end.", headline="Mine")
    assert re.findall("<mark>(.*?)</mark>", page.text) == [STORY["headline"], "Tuesday", "A new line."]


def test_a_conflict_with_oneself_says_so(desk):
    article_id = desk.write("publish", **STORY)
    version = desk.article(article_id).version
    desk.act(article_id, "save", headline="From another window")
    answer = desk.act(article_id, "save", version=version, headline="From this window")
    assert answer.status_code == 409
    assert "You saved this story in another window" in text_of(answer)
    assert "You saved 1 second ago: From another window" in text_of(answer)
    assert "anna saved" not in text_of(answer)


def test_a_field_that_is_empty_in_the_other_text_is_called_empty(desk):
    article_id = desk.write(**{**STORY, "topics": "", "authors": ""})
    version = desk.article(article_id).version
    desk.colleague("bea").act(article_id, "save", headline="Bea’s headline")
    page = desk.act(article_id, "save", version=version, **{**STORY, "authors": ""})
    assert "Topics : theirs is empty" in text_of(page)
    assert "bea saved 1 second ago: Theirs is empty." in text_of(page)
    assert "#authors" not in page.text


@pytest.mark.parametrize("bea", ["", "1"])
def test_a_conflict_about_a_decorative_picture_is_shown(desk, bea):
    about = {"picture_alt": "", "picture_credit": "Post"}
    anna = "" if bea else "1"
    article_id = desk.write(**STORY, **about, picture=jpeg(), picture_decorative=anna)
    about["picture_key"] = desk.article(article_id).working.picture.key
    version = desk.article(article_id).version
    desk.colleague("bea").act(article_id, "save", **about, picture_decorative=bea)
    answer = desk.act(article_id, "save", version=version, **STORY, **about, picture_decorative=anna)
    assert answer.status_code == 409
    assert "says the same as yours" not in text_of(answer)
    assert 'href="#picture_decorative"' in answer.text
    said = "is marked as decorative" if bea else "is not marked as decorative"
    assert f"bea saved 1 second ago: The picture {said}." in text_of(answer)
    assert desk.article(article_id).working.picture.decorative is bool(bea)


@pytest.mark.parametrize(("name", "text"), [("picture_alt", "A tram"), ("picture_credit", "Bea")])
def test_a_conflict_about_what_is_said_of_a_picture_is_shown(desk, name, text):
    about = {"picture_alt": "A bus", "picture_credit": "Post"}
    article_id = desk.write(**STORY, **about, picture=jpeg())
    version = desk.article(article_id).version
    desk.colleague("bea").act(article_id, "save", **{name: text})
    answer = desk.act(article_id, "save", version=version, **STORY, **about)
    assert f'href="#{name}"' in answer.text
    assert f"bea saved 1 second ago: {text}" in text_of(answer)


def test_a_conflict_about_keeping_the_text_as_it_was_typed_is_shown(desk):
    article_id = desk.write(**{**STORY, "body": RAW})
    article = desk.article(article_id)
    desk.colleague("bea").act(article_id, "put_back")
    answer = desk.act(article_id, "save", version=article.version, **{**STORY, "body": article.working.body})
    assert answer.status_code == 409
    assert "says the same as yours" not in text_of(answer)
    assert "The text is kept exactly as it was typed." in text_of(answer)


def test_a_conflict_over_a_text_of_the_same_words_again_and_again_is_answered_in_time(desk):
    article_id = desk.write(body="the " * 1_900)
    version = desk.article(article_id).version
    desk.colleague("bea").act(article_id, "save", body="the other " * 950)
    began = time.monotonic()
    answer = desk.act(article_id, "save", version=version, body="the third " * 950)
    assert time.monotonic() - began < 20
    assert answer.status_code == 409
    assert len(re.findall("<mark>", answer.text)) == 1


def test_many_lines_of_the_same_words_are_compared_in_time():
    mine = [f"{'the bus and ' * 100}{number}" for number in range(1_000)]
    theirs = [f"{'the bus and a ' * 100}{number}" for number in range(1_000)]
    began = time.monotonic()
    lines = list(marked(theirs, mine))
    assert time.monotonic() - began < 20
    assert [" ".join(part.text for part in line) for line in lines] == theirs


def test_a_conflict_in_the_state_alone_says_that_the_texts_are_the_same(desk):
    article_id = desk.write("publish", **STORY)
    version = desk.article(article_id).version
    desk.colleague("bea").act(article_id, "withdraw")
    answer = desk.act(article_id, "update", version=version, **STORY)
    assert answer.status_code == 409
    assert "says the same as yours" in text_of(answer)
    assert desk.article(article_id).status is Status.WITHDRAWN


@pytest.mark.parametrize("version", ["", "x", "-1", "1.0", "٣", "9" * 30])
def test_a_form_that_does_not_say_its_version_is_refused(desk, version):
    article_id = desk.write(**STORY)
    answer = desk.post(path_of(article_id), action="save", headline="Typed", version=version)
    assert answer.status_code == 422
    assert "Nothing was saved The form does not say on which version of the story it was made" in text_of(answer)
    assert "saved this story" not in text_of(answer)
    assert field_of(answer, "headline") == "Typed"
    assert desk.article(article_id).working.headline == STORY["headline"]
    assert desk.post(path_of(article_id), action="save", headline="Typed").status_code == 422


# Pictures


def test_a_refused_picture_says_why_and_keeps_what_was_typed(desk):
    answer = desk.post(
        NEW, **STORY, action="publish", picture=(io.BytesIO(b"no picture"), "a.jpg"), picture_alt="A bus"
    )
    assert answer.status_code == 422
    assert "no picture" in problem_of(answer, "picture")
    assert {name: field_of(answer, name) for name in STORY} == STORY
    assert field_of(answer, "picture_alt") == "A bus"
    assert desk.count() == 0


def test_a_picture_over_20_mb_is_refused_in_the_form(desk):
    large = io.BytesIO(b"\xff\xd8\xff" + bytes(21 * 1024 * 1024))
    answer = desk.post(NEW, **STORY, action="save", picture=(large, "large.jpg"))
    assert answer.status_code == 422
    assert "20 MB" in problem_of(answer, "picture")
    assert field_of(answer, "headline") == STORY["headline"]


def test_a_picture_needs_alt_text_or_is_decorative_before_it_is_published(desk):
    answer = desk.post(NEW, **STORY, action="publish", picture=jpeg())
    assert answer.status_code == 422
    assert "cannot see it" in problem_of(answer, "picture_alt")
    key = field_of(answer, "picture_key")
    assert key
    assert f"/media/{key}" in answer.text
    answer = desk.post(NEW, **STORY, action="publish", picture_key=key, picture_decorative="1")
    assert answer.status_code == 303
    assert desk.newest().live.picture.key == key
    assert desk.newest().live.picture.decorative


def test_an_uploaded_picture_survives_errors_in_other_fields(desk):
    answer = desk.post(NEW, action="publish", picture=jpeg(), picture_alt="A bus")
    key = field_of(answer, "picture_key")
    assert problem_of(answer, "headline")
    assert desk.post(NEW, **STORY, action="publish", picture_key=key, picture_alt="A bus").status_code == 303


def test_a_decorative_picture_is_not_described(desk):
    answer = desk.post(NEW, **STORY, action="save", picture=jpeg(), picture_alt="A bus", picture_decorative="on")
    assert "not described" in problem_of(answer, "picture_alt")


def test_alt_text_without_a_picture_is_not_dropped_silently(desk):
    answer = desk.post(NEW, **STORY, action="save", picture_alt="A bus")
    assert "no picture" in problem_of(answer, "picture")
    assert field_of(answer, "picture_alt") == "A bus"


def test_a_picture_is_taken_out_of_the_story(desk):
    article_id = desk.write(**STORY, picture=jpeg(), picture_alt="A bus")
    key = desk.article(article_id).working.picture.key
    desk.act(article_id, "save", picture_key=key, picture_alt="A bus", picture_remove="1")
    assert desk.article(article_id).working.picture is None


def test_another_picture_takes_the_place_of_the_one_that_is_taken_out(desk):
    article_id = desk.write(**STORY, picture=jpeg(), picture_alt="A bus")
    desk.act(article_id, "save", picture=jpeg(1200, 800), picture_alt="A tram", picture_remove="1")
    assert desk.article(article_id).working.picture.alt == "A tram"


def test_a_checkbox_that_the_page_shows_is_off_when_it_is_not_posted(desk):
    article_id = desk.write(**STORY, picture=jpeg(), picture_decorative="1")
    key = desk.article(article_id).working.picture.key
    desk.act(article_id, "save", picture_key=key)
    assert not desk.article(article_id).working.picture.decorative


def test_a_picture_that_is_not_stored_is_refused_at_its_field(desk):
    answer = desk.post(NEW, **STORY, action="save", picture_key="made-up-key-made-up")
    assert "Choose it again" in problem_of(answer, "picture")
    assert field_of(answer, "picture_key") == ""


# Withdrawing


def test_a_story_is_withdrawn_with_its_notice_and_published_again(desk):
    article_id = desk.write("publish", **STORY)
    answer = desk.act(article_id, "withdraw", notice="The figures were wrong.")
    assert answer.headers["Location"].endswith("?done=withdrawn")
    gone = public(desk, article_id)
    assert isinstance(gone, Withdrawn)
    assert gone.notice == "The figures were wrong."
    page = desk.get(answer.headers["Location"])
    assert "The figures were wrong." in text_of(page)
    assert "Publish again" in text_of(page)
    assert desk.act(article_id, "publish").status_code == 303
    assert isinstance(public(desk, article_id), Story)


def test_what_was_typed_is_saved_when_the_story_is_withdrawn(desk):
    article_id = desk.write("publish", **STORY)
    desk.act(article_id, "withdraw", headline="Typed and not published")
    assert desk.article(article_id).working.headline == "Typed and not published"
    assert desk.article(article_id).live.headline == STORY["headline"]


def test_too_long_a_notice_is_refused_with_the_panel_open(desk):
    article_id = desk.write("publish", **STORY)
    answer = desk.act(article_id, "withdraw", notice="x" * 2_001)
    assert answer.status_code == 422
    assert '<details class="withdraw" open>' in answer.text
    assert field_of(answer, "notice") == "x" * 2_001
    assert isinstance(public(desk, article_id), Story)


# Pasted text


def test_pasted_text_becomes_paragraphs_and_sub_headings(desk, clock):
    article_id = desk.write(**{**STORY, "body": RAW})
    body = desk.article(article_id).working.body
    assert "\n\n## How the numbers moved\n\n" in body
    page = desk.get(path_of(article_id))
    assert "sub-heading" in re.search(r'id="paste-note"[^>]*>(.*?)<', page.text)[1]
    assert "Put back what I pasted" in page.text
    clock.move(hours=1)
    desk.act(article_id, "save", headline="The text was made before")
    assert 'value="put_back"' not in desk.get(path_of(article_id)).text


@pytest.mark.parametrize("body", [RAW, STORY["body"], "One line", "* a\n* b", "Line\r\nLine two"])
def test_saving_again_changes_nothing(desk, body):
    article_id = desk.write(**{**STORY, "body": body})
    before = desk.article(article_id)
    page = desk.get(path_of(article_id))
    desk.act(article_id, "save", body=field_of(page, "body").replace("\n", "\r\n"))
    after = desk.article(article_id)
    assert (after.version, after.working) == (before.version, before.working)


def test_what_was_pasted_is_put_back_and_left_as_it_is(desk):
    article_id = desk.write(**{**STORY, "body": RAW})
    answer = desk.act(article_id, "put_back", **{**STORY, "body": desk.article(article_id).working.body})
    assert answer.headers["Location"].endswith("?done=put-back")
    assert desk.article(article_id).working.body == RAW
    page = desk.get(answer.headers["Location"])
    assert 'name="keep_as_typed" value="1" checked' in page.text
    assert 'value="put_back"' not in page.text
    desk.act(article_id, "save", body=RAW, keep_as_typed="1")
    assert desk.article(article_id).working.body == RAW
    desk.act(article_id, "save", body=RAW)
    assert "## How" in desk.article(article_id).working.body


@pytest.mark.parametrize("first", ["publish", "save"])
def test_the_way_back_is_there_right_after_publishing_and_not_for_ever(desk, first):
    if first == "publish":
        answer = desk.post(NEW, **{**STORY, "body": RAW}, action="publish")
    else:
        answer = desk.act(desk.write(), "publish", **{**STORY, "body": RAW})
    article_id = desk.newest().article_id
    assert answer.headers["Location"] == f"{path_of(article_id)}?done=published&pasted=1"
    assert "Put back what I pasted" in desk.get(answer.headers["Location"]).text
    assert 'value="put_back"' not in desk.get(path_of(article_id)).text
    updated = desk.act(article_id, "update", headline="Another headline").headers["Location"]
    assert updated.endswith("?done=updated")
    for path in (updated, f"{path_of(article_id)}?pasted=1"):
        assert 'value="put_back"' not in desk.get(path).text


def test_what_was_pasted_is_put_back_after_publishing(desk):
    article_id = desk.write("publish", **{**STORY, "body": RAW})
    assert "## How the numbers moved" in public(desk, article_id).revision.body
    desk.act(article_id, "put_back")
    assert desk.article(article_id).working.body == RAW
    assert "## How the numbers moved" in public(desk, article_id).revision.body


def test_there_is_no_way_back_where_nothing_was_made(desk):
    article_id = desk.write(**STORY)
    desk.act(article_id, "save", body=f"{STORY['body']}\n\nMore.")
    assert 'value="put_back"' not in desk.get(path_of(article_id)).text
    assert desk.act(article_id, "put_back").status_code == 422


def test_the_pasting_browser_gets_markdown_and_a_note(desk):
    answer = desk.post("/newsdesk/paste", html="<p>A <b>bold</b> word</p>", text="A bold word")
    assert answer.json["markdown"] == "A **bold** word"
    assert answer.json["note"]
    assert desk.post("/newsdesk/paste", text="Only text").json["markdown"] == "Only text"


# Preview and list


def test_the_preview_shows_the_working_copy_as_readers_would_see_it(desk):
    article_id = desk.write("publish", **STORY)
    answer = desk.act(article_id, "preview", headline="Not for readers yet")
    assert answer.headers["Location"] == f"{path_of(article_id)}/preview"
    page = desk.get(answer.headers["Location"])
    assert "Not for readers yet" in text_of(page)
    assert "<h2>How the numbers moved</h2>" in page.text
    assert f'href="{path_of(article_id)}"' in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert public(desk, article_id).revision.headline == STORY["headline"]


def test_the_preview_shows_authors_and_topics(desk):
    article_id = desk.write("save", **STORY)
    page = desk.get(f"{path_of(article_id)}/preview").text
    for name in (*STORY["authors"].split(", "), *STORY["topics"].split(", ")):
        assert f">{name}<" in page


def test_a_new_story_is_saved_to_be_previewed(desk):
    answer = desk.post(NEW, **STORY, action="preview")
    article = desk.newest()
    assert answer.headers["Location"] == f"{path_of(article.article_id)}/preview"
    assert article.status is Status.DRAFT


def test_the_list_says_what_each_story_is_and_who_saved_it_when(desk, clock):
    desk.colleague("bea").write("publish", **STORY)
    clock.move(hours=21)
    desk.write(headline="A draft")
    page = text_of(desk.get("/newsdesk"))
    assert "Politics Council keeps the night bus Published 21 hours ago saved 21 hours ago by bea" in page
    assert "No section yet A draft Draft saved 1 second ago Politics" in page
    assert "All stories 2 My drafts 1 Drafts 1 To review 0 Scheduled 0 Published 1 Withdrawn 0" in page


def test_the_preview_of_a_story_without_a_section_names_none(desk):
    page = desk.get(f"{path_of(desk.write(headline='No place yet', body='Text'))}/preview")
    assert page.status_code == 200
    assert "No section" not in text_of(page)
    assert "More from" not in text_of(page)
    assert not re.search(r'<p class="label">', page.text)


@pytest.mark.parametrize(("status", "seen"), [("draft", "A draft"), ("published", STORY["headline"])])
def test_a_view_shows_the_stories_of_one_status(desk, status, seen):
    desk.write("publish", **STORY)
    desk.write(headline="A draft")
    page = text_of(desk.get(f"/newsdesk?status={status}"))
    assert [title for title in ("A draft", STORY["headline"]) if title in page] == [seen]


@pytest.mark.parametrize("status", ["", "draft", "published", "withdrawn"])
def test_an_empty_list_says_what_to_do(desk, status):
    assert re.search("Write|can be published again", text_of(desk.get(f"/newsdesk?status={status}")))


def test_an_unknown_view_or_key_is_refused(desk):
    assert desk.get("/newsdesk?status=lost").status_code == 404
    assert desk.get("/newsdesk?before=nonsense").status_code == 400


def test_the_list_pages_by_key_and_shows_every_story_once(desk):
    numbers = [desk.write(headline=f"Story {number}") for number in range(53)]
    seen, path = [], "/newsdesk"
    while path:
        page = desk.get(path).text
        seen += [int(number) for number in re.findall(r'<h2[^>]*><a href="/newsdesk/articles/(\d+)"', page)]
        older = re.search(r'rel="next" href="([^"]+)"', page)
        path = older[1].replace("&amp;", "&") if older else None
    assert seen == sorted(numbers, reverse=True)


def test_a_sample_story_is_called_one_in_the_list(desk):
    with desk.database.write() as connection:
        articles.add(
            connection, [(new_identity(), Revision(headline="A heron"))], desk.database.clock(), sample.BY, True
        )
    assert "A heron Draft sample story" in text_of(desk.get("/newsdesk"))
    assert sample.BY not in text_of(desk.get("/newsdesk"))
    desk.act(desk.newest().article_id, "save", headline="Two herons")
    assert "Two herons Draft sample story · saved 1 second ago" in text_of(desk.get("/newsdesk"))


def test_what_this_changes_names_the_feeds(desk):
    article_id = desk.write("publish", **STORY)
    desk.act(article_id, "save", section="tech")
    page = desk.get(path_of(article_id)).text
    chips = re.search(r'<ul class="chips".*?</ul>', page, re.DOTALL)[0]
    assert re.findall("<li[^>]*>(.*?)</li>", chips) == [
        *("all", "tech", "authors/politics-desk", "topics/transport", "topics/council"),
        "politics",
    ]


@pytest.mark.parametrize("path", ["/newsdesk", "/newsdesk/"])
def test_the_newsdesk_is_found_with_and_without_a_slash(desk, path):
    assert desk.get(path).status_code == 200


# Sections


def test_a_section_says_how_much_of_its_stories_goes_out(desk):
    fields = {"feed": "politics", "action": "rename", "title": "Politics", "slug": "politics", "description": ""}
    assert desk.post("/newsdesk/names", **fields, syndication="summary").status_code == 303
    assert '<option value="summary" selected>' in desk.get(SECTIONS).text
    assert desk.article(desk.write("publish", **STORY)).live.syndication == "summary"
    refused = desk.post("/newsdesk/names", **fields, syndication="half")
    assert refused.status_code == 422
    assert "full, summary, none" in text_of(refused)


def test_a_section_is_added_with_an_address_from_its_title(desk):
    answer = desk.post(SECTIONS, action="add", title="Arts & Books", description="What we read")
    assert answer.status_code == 303
    page = desk.get(answer.headers["Location"])
    assert "Added. Arts & Books" in text_of(page)
    assert re.findall(r'<h2 dir="auto"><a href="([^"]*)">', page.text) == ["/politics", "/tech", "/arts-books"]
    assert "/arts-books What we read" in text_of(page)
    assert desk.get("/arts-books").status_code == 200
    assert field_of(page, "title") == ""
    assert desk.write("publish", **{**STORY, "section": "arts-books"})


@pytest.mark.parametrize(
    ("typed", "name", "said"),
    [
        ({"title": "", "slug": "", "description": "Kept"}, "title", "needs a title"),
        ({"title": "Search", "slug": "", "description": "Kept"}, "slug", "Choose another"),
        ({"title": "Politics", "slug": "", "description": "Kept"}, "slug", "Choose another"),
        ({"title": "Sport", "slug": "Of All Sorts", "description": "Kept"}, "slug", "a to z"),
        ({"title": "Sport", "slug": "", "description": "x" * 501}, "description", "at most"),
    ],
)
def test_a_section_that_cannot_be_added_is_refused_at_its_field_with_all_that_was_typed(desk, typed, name, said):
    answer = desk.post(SECTIONS, action="add", **typed)
    assert answer.status_code == 422
    assert said in problem_of(answer, name)
    for field, text in typed.items():
        assert field_of(answer, field) == (text or (typed["title"].lower() if field == name == "slug" else ""))
    with desk.database.read() as connection:
        assert len(feeds.all_sections(connection)) == 2


def test_an_unknown_act_on_sections_is_refused(desk):
    assert desk.post(SECTIONS, action="rename", title="Sport").status_code == 400


def test_where_no_section_is_every_page_leads_to_adding_one(settings, database):
    with database.write() as connection:
        connection.execute(delete(tables.sections))
    desk = Desk(settings, database)
    for path in ("/newsdesk", "/newsdesk?status=draft", NEW, "/newsdesk?done=sample-removed"):
        main = desk.get(path).text.partition("<main")[2]
        assert f'href="{SECTIONS}"' in main, path
    assert "There is no section yet" in text_of(desk.get(SECTIONS))


def test_the_side_bar_leads_to_the_sections(desk):
    assert f'<a href="{SECTIONS}" aria-current="page">' in desk.get(SECTIONS).text
    assert f'<a href="{SECTIONS}">' in desk.get("/newsdesk").text


# Headings


def test_no_heading_comes_before_that_of_the_page_and_no_level_is_left_out(desk):
    desk.write(headline="A draft")
    article_id = desk.write("publish", **STORY)
    version = desk.article(article_id).version
    desk.colleague("bea").act(article_id, "save", headline="Bea’s headline")
    pages = [desk.get(path) for path in ("/newsdesk", NEW, SECTIONS, path_of(article_id), "/newsdesk/sample")]
    pages += [desk.post(SECTIONS, action="add"), desk.post(NEW, action="publish")]
    pages += [desk.act(article_id, "save", version=version, headline="Anna’s"), desk.client.get("/newsdesk/sign-in")]
    pages.append(desk.get(desk.act(article_id, "withdraw").headers["Location"]))
    for page in pages:
        if page.status_code != 303:
            levels = [int(level) for level in re.findall("<h([1-6])", page.text)]
            assert levels[0] == 1
            assert levels.count(1) == 1
            assert all(after - before <= 1 for before, after in pairwise(levels))


# Checks


@pytest.mark.parametrize(
    ("headline", "said"), [("", "No headline yet"), ("Short", "5 characters"), ("x" * 111, "no more than 110")]
)
def test_one_check_of_a_headline_is_shown(desk, headline, said):
    page = desk.get(path_of(desk.write(headline=headline)))
    shown = re.findall(r'<li class="\w+" data-field="headline" data-when="\w+">(.*?)</li>', page.text)
    assert len(shown) == 1
    assert said in re.sub("<[^>]*>", "", shown[0])


def test_only_what_would_be_lost_is_called_not_saved(desk):
    assert "data-unsaved" not in desk.get(path_of(desk.write(**STORY))).text
    assert "data-unsaved" not in desk.post(NEW, action="publish").text
    assert "data-unsaved" in desk.post(NEW, action="publish", standfirst="Typed").text


# The sample newsroom


def test_the_sample_newsroom_is_removed_after_asking(desk):
    def note(connection, _change):
        installation.note_sample(connection, is_there=True)

    changes.change(desk.database, "test", note)
    own = desk.write("publish", **STORY)
    assert "This is a sample newsroom" in text_of(desk.get("/newsdesk"))
    assert "This is a sample newsroom" not in text_of(desk.colleague("ed", Role.EDITOR).get("/newsdesk"))
    question = text_of(desk.get("/newsdesk/sample"))
    assert "cannot be undone" in question
    assert desk.post("/newsdesk/sample", action="keep").status_code == 400
    answer = desk.post("/newsdesk/sample", action="remove")
    assert answer.status_code == 303
    page = text_of(desk.get(answer.headers["Location"]))
    assert "The sample newsroom is removed" in page
    assert "This is a sample newsroom" not in page
    assert isinstance(public(desk, own), Story)
    with desk.database.read() as connection:
        assert feeds.section(connection, "politics") is not None
    assert desk.get("/newsdesk/sample").status_code == 303
