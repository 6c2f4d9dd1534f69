"""Every path through the newsdesk with clicks and keys: on a desk, on a phone, and without scripts."""

from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urljoin, urlsplit

import pytest
from newsdesk_app import STORY, path_of
from playwright.sync_api import Page, expect
from test_newsdesk_in_a_browser import PASSWORD, address, desk, pytestmark, signed_in  # noqa: F401

from feedsvc.domain.roles import Role

WAYS = {
    "desk": {"viewport": {"width": 1280, "height": 900}},
    "phone": {"viewport": {"width": 375, "height": 700}},
    "without scripts": {"viewport": {"width": 375, "height": 700}, "java_script_enabled": False},
}


@pytest.fixture(params=WAYS)
def page(request, browser, desk, address) -> Iterator[Page]:  # noqa: F811
    context = signed_in(browser, desk, address, **WAYS[request.param])
    errors: list[str] = []
    context.on("weberror", lambda error: errors.append(str(error.error)))
    context.set_default_timeout(9_000)
    yield context.new_page()
    context.close()
    assert errors == []


def done(page: Page, words: str) -> None:
    expect(page.get_by_role("status").filter(has_text=words).first).to_be_visible()


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def test_a_story_is_written_corrected_withdrawn_and_published_again(desk, page, request):  # noqa: F811
    has_scripts = "without" not in request.node.callspec.params["page"]
    page.goto("/newsdesk")
    page.click("text=New story")
    expect(page.get_by_role("group", name="Formats")).to_be_visible(visible=has_scripts)
    page.fill("#headline", STORY["headline"])
    page.fill("#body", STORY["body"])
    page.press("#topics", "Enter")
    done(page, "Saved.")
    press(page, "Publish")
    expect(page.get_by_role("alert")).to_contain_text("Section")
    page.select_option("#section", "politics")
    press(page, "Publish")
    done(page, "It stands in politics and all.")
    press(page, "Withdraw…")
    page.fill("#notice", "It was wrong.")
    page.fill("#reason", "A source took it back.")
    press(page, "Show it with this")
    expect(page.locator(".pane").first).to_contain_text("It was wrong.")
    press(page, "Withdraw the story")
    done(page, "It was wrong.")
    press(page, "Undo: publish it again")
    done(page, "Published again.")
    page.fill("#headline", "The night bus does stay")
    press(page, "Update…")
    expect(page.locator("ins").first).to_contain_text("does stay")
    page.check("[value=correction]")
    page.click("button[value=update]")
    expect(page.get_by_role("alert")).to_contain_text("Say what was wrong")
    page.fill("#correction", "It stays after all.")
    page.click("button[value=update]")
    done(page, "Corrected.")
    page.click("text=See its page")
    expect(page.locator("#correction-1")).to_contain_text("It stays after all.")
    page.goto(path_of(1))
    press(page, "Preview")
    page.click("text=Back to editing")
    page.click("a:has-text('versions')")
    page.locator("[name=from]").last.check()
    page.locator("[name=to]").first.check()
    press(page, "Compare the two")
    expect(page.locator(".differences ins").first).to_contain_text("does stay")
    page.go_back()
    page.locator(".versions h2 a").last.click()
    press(page, "Make it the working copy")
    done(page, "Gone back.")
    page.get_by_role("button", name="Undo: take the version").click()
    done(page, "Gone back.")
    assert desk.article(1).working.headline == "The night bus does stay"


def test_a_story_is_handed_over_sent_back_scheduled_and_found(desk, page):  # noqa: F811
    article_id = desk.colleague("wim", Role.WRITER).write("submit", **STORY)
    page.goto("/newsdesk")
    page.get_by_role("link", name="To review").click()
    page.click(f"text={STORY['headline']}")
    page.click("text=Send back…")
    page.fill("#note", "Who says so?")
    press(page, "Send it back")
    done(page, "Sent back.")
    expect(page.locator("main")).to_contain_text("Who says so?")
    page.click("summary:has-text('Schedule…')")
    page.fill("#publish_at", f"{desk.database.clock() + timedelta(days=1):%Y-%m-%dT%H:%M}")
    press(page, "Schedule the story")
    done(page, "Scheduled")
    page.click("summary:has-text('Change time…')")
    press(page, "Cancel: make it a draft")
    done(page, "Not scheduled any more.")
    page.goto("/newsdesk")
    page.fill("#q", "night")
    page.press("#q", "Enter")
    page.click("summary:has-text('Status, section')")
    page.select_option("#status", "draft")
    press(page, "Search")
    page.click(f"main >> text={STORY['headline']}")
    page.fill("#body", "Mine.\n\nThe end.")
    desk.colleague("bea").act(article_id, "save", body="Hers.\n\nThe end.")
    page.click("button[value=save]")
    expect(page.get_by_role("alert")).to_contain_text("both texts are kept")
    page.check("[name=take_body_1][value=both]")
    if page.get_by_role("button", name="Put what I chose into the form").is_visible():
        press(page, "Put what I chose into the form")
    expect(page.locator("#body")).to_have_value("Mine.\n\nHers.\n\nThe end.")
    page.click("button[value=save]")
    done(page, "Saved.")
    assert desk.article(article_id).working.body == "Mine.\n\nHers.\n\nThe end."


def test_people_are_invited_come_in_and_are_let_go(desk, page):  # noqa: F811
    page.goto("/newsdesk/accounts")
    page.select_option("#role", "writer")
    press(page, "Make a link")
    link = urljoin(page.url, urlsplit(page.locator("#link").inner_text()).path)
    guest = page.context.browser.new_context(java_script_enabled=False).new_page()
    guest.goto(link)
    guest.fill("#user", "wim")
    guest.fill("#password", "a bus that stays")
    guest.fill("#again", "a bus that stays")
    guest.click("text=Make the account and sign in")
    expect(guest.get_by_role("link", name="My drafts")).to_be_visible()
    guest.goto(link)
    expect(guest.get_by_role("alert")).to_be_visible()
    page.goto("/newsdesk/accounts")
    page.click("summary:has-text('Change wim')")
    press(page, "End all sessions")
    expect(page.get_by_role("status").first).to_be_visible()
    guest.goto(urljoin(link, "/newsdesk"))
    expect(guest.get_by_role("heading", name="Sign in")).to_be_visible()
    page.click("summary:has-text('Change wim')")
    press(page, "Remove wim")
    expect(page.locator("main")).not_to_contain_text("Change wim")
    guest.context.close()
    page.goto("/newsdesk/account")
    page.fill("[autocomplete=current-password]", PASSWORD)
    for field in page.locator("[autocomplete=new-password]").all():
        field.fill("another good password")
    press(page, "Change password")
    expect(page.get_by_role("status").first).to_be_visible()
    press(page, "Sign out")
    expect(page.get_by_role("heading", name="Sign in to the newsdesk")).to_be_visible()
