"""Pasted text becomes Markdown: paragraphs, sub-headings, breaks; what is Markdown already is left alone.

The law of `from_text` and `from_html`: `from_text` of their result changes nothing.
"""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import zip_longest

from feedsvc.feeds import rich_text
from feedsvc.feeds.markdown import escaped, escaped_start, formatted_line, heading_line, is_markdown
from feedsvc.feeds.rich_text import Block
from feedsvc.feeds.typed_text import Part, is_break, parts_of
from feedsvc.texts import _, ngettext

LONGEST_SUB_HEADING = 100
"""Characters."""
SHORTEST_TEXT_BELOW = 121
"""Characters of the paragraph that makes the line above it a sub-heading."""

_LINE_END = re.compile("\r\n?")


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
        made = [
            *([ngettext("%(n)s paragraph", "%(n)s paragraphs", self.paragraphs)] if self.paragraphs else []),
            *([ngettext("%(n)s sub-heading", "%(n)s sub-headings", self.sub_headings)] if self.sub_headings else []),
            *([ngettext("%(n)s break", "%(n)s breaks", self.breaks)] if self.breaks else []),
        ]
        if not self.changed:
            line = _("The text was left as it is.")
        elif not made:
            line = _("Tidied the pasted text.")
        else:
            line = _("Made %(parts)s out of the pasted text.", parts=_joined_in_words(made))
        if self.pictures:
            left_out = ngettext(
                "%(n)s picture was left out: pictures have their own field.",
                "%(n)s pictures were left out: pictures have their own field.",
                self.pictures,
            )
            line += f" {left_out}"
        return line


def _joined_in_words(parts: list[str]) -> str:
    """A list as it stands in a sentence: “this, that and those”."""
    *others, last = parts
    return _("%(others)s and %(last)s", others=", ".join(others), last=last) if others else last


def from_text(text: str) -> Pasted:
    """Make Markdown of text that was typed or pasted; takes any text, in time linear to its length.

    Text with Markdown headings, links, emphasis, code or tables comes back as it is, but for line ends. Else a
    line or a hard-wrapped run of lines is a paragraph, a short line above a long paragraph a sub-heading, a
    lone `-` or `***` a break; lists and `> ` quotes stay; and what Markdown would misread is escaped.
    """
    text = _LINE_END.sub("\n", text)
    return Pasted(text) if is_markdown(text) else _converted(text)


def _converted(text: str) -> Pasted:
    parts = _with_sub_headings(list(parts_of(text)))
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
    blocks = _with_sub_heading_blocks([Block() if is_break(block.text) else block for block in blocks])
    text = _joined(_with_lists_for_text(blocks), lambda block: block.text)
    if not _has_formats(blocks):
        made = from_text(text)
    else:
        markdown = _joined(blocks, _block_line)
        # Formats that would not be known as Markdown again, such as one bold syllable, are given up.
        made = _converted(text) if from_text(markdown).changed else _counted(markdown, blocks)
    return replace(made, changed=bool(made.markdown), pictures=pictures)


def _with_lists_for_text(blocks: list[Block]) -> list[Block]:
    # In plain text one item alone, or one in a quote, is a line with a hyphen.
    arounds = zip([Block(), *blocks], blocks, [*blocks[1:], Block()], strict=False)
    return [
        replace(block, marker="", depth=0)
        if block.quote or block.marker[-1:] not in (above.marker[-1:], below.marker[-1:])
        else block
        for above, block, below in arounds
    ]


def _counted(markdown: str, blocks: list[Block]) -> Pasted:
    return Pasted(
        markdown,
        paragraphs=sum(bool(block.runs) and not (block.level or block.marker) for block in blocks),
        sub_headings=sum(block.level > 0 for block in blocks),
        breaks=sum(not block.runs for block in blocks),
    )


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


def _with_sub_headings(parts: list[Part]) -> list[Part]:
    return [
        Part("heading", part.text)
        if part.kind == below.kind == "paragraph" and _is_sub_heading(part.text, below.text)
        else part
        for part, below in zip_longest(parts, parts[1:], fillvalue=Part("break", ""))
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


# Writing


def _written(part: Part) -> str:
    if part.kind == "paragraph":
        return escaped(part.text)
    if part.kind == "heading":
        return heading_line(escaped(part.text), 2)
    return part.text


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
    line = escaped_start(formatted_line(block.runs))
    if not block.level:
        return line
    return heading_line(line, 2 if block.level < 3 else 3)
