"""What somebody else wrote, line by line, with the words marked that do not stand in the text beside it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

COMPARED = 2_000
"""So many lines, or words of a line, are compared one by one: beyond, time grows too fast and the whole is marked."""


@dataclass(frozen=True)
class Part:
    """A piece of a line; `is_theirs` where it does not stand in the other text."""

    text: str
    is_theirs: bool = False


Line = tuple[Part, ...]


def marked(theirs: Sequence[str], mine: Sequence[str]) -> Iterator[Line]:
    """The lines of `theirs`, with what does not stand in `mine` marked."""
    for _, my_first, my_end, first, end in _steps(mine, theirs):
        for at, line in enumerate(theirs[first:end], my_first):
            beside = mine[at] if at < my_end else ""
            yield (Part(line),) if line == beside else tuple(_words(line.split(" "), beside.split(" ")))


def _words(theirs: Sequence[str], mine: Sequence[str]) -> Iterator[Part]:
    for kind, _, _, first, end in _steps(mine, theirs):
        if end > first:
            yield Part(" ".join(theirs[first:end]), kind != "equal")


def _steps(mine: Sequence[str], theirs: Sequence[str]) -> Sequence[tuple[str, int, int, int, int]]:
    if max(len(mine), len(theirs)) > COMPARED:
        return [("replace", 0, len(mine), 0, len(theirs))]
    return SequenceMatcher(None, mine, theirs, autojunk=False).get_opcodes()
