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


def marked(theirs: Sequence[str], mine: Sequence[str], comparison: "Comparison | None" = None) -> Iterator[Line]:
    """The lines of `theirs`, with what does not stand in `mine` marked. One `comparison` bounds the work on many."""
    comparison = comparison or Comparison()
    for _, my_first, my_end, first, end in comparison.steps(mine, theirs):
        for at, line in enumerate(theirs[first:end], my_first):
            beside = mine[at] if at < my_end else ""
            yield (Part(line),) if line == beside else tuple(_words(comparison, line.split(" "), beside.split(" ")))


def _words(comparison: "Comparison", theirs: Sequence[str], mine: Sequence[str]) -> Iterator[Part]:
    for kind, _, _, first, end in comparison.steps(mine, theirs):
        if end > first:
            yield Part(" ".join(theirs[first:end]), kind != "equal")


class Comparison:
    """Comparing two texts, with the pairs that may still be looked at."""

    def __init__(self) -> None:
        self.pairs_left = PAIRS

    def fits(self, mine: Sequence[str], theirs: Sequence[str]) -> bool:
        """Whether two texts can be compared one by one in the time that is left."""
        return max(len(mine), len(theirs)) <= COMPARED and _pairs(mine, theirs) <= self.pairs_left

    def steps(self, mine: Sequence[str], theirs: Sequence[str]) -> Sequence[Step]:
        """How `mine` becomes `theirs`, as opcodes of difflib; all of it replaced where that would take too long.

        What both begin and end with costs nothing.
        """
        begin = _alike(mine, theirs)
        end = _alike(mine[begin:][::-1], theirs[begin:][::-1])
        middle, other = mine[begin : len(mine) - end], theirs[begin : len(theirs) - end]
        found: list[Step] = [("replace", 0, len(middle), 0, len(other))] if middle or other else []
        pairs = _pairs(middle, other)
        if pairs and self.fits(middle, other):
            self.pairs_left -= pairs
            found = SequenceMatcher(None, middle, other, autojunk=False).get_opcodes()
        steps: list[Step] = [("equal", 0, begin, 0, begin)] if begin else []
        steps += [(kind, a + begin, b + begin, c + begin, d + begin) for kind, a, b, c, d in found]
        if end:
            steps.append(("equal", len(mine) - end, len(mine), len(theirs) - end, len(theirs)))
        return steps


def _pairs(mine: Sequence[str], theirs: Sequence[str]) -> int:
    counts = Counter(mine)
    return sum(counts[one] for one in theirs)


def _alike(mine: Sequence[str], theirs: Sequence[str]) -> int:
    """With how many equal ones two sequences begin."""
    pairs = enumerate(zip(mine, theirs, strict=False))
    return next((at for at, (one, other) in pairs if one != other), min(len(mine), len(theirs)))
