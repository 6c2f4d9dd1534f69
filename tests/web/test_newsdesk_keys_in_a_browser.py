"""The keyboard does what buttons and links do, says which keys, and leaves alone who does not want them."""

from newsdesk_app import NEW, STORY, path_of
from playwright.sync_api import expect
from test_newsdesk_in_a_browser import address, desk, look, page, pytestmark, signed_in  # noqa: F401

from feedsvc.domain.roles import Role


def test_a_sheet_lists_the_keys_and_gives_the_focus_back(desk, page):  # noqa: F811
    page.goto("/newsdesk")
    sheet = page.get_by_role("dialog", name="Keyboard shortcuts")
    page.keyboard.press("?")
    expect(sheet).to_be_visible()
    expect(sheet.get_by_role("button", name="Close")).to_be_focused()
    look(page)
    page.keyboard.press("n")
    page.keyboard.press("Escape")
    expect(sheet).not_to_be_visible()
    opener = page.get_by_role("button", name="Keyboard shortcuts")
    opener.focus()
    page.keyboard.press("Enter")
    expect(sheet).to_be_visible()
    page.keyboard.press("Enter")
    expect(opener).to_be_focused()
    page.keyboard.press("?")
    page.get_by_label("Single keys act").uncheck()
    page.keyboard.press("Escape")
    page.reload()
    page.keyboard.press("n")
    page.keyboard.press("?")
    expect(sheet).not_to_be_visible()
    assert page.url.endswith("/newsdesk")
    opener.click()
    page.get_by_label("Single keys act").check()
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    page.wait_for_url(f"**{NEW}*")


def test_a_list_is_walked_with_keys_and_a_field_takes_letters_as_text(desk, page):  # noqa: F811
    older, newer = desk.write(headline="Older"), desk.write(headline="Newer")
    page.goto("/newsdesk")
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="Newer")).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="Older")).to_be_focused()
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{path_of(newer)}")
    page.keyboard.press("l")
    page.wait_for_url("**/newsdesk")
    page.keyboard.press("/")
    page.keyboard.type("older?")
    expect(page.get_by_role("searchbox")).to_have_value("older?")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=older*")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{path_of(older)}")


def test_a_story_is_written_saved_and_published_without_a_mouse(desk, page):  # noqa: F811
    article_id = desk.write(**{**STORY, "headline": "Trams return"})
    page.goto(path_of(article_id))
    body = page.locator("#body")
    body.fill("One two three.\n\nLast.")
    body.evaluate("field => field.setSelectionRange(4, 7)")
    page.keyboard.press("Control+b")
    expect(body).to_have_value("One **two** three.\n\nLast.")
    page.keyboard.press("Control+s")
    page.wait_for_url("**done=saved*")
    expect(body).to_be_focused()
    assert body.evaluate("field => [field.selectionStart, field.selectionEnd]") == [6, 9]
    expect(page.get_by_role("status").filter(has_text="Saved.").first).to_be_attached()
    page.reload()
    expect(body).not_to_be_focused()
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/confirm/publish")
    assert desk.article(article_id).status == "draft"
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**done=published*")
    assert desk.article(article_id).status == "published"
    page.locator("#headline").fill("Trams return today")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/confirm/update")


def test_a_key_that_is_held_down_does_not_answer_what_the_next_page_asks(desk, page):  # noqa: F811
    article_id = desk.write(**STORY)
    posted: list[str] = []
    page.on("request", lambda sent: posted.append(sent.url) if sent.method == "POST" else None)
    page.goto(path_of(article_id))
    page.keyboard.down("Control")
    page.keyboard.down("Enter")
    page.wait_for_url("**/confirm/publish")
    for _ in range(9):
        page.keyboard.down("Enter")
    page.keyboard.up("Enter")
    page.wait_for_timeout(100)
    assert desk.article(article_id).status == "draft"
    page.keyboard.press("Enter")
    page.keyboard.up("Control")
    page.wait_for_url("**done=published*")
    assert [url.rpartition("/")[2] for url in posted if "presence" not in url] == [f"{article_id}?ask=1", "publish"]


def test_enter_in_the_headline_saves_nothing_where_nothing_can_be_saved(desk, address, page):  # noqa: F811
    article_id = desk.write(**{**STORY, "topics": "save"})
    desk.act(article_id, "submit")
    writer = desk.colleague("will", Role.WRITER)
    page.context.add_cookies([{"name": "feedsvc_session", "value": writer.token, "url": address}])
    page.goto(path_of(article_id))
    expect(page.locator("button[value=save]")).to_have_count(0)
    page.locator("#headline").press("Enter")
    assert page.url.endswith(path_of(article_id))
    assert desk.article(article_id).status == "in review"


def test_a_writer_submits_with_the_same_key_twice(desk, browser, address):  # noqa: F811
    writer = desk.colleague("wim", Role.WRITER)
    article_id = writer.write(**STORY)
    context = signed_in(browser, writer, address)
    own = context.new_page()
    own.goto(path_of(article_id))
    own.keyboard.press("Control+Enter")
    expect(own.locator("#note")).to_be_focused()
    own.keyboard.type("Look at the figures.")
    own.keyboard.press("Control+Enter")
    own.wait_for_url("**done=submitted*")
    context.close()
    assert desk.article(article_id).status == "in review"
