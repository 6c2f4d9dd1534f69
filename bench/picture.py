"""The curves of growth as a picture, drawn by hand in SVG: both axes by powers of ten. Pure functions."""

import math
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 760, 420
LEFT, RIGHT, TOP, BOTTOM = 64, 230, 34, 48

COLOURS = ("#0b5cad", "#b3261e", "#1b7f4b", "#8a4fbf", "#b86e00", "#00798c", "#5d5d5d", "#c2185b")

Points = Sequence[tuple[float, float]]


def growth(curves: Mapping[str, Points], title: str) -> str:
    """An SVG of several curves: (stories, ms) each. Figures of nothing or less have no place and are left out."""
    drawn = {name: [(x, y) for x, y in points if x > 0 and y > 0] for name, points in curves.items()}
    every = [point for points in drawn.values() for point in points]
    if not every:
        raise ValueError("there is nothing to draw")
    across = _decades([x for x, _ in every])
    upwards = _decades([y for _, y in every])

    def place(x: float, y: float) -> tuple[float, float]:
        return (
            LEFT + _part(x, across) * (WIDTH - LEFT - RIGHT),
            HEIGHT - BOTTOM - _part(y, upwards) * (HEIGHT - TOP - BOTTOM),
        )

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
        f'font-size="12" role="img" aria-label="{escape(title)}">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        f'<text x="{LEFT}" y="20" font-size="14" font-weight="bold">{escape(title)}</text>',
    ]
    for power in range(across[0], across[1] + 1):
        x, bottom = place(10.0**power, 10.0 ** upwards[0])
        parts += [
            f'<path d="M{x:.1f} {TOP}V{bottom:.1f}" stroke="#ddd"/>',
            f'<text x="{x:.1f}" y="{bottom + 18:.1f}" text-anchor="middle">{10**power:,}</text>',
        ]
    for power in range(upwards[0], upwards[1] + 1):
        x, y = place(10.0 ** across[0], 10.0**power)
        parts += [
            f'<path d="M{x:.1f} {y:.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>',
            f'<text x="{x - 8:.1f}" y="{y + 4:.1f}" text-anchor="end">{10.0**power:g} ms</text>',
        ]
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(f'<text x="{middle:.0f}" y="{HEIGHT - 10}" text-anchor="middle">stories in the newsroom</text>')
    parts += _lines(drawn, place)
    return "\n".join([*parts, "</svg>", ""])


def _lines(drawn, place) -> list[str]:  # type: ignore[no-untyped-def]
    """The curves, each with its name at the right, moved apart where two would cover each other."""
    parts, heights = [], []
    ends = {name: place(*points[-1]) for name, points in drawn.items() if points}
    for number, (name, (x, y)) in enumerate(sorted(ends.items(), key=lambda end: end[1][1])):
        colour = COLOURS[number % len(COLOURS)]
        path = " ".join(f"{a:.1f},{b:.1f}" for a, b in (place(*point) for point in drawn[name]))
        height = max(y, heights[-1] + 15) if heights else y
        heights.append(height)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        for a, b in (place(*point) for point in drawn[name]):
            parts.append(f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3" fill="{colour}"/>')
        parts.append(f'<path d="M{x + 5:.1f} {y:.1f}L{x + 18:.1f} {height:.1f}" stroke="{colour}" fill="none"/>')
        parts.append(f'<text x="{x + 22:.1f}" y="{height + 4:.1f}" fill="{colour}">{escape(name)}</text>')
    return parts


def _decades(figures: Sequence[float]) -> tuple[int, int]:
    least, most = math.floor(math.log10(min(figures))), math.ceil(math.log10(max(figures)))
    return least, max(most, least + 1)


def _part(figure: float, decades: tuple[int, int]) -> float:
    return (math.log10(figure) - decades[0]) / (decades[1] - decades[0])
