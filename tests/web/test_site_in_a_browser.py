"""The site as people meet it: small and large, light and dark, by keyboard, with and without scripts."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from accessibility import faults, faults_of_colours
from flask import Flask
from playwright.sync_api import Browser, Page, expect

if TYPE_CHECKING:
    from tests.web.site_app import Desk

pytest_plugins = ["tests.web.site_app"]

LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
EVERYTHING = f"""A [link](/tech) and `{LONG}`.

## Sub-heading {LONG}

> Quotation

- one

1. first

| a | b | c |
|---|---|---|
| {LONG} | {LONG} | {LONG} |

```
{LONG} {LONG}
```

---

"""

# A browser that moves on drops answers half sent; the test server leaves their files to the collector.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

WIDTHS = (320, 375, 768, 1280, 1600)

SMALL_TARGETS = """
() => [...document.querySelectorAll("a, button, input")]
  .filter(one => !one.closest(".text") && !one.matches(".skip") && one.getClientRects().length)
  .filter(one => getComputedStyle(one, "::after").position !== "absolute")
  .map(one => one.closest("label") ?? one)
  .filter(one => { const box = one.getBoundingClientRect(); return box.width < 43.9 || box.height < 43.9; })
  .map(one => one.outerHTML)
"""


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    yield context.new_page()
    context.close()


@pytest.fixture
def address(site: Flask, serve: Callable[[Flask], str]) -> str:
    return serve(site)


@pytest.fixture
def paths(desk: "Desk") -> list[str]:
    """Every kind of page, full and empty, with what is hard to show."""
    picture = desk.picture()
    body = f"{EVERYTHING}![{LONG}](/media/{picture.key}.jpg)"
    desk.publish(LONG * 3, slug="long", standfirst=LONG, body=body, authors=(LONG,), topics=(LONG, "Buses"))
    desk.publish("مجلس المدينة يصوت", slug="rtl", standfirst="غيّر أحد عشر عضوا رأيهم", body="غيّر\n\n- واحد\n\n> اثنان")
    desk.publish("🏳️‍🌈 With a picture", slug="pictured", picture=desk.picture(900, 1600), authors=("Desk",))
    desk.withdraw(desk.publish("Gone"), "Wrong.")
    stories = ["/articles/1/long", "/articles/2/rtl", "/articles/3/pictured", "/articles/4/gone"]
    subjects = ["/topics/buses", "/authors/desk", "/feeds/politics+topics/buses"]
    own = ["/search/feed?without=buses"]
    lists = ["/", "/politics", "/tech", "/politics?before=0.1", "/?before=x", "/nowhere"]
    return [
        *stories,
        *lists,
        "/feeds",
        "/feeds?q=bus",
        "/feeds?q=none",
        "/feeds/all",
        "/feeds/politics",
        *subjects,
        *own,
    ]


def test_axe_finds_nothing_on_any_page(browser: Browser, address: str, paths: list[str]) -> None:
    page = browser.new_page(color_scheme="light")
    for path in paths:
        page.goto(address + path)
        assert faults(page) == [], path
        page.emulate_media(color_scheme="dark")
        assert faults_of_colours(page) == [], path
        page.emulate_media(color_scheme="light")
    page.close()


def test_axe_finds_nothing_in_an_empty_newsroom(browser: Browser, address: str, database: object) -> None:
    page = browser.new_page()
    page.goto(address)
    assert faults(page) == []
    page.close()


def test_no_page_scrolls_sideways_and_every_target_is_44_pixels_high_and_wide(
    browser: Browser, address: str, paths: list[str]
) -> None:
    page = browser.new_page()
    for path in paths:
        page.goto(address + path)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
            assert page.evaluate(SMALL_TARGETS) == [], (path, width)
    page.close()


def test_pages_break_no_rule_of_their_own_security_policy(browser: Browser, address: str, paths: list[str]) -> None:
    page = browser.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for path in paths:
        page.goto(address + path)
    assert [line for line in said if "server responded with a status of 4" not in line] == []
    assert all(url.startswith(address) for url in asked)
    page.close()


def test_the_keyboard_reaches_the_content_first(page: Page, address: str, paths: list[str]) -> None:
    page.goto(f"{address}/politics")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_a_button_copies_the_address_of_a_feed_and_says_so(page: Page, address: str, paths: list[str]) -> None:
    page.goto(f"{address}/feeds/politics")
    page.get_by_role("button", name="Copy the Atom address of Politics").click()
    said = "http://127.0.0.1:8000/feeds/politics.atom"
    expect(page.get_by_role("status")).to_have_text(f"Copied: {said}")
    assert page.evaluate("navigator.clipboard.readText()") == said


def test_a_refused_clipboard_leaves_the_address_selected(browser: Browser, address: str, paths: list[str]) -> None:
    page = browser.new_page()
    page.add_init_script("navigator.clipboard.writeText = () => Promise.reject(new Error('no'))")
    page.goto(f"{address}/feeds/politics")
    page.get_by_role("button", name="Copy the RSS address of Politics").click()
    expect(page.get_by_role("status")).to_contain_text("The address is selected")
    assert page.evaluate("getSelection().toString()") == "http://127.0.0.1:8000/feeds/politics.rss"
    page.close()


def test_without_scripts_a_click_selects_the_address_of_a_feed(
    browser: Browser, address: str, paths: list[str]
) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 375, "height": 800})
    page = context.new_page()
    page.goto(f"{address}/feeds/politics")
    expect(page.get_by_role("button")).to_have_count(0)
    page.get_by_text("http://127.0.0.1:8000/feeds/politics.rss").click()
    assert page.evaluate("getSelection().toString()") == "http://127.0.0.1:8000/feeds/politics.rss"
    context.close()


def test_the_line_under_a_section_is_as_long_as_its_name(page: Page, address: str, paths: list[str]) -> None:
    page.goto(f"{address}/tech")
    link = page.locator(".sections a", has_text="Tech")
    line = link.evaluate("link => parseFloat(getComputedStyle(link, '::after').width)")
    word = link.evaluate(
        "link => { const range = document.createRange(); range.selectNodeContents(link);"
        " return range.getBoundingClientRect().width; }"
    )
    assert abs(line - word) < 1


@pytest.mark.parametrize("format", ["rss", "atom"])
def test_a_feed_in_a_browser_shows_no_escapes_and_names_its_page(
    page: Page, site: Flask, desk: "Desk", address: str, format: str
) -> None:
    site.extensions["feedsvc"].settings.base_url = address
    desk.publish("Salt & pepper", standfirst="Fish & chips <b>")
    page.goto(f"{address}/feeds/politics.{format}")
    expect(page.get_by_text("Salt & pepper")).to_be_visible()
    assert "&amp;" not in page.locator(":root").evaluate("root => root.innerText ?? ''")
    summary = page.locator("item > description" if format == "rss" else "entry > summary")
    expect(summary).to_be_visible(visible=format == "atom")
    banner = page.evaluate("getComputedStyle(document.documentElement, '::before').content")
    assert "Without the ending" in banner


def test_a_whole_card_leads_to_its_story(page: Page, address: str, paths: list[str]) -> None:
    page.goto(f"{address}/politics")
    page.locator(".card", has_text="With a picture").click(position={"x": 250, "y": 70})
    expect(page).to_have_url(f"{address}/articles/3/pictured")


def test_a_story_is_printed_without_what_only_a_screen_needs(page: Page, address: str, paths: list[str]) -> None:
    page.goto(f"{address}/articles/1/long")
    page.emulate_media(media="print")
    for part in (".sections", ".masthead .pill", ".box", ".foot", ".skip"):
        expect(page.locator(part)).to_be_hidden()
    expect(page.locator(".text")).to_be_visible()
