"""What somebody else wrote, line by line, with the words marked that do not stand in the text beside it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

COMPARED = 2_000
"""So many lines, or words of a line, are compared one by one."""

PAIRS = 100_000
"""So many pairs of equal lines and of equal words are looked at in two texts. Beyond, time grows too fast, and a line
that differs is marked as a whole."""


@dataclass(frozen=True)
class Part:
    """A piece of a line; `is_theirs` where it does not stand in the other text."""

    text: str
    is_theirs: bool = False


Line = tuple[Part, ...]
Step = tuple[str, int, int, int, int]


def marked(theirs: Sequence[str], mine: Sequence[str]) -> Iterator[Line]:
    """The lines of `theirs`, with what does not stand in `mine` marked."""
    comparison = _Comparison()
    for _, my_first, my_end, first, end in comparison.steps(mine, theirs):
        for at, line in enumerate(theirs[first:end], my_first):
            beside = mine[at] if at < my_end else ""
            yield (Part(line),) if line == beside else tuple(_words(comparison, line.split(" "), beside.split(" ")))


def _words(comparison: "_Comparison", theirs: Sequence[str], mine: Sequence[str]) -> Iterator[Part]:
    for kind, _, _, first, end in comparison.steps(mine, theirs):
        if end > first:
            yield Part(" ".join(theirs[first:end]), kind != "equal")


class _Comparison:
    """Comparing two texts, with the pairs that may still be looked at."""

    def __init__(self) -> None:
        self.pairs_left = PAIRS

    def steps(self, mine: Sequence[str], theirs: Sequence[str]) -> Sequence[Step]:
        """How `mine` becomes `theirs`, as opcodes of difflib; all of it replaced where that would take too long."""
        whole = [("replace", 0, len(mine), 0, len(theirs))]
        if max(len(mine), len(theirs)) > COMPARED:
            return whole
        counts = Counter(mine)
        pairs = sum(counts[one] for one in theirs)
        if pairs > self.pairs_left:
            return whole
        self.pairs_left -= pairs
        return SequenceMatcher(None, mine, theirs, autojunk=False).get_opcodes()
