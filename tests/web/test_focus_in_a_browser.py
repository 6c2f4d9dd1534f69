"""Nothing covers what has the focus (WCAG 2.4.11), at 400 % too: a window of 1280 by 1024 pixels shows 320 by 256 of a
page then, and nothing of it is to be found sideways (WCAG 1.4.10)."""

import pytest
from newsdesk_app import NEW, STORY, path_of
from playwright.sync_api import Page
from test_newsdesk_in_a_browser import LONG, address, desk, page, pytestmark  # noqa: F401

MOST_STOPS = 120

HIDDEN = """
async () => {
  const one = document.activeElement;
  if (one === document.body) return null;
  const outside = [document.body, document.documentElement, document.querySelector("main")];
  const isSeen = () => {
    const box = one.getBoundingClientRect();
    const left = Math.max(box.left, 0), right = Math.min(box.right, innerWidth);
    const top = Math.max(box.top, 0), bottom = Math.min(box.bottom, innerHeight);
    return right > left && bottom > top && [0.1, 0.5, 0.9].some((across) => [0.1, 0.5, 0.9].some((down) => {
      const found = document.elementFromPoint(left + (right - left) * across, top + (bottom - top) * down);
      return found && (one.contains(found) || (found.contains(one) && !outside.includes(found)));
    }));
  };
  // A page scrolls to what has the focus when it is drawn next.
  for (let frames = 0; frames < 20; frames += 1) {
    if (isSeen()) return "";
    await new Promise(requestAnimationFrame);
  }
  return one.outerHTML.slice(0, 200);
}
"""
"""What has the focus, where nothing of it can be seen; null where nothing has it."""


def walk(page: Page) -> None:  # noqa: F811
    """Press “Tab” through a page: what has the focus is seen, and nothing asks to scroll sideways."""
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, page.url
    page.evaluate("document.activeElement.blur()")
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        hidden = page.evaluate(HIDDEN)
        if hidden is None:
            return
        assert hidden == "", page.url
    raise AssertionError(f"no end of what can have the focus on {page.url}")


@pytest.mark.parametrize(("width", "height"), [(320, 256), (1280, 800)])
def test_every_field_and_button_is_seen_and_not_covered_when_it_has_the_focus(desk, page, width, height):  # noqa: F811
    page.set_viewport_size({"width": width, "height": height})
    article_id = desk.write("publish", **{**STORY, "headline": LONG, "topics": f"{LONG}, buses"})
    desk.act(article_id, "save", headline=f"New {LONG}")
    story = path_of(article_id)
    for path in (
        *("/", f"/articles/{article_id}/{LONG.lower()[:20]}", "/feeds", "/search?q=story"),
        *("/newsdesk", NEW, story, f"{story}/confirm/update", f"{story}/confirm/withdraw", f"{story}/revisions"),
        *(
            "/newsdesk/trending",
            "/newsdesk/sections",
            "/newsdesk/topics",
            "/newsdesk/accounts",
            "/newsdesk/account",
            "/newsdesk/import",
        ),
    ):
        page.goto(path)
        walk(page)
