"""Figures -> what RESULTS.md says: medians, ratios, bars, tables. Pure functions."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

NOTHING = "–"


@dataclass(frozen=True)
class Bar:
    """One promise: a figure, what it may be at least or at most, and whether it is; `value` None if not measured."""

    what: str
    value: float | None
    limit: float
    is_least: bool = True

    @property
    def holds(self) -> bool | None:
        """Whether the bar holds; None if it was not measured."""
        if self.value is None:
            return None
        return self.value >= self.limit if self.is_least else self.value <= self.limit


def middle(figures: Sequence[float]) -> float | None:
    """The median; None of nothing."""
    return median(figures) if figures else None


def medians(rates: Mapping[str, Mapping[str, Sequence[float]]]) -> dict[str, dict[str, float]]:
    """Server -> what was asked -> the median of its rounds, of what was measured."""
    return {server: {ask: median(rounds) for ask, rounds in asks.items() if rounds} for server, asks in rates.items()}


def ratio(one: float | None, other: float | None) -> float | None:
    """How many times `other` one is; None unless both were measured."""
    return None if one is None or not other else one / other


def percentile(figures: Sequence[float], part: float) -> float:
    """The figure that `part` (0 to 1) of all are at most, by nearest rank. Raises `ValueError` for none."""
    if not figures:
        raise ValueError("there is no percentile of nothing")
    ordered = sorted(figures)
    return ordered[max(0, min(len(ordered) - 1, -int(-part * len(ordered) // 1) - 1))]


def spread(figures: Sequence[float]) -> float | None:
    """How far the rounds lie apart: (most - least) / median."""
    return (max(figures) - min(figures)) / median(figures) if figures and median(figures) else None


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of Markdown, the first column to the left, all others to the right."""
    lines = [heads, ["---", *("---:" for _ in heads[1:])], *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def bars_table(bars: Sequence[Bar]) -> str:
    """Which bars hold."""
    rows = [
        [
            bar.what,
            f"{'≥' if bar.is_least else '≤'} {short(bar.limit)}",
            short(bar.value),
            {True: "holds", False: "**does not hold**", None: "not measured"}[bar.holds],
        ]
        for bar in bars
    ]
    return table(("bar", "asked", "found", ""), rows)


def short(figure: float | None) -> str:
    """A figure with as many digits as it deserves."""
    if figure is None:
        return NOTHING
    if abs(figure) >= 100:
        return f"{figure:,.0f}"
    if abs(figure) >= 10:
        return f"{figure:.1f}"
    return f"{figure:.2f}" if abs(figure) >= 0.1 or figure == 0 else f"{figure:.3f}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
