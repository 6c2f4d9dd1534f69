"""Axe, which looks for what keeps people from reading or using a page. It is loaded once into each page, and tells only
what is wrong: to tell what is right takes most of its time."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
OF_COLOURS = ["color-contrast", "link-in-text-block"]

RUN = """
only => axe.run(document, {runOnly: only, resultTypes: ["violations"]})
  .then(found => found.violations.map(one => [one.id, one.nodes.map(node => node.html)]))
"""


def faults(page: Page) -> list[list[object]]:
    """Every rule that the page breaks, with the elements that break it."""
    return _run(page, {"type": "tag", "values": LEVELS})


def faults_of_colours(page: Page) -> list[list[object]]:
    """The same of the rules that look at colours, which are all that another light can break."""
    return _run(page, {"type": "rule", "values": OF_COLOURS})


def _run(page: Page, only: dict[str, object]) -> list[list[object]]:
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(Axe().axe_script)
    return page.evaluate(RUN, only)
