"""The script of a page: a word after five visible seconds, and ages that stay right however long the page was kept."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

pytest_plugins = ["tests.web.site_app"]

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
HIDDEN = 'Object.defineProperty(document, "visibilityState", { get: () => window.isHidden ? "hidden" : "visible" });'


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    # A browser without a window says so, and is taken for the program that it is.
    context = browser.new_context(user_agent=FIREFOX)
    context.add_init_script(HIDDEN)
    yield context
    context.close()


@pytest.fixture
def opened(context: BrowserContext, desk, site, serve) -> Page:
    """The page of a story, on a clock that the test moves."""
    number = desk.publish()
    page = context.new_page()
    page.clock.install()
    page.goto(f"{serve(site)}/articles/{number}/a-bus-at-night")
    return page


def counted(site) -> int:
    return sum(site.extensions["feedsvc"].readings._counted.values())


def test_a_story_counts_after_five_seconds_on_the_screen(opened, site):
    opened.clock.run_for(4_000)
    opened.wait_for_timeout(200)
    assert counted(site) == 0
    with opened.expect_response("**/reading") as answered:
        opened.clock.run_for(2_000)
    assert answered.value.status == 204
    opened.clock.run_for(60_000)
    opened.wait_for_timeout(200)
    assert counted(site) == 1


def test_seconds_that_nobody_could_see_do_not_count(opened, site):
    opened.clock.run_for(3_000)
    opened.evaluate("window.isHidden = true")
    opened.clock.run_for(60_000)
    opened.wait_for_timeout(200)
    assert counted(site) == 0
    opened.evaluate("window.isHidden = false")
    with opened.expect_response("**/reading"):
        opened.clock.run_for(3_000)
    assert counted(site) == 1


@pytest.mark.parametrize(
    ("later", "said"),
    [
        (timedelta(hours=21, minutes=59), "21 hours ago"),
        (timedelta(hours=24), "1 day ago"),
        (timedelta(days=4, hours=23), "4 days ago"),
        (timedelta(seconds=-30), "1 second ago"),
    ],
)
def test_ages_on_a_page_that_was_kept_are_those_of_now(context, desk, site, serve, clock, later, said):
    desk.publish()
    page = context.new_page()
    page.clock.install(time=clock.now.replace(microsecond=0) + later)
    page.goto(serve(site))
    assert page.locator("time").first.inner_text() == said


def test_an_age_grows_while_the_page_is_open(context, desk, site, serve, clock):
    desk.publish()
    page = context.new_page()
    page.clock.install(time=clock.now.replace(microsecond=0) + timedelta(minutes=59))
    page.goto(serve(site))
    assert page.locator("time").first.inner_text() == "59 minutes ago"
    page.clock.run_for(120_000)
    assert page.locator("time").first.inner_text() == "1 hour ago"


def test_ages_are_in_the_language_of_the_stories(context, desk, site, serve, clock, settings):
    settings.site_language = "fr"
    desk.publish()
    page = context.new_page()
    page.clock.install(time=clock.now.replace(microsecond=0) + timedelta(hours=3))
    page.goto(serve(site))
    assert page.locator(".card time, .lead time").first.inner_text() == "il y a 3 heures"
