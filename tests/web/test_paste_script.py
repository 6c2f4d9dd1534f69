"""What the script of the story form does when text is pasted, in a real browser."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Browser, Page, expect

import feedsvc.web
from feedsvc.feeds.paste import from_html, from_text
from feedsvc.web.safety import HEADERS

SCRIPT = Path(feedsvc.web.__file__).parent / "static" / "paste.js"
FORM = """<!doctype html><html lang="en"><title>Story</title>
<p id="paste-note" role="status" data-put-back="Put back what I pasted"
data-changed="The pasted text was changed since, and is left as it is."
data-is-back="Put back: the text stands as you pasted it."
data-no-formats="The formats of the pasted text could not be kept: it was pasted as plain text."
data-as-it-was="The pasted text stands as it was: saving makes paragraphs of its lines."></p>
<textarea data-paste="{address}" rows="20"></textarea>
<label hidden><input type="checkbox" name="keep_as_typed"> Keep</label><script src="/paste.js"></script>"""
RICH = "<h2>The bell</h2><p>It rings <b>twice</b>.</p>"
PLAIN = "The bell\n\nIt rings twice."
MARKDOWN = "## The bell\n\nIt rings **twice**."


class Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        is_script = self.path == "/paste.js"
        page = FORM.format(address="/nowhere" if self.path == "/broken" else "/paste").encode()
        self._send(SCRIPT.read_bytes() if is_script else page, "text/javascript" if is_script else "text/html")

    def do_POST(self) -> None:
        fields = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        if self.path != "/paste":
            self.send_error(500)
            return
        pasted = from_html(fields["html"][0]) if "html" in fields else from_text(fields["text"][0])
        answer = {"markdown": pasted.markdown, "note": pasted.explain()}
        self._send(json.dumps(answer).encode(), "application/json")

    def log_message(self, *_: object) -> None:
        pass

    def _send(self, body: bytes, media_type: str) -> None:
        self.send_response(200)
        for name, value in HEADERS.items():
            self.send_header(name, value)
        self.send_header("Permissions-Policy", "clipboard-read=(self), clipboard-write=(self)")
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    yield context.new_page()
    context.close()


def paste(page: Page, html: str, text: str) -> None:
    page.evaluate(
        """([html, text]) => navigator.clipboard.write([new ClipboardItem({
            "text/plain": new Blob([text], { type: "text/plain" }),
            ...(html && { "text/html": new Blob([html], { type: "text/html" }) }),
        })])""",
        [html, text],
    )
    page.locator("textarea").press("Control+V")


def test_rich_text_becomes_markdown_with_a_note_and_a_way_back(page: Page, address: str) -> None:
    page.goto(address)
    field, note = page.locator("textarea"), page.get_by_role("status")
    paste(page, RICH, PLAIN)
    expect(field).to_have_value(MARKDOWN)
    expect(note).to_contain_text("Made 1 paragraph and 1 sub-heading out of the pasted text.")
    page.get_by_role("button", name="Put back what I pasted").click()
    expect(field).to_have_value(PLAIN)
    expect(note).to_have_text("Put back: the text stands as you pasted it.")


def test_browsers_own_undo_takes_the_markdown_back(page: Page, address: str) -> None:
    page.goto(address)
    field = page.locator("textarea")
    paste(page, RICH, PLAIN)
    expect(field).to_have_value(MARKDOWN)
    field.press("Control+Z")
    expect(field).to_have_value(PLAIN)


def test_pasted_markdown_is_set_off_and_the_rest_of_the_story_stays(page: Page, address: str) -> None:
    page.goto(address)
    field = page.locator("textarea")
    field.fill("Before.\nAfter.")
    field.evaluate("field => field.setSelectionRange(7, 7)")
    paste(page, RICH, PLAIN)
    expect(field).to_have_value(f"Before.\n\n{MARKDOWN}\n\nAfter.")
    field.press_sequentially("!")
    expect(field).to_have_value(f"Before.\n\n{MARKDOWN}!\n\nAfter.")


def test_one_line_of_plain_text_is_left_to_the_browser(page: Page, address: str) -> None:
    page.goto(address)
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    paste(page, "", "# one\n")
    expect(page.locator("textarea")).to_have_value("# one\n")
    paste(page, "<div>two</div>", "two")
    expect(page.locator("textarea")).to_have_value("# one\ntwo")
    assert requests == []


@pytest.mark.parametrize("html", ["", "<div>One line.</div><div>Another line.</div>"])
def test_lines_of_plain_text_become_paragraphs_with_a_note_and_a_way_back(page: Page, address: str, html: str) -> None:
    page.goto(address)
    field, note, keep = page.locator("textarea"), page.get_by_role("status"), page.get_by_label("Keep")
    paste(page, html, "One line.\r\nAnother line.")
    expect(field).to_have_value("One line.\n\nAnother line.")
    expect(note).to_contain_text("Made 2 paragraphs out of the pasted text.")
    expect(keep).to_be_hidden()
    page.get_by_role("button", name="Put back what I pasted").click()
    expect(field).to_have_value("One line.\nAnother line.")
    expect(keep).to_be_checked()
    paste(page, html, "Three.\nFour.")
    expect(field).to_have_value("One line.\nAnother line.Three.\nFour.")


def test_text_that_the_server_leaves_as_it_is_gets_no_note(page: Page, address: str) -> None:
    page.goto(address)
    with page.expect_response(f"{address}/paste"):
        paste(page, "", MARKDOWN)
    expect(page.locator("textarea")).to_have_value(MARKDOWN)
    page.evaluate("new Promise(done => setTimeout(done))")
    expect(page.get_by_role("status")).to_be_empty()


def test_if_the_server_fails_the_plain_text_stays(page: Page, address: str) -> None:
    page.goto(f"{address}/broken")
    paste(page, RICH, PLAIN)
    expect(page.get_by_role("status")).to_contain_text("it was pasted as plain text")
    expect(page.locator("textarea")).to_have_value(PLAIN)
