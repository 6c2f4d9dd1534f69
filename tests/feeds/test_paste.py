"""Pasted text becomes proper Markdown, and saving it again changes nothing."""

import html
import re
import time
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from feedsvc.feeds.paste import Pasted, from_html, from_text

SUB_HEADINGS = [
    "Old Tram Returns to the Harbour After Nineteen Years in a Shed",
    "ASmall Town Argues About the Colour of a Bell",
    "What the Museum’s Volunteers Found Under the Floorboards",
    "The Winter Timetable: Fewer Stops, Warmer Waiting Rooms",
    "Tickets, Dogs and Bicycles",
    "Conclusion: A Line That Pays for Itself?",
]
PARAGRAPH = (
    "The tram left the depot at noon on Saturday with forty passengers, a brass band and a cake in the form of a "
    "bell, and it reached the harbour eleven minutes later, “to nobody’s surprise but mine,” the driver said."
)
STORY = "\n".join(f"{heading}\n{PARAGRAPH}\nSecondly: {PARAGRAPH}" for heading in SUB_HEADINGS)
PAGE = f"""Lifestyle
Old tram carries visitors to the harbour again, even as the town council goes on arguing about the bell’s colour

{STORY}
-
Lifestyle4 days ago
Baker bakes the longest plaited loaf of the valley and shares it with the fire brigade
-
Canada3 days ago
Lighthouse keeper’s cat elected mascot of the rowing club for the third time
-
Tech21 hours ago
How to Repair a Toaster: Season 2"""

shown_by = MarkdownIt("js-default").render


def headings(markdown: str) -> list[str]:
    return [html.unescape(text) for text in re.findall(r"<h\d>(.*?)</h\d>", shown_by(markdown))]


def paragraphs(markdown: str) -> list[str]:
    return [html.unescape(text) for text in re.findall(r"<p>(.*?)</p>", shown_by(markdown), re.DOTALL)]


def words(markdown: str) -> list[str]:
    return html.unescape(re.sub(r"</?(?:p|h2|hr)>", " ", shown_by(markdown))).split()


# One line per paragraph


def test_one_line_per_paragraph_becomes_paragraphs_and_six_sub_headings() -> None:
    pasted = from_text(STORY)
    assert headings(pasted.markdown) == SUB_HEADINGS
    assert paragraphs(pasted.markdown) == [PARAGRAPH, f"Secondly: {PARAGRAPH}"] * 6
    assert pasted.explain() == "Made 12 paragraphs and 6 sub-headings out of the pasted text."


def test_whole_news_page_has_no_stray_sub_heading_and_its_lone_hyphens_are_breaks() -> None:
    pasted = from_text(PAGE)
    assert headings(pasted.markdown) == SUB_HEADINGS
    assert shown_by(pasted.markdown).count("<hr>") == pasted.breaks == 3
    assert "Tech21 hours ago" in paragraphs(pasted.markdown)
    assert pasted.explain() == "Made 20 paragraphs, 6 sub-headings and 3 breaks out of the pasted text."


def test_line_ends_of_windows_and_of_old_macs_make_no_difference() -> None:
    assert from_text(PAGE.replace("\n", "\r\n")) == from_text(PAGE.replace("\n", "\r")) == from_text(PAGE)


@pytest.mark.parametrize(
    ("line", "is_sub_heading"),
    [
        ("Who rings the bell?", True),
        ("The bell rings", True),
        ("“The bell rings”", True),
        ("x" * 100, True),
        ("x" * 101, False),
        ("The bell rings.", False),
        ("“The bell rings.”", False),
        ("The driver said:", False),
        ("Dear readers,", False),
        ("Tech21 hours ago", False),
        ("Politics1 day ago", False),
        ("!!!", False),
    ],
)
def test_short_line_without_full_stop_above_a_long_paragraph_is_a_sub_heading(line: str, is_sub_heading: bool) -> None:
    assert headings(from_text(f"{line}\n{PARAGRAPH}").markdown) == [line] * is_sub_heading


@pytest.mark.parametrize(("length", "is_sub_heading"), [(120, False), (121, True)])
def test_sub_heading_needs_more_than_120_characters_below(length: int, is_sub_heading: bool) -> None:
    assert bool(headings(from_text(f"The bell\n{'x' * length}").markdown)) is is_sub_heading


def test_sub_heading_stands_directly_above_a_paragraph() -> None:
    for between in ("-", "> quoted", "- one\n- two", "Another short line."):
        assert headings(from_text(f"The bell\n\n{between}\n\n{PARAGRAPH}").markdown) == []


@pytest.mark.parametrize("line", ["-", "–", "—", "--", "-- ", "*", "***", "---", "* * *", "• • •", "____"])
def test_lone_sign_is_a_break_and_never_the_underline_of_a_heading(line: str) -> None:
    pasted = from_text(f"Above it\n{line}\nbelow it")
    assert pasted.markdown == "Above it\n\n---\n\nbelow it"
    assert pasted.breaks == 1


# Hard-wrapped mail

MAIL = """Dear all,

the ferry will stop at the old harbour again from Monday, and tickets are sold
at the kiosk, which is open from seven. Nobody has to pay for dogs, said the long-
serving captain.
The second paragraph stands below without a blank line, as some programs write
it, and it goes on over the end of the line, too.

On Monday Ana wrote:
>
> Will the ferry take bicycles when the
> weather is bad?
>> It will.
Yes.
--\x20
Harbour desk
"""


def test_hard_wrapped_mail_becomes_paragraphs() -> None:
    shown = paragraphs(from_text(MAIL).markdown)
    assert re.fullmatch("the ferry will .* said the long-serving captain.", shown[1])
    assert re.fullmatch("The second .* over the end of the line, too.", shown[2])
    assert [text for text in shown if "\n" not in text and len(text) < 30] == [
        "Dear all,",
        "On Monday Ana wrote:",
        "It will.",
        "Yes.",
        "Harbour desk",
    ]


def test_quotes_in_mail_stay_quotes_and_the_answer_stands_outside() -> None:
    shown = shown_by(from_text(MAIL).markdown)
    assert shown.count("<blockquote>") == 2
    assert shown.index("</blockquote>\n</blockquote>") < shown.index("<p>Yes.</p>")


def test_signature_of_a_mail_begins_with_a_break() -> None:
    assert "Yes.\n\n---\n\nHarbour desk" in from_text(MAIL).markdown


def test_headlines_of_equal_length_are_not_taken_for_wrapped_lines() -> None:
    lines = [
        f"{name} wins the annual regatta of small boats for the {number} time in a row"
        for name, number in [("Anna", "first"), ("Berta", "next"), ("Clara", "third"), ("Doris", "last")]
    ]
    assert paragraphs(from_text("\n".join(lines)).markdown) == lines


def test_verses_and_addresses_keep_their_lines() -> None:
    lines = ["Harbour desk", "and friends", "1 Quay Street", "over the sea"]
    assert paragraphs(from_text("\n".join(lines)).markdown) == lines


# Markdown is left alone

MARKDOWN = {
    "heading": "## The bell\nIt rings.",
    "link": "See [the map](https://example.org/a_(b)).\nAnd so on.",
    "picture": "![A bell](bell.jpg)\nBelow",
    "defined link": "See [the map].\n\n[the map]: https://example.org",
    "bold": "It is **very** late\nindeed",
    "italics": "It is _very_ late\nindeed",
    "italics with asterisks": "It is *very* late\nindeed",
    "struck": "It is ~~late~~ early\nnow",
    "code": "Type `make run`\nand wait",
    "fence": "```\na\n```",
    "table": "a | b\n--|--\n1 | 2",
    "underlined heading": "The bell\n========\n\nIt rings.",
    "list": "- one\n- two\n  - deeper\n- three",
    "numbered list": "1. one\n2. two",
    "loose list": "- one\n\n- two",
    "quote": "> one\n> two\n>\n> three",
    "paragraphs and breaks": "One.\n\nTwo.\n\n---\n\nThree.",
    "escapes": "1986\\. It was late \\*\nindeed",
}


@pytest.mark.parametrize("text", MARKDOWN.values(), ids=MARKDOWN.keys())
def test_markdown_is_left_alone_byte_for_byte(text: str) -> None:
    for around in (text, f"{text}\n", f"\n{text}\n\n"):
        pasted = from_text(around.replace("\n", "\r\n"))
        assert (pasted.markdown, pasted.changed) == (around, False)
    assert pasted.explain() == "The text was left as it is."


# Plain text is shown as it was typed

PLAIN = [
    "1986. It was late",
    "#hashtag",
    "# ",
    "+ plus",
    "- Hello?",
    ">50 boats",
    "snake_case, _start",
    "5 * 3 = 15, f*ck and sh*t, prices* may vary",
    "<b>bold</b> <ana@example.org> <https://example.org>",
    "[sic] [a](b c) [a]: b",
    "AT&T &amp; &#60;",
    "a ` b",
    "~~ so ~~",
    "C:\\temp C:\\_old \\",
    "==",
    "|",
]


@pytest.mark.parametrize("line", PLAIN)
def test_what_would_be_markdown_by_accident_is_shown_as_typed(line: str) -> None:
    for text in (line, f"Above\n{line}\nBelow"):
        pasted = from_text(text)
        assert words(pasted.markdown) == text.split()
        assert not from_text(pasted.markdown).changed


def test_plain_words_need_no_escapes() -> None:
    text = "It’s snake_case at 5 * 3, [sic], AT&T – “so” C:\\temp (#1)."
    assert from_text(text) == Pasted(text, paragraphs=1)


def test_typed_bullets_are_a_list() -> None:
    assert from_text("Bring:\n• milk\n•\teggs *\n").markdown == "Bring:\n\n- milk\n- eggs \\*"


# Laws

SIGNS = st.text(st.sampled_from("*_`[]()<>&#-+=~|\\!.:1a b\n\n\t\"'•–—;é中\u2028\xa0\x0b\0\ud800"), max_size=60)
LINES = st.lists(
    st.sampled_from(
        ["- ", "* ", "1. ", "2. ", "> ", ">> ", ">", "• ", "  ", "    ", "\t", "# ", "---", "***", "===", "|--|", "a|b"]
        + ["\n"] * 4
        + ["x" * 130, "Head line", "the quick brown fox jumps over the lazy dog again and"]
        + ["and so on it goes without an end for the whole day,", "word-", "*x*", "\\", "\\*", "`", "[a](b)", "[a]: b"]
        + ["~~", "&amp;", "<a@b.c>", "1986. ", " ", "_", "foo."]
    ),
    max_size=14,
).map("".join)
ANY_TEXT = st.text(max_size=80) | SIGNS | LINES
PLAIN_WORDS = st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters="-"), min_size=1, max_size=12)
PLAIN_TEXT = st.lists(st.lists(PLAIN_WORDS, min_size=1, max_size=5).map(" ".join), max_size=6).map("\n".join)

TAGS = [
    *(
        "p",
        "div",
        "b",
        "i",
        "s",
        "q",
        "em",
        "h1",
        "h3",
        "ul",
        "ol",
        "ol start=4",
        "li",
        "blockquote",
        "pre",
        "table",
        "td",
    ),
    *("a href='http://x.y/(a)?b=1&amp;copy;'", "b style='font-weight:normal'", "span style='font-weight:700'"),
    *("p style='mso-list:l0 level2 lfo1'", "span style='mso-list:Ignore'"),
]
LEAVES = (
    SIGNS
    | SIGNS.map(html.escape)
    | LINES.map(html.escape)
    | st.sampled_from(["<br>", "<hr>", "<img src=x>", "word ", "x" * 125, "a", "!", "<!-- c -->", "<script>x</script>"])
)
FRAGMENTS = st.lists(
    st.recursive(
        LEAVES,
        lambda inner: st.builds(
            lambda tag, parts: f"<{tag}>{''.join(parts)}</{tag.split()[0]}>",
            st.sampled_from(TAGS),
            st.lists(inner, max_size=4),
        ),
        max_leaves=12,
    ),
    max_size=5,
).map("".join)

LAW = settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow])


@LAW
@given(ANY_TEXT)
@example(PAGE)
@example(MAIL)
def test_saving_pasted_text_again_changes_nothing(text: str) -> None:
    once = from_text(text)
    again = from_text(once.markdown)
    assert (again.markdown, again.changed) == (once.markdown, False)


@LAW
@given(FRAGMENTS)
def test_saving_pasted_rich_text_again_changes_nothing(fragment: str) -> None:
    once = from_html(fragment)
    again = from_text(once.markdown)
    assert (again.markdown, again.changed) == (once.markdown, False)


@LAW
@given(PLAIN_TEXT)
def test_words_of_plain_text_are_shown_as_typed(text: str) -> None:
    assume(not any(re.match(r"[–—*•_>+0-9]", line.lstrip()) for line in text.split("\n")))
    pasted = from_text(text)
    assume(pasted.paragraphs)
    assert words(pasted.markdown) == text.split()


# Rich text


def test_word_document_becomes_markdown() -> None:
    pasted = from_html(
        """<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><meta name=Generator content="Word 15">
        <title>Story</title><style><!-- p.MsoNormal {margin:0cm;} --></style>
        <!--[if gte mso 9]><xml><o:OfficeDocumentSettings>9</o:OfficeDocumentSettings></xml><![endif]--></head>
        <body lang=EN-GB style='tab-interval:36.0pt'><!--StartFragment-->
        <p class=MsoNormal><b><span lang=EN-GB>The bell<o:p></o:p></span></b></p>"""
        + f"<p class=MsoNormal><span lang=EN-GB>{PARAGRAPH} It was\n <i>very</i>&nbsp;late.<o:p></o:p></span></p>"
        + """<p class=MsoListParagraphCxSpFirst style='margin-left:36.0pt;mso-list:l0 level1 lfo1'>
        <![if !supportLists]><span style='font-family:Symbol'><span style='mso-list:Ignore'>·<span
        style='font:7.0pt "Times New Roman"'>&nbsp;&nbsp;&nbsp; </span></span></span><![endif]>Dogs<o:p></o:p></p>
        <p class=MsoListParagraphCxSpLast style='margin-left:72.0pt;mso-list:l0 level2 lfo1'>
        <![if !supportLists]><span style='mso-list:Ignore'>1.<span
        style='font:7.0pt "Times New Roman"'>&nbsp; </span></span><![endif]>Large dogs<o:p></o:p></p>
        <p class=MsoNormal><o:p>&nbsp;</o:p></p><!--EndFragment--></body></html>"""
    )
    assert pasted.markdown == f"## The bell\n\n{PARAGRAPH} It was *very* late.\n\n- Dogs\n    1. Large dogs"
    assert pasted.explain() == "Made 1 paragraph and 1 sub-heading out of the pasted text."


def test_google_document_becomes_markdown() -> None:
    pasted = from_html(
        """<meta charset='utf-8'><b style="font-weight:normal;" id="docs-internal-guid-7"><h2 dir="ltr"
        style="line-height:1.38;"><span style="font-size:16pt;font-weight:400;">The bell</span></h2><p dir="ltr"><span
        style="font-weight:400;">It rings </span><span style="font-weight:700;font-style:normal;">twice</span><span
        style="font-weight:400;font-style:italic;"> a day</span><span style="text-decoration:line-through;"> or
        not</span>.</p><br><ul><li dir="ltr" aria-level="1"><p role="presentation"><span>Dogs</span></p></li>
        <ul><li aria-level="2"><p><a href="https://example.org/a(b)?c=1&amp;d=2"><span>Cats</span></a></p></li></ul>
        </ul></b>"""
    )
    assert pasted.markdown == (
        "## The bell\n\nIt rings **twice** *a day* ~~or not~~.\n\n"
        "- Dogs\n    - [Cats](https://example.org/a%28b%29?c=1&d=2)"
    )


def test_pages_and_libreoffice_documents_become_paragraphs() -> None:
    pages = '<style>p.p1 {margin: 0}</style><p class="p1"><span class="s1">One.</span></p><p class="p2"><br></p>'
    libre = '<p style="margin-bottom: 0cm"><font face="Arial"><font size="3">Two\nlines.</font></font></p>'
    assert from_html(pages + libre).markdown == "One.\n\nTwo lines."


def test_mail_from_a_browser_becomes_paragraphs_breaks_and_quotes() -> None:
    mail = '<div dir="ltr">One.<div><br></div><div>Two.</div><div>-</div>Three.<br>Four.</div>'
    quote = '<blockquote class="gmail_quote">Five.<br><br>Six.</blockquote>'
    assert from_html(mail + quote).markdown == "One.\n\nTwo.\n\n---\n\nThree.\n\nFour.\n\n> Five.\n>\n> Six."


def test_rich_text_without_formats_is_treated_as_text() -> None:
    assert headings(from_html("".join(f"<p>{line}</p>" for line in STORY.split("\n"))).markdown) == SUB_HEADINGS


def test_lists_without_formats_stay_lists_and_one_item_alone_is_a_paragraph() -> None:
    two, one = "<ol><li>Dogs</li><li>Cats</li></ol>", "<ul><li>Birds</li></ul>"
    assert from_html(f"{two}<p>and</p>{one}").markdown == "1. Dogs\n2. Cats\n\nand\n\nBirds"


def test_short_bold_paragraph_is_a_sub_heading_only_above_a_long_one() -> None:
    bold, long = "<p><b>The bell</b></p>", f"<p>{PARAGRAPH}</p>"
    assert from_html(bold + long).markdown.startswith("## The bell\n\n")
    assert from_html(f"{bold}<p>It rings.</p>").markdown == "**The bell**\n\nIt rings."


def test_with_real_headings_no_plain_line_is_one() -> None:
    document = f"<h1>The bell</h1><p>From our harbour desk</p><p>{PARAGRAPH}</p><h4>Dogs</h4>"
    assert re.findall("^#+ .*", from_html(document).markdown, re.MULTILINE) == ["## The bell", "### Dogs"]


def test_scripts_styles_comments_and_foreign_links_are_dropped() -> None:
    pasted = from_html(
        "<script>alert(1)</script><style>p{}</style><!-- c --><p onclick='x()'>See "
        "<a href='javascript:x()'>this</a>, <a href='/here'>that</a> and <a href='mailto:a@b.org'>ask</a>.</p>"
    )
    assert pasted.markdown == "See this, that and [ask](mailto:a@b.org)."


def test_pictures_are_left_out_with_a_note_and_cells_are_paragraphs() -> None:
    pasted = from_html(
        "<p>One<img src='https://example.org/a.png'></p><table><tr><td>Two</td><td>Three</td></tr></table>"
    )
    assert pasted.markdown == "One\n\nTwo\n\nThree"
    assert pasted.explain() == (
        "Made 3 paragraphs out of the pasted text. 1 picture was left out: pictures have their own field."
    )


@pytest.mark.parametrize(
    ("fragment", "shown"),
    [
        ("<p>x<b>y</b>z <i>a</i></p>", "x<strong>y</strong>z <em>a</em>"),
        ("<p><b>a</b><i>b</i> c <i>d</i></p>", "<strong>a</strong>b c <em>d</em>"),
        ("<p><b> a </b>b</p>", "<strong>a</strong> b"),
        ("<p>a<b>(b)</b>c <i>d</i></p>", "a(b)c <em>d</em>"),
        ("<p>1986. <b>*a*</b> _b_ [c](d)</p>", "1986. <strong>*a*</strong> _b_ [c](d)"),
        ("<p>x<b>y</b>z *a* [b](c)</p>", "xyz *a* [b](c)"),
        ("<p>So!<a href='http://x.org/'>[a]</a></p>", 'So!<a href="http://x.org/">[a]</a>'),
    ],
)
def test_formats_of_rich_text_are_shown_and_never_their_signs(fragment: str, shown: str) -> None:
    assert shown_by(from_html(fragment).markdown) == f"<p>{shown}</p>\n"


# Any text, in linear time


@pytest.mark.parametrize("text", ["", " ", "\n\n", "\0", "\ud800", "<", "<p", "</p>", "<!--", "&#xd800;", "&#0;"])
def test_no_text_is_refused(text: str) -> None:
    assert not from_text(from_text(text).markdown).changed
    assert not from_text(from_html(text).markdown).changed


HOSTILE = [
    ">",
    "[",
    "*",
    "_",
    "`",
    "~",
    "\\",
    "<",
    "&",
    "- ",
    "> ",
    "[a](",
    "](",
    "a\n",
    "- a\n",
    ">\n",
    "*a ",
    "[a](b(",
]
HOSTILE_HTML = [
    "<div>",
    "<b>x",
    "<p>a",
    "<ul><li>a",
    "<blockquote>a",
    "<",
    "<!--",
    "&#",
    "<a href='http://a'>b</a>",
    "<pre>\n",
]


@pytest.mark.parametrize(
    ("made", "piece"), [(from_text, piece) for piece in HOSTILE] + [(from_html, piece) for piece in HOSTILE_HTML]
)
def test_hostile_text_costs_no_more_than_its_length(made: Callable[[str], Pasted], piece: str) -> None:
    began = time.process_time()
    made(piece * (100_000 // len(piece)))
    assert time.process_time() - began < 2


def test_formats_nested_without_measure_are_read_as_text() -> None:
    fragment = "".join(f"<b id={n}><p>{n}" for n in range(5000))
    assert from_html(fragment).paragraphs == 5000


def test_megabyte_of_news_takes_less_than_two_seconds() -> None:
    text = f"{STORY}\n" * (1_000_000 // len(STORY))
    began = time.process_time()
    assert from_text(text).sub_headings == 6 * (1_000_000 // len(STORY))
    assert time.process_time() - began < 2
