"""From a writer's phone over review to publication: what docs/newsdesk.md tells is what happens, step by step.

`make pictures` walks the same way and keeps what the screen shows after each step.
"""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from newsdesk_app import Desk
from playwright.sync_api import Browser, Page, expect

from feedsvc.actions import sample
from feedsvc.domain.roles import Role

MOST_STEPS = 10

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "newsdesk.md"

HEADLINE = "Night buses return to the harbour line"
TEXT = """The last bus from the harbour leaves at 2.40 again from Monday.

The council voted on Thursday to pay for four buses a night until the end of the year."""

# A browser that moves on drops answers half sent; the test server leaves their files to the collector.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


class Walk:
    """What somebody does on a page, step by step: `steps` says it in words, and a picture is kept of each if asked."""

    def __init__(self, folder: Path | None) -> None:
        self.steps: list[str] = []
        self._folder = folder

    def step(self, words: str, page: Page, act: Callable[[], None]) -> None:
        act()
        self.steps.append(words)
        if self._folder:
            # A phone settles its size after a new page came.
            page.wait_for_timeout(500)
            page.screenshot(path=self._folder / f"step-{len(self.steps)}.png", animations="disabled")


@pytest.fixture
def desk(settings, database) -> Desk:
    sample.bring(database, settings.media)
    return Desk(settings, database, "Eva")


def screen(browser: Browser, address: str, desk: Desk, **options: object) -> Page:
    context = browser.new_context(base_url=address, **options)
    context.add_cookies([{"name": "feedsvc_session", "value": desk.token, "url": address}])
    return context.new_page()


def choose(page: Page, field: str) -> None:
    page.locator(field).focus()
    page.locator(field).select_option(index=1)


def told() -> list[str]:
    """The numbered steps of the guide."""
    return re.findall(r"^\d+\. (.+?)(?:  )?$", GUIDE.read_text(), re.MULTILINE)


@pytest.mark.parametrize("has_scripts", [True, False], ids=["with scripts", "without"])
def test_from_a_phone_over_review_to_publication_in_ten_steps(browser, desk, serve, pytestconfig, has_scripts):
    address = serve(desk.app)
    folder = pytestconfig.getoption("--pictures") if has_scripts else None
    walk = Walk(folder and Path(folder))
    phone = screen(
        browser,
        address,
        desk.colleague("Ada", Role.WRITER),
        viewport={"width": 375, "height": 667},
        has_touch=True,
        is_mobile=True,
        java_script_enabled=has_scripts,
    )
    phone.goto("/newsdesk")
    walk.step("Ada taps “New story”.", phone, lambda: phone.get_by_role("link", name="New story").tap())
    walk.step("She types the headline.", phone, lambda: phone.locator("#headline").fill(HEADLINE))
    walk.step("She pastes the story.", phone, lambda: phone.locator("#body").fill(TEXT))
    walk.step("She chooses the section.", phone, lambda: choose(phone, "#section"))
    walk.step("She taps “Submit…”.", phone, lambda: phone.locator("summary", has_text="Submit…").tap())
    walk.step("She taps “Submit the story”.", phone, lambda: phone.get_by_role("button", name="Submit the story").tap())
    expect(phone.locator(".done")).to_contain_text("Submitted.")

    desktop = screen(browser, address, desk, viewport={"width": 1280, "height": 800}, java_script_enabled=has_scripts)
    desktop.goto("/newsdesk")
    walk.step("Eva clicks “To review”.", desktop, lambda: desktop.get_by_role("link", name="To review").click())
    walk.step("She clicks the story and reads it.", desktop, lambda: desktop.get_by_role("link", name=HEADLINE).click())
    walk.step(
        "She clicks “Publish”.", desktop, lambda: desktop.get_by_role("button", name="Publish", exact=True).click()
    )
    expect(desktop.locator(".done")).to_contain_text("Published.")

    article = desk.newest()
    assert article.live is not None
    assert (article.live.headline, article.live.body) == (HEADLINE, TEXT)
    assert HEADLINE in desk.app.test_client().get("/").get_data(as_text=True)
    assert len(walk.steps) <= MOST_STEPS
    assert walk.steps == told()
    for page in (phone, desktop):
        page.context.close()


def test_the_guide_has_a_picture_of_each_step():
    shown = re.findall(r"\]\((pictures/step-\d+\.png)\)", GUIDE.read_text())
    assert shown == [f"pictures/step-{number}.png" for number in range(1, len(told()) + 1)]
    assert all((GUIDE.parent / path).is_file() for path in shown)
