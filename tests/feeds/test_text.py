"""Only what may be published comes out, whatever goes in."""

import re
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml import html

from feedsvc.feeds.kept import Kept
from feedsvc.feeds.text import HTML_BYTES, HTML_DEPTH, clean, clean_line, excerpt, to_html, web_url

BASE = "https://news.example"


def depth(element):
    return 1 + max((depth(child) for child in element), default=0)


# Characters and lines


def test_clean_drops_what_xml_cannot_hold():
    assert clean("a\x00b\x08c\x1fd\x7fe\x80f\x9fg\ud800h\udfffi\ufdd0j\ufdefk\ufffel\uffffm\U0003fffen") == (
        "abcdefghijklmn"
    )


def test_clean_keeps_every_script_and_emoji():
    kept = "\tÄ ก 中 עברית \u200f\u202b 👩‍👩‍👧‍👦 🇨🇦 \U0010fffd \ue000\n"
    assert clean(kept) == kept


def test_line_ends_become_line_feeds():
    assert clean("a\r\nb\rc\n") == "a\nb\nc\n"


def test_a_line_has_no_line_ends_and_no_edges():
    assert clean_line("  A \n\t head\r\nline\u2028 ") == "A head line"


def test_a_no_break_space_stays_in_a_line():
    assert clean_line("Pourquoi\u00a0?") == "Pourquoi\u00a0?"


def test_a_long_line_is_cut_at_a_word():
    assert clean_line("one two, three four", 10) == "one two…"
    assert clean_line("one two", 7) == "one two"


def test_a_cut_breaks_no_emoji_sequence_and_no_accent():
    family = "👩‍👩‍👧‍👦"
    assert clean_line(f"abcdef{family}", 12) == "abcdef…"
    assert clean_line("abcdefge\u0301\u0301xyz", 10) == "abcdefg…"
    assert clean_line("abcdefg🇨🇦xyz", 9) == "abcdefg…"


# URLs


@pytest.mark.parametrize(
    ("given_url", "published"),
    [
        ("https://example.org/a", "https://example.org/a"),
        ("HTTP://Example.ORG", "http://example.org"),
        ("/articles/1", f"{BASE}/articles/1"),
        ("articles/1?page=2", f"{BASE}/articles/1?page=2"),
        ("//example.org/a", "https://example.org/a"),
        (" https://example.org/a b\n", "https://example.org/a%20b"),
        ("https://example.org/ä?q=ö#ü", "https://example.org/%C3%A4?q=%C3%B6#%C3%BC"),
        ("https://example.org/%C3%A4/100%", "https://example.org/%C3%A4/100%25"),
        ("https://exämple.org/", "https://xn--exmple-cua.org/"),
        ("https://example.org:8080/[x]<y>\"z'", "https://example.org:8080/%5Bx%5D%3Cy%3E%22z'"),
        ("http://[2001:db8::1]:80/", "http://[2001:db8::1]:80/"),
        ("mailto:desk@news.example?subject=A b", "mailto:desk@news.example?subject=A%20b"),
        ("tel:+1-555-0100", "tel:+1-555-0100"),
    ],
)
def test_a_url_is_absolute_and_encoded(given_url, published):
    assert web_url(given_url, BASE) == published
    assert web_url(published, BASE) == published


@pytest.mark.parametrize(
    "url",
    [
        "",
        " ",
        "#part",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java\nscript:alert(1)",
        "\x01javascript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "ftp://example.org/",
        "https://",
        "https:///path",
        "https://user:secret@example.org/",
        "https://[::1",
        "https://example.org:99999/",
        "https://a..b/",
        "https://exa mple.org/",
        "https://\u2100.example/",
        "mailto:",
        "https://example.org/" + "a" * 5000,
        "https://example.org/" + "ä" * 2000,
    ],
)
def test_a_url_that_cannot_be_published_is_refused(url):
    assert web_url(url, BASE) is None


def test_what_begins_with_a_slash_starts_where_the_service_stands():
    assert web_url("/media/a.jpg", "https://example.org/news") == "https://example.org/news/media/a.jpg"


# Markdown


def test_raw_html_is_shown_as_text():
    assert to_html("<script>alert(1)</script>", BASE) == "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"


def test_body_headings_never_outrank_the_page():
    written = to_html("# A\n\n## B\n\n### C\n\nD\n=\n\n###### E", BASE)
    assert re.findall(r"<(h\d)>", written) == ["h2", "h2", "h3", "h2", "h6"]
    assert "h1" not in written


def test_links_are_absolute_and_bad_ones_leave_their_text():
    assert to_html("[a](/x) [b](javascript:x) [**c**](data:x)", BASE) == (
        f'<p><a href="{BASE}/x">a</a> b <strong>c</strong></p>'
    )


def test_a_picture_of_ours_alone_in_its_paragraph_is_a_figure():
    assert to_html('![Boats](/media/boats.jpg "In *May*")', BASE) == (
        f'<figure><img src="{BASE}/media/boats.jpg" alt="Boats"><figcaption>In *May*</figcaption></figure>'
    )
    assert to_html("![Boats](/media/boats.jpg)", BASE) == (
        f'<figure><img src="{BASE}/media/boats.jpg" alt="Boats"></figure>'
    )


def test_a_picture_among_words_stays_among_them():
    assert to_html("See ![boats](/media/boats.jpg) there", BASE) == (
        f'<p>See <img src="{BASE}/media/boats.jpg" alt="boats"> there</p>'
    )


@pytest.mark.parametrize(
    ("markdown", "written"),
    [
        ("![Boats](https://else.example/b.jpg)", '<a href="https://else.example/b.jpg">Boats</a>'),
        ("![](https://else.example/b.jpg)", '<a href="https://else.example/b.jpg">https://else.example/b.jpg</a>'),
        ("[![Boats](https://else.example/b.jpg)](/x)", f'<a href="{BASE}/x">Boats</a>'),
        ("![Boats](/media/../newsdesk)", f'<a href="{BASE}/newsdesk">Boats</a>'),
        (f"![Boats]({BASE}/media/../newsdesk)", f'<a href="{BASE}/media/../newsdesk">Boats</a>'),
        ("![Boats](javascript:x)", "Boats"),
    ],
)
def test_pictures_from_elsewhere_become_links(markdown, written):
    assert to_html(markdown, BASE) == f"<p>{written}</p>"


def test_a_character_reference_cannot_bring_in_what_was_cleaned():
    assert to_html("a&#12;b&#13;c", BASE) == "<p>ab\nc</p>"


def test_tables_lists_and_quotes_come_through():
    written = to_html("> q\n\n1. a\n   - b\n\n| c |\n|:-:|\n| d |\n\n~~e~~\n\n---\n\n```py\nf\n```", BASE)
    for tag in ("blockquote", "ol", "ul", "li", "table", "th", "td", "s", "hr", "pre", "code"):
        assert f"<{tag}>" in written
    assert "class=" not in written
    assert "style=" not in written


HOSTILE = [">", "[", "![", "*", "_", "`", "- ", "[a](", "<", "&", "\\", "|", "a*", "[a][", "* a\n", "**a", '"', "> - "]


@pytest.mark.parametrize("piece", HOSTILE)
def test_time_grows_with_the_length_of_the_text(piece):
    def seconds(count, turn):
        started = time.process_time()
        to_html(f"{piece * count} {turn}", BASE)
        return time.process_time() - started

    # Once in a while the garbage of all tests before is collected meanwhile.
    assert any(seconds(4_000, turn) < 8 * 4 * seconds(500, turn) + 0.2 for turn in range(3))


@pytest.mark.parametrize("text", ["**" * 5_000 + "x" + "**" * 5_000, "> " * 5_000 + "x", "- > " * 5_000 + "x"])
def test_nothing_is_nested_deeper_than_readers_can_parse(text):
    written = to_html(text, BASE)
    assert not written or depth(html.fromstring(f"<div>{written}</div>")) <= HTML_DEPTH + 30


@pytest.mark.parametrize(
    "text",
    [
        '"& ' * 200_000,
        "[a]: https://example.org/" + "y" * 3_900 + "\n\n" + "[a]" * 2_000,
    ],
    ids=["one paragraph", "one link many times"],
)
def test_no_more_html_comes_out_than_readers_can_parse(text):
    written = to_html(text, BASE)
    assert 0 < len(written.encode()) <= HTML_BYTES
    assert written.count("<a ") == written.count("</a>")


def test_a_text_that_is_too_long_ends_in_an_ellipsis():
    assert to_html('"& ' * 180_000, BASE).endswith("…</p>")


def test_markdown_is_read_alike_in_many_threads():
    texts = [f"*{number}* [x](/{number}) ![y](/media/{number})" for number in range(64)]
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(to_html, texts, [BASE] * 64)) == [to_html(text, BASE) for text in texts]


@settings(max_examples=60, deadline=None)
@given(st.text(st.one_of(st.characters(), st.sampled_from("[]()!*_`<>&#\n \"'|-:/\\")), max_size=60))
@example("[a](<javascript:x>)")
@example("![a](//[)")
@example('[a](/x "\'><script>")')
def test_any_text_becomes_clean_html_that_loads_nothing_from_elsewhere(text):
    written = to_html(text, BASE)
    assert clean(written) == written
    for element in html.fromstring(f"<div>{written}</div>").iter():
        assert set(element.attrib) <= {"href", "title", "src", "alt", "start"}
        assert element.get("href", "https:").startswith(("http:", "https:", "mailto:", "tel:"))
        assert element.get("src", f"{BASE}/media/").startswith(f"{BASE}/media/")
    excerpt(text)


# Excerpts


def test_an_excerpt_is_plain_text_with_spaces_between_blocks():
    assert excerpt("One.\n\n- Two\n- *a* & [b](/c)") == "One. Two a & b"


def test_an_excerpt_passes_over_headings_and_pictures():
    assert excerpt('## Why\n\n![x](/media/x "Caption")\n\nBecause.') == "Because."
    assert excerpt("## Only this") == "Only this"


def test_an_excerpt_is_cut_at_a_word():
    assert excerpt("word " * 100, 22) == "word word word word…"


def test_an_excerpt_shows_angle_brackets_as_they_were_written():
    assert excerpt("1 < 2 > 0 &amp; <b>") == "1 < 2 > 0 & <b>"


def test_an_excerpt_shows_tags_as_they_were_written():
    assert excerpt("<p>One</p> is a paragraph in HTML") == "<p>One</p> is a paragraph in HTML"


@pytest.mark.parametrize("piece", [*HOSTILE, '<p <"', "<figure>"])
def test_an_excerpt_takes_as_long_for_a_long_text_as_for_a_short_one(piece):
    started = time.process_time()
    excerpt(piece * (1_000_000 // len(piece)))
    assert time.process_time() - started < 1.5


# Texts that were made before


def test_a_long_text_is_made_once():
    text = "[" * 60_000
    first = to_html(text, BASE)
    started = time.process_time()
    assert to_html(text, BASE) == first
    assert time.process_time() - started < 0.05


def test_what_is_kept_stays_within_its_bytes_and_the_longest_unasked_for_goes_first():
    made = []

    def twice(text):
        made.append(text)
        return text * 2

    kept = Kept(twice, 3_000, lambda text, answer: len(answer) + 250)
    for text in ("a" * 500, "b" * 500, "a" * 500, "c" * 500, "a" * 500):
        assert kept(text) == text * 2
    assert [text[0] for text in made] == ["a", "b", "c"]
    kept("b" * 500)
    assert [text[0] for text in made] == ["a", "b", "c", "b"]
    assert kept("d" * 5_000) == "d" * 10_000
    assert kept("a\ud800") == "a\ud800a\ud800"
    assert kept("a\ud800") == "a\ud800a\ud800"
    assert made.count("a\ud800") == 1


def test_one_text_under_two_addresses_is_made_twice():
    assert to_html("[a](/x)", BASE) != to_html("[a](/x)", "https://other.example")
