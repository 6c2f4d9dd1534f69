"""The signs of Markdown: whether text has them, and how text is written so that it shows none of them.

For markdown-it's preset `js-default` (CommonMark, tables, struck text, no HTML).
"""

import re
import string
from dataclasses import replace
from itertools import groupby
from urllib.parse import quote

from feedsvc.feeds.rich_text import Run

# Is it Markdown already?

ITEM = re.compile(r"\A([ \t]*+)(?:([-+*•])|([0-9]{1,9})([.)]))(?:(?<=•)[ \t]*+|[ \t]++)(?=\S)")
"""The beginning of a list item: its indent, then its bullet, or its number and the sign after it."""

_QUOTE = re.compile(r"\A(?:>[ ]?){0,9}>(?=\s|\Z)")

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


def is_markdown(text: str) -> bool:
    """Whether somebody wrote the text (with `\\n` as line ends) as Markdown, or `escaped` wrote a line of it.

    Lists, quotes and breaks alone do not tell: mails and news pages have them, too.
    """
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
    texts = {line, line[quote_width(line) :].strip(), ITEM.sub("", line)}
    return any(_ESCAPED.search(text) and escaped(_ESCAPED.sub(r"\1", text)) == text for text in texts)


def _is_table_rule(above: str, line: str) -> bool:
    return "|" in above and "|" in line and "--" in line and not line.strip("|:- \t")


def _is_underline(before: str, above: str, line: str) -> bool:
    return len(line) > 2 and not line.strip("=") and bool(above.strip()) and not before.strip()


def quote_width(line: str) -> int:
    """How many characters of a line are its signs of quotes, as in `> > so`; 0 where it is no quote."""
    found = _QUOTE.match(line)
    return found.end() if found else 0


# Writing

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


def escaped(line: str) -> str:
    """The line with backslashes where Markdown would not show it as it is, also as the first line of a block."""
    return escaped_start(_INLINE.sub(r"\\", line))


def escaped_start(line: str) -> str:
    """A line of Markdown with a backslash where it would begin a heading, a list, a quote or an underline."""
    return line if line[:1].isalpha() else _NUMBER_START.sub(r"\1\\", _LINE_START.sub(r"\\", line))


def heading_line(line: str, level: int) -> str:
    """A line of Markdown as a heading of that level."""
    # Number signs at the end of a heading would not be shown.
    return "#" * level + " " + _HEADING_END.sub(r"\\", line)


def formatted_line(runs: tuple[Run, ...]) -> str:
    """Runs of rich text as one line of Markdown, to be followed by `escaped_start` where it begins a block."""
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
        shown = _INLINE_IN_FORMATS.sub(r"\\", text)
        pieces.append(f"{lead}{marks}{shown}{marks[::-1]}{tail}")
        before = pieces[-1][-1]
    return "".join(pieces)


def _opens(neighbour: str, edge: str) -> bool:
    """Whether asterisks between a neighbour (a sign, or nothing) and the edge of a text are emphasis."""
    if neighbour in ("*", "~"):
        return False
    return edge.isalnum() or neighbour in ("", " ") or neighbour in string.punctuation


def _address(url: str) -> str:
    return _ENTITY.sub("&amp;", _UNSAFE_IN_URL.sub(lambda sign: quote(sign[0], safe=""), url))
