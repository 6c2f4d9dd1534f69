"""Nothing typed is lost: whatever happens to the window, the server or the sign-in, and whoever else writes."""

import os
import re
import shutil
import signal
from collections.abc import Callable, Iterator
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from accessibility import faults
from flask import Flask
from newsdesk_app import NEW, STORY, Desk, path_of
from playwright.sync_api import Browser, BrowserContext, Page, expect
from test_newsdesk_in_a_browser import PASSWORD, SMALL_TARGETS, desk  # noqa: F401 - a fixture

from feedsvc.storage import staff as stored_staff
from tests.journeys.serving import Script, Service

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

THREE = "The first.\n\nThe second.\n\nThe third."


@pytest.fixture
def address(desk, serve: Callable[[Flask], str]) -> str:  # noqa: F811
    return serve(desk.app)


@pytest.fixture
def opened(browser: Browser, address) -> Iterator[Callable[..., BrowserContext]]:
    """A browser of somebody who is signed in. An error in a script fails the test."""
    contexts, errors = [], []

    def opened(who: Desk, **options: object) -> BrowserContext:
        context = browser.new_context(base_url=address, **options)
        context.add_cookies([{"name": "feedsvc_session", "value": who.token, "url": address}])
        context.clock.install()
        context.on("weberror", lambda error: errors.append(str(error.error)))
        contexts.append(context)
        return context

    yield opened
    for context in contexts:
        context.close()
    assert errors == []


def saved(page: Page) -> None:
    page.clock.fast_forward(3_000)
    expect(page.locator("#saved-ago")).to_have_text(re.compile(r"saved \d+ seconds? ago"))
    expect(page.locator("#not-saved")).to_be_hidden()


def type_on(page: Page, text: str) -> None:
    page.focus("#body")
    page.press("#body", "Control+End")
    page.keyboard.type(text)


def look(page: Page) -> None:
    assert faults(page) == []
    width = page.viewport_size["width"]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(SMALL_TARGETS) == []


def end_sign_ins(desk):  # noqa: F811
    with desk.database.write() as connection:
        account = stored_staff.account(connection, desk.name)
        stored_staff.revoke_all(connection, account.account_id, desk.database.clock())


def kill(page: Page) -> None:
    """End the process that shows a page, which can send and say nothing more."""
    browser = page.context.browser.new_browser_cdp_session()
    with page.expect_event("crash", timeout=9_000):
        for process in browser.send("SystemInfo.getProcessInfo")["processInfo"]:
            if process["type"] == "renderer":
                os.kill(process["id"], signal.SIGKILL)
    browser.detach()
    page.close()


def test_a_new_story_is_saved_while_one_types_and_found_again_after_its_window_was_killed(desk, opened):  # noqa: F811
    context = opened(desk, viewport={"width": 375, "height": 800})
    page = context.new_page()
    page.goto(NEW)
    page.locator("#headline").press_sequentially("The night bus")
    type_on(page, "It goes on")
    saved(page)
    article = desk.newest()
    assert (article.working.headline, article.working.body, article.is_autosaved) == (
        "The night bus",
        "It goes on",
        True,
    )
    assert page.url.endswith(path_of(article.article_id))
    look(page)
    type_on(page, " running in mid-sent")
    page.clock.fast_forward(300)
    kill(page)
    assert desk.newest().working.body == "It goes on"
    page = context.new_page()
    page.goto("/newsdesk")
    page.clock.fast_forward(2_000)
    expect(page.get_by_text("that was not saved is in this browser")).to_contain_text("“The night bus”")
    look(page)
    page.click("text=Open it")
    expect(page.locator("#body")).to_have_value("It goes on")
    page.click("text=Take it")
    expect(page.locator("#body")).to_have_value("It goes on running in mid-sent")
    type_on(page, "ence.")
    page.click("text=Save draft")
    expect(page.get_by_text("Saved.", exact=True).first).to_be_visible()
    assert desk.newest().working.body == "It goes on running in mid-sentence."
    assert desk.count() == 1
    assert page.evaluate("Object.keys(localStorage).length") == 0


def test_taking_a_kept_text_keeps_what_was_typed_meanwhile(desk, opened):  # noqa: F811
    context = opened(desk)
    article_id = desk.write(headline="The night bus", body="It goes on")
    page = context.new_page()
    page.goto(path_of(article_id))
    expect(page.locator("#stands")).to_have_text("Draft")
    expect(page.locator("#saved-ago")).to_contain_text("saved 1 second ago")
    page.clock.fast_forward(3 * 3_600_000)
    expect(page.locator("#saved-ago")).to_contain_text("saved 3 hours ago")
    type_on(page, " kept")
    page.clock.fast_forward(300)
    kill(page)
    page = context.new_page()
    page.goto(path_of(article_id))
    type_on(page, " typed after")
    page.click("text=Take it")
    expect(page.locator("#body")).to_have_value("It goes on kept")
    page.click("text=Take it")
    expect(page.locator("#body")).to_have_value("It goes on typed after")
    page.click("text=Take it")
    expect(page.locator("#body")).to_have_value("It goes on kept")


def test_what_was_never_sent_is_offered_to_the_same_account_only_and_can_be_discarded(desk, opened, address):  # noqa: F811
    context = opened(desk)
    page = context.new_page()
    page.goto(NEW)
    page.locator("#headline").press_sequentially("Only here")
    page.clock.fast_forward(300)
    context.set_offline(True)
    page.close()
    context.set_offline(False)
    page = context.new_page()
    bea = desk.colleague("bea")
    for who, count in ((bea, 0), (desk, 1)):
        context.add_cookies([{"name": "feedsvc_session", "value": who.token, "url": address}])
        page.goto(NEW)
        page.wait_for_load_state("networkidle")
        page.clock.fast_forward(2_000)
        page.wait_for_load_state("networkidle")
        expect(page.get_by_text("“Only here”")).to_have_count(count)
    page.click("text=Discard")
    page.click("text=Undo")
    page.click("text=Open it")
    page.click("text=Take it")
    expect(page.locator("#headline")).to_have_value("Only here")
    saved(page)
    assert desk.newest().working.headline == "Only here"
    assert page.evaluate("Object.keys(localStorage).length") == 0


def test_text_is_kept_while_the_server_is_away_and_while_a_sign_in_has_ended_and_saved_after(desk, opened):  # noqa: F811
    context = opened(desk)
    article_id = desk.write(**STORY)
    page = context.new_page()
    page.goto(path_of(article_id))
    context.set_offline(True)
    type_on(page, " Offline.")
    problem = page.locator("#saving-problem")
    page.clock.fast_forward(3_000)
    expect(problem).to_contain_text("Not saved: the server cannot be reached.")
    look(page)
    context.set_offline(False)
    expect(problem).to_be_hidden(timeout=9_000)
    saved(page)
    assert desk.article(article_id).working.body.endswith("Offline.")
    lost: list[str] = []

    def lose_answer(route):
        if route.request.method == "POST" and not lost:
            lost.append(route.fetch().text())
            route.abort()
        else:
            route.continue_()

    page.route(f"**{path_of(article_id)}", lose_answer)
    type_on(page, " Answer lost.")
    page.clock.fast_forward(3_000)
    expect(problem).to_contain_text("the server cannot be reached")
    type_on(page, " Not by us.")
    page.clock.fast_forward(10_000)
    expect(problem).to_be_hidden()
    page.clock.fast_forward(10_000)
    saved(page)
    expect(page.locator("#saved-elsewhere")).to_be_hidden()
    assert desk.article(article_id).working.body.endswith("Answer lost. Not by us.")
    end_sign_ins(desk)
    type_on(page, " Signed out.")
    page.clock.fast_forward(3_000)
    expect(problem).to_contain_text("your sign-in has ended")
    with context.expect_page() as other:
        page.click("text=Sign in in another tab")
    door = other.value
    door.fill("#user", "anna")
    door.fill("#password", PASSWORD)
    door.click("button.primary")
    door.wait_for_url("**/newsdesk")
    door.close()
    page.evaluate("dispatchEvent(new Event('focus'))")
    expect(problem).to_be_hidden(timeout=9_000)
    assert desk.article(article_id).working.body.endswith("Not by us. Signed out.")


def test_a_button_that_is_pressed_while_an_autosave_is_under_way_is_no_conflict(desk, opened):  # noqa: F811
    page = opened(desk).new_page()
    article_id = desk.write(**STORY)
    held: list[object] = []

    def hold(route):
        if b"autosave" in (route.request.post_data_buffer or b"") and not held:
            held.append(route)
        else:
            route.continue_()

    page.route(f"**{path_of(article_id)}", hold)
    page.goto(path_of(article_id))
    type_on(page, " More.")
    page.clock.fast_forward(3_000)
    while not held:
        page.wait_for_timeout(20)
    type_on(page, " And more.")
    page.click("text=Save draft", no_wait_after=True)
    with page.expect_navigation(timeout=9_000):
        held[0].continue_()
    expect(page.get_by_text("Saved.", exact=True).first).to_be_visible()
    assert desk.article(article_id).working.body.endswith("More. And more.")
    assert page.locator(".copy").count() == 0
    # Nor is it waited for longer than somebody waits who pressed a button.
    held.clear()
    type_on(page, " Most.")
    page.clock.fast_forward(3_000)
    while not held:
        page.wait_for_timeout(20)
    page.click("text=Save draft", no_wait_after=True)
    with page.expect_navigation(timeout=9_000):
        page.clock.fast_forward(5_000)
    expect(page.get_by_text("Saved.", exact=True).first).to_be_visible()
    assert desk.article(article_id).working.body.endswith("And more. Most.")


def test_a_new_story_that_was_saved_as_it_was_typed_is_published_by_its_shortcut_only_as_it_stands(desk, opened):  # noqa: F811
    page = opened(desk).new_page()
    page.goto(NEW)
    page.locator("#headline").press_sequentially("Trams return")
    page.select_option("#section", "politics")
    saved(page)
    article_id = desk.newest().article_id
    desk.act(article_id, "save", headline="Trams return on Monday")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("heading", name="You saved this story in another window")).to_be_visible()
    assert page.url.endswith(f"{path_of(article_id)}?ask=1")
    assert desk.article(article_id).working.headline == "Trams return on Monday"


def test_a_copy_goes_only_when_what_a_button_sent_has_arrived(desk, opened):  # noqa: F811
    article_id = desk.write(**{**STORY, "body": "The city pays $1.5m for it."})
    at = (desk.database.clock() + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")
    desk.act(article_id, "schedule", publish_at=at)
    page = opened(desk).new_page()
    address = f"**{path_of(article_id)}"
    copy = page.get_by_text("that was not saved is in this browser")
    save = page.locator("button[value=save]")
    page.goto(path_of(article_id))
    page.fill("#body", "The city pays $15m for it.")
    page.route(address, lambda route: route.fulfill(status=502, body="The gateway is away."))
    save.click()
    expect(page.get_by_text("The gateway is away.")).to_be_visible()
    page.unroute(address)
    # An earlier save is what this page tells of, and that of another window made the story newer.
    desk.act(article_id, "save", rights="© The city")
    page.goto(f"{path_of(article_id)}?done=saved")
    expect(copy).to_be_visible()
    page.click("text=Take it")
    page.fill("#body", "The city pays $15m for it.\nIt says so.\n• It pays all.\n• It pays at once.")
    save.click()
    expect(page.get_by_role("heading", name="You saved this story in another window")).to_be_visible()
    page.click("text=Preview")
    page.wait_for_url("**/preview")
    page.goto(path_of(article_id))
    expect(page.locator("#body")).to_have_value(re.compile("all.\n- It"))
    assert "pays $15m for it.\n\nIt says so.\n\n- It pays all." in desk.article(article_id).working.body
    expect(copy).to_be_hidden()
    assert page.evaluate("Object.keys(localStorage).length") == 0


def test_after_a_save_that_was_stopped_what_is_typed_is_saved_again(desk, opened):  # noqa: F811
    article_id = desk.write(**STORY)
    page = opened(desk).new_page()
    page.goto(path_of(article_id))
    held: list[object] = []

    def hold(route):
        if route.request.is_navigation_request():
            held.append(route)
        else:
            route.continue_()

    page.route(f"**{path_of(article_id)}", hold)
    type_on(page, " One.")
    page.locator("button[value=save]").click(no_wait_after=True)
    while not held:
        page.wait_for_timeout(20)
    page.context.new_cdp_session(page).send("Page.stopLoading")
    # Pressed once more within the time in which that does nothing, it is not sent.
    page.locator("button[value=save]").click(no_wait_after=True)
    page.clock.fast_forward(3_000)
    type_on(page, " Two.")
    saved(page)
    assert desk.article(article_id).working.body.endswith(" One. Two.")
    assert len(held) == 1


def test_what_only_a_button_stores_is_not_called_saved_and_is_offered_again(desk, opened):  # noqa: F811
    article_id = desk.write(**STORY)
    page = opened(desk).new_page()
    posts: list[str] = []
    page.on("request", lambda sent: posts.append(sent.url) if sent.method == "POST" else None)
    page.goto(path_of(article_id))
    page.fill("#picture_alt", "A bus before the town hall at night")
    page.evaluate("document.getElementById('keep_as_typed').click()")
    with page.expect_response(f"**{path_of(article_id)}"):
        page.clock.fast_forward(3_000)
    page.wait_for_load_state("networkidle")
    expect(page.locator("#not-saved")).to_be_visible()
    expect(page.locator("#saved-ago")).not_to_contain_text("saved 1 second ago")
    expect(page.locator("#saving-said")).to_be_empty()
    # What was answered once is not sent again and again.
    page.clock.fast_forward(10_000)
    page.clock.fast_forward(10_000)
    assert len([url for url in posts if "presence" not in url]) == 1
    type_on(page, " More.")
    with page.expect_response(f"**{path_of(article_id)}"):
        page.clock.fast_forward(3_000)
    expect(page.locator("#saved-ago")).to_contain_text("saved")
    expect(page.locator("#not-saved")).to_be_visible()
    assert desk.article(article_id).working.body.endswith(" More.")
    page.reload()
    page.click("text=Take it")
    expect(page.locator("#picture_alt")).to_have_value("A bus before the town hall at night")
    assert page.locator("#keep_as_typed").is_checked()


def test_two_editors_of_one_story_hear_of_each_other_and_lose_nothing(desk, opened):  # noqa: F811
    article_id = desk.write(**{**STORY, "body": THREE})
    bea = desk.colleague("bea")
    anna_page = opened(desk).new_page()
    anna_page.goto(path_of(article_id))
    expect(anna_page.locator("#present")).to_be_hidden()
    page = opened(bea, viewport={"width": 375, "height": 800}).new_page()
    page.goto(path_of(article_id))
    expect(page.get_by_text("anna has this story open")).to_be_visible()
    page.fill("#body", THREE.replace("The first.", "Bea’s first."))
    anna_page.fill("#body", THREE.replace("The third.", "Anna’s third."))
    saved(page)
    anna_page.clock.fast_forward(10_000)
    told = anna_page.locator("#saved-elsewhere")
    expect(told).to_contain_text("bea saved this story just now. Yours is kept")
    look(anna_page)
    anna_page.get_by_role("button", name="Look at both").click()
    expect(anna_page.get_by_role("heading", name="Somebody else saved this story")).to_be_visible()
    for width, scheme in ((1280, "light"), (375, "dark")):
        anna_page.set_viewport_size({"width": width, "height": 900})
        anna_page.emulate_media(color_scheme=scheme)
        look(anna_page)
    first = anna_page.get_by_role("group", name="Difference 1 of 2")
    first.get_by_label("Take theirs").focus()
    anna_page.keyboard.press("Space")
    expect(anna_page.locator("#body")).to_have_value("Bea’s first.\n\nThe second.\n\nAnna’s third.")
    assert desk.article(article_id).saved_by == "bea"
    anna_page.click("text=Save draft")
    expect(anna_page.get_by_text("Saved.", exact=True).first).to_be_visible()
    assert desk.article(article_id).working.body == "Bea’s first.\n\nThe second.\n\nAnna’s third."
    page.clock.fast_forward(10_000)
    expect(page.locator("#saved-elsewhere")).to_contain_text("anna saved this story just now")
    bea.act(article_id, "publish")
    anna_page.clock.fast_forward(10_000)
    expect(told).to_contain_text("bea published this story in the meantime. What stands here is older.")
    type_on(anna_page, " More.")
    expect(told).to_contain_text("bea published this story in the meantime. Yours is kept; look at both")


def test_a_server_that_was_killed_gets_what_was_typed_meanwhile(browser, founded, tmp_path):
    service = Service(tmp_path / "instance")
    (service.instance / "media").mkdir(parents=True)
    shutil.copy(founded, service.instance / "feedsvc.sqlite")
    service.start()
    context = browser.new_context(base_url=service.url)
    page = context.new_page()
    page.goto(NEW)
    page.fill("#user", "admin")
    page.fill("#password", PASSWORD)
    page.click("button.primary")
    page.locator("#headline").press_sequentially("Trams return")
    expect(page.locator("#saved-ago")).to_contain_text("saved", timeout=15_000)
    type_on(page, "In mid-")
    service.kill()
    type_on(page, "sentence.")
    expect(page.locator("#saving-problem")).to_contain_text("the server cannot be reached", timeout=15_000)
    service.start()
    page.evaluate("dispatchEvent(new Event('focus'))")
    expect(page.locator("#saving-problem")).to_be_hidden(timeout=30_000)
    assert Script(service).sign_in().form(urlsplit(page.url).path)["body"].lstrip("\n") == "In mid-sentence."
    context.close()
    service.stop()
