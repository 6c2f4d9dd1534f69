"""Pasted text becomes Markdown: paragraphs, sub-headings, breaks; what is Markdown already is left alone.

The law of `from_text` and `from_html`: `from_text` of their result changes nothing.
"""

import re
import string
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby, pairwise, zip_longest
from typing import Literal
from urllib.parse import quote

from feedsvc.feeds import rich_text
from feedsvc.feeds.rich_text import Block, Run

LONGEST_SUB_HEADING = 100
"""Characters."""
SHORTEST_TEXT_BELOW = 121
"""Characters of the paragraph that makes the line above it a sub-heading."""


@dataclass(frozen=True)
class Pasted:
    """The Markdown made of pasted text, what stands in it, and the number of pictures left out.

    The counts are zero for text that was Markdown already; `changed` says whether anything was made.
    """

    markdown: str
    paragraphs: int = 0
    sub_headings: int = 0
    breaks: int = 0
    changed: bool = False
    pictures: int = 0

    def explain(self) -> str:
        """One line for the editor: what was done with the text."""
        counts = [(self.paragraphs, "paragraph"), (self.sub_headings, "sub-heading"), (self.breaks, "break")]
        made = [f"{count} {word}{'s' * (count > 1)}" for count, word in counts if count]
        if not self.changed:
            line = "The text was left as it is."
        elif not made:
            line = "Tidied the pasted text."
        else:
            *others, last = made
            line = f"Made {', '.join(others)}{' and ' if others else ''}{last} out of the pasted text."
        if self.pictures:
            left_out = "1 picture was" if self.pictures == 1 else f"{self.pictures} pictures were"
            line += f" {left_out} left out: pictures have their own field."
        return line


def from_text(text: str) -> Pasted:
    """Make Markdown of text that was typed or pasted; takes any text, in time linear to its length.

    Text with Markdown headings, links, emphasis, code or tables comes back as it is, but for line ends. Else a
    line or a hard-wrapped run of lines is a paragraph, a short line above a long paragraph a sub-heading, a
    lone `-` or `***` a break; lists and `> ` quotes stay; and what Markdown would misread is escaped.
    """
    text = _LINE_END.sub("\n", text)
    return Pasted(text) if _is_markdown(text) else _converted(text)


def _converted(text: str) -> Pasted:
    parts = _with_sub_headings(list(_parts(_OTHER_LINE_END.sub("\n", text).split("\n"))))
    markdown = "\n\n".join(_written(part) for part in parts)
    kinds = Counter(part.kind for part in parts)
    # White space around the text is not worth a notice.
    is_same = markdown == text.strip("\n").rstrip()
    return Pasted(
        text if is_same else markdown,
        kinds["paragraph"],
        kinds["heading"],
        kinds["break"],
        changed=not is_same,
    )


def from_html(html: str) -> Pasted:
    """Make Markdown of the HTML that a program put on the clipboard; takes any text, never raises.

    Headings, lists, quotes, links (http, https, mailto), bold, italics and struck text stay; a short bold
    paragraph above a long one is a sub-heading; table cells are paragraphs; pictures are counted and left out.
    """
    blocks, pictures = rich_text.read(html)
    blocks = _with_sub_heading_blocks([Block() if _is_break(block.text) else block for block in blocks])
    text = _joined(blocks, lambda block: block.text)
    if not _has_formats(blocks):
        made = from_text(text)
    else:
        markdown = _joined(blocks, _block_line)
        # Formats that would not be known as Markdown again, such as one bold syllable, are given up.
        made = _converted(text) if from_text(markdown).changed else _counted(markdown, blocks)
    return replace(made, changed=bool(made.markdown), pictures=pictures)


def _counted(markdown: str, blocks: list[Block]) -> Pasted:
    return Pasted(
        markdown,
        paragraphs=sum(bool(block.runs) and not (block.level or block.marker) for block in blocks),
        sub_headings=sum(block.level > 0 for block in blocks),
        breaks=sum(not block.runs for block in blocks),
    )


# Is it Markdown already?

_LINE_END = re.compile("\r\n?")
_OTHER_LINE_END = re.compile("[\v\f\x85\u2028\u2029]")

# No alternative passes over what another match could begin with, so no text is looked at twice.
_MARKDOWN = re.compile(
    r"""
      ^\ {0,3}\#{1,6}[ \t]++\S                                                       # heading
    | ^\ {0,3}(?:```|~~~)                                                            # fence
    | ^\ {0,3}\[[^\[\]\n]++\]:[ \t]*+\S                                              # where a link leads
    | (?<!\\)\[(?:[^\[\]\\\n]|\\.)*+\]\((?:[^()\s]|\([^()\s]*+\))++(?:\ "[^"\n]*+")?\)   # link, picture
    | (?<![\w*\\])(\*{1,3})(?=[^\s*)\].,;:!?])(?:[^*\\\n]|\\.)*+(?<=[^\s(\[])\1(?![\w*])   # emphasis
    | (?<![\w\\])(_{1,3})(?=[^\s_)\].,;:!?])
      (?:[^_\\\n]|\\.|(?<=[^\W_])_(?=[^\W_]))*+(?<=[^\s_(\[])\2(?!\w)                # emphasis
    | (?<![~\\])~~(?=[^\s~])(?:[^~\\\n]|\\.)*+(?<=[^\s~])~~                          # struck
    | (?<![\w`\\])`(?=[^\s`])[^`\n]*+(?<=[^\s`])`(?![\w`])                           # code
    """,
    re.MULTILINE | re.VERBOSE,
)
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")


def _is_markdown(text: str) -> bool:
    if _MARKDOWN.search(text):
        return True
    lines = ["", "", *text.split("\n")]
    return any(
        _is_escaped(line) or _is_table_rule(above, line) or _is_underline(before, above, line)
        for before, above, line in zip(lines, lines[1:], lines[2:], strict=False)
    )


def _is_escaped(line: str) -> bool:
    # Only escapes that would be written here count: a path like C:\_old is plain text.
    if "\\" not in line:
        return False
    line = line.strip()
    texts = {line, line[_quote_width(line) :].strip(), _ITEM.sub("", line)}
    return any(_ESCAPED.search(text) and _escaped(_ESCAPED.sub(r"\1", text)) == text for text in texts)


def _is_table_rule(above: str, line: str) -> bool:
    return "|" in above and "|" in line and "--" in line and not line.strip("|:- \t")


def _is_underline(before: str, above: str, line: str) -> bool:
    return len(line) > 2 and not line.strip("=") and bool(above.strip()) and not before.strip()


# Lines into parts


@dataclass(frozen=True)
class _Part:
    """The text of a paragraph or heading is plain; that of a break, list or quote is Markdown."""

    kind: Literal["paragraph", "heading", "break", "list", "quote"]
    text: str


_ITEM = re.compile(r"\A([ \t]*+)(?:([-+*•])|([0-9]{1,9})([.)]))(?:(?<=•)[ \t]*+|[ \t]++)(?=\S)")
_QUOTE = re.compile(r"\A(?:>[ ]?){0,9}>(?=\s|\Z)")
_BREAK_SIGNS = frozenset("-–—*•_")


def _parts(lines: list[str]) -> Iterator[_Part]:
    block: list[str] = []
    at = 0
    while at < len(lines):
        line, found = lines[at].strip(), _part_at(lines, at)
        if line and not found:
            block.append(line)
            at += 1
            continue
        yield from (_Part("paragraph", text) for text in _paragraphs(block))
        block = []
        if found:
            part, at = found
            yield part
        else:
            at += 1
    yield from (_Part("paragraph", text) for text in _paragraphs(block))


def _part_at(lines: list[str], at: int) -> tuple[_Part, int] | None:
    """The break, list or quote that begins in a line, and the line after it."""
    line = lines[at].strip()
    if not line or line[0].isalpha():
        return None
    if _is_break(line):
        return _Part("break", "---"), at + 1
    if end := _list_end(lines, at):
        return _Part("list", _list_text(lines[at:end])), end
    if _begins_quote(lines, at):
        end = next((n for n in range(at, len(lines)) if not _quote_width(lines[n].strip())), len(lines))
        return _Part("quote", _quote_text(lines[at:end])), end
    return None


def _is_break(line: str) -> bool:
    signs = set(line) - {" ", "\t", "\xa0"}
    # Two underscores may stand for a name left out.
    return len(signs) == 1 and signs <= _BREAK_SIGNS and (signs != {"_"} or line.count("_") > 2)


def _list_end(lines: list[str], at: int) -> int:
    """The line after the list that begins here, or 0: one item alone is a line that looks like an item."""
    first = _ITEM.match(lines[at])
    if not first or _indent(lines[at]) > 3 or first[3] not in (None, "0", "1"):
        return 0
    items, end, number, is_loose = 1, at + 1, int(first[3] or 0), False
    for n in range(at + 1, len(lines)):
        line = lines[n]
        text = line.strip()
        if not text:
            is_loose = True
            continue
        indent, item = _indent(line), _ITEM.match(line)
        if _is_break(text) or (is_loose and indent > 4):
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
        text, item = line.strip(), _ITEM.match(line)
        if item:
            marker = "-" if item[2] == "•" else item[2] or item[3] + item[4]
            written.append(" " * _indent(line) + f"{marker} {_escaped(line[item.end() :].strip())}")
        elif text:
            written.append(" " * _indent(line) + _escaped(text))
        elif written[-1]:
            written.append("")
    return "\n".join(written)


def _indent(line: str) -> int:
    return len(line[: len(line) - len(line.lstrip(" \t"))].expandtabs(4))


def _quote_width(line: str) -> int:
    found = _QUOTE.match(line)
    return found.end() if found else 0


def _begins_quote(lines: list[str], at: int) -> bool:
    # Mail programs begin a quote with an empty line of it.
    for line in (text.strip() for text in lines[at : at + 2]):
        width = _quote_width(line)
        if not width or line[width:]:
            return width > 0
    return False


def _quote_text(lines: list[str]) -> str:
    written: list[str] = []
    depth_above = 0
    for line in (text.strip() for text in lines):
        width = _quote_width(line)
        signs, text = line[:width], line[width:].strip()
        depth = signs.count(">") if text else 0
        if depth and depth_above and depth != depth_above:
            # Else Markdown takes the line for the end of the paragraph above, in the other quote.
            written.append(">" * min(depth, depth_above))
        written.append(f"{signs} {_escaped(text)}" if text else signs)
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


# Sub-headings

_AGE = re.compile(r"[0-9] (?:second|minute|hour|day|week|month|year)s? ago\Z")
_CLOSING = "\"'”’»)]"
_NO_HEADING_ENDS = frozenset(".,;:。．，；：।۔،؛")


def _is_sub_heading(line: str, below: str) -> bool:
    """Whether a line is a sub-heading of the paragraph below; "He said:" and "Tech2 days ago" are none."""
    return (
        len(line) <= LONGEST_SUB_HEADING
        and len(below) >= SHORTEST_TEXT_BELOW
        and any(sign.isalnum() for sign in line)
        and line.rstrip(_CLOSING)[-1:] not in _NO_HEADING_ENDS
        and not _AGE.search(line)
    )


def _with_sub_headings(parts: list[_Part]) -> list[_Part]:
    return [
        _Part("heading", part.text)
        if part.kind == below.kind == "paragraph" and _is_sub_heading(part.text, below.text)
        else part
        for part, below in zip_longest(parts, parts[1:], fillvalue=_Part("break", ""))
    ]


def _with_sub_heading_blocks(blocks: list[Block]) -> list[Block]:
    blocks = _raised(blocks, lambda block: all(run.bold for run in block.runs))
    # Without any format it is text, and treated as such; with real headings no other line is one.
    if _has_formats(blocks) and not any(block.level for block in blocks):
        blocks = _raised(blocks, lambda block: all(run.is_plain for run in block.runs))
    return blocks


def _raised(blocks: list[Block], is_heading: Callable[[Block], bool]) -> list[Block]:
    return [
        replace(block, level=2, runs=tuple(replace(run, bold=False) for run in block.runs))
        if block.is_prose and below.is_prose and is_heading(block) and _is_sub_heading(block.text, below.text)
        else block
        for block, below in zip_longest(blocks, blocks[1:], fillvalue=Block())
    ]


def _has_formats(blocks: list[Block]) -> bool:
    return any(block.level or not all(run.is_plain for run in block.runs) for block in blocks)


# Writing Markdown

# Each finds the place before a sign that needs a backslash.
_INLINE = re.compile(
    r"""(?=
      \\(?=[!-/:-@\[-`{-~]|\Z)
    | (?<![^\W_])_ | _(?![^\W_])
    | (?<!\ )\* | \*(?!\ )
    | `
    | \](?=[(:])
    | <(?=\S)
    | &(?=\#?\w+;)
    | ~(?=~) | (?<=~)~
    )""",
    re.VERBOSE,
)
_INLINE_IN_FORMATS = re.compile(r"(?=[\\`*_\[\]<~]|&(?=#?\w+;|#?\w*\Z))")
_LINE_START = re.compile(r"\A(?=\#{1,6}(?:\s|\Z)|>|[-+](?:\s|\Z)|[-=|:][-=|:\s]*+\Z)")
_NUMBER_START = re.compile(r"\A([0-9]{1,9})(?=[.)](?:\s|\Z))")
_HEADING_END = re.compile(r"(?<=[ \t])(?=#+\Z)")
_UNSAFE_IN_URL = re.compile(r"[\s()<>\\\"`\x00-\x20\x7f]")
_ENTITY = re.compile(r"&(?=#?\w+;)")


def _escaped(line: str) -> str:
    """The line so that Markdown shows it as it is, also as the first of a block."""
    return _escaped_start(_INLINE.sub(r"\\", line))


def _escaped_start(line: str) -> str:
    return line if line[:1].isalpha() else _NUMBER_START.sub(r"\1\\", _LINE_START.sub(r"\\", line))


def _written(part: _Part) -> str:
    if part.kind == "paragraph":
        return _escaped(part.text)
    if part.kind == "heading":
        return _heading(_escaped(part.text), 2)
    return part.text


def _heading(line: str, level: int) -> str:
    # Number signs at the end of a heading would not be shown.
    return "#" * level + " " + _HEADING_END.sub(r"\\", line)


def _joined(blocks: list[Block], content: Callable[[Block], str]) -> str:
    """The blocks as lines of Markdown, each with `content`."""
    pieces: list[str] = []
    above = Block()
    depth = 0
    for block in blocks:
        # A level that begins out of nothing would be read as code.
        depth = depth if block.quote == above.quote else 0
        depth = min(block.depth, depth + 1) if block.marker else min(block.depth, depth)
        quote = "> " * block.quote
        if pieces:
            is_list = bool(block.marker and above.depth) and block.quote == above.quote
            between = quote.rstrip() if block.quote == above.quote else ""
            pieces.append("\n" if is_list else f"\n{between}\n")
        above = replace(block, depth=depth)
        indent = " " * 4 * (depth - 1 if block.marker else depth)
        marker = f"{block.marker} " if block.marker else ""
        pieces.append(f"{quote}{indent}{marker}{content(block)}" if block.runs else "---")
    return "".join(pieces)


def _block_line(block: Block) -> str:
    line = _escaped_start(_inline(block.runs))
    if not block.level:
        return line
    return _heading(line, 2 if block.level < 3 else 3)


def _inline(runs: tuple[Run, ...]) -> str:
    pieces: list[str] = []
    groups = [(link, list(group)) for link, group in groupby(runs, key=lambda run: run.link)]
    before = ""
    for n, (link, group) in enumerate(groups):
        after = ""
        if n + 1 < len(groups):
            next_link, next_group = groups[n + 1]
            sign = next_group[0].text[0]
            after = "[" if next_link and sign != " " else sign
        if not link:
            pieces.append(_formatted(group, before, after))
        else:
            text = "".join(run.text for run in group)
            lead, tail = " " * text.startswith(" "), " " * text.endswith(" ")
            group[0] = replace(group[0], text=group[0].text.lstrip(" "))
            group[-1] = replace(group[-1], text=group[-1].text.rstrip(" "))
            if before == "!" and not lead:
                # Else the link is a picture.
                pieces[-1] = pieces[-1][:-1] + "\\!"
            pieces.append(f"{lead}[{_formatted(group, '[', ']')}]({_address(link)}){tail}")
        before = pieces[-1][-1]
    return "".join(pieces)


def _formatted(runs: list[Run], before: str, after: str) -> str:
    """Runs with their emphasis, except where Markdown would show the asterisks (CommonMark §6.2)."""
    pieces: list[str] = []
    for n, run in enumerate(runs):
        text = run.text.strip(" ")
        lead, tail = " " * run.text.startswith(" "), " " * run.text.endswith(" ")
        following = runs[n + 1].text[0] if n + 1 < len(runs) else after
        marks = "~~" * run.struck + "**" * run.bold + "*" * run.italic
        if not (_opens(lead or before, text[0]) and _opens(tail or following, text[-1])):
            marks = ""
        escaped = _INLINE_IN_FORMATS.sub(r"\\", text)
        pieces.append(f"{lead}{marks}{escaped}{marks[::-1]}{tail}")
        before = pieces[-1][-1]
    return "".join(pieces)


def _opens(neighbour: str, edge: str) -> bool:
    """Whether asterisks between a neighbour (a sign, or nothing) and the edge of a text are emphasis."""
    if neighbour in ("*", "~"):
        return False
    return edge.isalnum() or neighbour in ("", " ") or neighbour in string.punctuation


def _address(url: str) -> str:
    return _ENTITY.sub("&amp;", _UNSAFE_IN_URL.sub(lambda sign: quote(sign[0], safe=""), url))
