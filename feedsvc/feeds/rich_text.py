"""Rich text from a clipboard (Word, Google Docs, Pages, LibreOffice, Gmail, browsers) as plain blocks.

Reading only: what comes out are paragraphs, headings, list items and breaks with the little formatting
that a story has. `paste` writes them as Markdown.
"""

import html as entities
import re
from collections import Counter
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from typing import NamedTuple

import nh3

_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
_SEPARATORS = _HEADINGS | {"p", "div", "blockquote", "pre", "address"}
_SEPARATORS |= {"table", "caption", "thead", "tbody", "tfoot", "tr", "td", "th", "dl", "dt", "dd"}
_SEPARATORS |= {"section", "article", "aside", "header", "footer", "main", "figure", "figcaption"}
_FORMATS = {"a", "b", "strong", "i", "em", "s", "strike", "del", "span", "q"}
_TAGS = _SEPARATORS | _FORMATS | {"ul", "ol", "li", "br", "hr", "img"}
_WITH_CONTENT = {"head", "script", "style", "title", "xml", "template", "noscript", "iframe", "object"}
_WITH_CONTENT |= {"svg", "math", "textarea", "select"}
_STYLES = {"font-weight", "font-style", "text-decoration", "mso-list"}
_ATTRIBUTES = {tag: {"style"} for tag in _FORMATS | {"p"}} | {"a": {"href", "style"}, "ol": {"start"}}
_SCHEMES = {"http", "https", "mailto"}

_SURROGATE = re.compile("[\ud800-\udfff]")
_SPACES = re.compile(r"[ \t\n\r\f\v\xa0]+")
_BLANK_LINE = re.compile(r"\n[ \t]*\n")
_ANY_TAG = re.compile(r"<[^<>]*>")
_NUMBER = re.compile(r"[0-9]{1,3}[.)]")
_START = re.compile(r"[0-9]{1,6}")
_HEAVY = re.compile(r"[6-9][0-9]{2}|1000")
_TAG_NAME = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:]*)")
_CLOSES_ITSELF = {"p", "li", "td", "th", "tr", "dt", "dd", "option", "br", "hr", "img", "input", "meta"}
_CLOSES_ITSELF |= {"link", "col", "area", "wbr", "embed", "source"}

_MOST_NESTED = 3_000_000
"""Tags times their depth."""
_MOST_AMPERSANDS = 100_000
_DEEPEST = 6
"""Levels of lists and quotes that are told apart; deeper ones count as the deepest."""


@dataclass(frozen=True)
class Run:
    """Text in one format. `link` is an absolute http, https or mailto URL, or empty."""

    text: str
    bold: bool = False
    italic: bool = False
    struck: bool = False
    link: str = ""

    @property
    def is_plain(self) -> bool:
        return not (self.bold or self.italic or self.struck or self.link)


@dataclass(frozen=True)
class Block:
    """One paragraph, heading (`level` 1 to 6) or list item (`marker` is `-` or `1.`) of rich text.

    `quote` and `depth` count the block quotes and lists around it. A paragraph with a depth belongs to the
    item before it. A block without runs is a break.
    """

    runs: tuple[Run, ...] = ()
    level: int = 0
    quote: int = 0
    depth: int = 0
    marker: str = ""

    @property
    def text(self) -> str:
        return "".join(run.text for run in self.runs)

    @property
    def is_prose(self) -> bool:
        return bool(self.runs) and not (self.level or self.quote or self.depth)


def read(html: str) -> tuple[list[Block], int]:
    """Read the HTML that a program put on the clipboard; gives its blocks and the number of pictures left out.

    Takes any text and never raises. Scripts, styles, comments and links that are not http, https or mailto
    are dropped. HTML that would take minutes to read is taken as text without formats.
    """
    html = _SURROGATE.sub("\ufffd", html)
    if _asks_too_much(html):
        lines = entities.unescape(_ANY_TAG.sub("\n", html)).split("\n")
        texts = (_SPACES.sub(" ", line).strip() for line in lines)
        return [Block((Run(text),)) for text in texts if text], 0
    reader = _Reader()
    reader.feed(
        nh3.clean(
            html,
            tags=_TAGS,
            clean_content_tags=_WITH_CONTENT,
            attributes=_ATTRIBUTES,
            filter_style_properties=_STYLES,
            url_schemes=_SCHEMES,
            url_relative="deny",
            link_rel=None,
        )
    )
    reader.close()
    reader.end_block()
    return reader.blocks, reader.pictures


def _asks_too_much(html: str) -> bool:
    # HTML parsers look through all open elements at each tag, repeat open formats in each paragraph, and copy
    # what they have at each ampersand: a megabyte of opening tags or of ampersands would take minutes.
    if html.count("&") > _MOST_AMPERSANDS:
        return True
    opened: Counter[str] = Counter()
    depth = cost = 0
    for closing, name in _TAG_NAME.findall(html):
        tag = name.lower()
        if closing and opened[tag]:
            opened[tag] -= 1
            depth -= 1
        elif not closing:
            cost += depth
            if cost > _MOST_NESTED:
                return True
            if tag not in _CLOSES_ITSELF:
                opened[tag] += 1
                depth += 1
    return False


class _Look(NamedTuple):
    bold: bool = False
    italic: bool = False
    struck: bool = False
    link: str = ""


class _Place(NamedTuple):
    """What holds inside the element that is open."""

    look: _Look = _Look()
    level: int = 0
    quote: int = 0
    depth: int = 0
    is_pre: bool = False
    is_marker: bool = False


@dataclass
class _List:
    is_ordered: bool
    number: int


class _Reader(HTMLParser):
    """Takes the events of clean, balanced HTML, so that no nesting can exhaust the stack."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[Block] = []
        self.pictures = 0
        self._place = _Place()
        self._outer: list[_Place] = []
        self._lists: list[_List] = []
        self._pieces: list[tuple[_Look, list[str]]] = []
        self._after_space = True
        self._marker = ""
        self._typed_marker = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "img":
            self.pictures += 1
        elif tag in ("br", "hr"):
            self._line_end(tag)
        else:
            if tag not in _FORMATS:
                self.end_block()
            self._outer.append(self._place)
            self._place = self._formatted(tag, values) if tag in _FORMATS else self._inside(tag, values)
            if tag == "q":
                self._add("“")

    def handle_endtag(self, tag: str) -> None:
        if tag == "q":
            self._add("”")
        if tag not in _FORMATS:
            self.end_block()
            self._marker = ""
            if tag in ("ul", "ol"):
                self._lists.pop()
        self._place = self._outer.pop()

    def handle_data(self, data: str) -> None:
        if self._place.is_marker:
            self._typed_marker += data.strip()
            return
        first, *others = _BLANK_LINE.split(data) if self._place.is_pre else [data]
        self._add(first)
        for text in others:
            self.end_block()
            self._add(text)

    def end_block(self) -> None:
        """Close the paragraph, heading or item that is being read; one without text is no block."""
        runs = [Run("".join(texts), *look) for look, texts in self._pieces]
        if runs:
            if runs[-1].text.endswith(" "):
                runs[-1] = replace(runs[-1], text=runs[-1].text[:-1])
            place, marker = self._place, self._marker
            if self._typed_marker and place.depth:
                marker = self._typed_marker if _NUMBER.fullmatch(self._typed_marker) else "-"
            level = 0 if place.depth else place.level
            self.blocks.append(Block(tuple(runs), level, place.quote, place.depth, marker))
            self._marker = self._typed_marker = ""
        self._pieces, self._after_space = [], True

    def _line_end(self, tag: str) -> None:
        if tag == "br" and (self._place.level or self._place.depth):
            self._add(" ")
            return
        self.end_block()
        if tag == "hr":
            self.blocks.append(Block())

    def _inside(self, tag: str, values: dict[str, str]) -> _Place:
        place = self._place
        if tag in ("ul", "ol"):
            start = values.get("start", "")
            self._lists.append(_List(tag == "ol", int(start) if _START.fullmatch(start) else 1))
            return place._replace(depth=min(place.depth + 1, _DEEPEST))
        if tag == "li":
            innermost = self._lists[-1] if self._lists else _List(False, 1)
            self._marker = f"{innermost.number}." if innermost.is_ordered else "-"
            innermost.number += 1
            return place._replace(depth=max(place.depth, 1))
        if tag == "blockquote":
            return place._replace(quote=min(place.quote + 1, _DEEPEST))
        if tag in _HEADINGS:
            return place._replace(level=int(tag[1]))
        # Word writes the items of a list as paragraphs, with the level in their style.
        if level := re.search(r"\blevel([1-9])", _styles(values).get("mso-list", "")):
            self._marker = "-"
            return place._replace(depth=min(int(level[1]), _DEEPEST))
        return place._replace(is_pre=place.is_pre or tag == "pre")

    def _formatted(self, tag: str, values: dict[str, str]) -> _Place:
        look, styles = self._place.look, _styles(values)
        weight, slant = styles.get("font-weight", ""), styles.get("font-style", "")
        bold, italic = look.bold or tag in ("b", "strong"), look.italic or tag in ("i", "em")
        if weight:
            # Google Docs wraps everything in a <b> of normal weight.
            bold = weight in ("bold", "bolder") or bool(_HEAVY.fullmatch(weight))
        if slant:
            italic = slant in ("italic", "oblique")
        is_struck = tag in ("s", "strike", "del") or "line-through" in styles.get("text-decoration", "")
        link = values.get("href", "").strip() or look.link
        return self._place._replace(
            look=_Look(bold, italic, look.struck or is_struck, link),
            is_marker=self._place.is_marker or styles.get("mso-list", "").lower() == "ignore",
        )

    def _add(self, data: str) -> None:
        text = _SPACES.sub(" ", data)
        if self._after_space:
            text = text.removeprefix(" ")
        if not text:
            return
        look = self._place.look
        if self._place.level:
            look = look._replace(bold=False)
        # A lone space belongs to what stands before it: programs leave it outside of their formats.
        if self._pieces and (text == " " or look == self._pieces[-1][0]):
            self._pieces[-1][1].append(text)
        else:
            self._pieces.append((look, [text]))
        self._after_space = text.endswith(" ")


def _styles(values: dict[str, str]) -> dict[str, str]:
    pairs = (declaration.partition(":") for declaration in values.get("style", "").split(";"))
    return {name.strip(): value.strip() for name, _, value in pairs}
