"""Typed or pasted text as parts: paragraphs (also out of hard-wrapped lines), breaks, lists and quotes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from feedsvc.feeds.markdown import ITEM, escaped, quote_width

# Word and the web have more line ends than Markdown knows.
_OTHER_LINE_END = re.compile("[\v\f\x85\u2028\u2029]")
_BREAK_SIGNS = frozenset("-–—*•_")


@dataclass(frozen=True)
class Part:
    """The text of a paragraph or heading is plain; that of a break, list or quote is Markdown."""

    kind: Literal["paragraph", "heading", "break", "list", "quote"]
    text: str


def parts_of(text: str) -> Iterator[Part]:
    """The parts of text with `\\n` as line ends; none of them is a heading yet."""
    lines = _OTHER_LINE_END.sub("\n", text).split("\n")
    block: list[str] = []
    at = 0
    while at < len(lines):
        line, found = lines[at].strip(), _part_at(lines, at)
        if line and not found:
            block.append(line)
            at += 1
            continue
        yield from (Part("paragraph", text) for text in _paragraphs(block))
        block = []
        if found:
            part, at = found
            yield part
        else:
            at += 1
    yield from (Part("paragraph", text) for text in _paragraphs(block))


def _part_at(lines: list[str], at: int) -> tuple[Part, int] | None:
    """The break, list or quote that begins in a line, and the line after it."""
    line = lines[at].strip()
    if not line or line[0].isalpha():
        return None
    if is_break(line):
        return Part("break", "---"), at + 1
    if end := _list_end(lines, at):
        return Part("list", _list_text(lines[at:end])), end
    if _begins_quote(lines, at):
        end = next((n for n in range(at, len(lines)) if not quote_width(lines[n].strip())), len(lines))
        return Part("quote", _quote_text(lines[at:end])), end
    return None


def is_break(line: str) -> bool:
    """Whether a line is nothing but a sign that separates, as `-`, `* * *` or `--` above a signature."""
    signs = set(line) - {" ", "\t", "\xa0"}
    # Two underscores may stand for a name left out.
    return len(signs) == 1 and signs <= _BREAK_SIGNS and (signs != {"_"} or line.count("_") > 2)


def _list_end(lines: list[str], at: int) -> int:
    """The line after the list that begins here, or 0: one item alone is a line that looks like an item."""
    first = ITEM.match(lines[at])
    if not first or _indent(lines[at]) > 3 or first[3] not in (None, "0", "1"):
        return 0
    items, end, number, is_loose = 1, at + 1, int(first[3] or 0), False
    for n in range(at + 1, len(lines)):
        line = lines[n]
        text = line.strip()
        if not text:
            is_loose = True
            continue
        indent, item = _indent(line), ITEM.match(line)
        if is_break(text) or (is_loose and indent > 4):
            break
        if item and indent <= _indent(lines[at]):
            is_next = item[3] is None or int(item[3]) == number + 1 or item[3] == first[3] == "1"
            if item.group(2, 4) != first.group(2, 4) or not is_next:
                break
            number = int(item[3] or 0)
        elif indent < 2:
            break
        items += item is not None
        end, is_loose = n + 1, False
    return end if items > 1 else 0


def _list_text(lines: list[str]) -> str:
    written: list[str] = []
    for line in lines:
        text, item = line.strip(), ITEM.match(line)
        if item:
            marker = "-" if item[2] == "•" else item[2] or item[3] + item[4]
            written.append(" " * _indent(line) + f"{marker} {escaped(line[item.end() :].strip())}")
        elif text:
            written.append(" " * _indent(line) + escaped(text))
        elif written[-1]:
            written.append("")
    return "\n".join(written)


def _indent(line: str) -> int:
    return len(line[: len(line) - len(line.lstrip(" \t"))].expandtabs(4))


def _begins_quote(lines: list[str], at: int) -> bool:
    # Mail programs begin a quote with an empty line of it.
    for line in (text.strip() for text in lines[at : at + 2]):
        width = quote_width(line)
        if not width or line[width:]:
            return width > 0
    return False


def _quote_text(lines: list[str]) -> str:
    written: list[str] = []
    depth_above = 0
    for line in (text.strip() for text in lines):
        width = quote_width(line)
        signs, text = line[:width], line[width:].strip()
        depth = signs.count(">") if text else 0
        if depth and depth_above and depth != depth_above:
            # Else Markdown takes the line for the end of the paragraph above, in the other quote.
            written.append(">" * min(depth, depth_above))
        written.append(f"{signs} {escaped(text)}" if text else signs)
        depth_above = depth
    return "\n".join(written)


# Hard-wrapped lines into paragraphs

_NARROWEST, _WIDEST = 40, 100
_LONGEST_WORD = 40


def _paragraphs(block: list[str]) -> Iterator[str]:
    """The paragraphs of lines without a blank one between them."""
    if not block:
        return
    width = max((len(line) for line in block if not _has_long_word(line)), default=0)
    if not (_NARROWEST <= width <= _WIDEST and _is_wrapped(block, width)):
        yield from block
        return
    pieces = [block[0]]
    for line, below in pairwise(block):
        if _is_full(line, below, width) or (_goes_on(line, below) and len(line) > 0.7 * width):
            is_one_word = line[-1] == "-" and line[-2:-1].isalpha() and below[0].isalpha()
            pieces.append(below if is_one_word else f" {below}")
        else:
            yield "".join(pieces)
            pieces = [below]
    yield "".join(pieces)


def _is_wrapped(block: list[str], width: int) -> bool:
    # Wrapped lines are as full as can be, and many of them begin in the middle of a sentence.
    # A list of headlines may have full lines; it has no such beginnings.
    full = sum(_is_full(line, below, width) for line, below in pairwise(block))
    inside = sum(len(line) > 0.7 * width and _goes_on(line, below) for line, below in pairwise(block))
    return inside > 0 and inside * 3 >= full


def _is_full(line: str, below: str, width: int) -> bool:
    return len(line) + 1 + len(below.split(maxsplit=1)[0]) > width


def _goes_on(line: str, below: str) -> bool:
    first = below.lstrip("\"'“‘„«(")[:1]
    is_caseless = first.isalpha() and first.lower() == first.upper()
    return first.islower() or (is_caseless and line[-1] not in ".!?:।۔؟")


def _has_long_word(line: str) -> bool:
    return any(len(word) > _LONGEST_WORD for word in line.split())
