"""The pages of a story's versions: list, one to read, two compared, and the way back with its undo."""

import re

import pytest

from feedsvc.actions import edit, naming
from feedsvc.domain.article import Status
from feedsvc.domain.roles import Role
from feedsvc.storage import history
from tests.web.newsdesk_app import STORY, Desk, path_of, text_of

SECOND = STORY | {"headline": "Council drops the night bus"}


@pytest.fixture
def desk(settings, database):
    desk = Desk(settings, database)
    yield desk
    desk.app.extensions["feedsvc"].database.engine.dispose()


@pytest.fixture
def saved(desk, clock):
    """A story that Anna wrote and Bea changed a minute later."""
    number = desk.write(**STORY)
    clock.move(minutes=1)
    desk.colleague("bea").act(number, "save", **SECOND)
    clock.move(minutes=1)
    return number


def versions(desk, article_id):
    """The numbers of a story's versions, the latest first."""
    with desk.database.read() as connection:
        return [one.number for one in history.listing(connection, article_id, 1_000)]


def list_of(article_id, more=""):
    return f"{path_of(article_id)}/revisions{more}"


def restore(desk, article_id, number, version=None):
    version = desk.article(article_id).version if version is None else version
    return desk.post(list_of(article_id, f"/{number}"), action="restore", version=version)


def test_a_story_leads_to_its_versions_with_who_saved_them_and_when(desk, saved):
    assert f'href="{list_of(saved)}"' in desk.get(path_of(saved)).text
    page = desk.get(list_of(saved))
    said = text_of(page)
    assert "Saved 1 minute ago (14 March 2026, 12:01) by bea · 16 words The working copy" in said
    assert "Saved 2 minutes ago (14 March 2026, 12:00) by anna · 16 words" in said
    second, first = versions(desk, saved)
    assert re.findall(r'name="(\w+)" value="(\d+)" checked', page.text) == [("to", str(second)), ("from", str(first))]


def test_a_story_with_one_version_says_that_there_is_nothing_to_compare(desk):
    number = desk.write(**STORY)
    page = desk.get(list_of(number))
    assert "There is one version so far, so there is nothing to compare." in text_of(page)
    assert 'type="radio"' not in page.text
    assert desk.get(list_of(number, "/compare")).headers["Location"] == list_of(number)


def test_two_versions_are_compared_by_words_either_way(desk, saved):
    second, first = versions(desk, saved)
    page = desk.get(list_of(saved, f"/compare?from={first}&to={second}"))
    expected = (
        "Headline Council removed: keeps (end of what was removed) added: drops (end of what was added) the night"
    )
    assert expected in text_of(page)
    assert "<h2>Story</h2>" not in page.text
    assert "removed: drops" in text_of(desk.get(list_of(saved, f"/compare?from={second}&to={first}")))


def test_without_a_choice_what_is_public_is_compared_with_the_working_copy(desk, saved, clock):
    desk.act(saved, "publish", **SECOND)
    clock.move(minutes=1)
    for body in ("It runs.", "It runs on."):
        desk.act(saved, "save", **SECOND | {"body": body})
    assert f'href="{list_of(saved, "/compare")}"' in desk.get(list_of(saved)).text
    said = text_of(desk.get(list_of(saved, "/compare")))
    assert "by anna Public now To The version of 14 March 2026, 12:03" in said
    assert "added: It runs on." in said


def test_versions_that_say_the_same_are_said_to(desk, saved):
    desk.act(saved, "save", **STORY)
    third, _, first = versions(desk, saved)
    assert "These two versions say the same." in text_of(desk.get(list_of(saved, f"/compare?from={first}&to={third}")))


@pytest.mark.parametrize("chosen", ["from=1&to=1", "from=x&to=1", "from=-1", "to=²", "to=" + "9" * 40, "from=2"])
def test_a_choice_that_cannot_be_compared_says_what_to_choose(desk, saved, chosen):
    answer = desk.get(list_of(saved, f"/compare?{chosen}"))
    assert answer.status_code == 422
    assert "Nothing was compared Choose two different versions" in text_of(answer)


def test_what_is_not_there_is_404_in_words(desk, saved):
    other = desk.write(**STORY)
    (strange,) = versions(desk, other)
    for path in (f"/{strange}", f"/compare?from={strange}", f"/compare?to={strange}"):
        answer = desk.get(list_of(saved, path))
        assert answer.status_code == 404
        assert "This story has no such version." in text_of(answer)
    assert restore(desk, saved, strange).status_code == 404
    for path in ("", "/compare", "/1"):
        assert desk.get(list_of(999, path)).status_code == 404
    assert desk.get(list_of(saved, "?start=x")).status_code == 400


def test_a_version_can_be_read_as_it_was(desk, saved):
    _, first = versions(desk, saved)
    page = desk.get(list_of(saved, f"/{first}"))
    assert "How the numbers moved</h2>" in page.text
    said = text_of(page)
    assert f"Politics {STORY['headline']} {STORY['standfirst']} By Politics Desk · Topics: transport, council" in said
    assert "Make it the working copy" in said


def test_going_back_says_so_and_can_be_undone(desk, saved):
    second, first = versions(desk, saved)
    answer = restore(desk, saved, first)
    assert answer.headers["Location"] == f"{path_of(saved)}?done=reverted&of={first}&before={second}"
    assert desk.article(saved).working.headline == STORY["headline"]
    page = desk.get(answer.headers["Location"])
    said = text_of(page)
    assert "Gone back. The version of 14 March 2026, 12:00 is the working copy now. Nobody but editors" in said
    assert "Gone back 1 second ago by anna To the version of 14 March 2026, 12:00." in said
    path, version = re.search(r'id="undo" method="post" action="([^"]+)"><input[^>]+value="(\d+)"', page.text).groups()
    assert desk.post(path, action="restore", version=version).status_code == 303
    assert desk.article(saved).working.headline == SECOND["headline"]


def test_going_back_to_a_version_of_a_published_story_waits_for_update(desk, saved):
    desk.act(saved, "publish", **SECOND)
    first = versions(desk, saved)[-1]
    assert "Readers see what is published until you press “Update”." in text_of(desk.get(list_of(saved, f"/{first}")))
    page = desk.get(restore(desk, saved, first).headers["Location"])
    assert "is the working copy now. Readers see it once you press “Update”." in text_of(page)
    article = desk.article(saved)
    assert (article.working.headline, article.live.headline) == (STORY["headline"], SECOND["headline"])


@pytest.mark.parametrize(
    "more", ["", "&of=x&before=1", "&of=1", "&of=999&before=1", "&of=99999999999999999999&before=1"]
)
def test_an_address_alone_makes_no_page_say_that_a_version_was_restored(desk, saved, more):
    assert "Gone back." not in text_of(desk.get(f"{path_of(saved)}?done=reverted{more}"))
    second, first = versions(desk, saved)
    assert "Gone back." not in text_of(desk.get(f"{path_of(saved)}?done=reverted&of={first}&before={second}"))
    restore(desk, saved, first)
    assert "Gone back." not in text_of(desk.get(f"{path_of(saved)}?done=reverted{more}"))


def test_a_retired_section_is_told_after_going_back(desk, saved):
    desk.act(saved, "save", **SECOND | {"section": "tech"})
    naming.retire(desk.database, "politics", "test")
    page = desk.get(restore(desk, saved, versions(desk, saved)[-1]).headers["Location"])
    assert "Its section was retired: look at the one below." in text_of(page)
    assert desk.article(saved).working.section == "tech"


def test_what_cannot_be_restored_says_why_and_changes_nothing(desk, saved):
    second, first = versions(desk, saved)
    before = desk.article(saved)
    for number, version, status, said in (
        (first, 1, 409, "bea saved this story in the meantime."),
        (second, before.version, 422, "The working copy says the same as that version already."),
        (first, "x", 422, "The form does not say on which version of the story it was made"),
    ):
        answer = restore(desk, saved, number, version)
        assert answer.status_code == status
        assert f"The working copy stays as it is {said}" in text_of(answer)
        assert f'name="version" value="{before.version}"' in answer.text or number == second
    assert desk.post(list_of(saved, f"/{first}"), action="drop").status_code == 400
    assert desk.article(saved) == before


def test_a_writer_goes_back_in_drafts_only(desk, saved):
    writer = desk.colleague("wim", Role.WRITER)
    first = versions(desk, saved)[-1]
    assert "Make it the working copy" in text_of(writer.get(list_of(saved, f"/{first}")))
    desk.act(saved, "publish", **SECOND)
    assert "it takes an editor to go back to this version" in text_of(writer.get(list_of(saved, f"/{first}")))
    assert restore(writer, saved, first).status_code == 403
    assert desk.article(saved).status is Status.PUBLISHED


def test_versions_need_a_sign_in(desk, saved):
    stranger = desk.app.test_client()
    assert "sign-in" in stranger.get(list_of(saved)).headers["Location"]


def test_many_versions_are_paged(desk):
    number = desk.write(**STORY)
    revision = desk.article(number).working
    for version in range(1, 52):
        edit.save(desk.database, number, version, type(revision)(headline=f"Headline {version}"), "anna")
    page = desk.get(list_of(number))
    assert page.text.count('name="from"') == 50
    assert page.text.count(" checked>") == 2
    older = re.search(r'rel="next" href="([^"]+)"', page.text)[1]
    page = desk.get(older)
    assert [int(n) for n in re.findall(r'name="to" value="(\d+)"', page.text)] == versions(desk, number)[50:]
    assert "To the latest" in text_of(page)
    first = versions(desk, number)[-1]
    assert "There are no older versions." in text_of(desk.get(list_of(number, f"?start={first}")))
