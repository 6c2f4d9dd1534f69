"""The newsdesk as editors meet it: on a desk and on a phone, light and dark, with and without scripts."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
from accessibility import faults
from flask import Flask
from newsdesk_app import NEW, STORY, Desk, jpeg, path_of
from playwright.sync_api import Browser, BrowserContext, Page, expect

from feedsvc.actions import pictures, staff, trend
from feedsvc.storage import installation
from feedsvc.storage import staff as stored_staff

# A browser that moves on drops answers half sent; the test server leaves their files to the collector.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
PASSWORD = "correct horse battery"

SMALL_TARGETS = """
() => [...document.querySelectorAll("button, .button, .choice, .side a, .stories h2 a, input, select, textarea")]
  .filter(one => one.getClientRects().length && !one.matches("[type=checkbox], [type=radio]"))
  .filter(one => { const box = one.getBoundingClientRect(); return box.width < 43.9 || box.height < 43.9; })
  .map(one => one.outerHTML)
"""


@pytest.fixture
def desk(settings, database) -> Desk:
    desk = Desk(settings, database)
    with database.write() as connection:
        account = stored_staff.account(connection, "anna")
        stored_staff.set_password(connection, account.account_id, staff.hasher.hash(PASSWORD))
    return desk


@pytest.fixture
def address(desk, serve: Callable[[Flask], str]) -> str:
    return serve(desk.app)


def signed_in(browser: Browser, desk: Desk, address: str, **options: object) -> BrowserContext:
    context = browser.new_context(base_url=address, **options)
    context.add_cookies([{"name": "feedsvc_session", "value": desk.token, "url": address}])
    return context


@pytest.fixture
def page(browser, desk, address) -> Iterator[Page]:
    """A page of somebody who is signed in. An error in a script fails the test."""
    context = signed_in(browser, desk, address)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert errors == []


def look(page: Page) -> None:
    """Nothing is hard to read, to reach or to press, and nothing sticks out, in any size and light."""
    for width, scheme in ((1280, "light"), (1280, "dark"), (375, "dark"), (320, "light")):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        # What it looks at depends on the light, and on whether the page is a wide or a narrow one.
        if (width, scheme) in ((1280, "light"), (375, "dark")):
            assert faults(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(SMALL_TARGETS) == []
    page.set_viewport_size({"width": 1280, "height": 900})


def test_axe_finds_nothing_at_the_door(browser, desk, address):
    context = browser.new_context(base_url=address)
    page = context.new_page()
    page.goto("/newsdesk")
    look(page)
    page.fill("#user", "anna")
    page.fill("#password", "wrong")
    page.click("button")
    expect(page.get_by_role("alert")).to_be_focused()
    look(page)
    context.close()


def test_axe_finds_nothing_in_the_list(desk, page):
    page.goto("/newsdesk")
    look(page)
    page.goto("/newsdesk/sections")
    page.fill("#title", "Search")
    page.click("text=Add the section")
    expect(page.get_by_role("alert")).to_be_focused()
    look(page)
    page.fill("#slug", "looking")
    page.click("text=Add the section")
    look(page)
    with desk.database.write() as connection:
        installation.note_sample(connection, is_there=True)
    published = desk.write("publish", **{**STORY, "headline": LONG})
    desk.act(published, "save", headline=f"{LONG} {LONG}")
    desk.write(headline="مجلس المدينة يصوت")
    desk.act(desk.write("publish", **STORY), "withdraw")
    page.goto("/newsdesk")
    look(page)
    page.goto("/newsdesk/sample")
    look(page)


def test_axe_finds_nothing_in_the_trending_order(desk, page, settings):
    page.goto("/newsdesk/trending")
    look(page)
    number = desk.write("publish", **{**STORY, "headline": LONG})
    counter = trend.Readings(desk.database.clock)
    counter.count(number, "192.0.2.1", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
    trend.flush(desk.database, settings, counter)
    trend.refresh(desk.database, settings)
    page.goto("/newsdesk/trending")
    expect(page.get_by_role("img")).to_be_visible()
    look(page)


def test_axe_finds_nothing_in_the_form_in_any_state(desk, page, settings):
    page.goto(NEW)
    look(page)
    page.click("button[value=publish]")
    expect(page.get_by_role("alert")).to_be_focused()
    look(page)
    article_id = desk.write("publish", **{**STORY, "headline": LONG, "topics": f"{LONG}, {LONG[1:]}"})
    page.goto(f"{path_of(article_id)}?done=published")
    look(page)
    page.click("text=Withdraw…")
    look(page)
    page.goto(path_of(article_id))
    page.fill("#headline", "Anna’s headline")
    page.click("text=Update…")
    page.check("[value=correction]")
    look(page)
    page.click("text=Back to the story")
    page.fill("#headline", "Anna’s other headline")
    desk.colleague("bea").act(article_id, "save", headline=f"Bea’s {LONG}", body=f"{LONG}\n\nAnother end.")
    page.click("button[value=save]")
    expect(page.get_by_role("alert")).to_be_focused()
    look(page)
    with closing(sqlite3.connect(desk.database.path)) as connection:
        connection.execute("ALTER TABLE sections RENAME TO lost")
        page.click("button[value=update]")
        expect(page.get_by_role("alert")).to_be_focused()
        look(page)
        connection.execute("ALTER TABLE lost RENAME TO sections")
    desk.act(article_id, "withdraw", notice=LONG)
    page.goto(f"{path_of(article_id)}?done=withdrawn")
    look(page)
    page.goto(f"{path_of(article_id)}/preview")
    look(page)


def test_axe_finds_nothing_while_an_expired_sign_in_is_renewed(desk, page):
    article_id = desk.write(**STORY)
    page.goto(path_of(article_id))
    page.fill("#headline", "Typed before the sign-in ran out")
    with desk.database.write() as connection:
        account = stored_staff.account(connection, "anna")
        stored_staff.revoke_all(connection, account.account_id, desk.database.clock())
    page.click("text=Save draft")
    expect(page.get_by_role("heading", name="Your sign-in has ended")).to_be_visible()
    look(page)
    page.fill("#user", "anna")
    page.fill("#password", PASSWORD)
    page.click("text=Sign in >> nth=-1")
    expect(page.locator("#headline")).to_have_value("Typed before the sign-in ran out")
    look(page)
    page.click("text=Save draft")
    expect(page.get_by_role("status").first).to_contain_text("Saved.")
    assert desk.article(article_id).working.headline == "Typed before the sign-in ran out"


def test_a_double_click_does_not_publish_twice(desk, page):
    page.goto(NEW)
    page.fill("#headline", STORY["headline"])
    page.fill("#body", STORY["body"])
    page.select_option("#section", "politics")
    page.dblclick("button[value=publish]")
    expect(page.get_by_role("status").first).to_contain_text("Published.")
    assert desk.count() == 1


def test_after_stop_the_button_works_again_and_leaving_asks(desk, page):
    asked: list[str] = []

    def leave(dialog):
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", leave)
    page.clock.install()
    page.goto(NEW)
    page.fill("#headline", STORY["headline"])
    # A picture that was chosen cannot be kept in the browser, as text is.
    page.set_input_files("#picture", {"name": "bus.jpg", "mimeType": "image/jpeg", "buffer": jpeg()[0].getvalue()})
    sent: list[str] = []
    page.route(f"**{NEW}", lambda route: sent.append(route.request.method))
    with page.expect_request(f"**{NEW}"):
        page.click("text=Save draft", no_wait_after=True)
    page.context.new_cdp_session(page).send("Page.stopLoading")
    page.click("text=Save draft", no_wait_after=True)
    page.evaluate("document.querySelector('.side .new').click()")
    assert (sent, asked) == (["POST"], ["beforeunload"])
    page.unroute(f"**{NEW}")
    page.clock.fast_forward(3_000)
    page.click("text=Save draft")
    expect(page.get_by_role("status").first).to_contain_text("Saved.")
    assert desk.count() == 1


def test_leaving_asks_first_only_where_something_is_neither_saved_nor_kept(desk, page):
    asked: list[str] = []

    def stay(dialog):
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", stay)
    page.goto(path_of(desk.write(**STORY)))
    page.get_by_role("link", name="Drafts", exact=False).nth(1).click()
    assert asked == []
    page.goto(NEW)
    page.locator("#headline").press_sequentially("x")
    expect(page.get_by_text("not saved yet")).to_be_visible()
    page.press("#headline", "Backspace")
    page.get_by_role("link", name="Drafts", exact=False).nth(1).click()
    assert asked == []
    page.go_back()
    page.locator("#headline").press_sequentially("x")
    page.get_by_role("link", name="Drafts", exact=False).nth(1).click()
    assert asked == []
    page.goto(NEW)
    page.set_input_files("#picture", {"name": "bus.jpg", "mimeType": "image/jpeg", "buffer": jpeg()[0].getvalue()})
    expect(page.get_by_text("The picture is stored when you press")).to_be_visible()
    page.get_by_role("link", name="Drafts", exact=False).nth(1).click()
    page.wait_for_url("**/newsdesk?status=draft")
    assert asked == ["beforeunload"]


def test_back_from_the_preview_and_publish_makes_one_story(desk, page):
    page.goto(NEW)
    page.fill("#headline", STORY["headline"])
    page.fill("#body", STORY["body"])
    page.select_option("#section", "politics")
    page.click("text=Preview")
    expect(page.get_by_text("Saved as a draft")).to_be_visible()
    page.go_back()
    expect(page.locator("#headline")).to_have_value(STORY["headline"])
    page.click("button[value=publish]")
    expect(page.get_by_role("status").first).to_contain_text("Published.")
    assert desk.count() == 1


def test_enter_in_the_headline_saves_one_line(desk, page):
    page.goto(NEW)
    page.locator("#headline").press_sequentially("The night bus")
    page.press("#headline", "Enter")
    expect(page.get_by_role("status").first).to_contain_text("Saved.")
    assert desk.newest().working.headline == "The night bus"


def test_the_state_says_what_is_not_saved_yet(desk, page):
    page.goto(path_of(desk.write(**STORY)))
    state = page.locator(".bar .state")
    expect(state).not_to_contain_text("not saved yet", use_inner_text=True)
    page.fill("#standfirst", "Another")
    expect(state).to_contain_text("not saved yet", use_inner_text=True)
    page.fill("#standfirst", STORY["standfirst"])
    expect(state).not_to_contain_text("not saved yet", use_inner_text=True)


def test_the_checks_follow_what_is_typed(desk, page):
    page.goto(path_of(desk.write(picture=jpeg())))
    checks = page.locator(".checks")

    def said() -> str:
        return checks.inner_text()

    for words in ("No headline yet", "No section", "No standfirst", "no alt text", "no credit"):
        assert words in said()
    for name in ("headline", "standfirst", "picture_alt", "picture_credit"):
        page.fill(f"#{name}", "Eleven 🚌")
    page.select_option("#section", "tech")
    for words in ("Headline of 8 characters", "There is a standfirst", "has alt text", "has a credit"):
        assert words in said()
    assert "No section" not in said()
    page.fill("#headline", "x" * 111)
    assert "Headline of 111 characters (many readers show no more than 110)" in said()
    page.check("text=Decorative")
    assert "The picture is decorative" in said()


def test_pasted_lines_become_paragraphs_at_once_and_stay_lines_once_put_back(desk, page):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(NEW)
    page.evaluate("text => navigator.clipboard.writeText(text)", "One line.\nAnother line.")
    page.press("#body", "Control+v")
    expect(page.locator("#body")).to_have_value("One line.\n\nAnother line.")
    page.click("text=Put back what I pasted")
    expect(page.locator("#body")).to_have_value("One line.\nAnother line.")
    page.click("text=Save draft")
    expect(page.get_by_role("status").first).to_contain_text("Saved.")
    assert desk.newest().working.body == "One line.\nAnother line."


@pytest.mark.parametrize(
    ("button", "text"),
    [
        ("Bold", "One **two** three"),
        ("Italic", "One *two* three"),
        ("Sub-heading", "## One two three"),
        ("Quote", "> One two three"),
        ("Link", "One [two](https://) three"),
    ],
)
def test_the_formats_are_written_as_markdown_and_undone_by_the_browser(desk, page, button, text):
    page.goto(path_of(desk.write(**{**STORY, "body": "One two three"})))
    page.evaluate("body.focus(); body.setSelectionRange(4, 7)")
    page.get_by_role("button", name=button, exact=True).click()
    expect(page.locator("#body")).to_have_value(text)
    page.press("#body", "Control+z")
    expect(page.locator("#body")).to_have_value("One two three")


def test_the_page_counts_words_and_names_the_feed_while_one_writes(desk, page):
    page.goto(NEW)
    page.fill("#body", "One two\n\nthree")
    expect(page.get_by_text("3 words")).to_be_visible()
    page.select_option("#section", "tech")
    expect(page.get_by_role("list", name="Feeds")).to_contain_text("tech")


def test_a_story_that_changes_its_section_shows_the_feed_that_it_leaves(desk, page):
    page.goto(path_of(desk.write("publish", **STORY)))
    feeds = page.get_by_role("list", name="Feeds").get_by_role("listitem")
    before = feeds.all_inner_texts()
    assert "politics" in before
    page.select_option("#section", "tech")
    assert feeds.all_inner_texts() == [*before, "tech"]
    for section in ("", "politics"):
        page.select_option("#section", section)
        assert feeds.all_inner_texts() == before


def test_the_message_of_what_was_done_has_the_focus(desk, page):
    page.goto(path_of(desk.write(**STORY)))
    page.click("button[value=publish]")
    expect(page.get_by_role("status").first).to_be_focused()
    assert page.title().startswith(f"Published: {STORY['headline']} – Newsdesk")


def test_a_picture_that_is_too_large_is_told_before_it_is_sent(desk, page, tmp_path):
    page.goto(NEW)
    large = tmp_path / "large.jpg"
    with large.open("wb") as file:
        file.truncate(pictures.UPLOAD_LIMIT_BYTES + 1)
    page.set_input_files("#picture", large)
    expect(page.get_by_text("larger than 20 MB")).to_be_visible()
