"""What was measured, written as RESULTS.md."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bench import polls, publishing, report, slow
from bench.deltas import POLLS_A_DAY, STORIES_A_DAY, Day
from bench.front import Front
from bench.growth import Growth
from bench.polls import BARE, DJANGO, FEEDSVC, MIRROR, NGINX, NGINX_HEADERS, Rates
from bench.publishing import Waits
from bench.report import Bar, short
from bench.slow import Beside

GROWS_AT_MOST = 1.2
SLOWER_AT_MOST = 3.0
LIGHTER = 0.1
TIMES_DJANGO = 60
AS_NGINX = 0.95
SERVED_AS_BEFORE = 0.9
"""Of the rate alone: two rounds of the same differ by so much."""

NAMES = (NGINX, NGINX_HEADERS, MIRROR, BARE, FEEDSVC, polls.CACHED, polls.DJANGO_SITE, DJANGO, polls.NAIVE)


@dataclass(frozen=True)
class Run:
    """One run of the bench; loads are processes that wanted a processor, before and after."""

    began: datetime
    rounds: int
    seconds: float
    machine: list[tuple[str, str]]
    load_before: float
    rates: Rates
    waits: Waits
    beside: Beside
    front: Front
    day: Day
    growth: list[Growth]


def page(run: Run) -> str:
    """The whole of RESULTS.md."""
    return "\n\n".join(part for part in _parts(run) if part) + "\n"


def _parts(run: Run) -> Iterable[str]:
    yield "# Measured side by side"
    yield (
        f"Written by `make bench` on {run.began:%Y-%m-%d at %H:%M} UTC. Servers ran on core 0, the load on core 1; "
        f"medians of {run.rounds} rounds of {run.seconds:g} s, each server in turn within a round. When it began, "
        f"{run.load_before:.1f} processes on average wanted a processor{_warning(run)}."
    )
    yield report.table(("", "which"), run.machine)
    yield "## Bars"
    yield report.bars_table(bars(run))
    yield from _limits(run)
    yield from _polls(run.rates)
    yield from _waits(run.waits, run.beside)
    yield from _day(run.day)
    yield from _growth(run.growth)
    yield from _front(run.front)


def _warning(run: Run) -> str:
    if run.load_before < 0.5:
        return ""
    return ": others worked on this machine, so rates are lower than they could be, and ratios uncertain"


def bars(run: Run) -> list[Bar]:
    """All promises of the service's speed, with what was found."""
    found = report.medians(run.rates.rates)

    def times(ask: str, other: str, server: str = FEEDSVC) -> float | None:
        return report.ratio(found.get(server, {}).get(ask), found.get(other, {}).get(ask))

    every = [
        Bar("304: times nginx's static file", times("304", NGINX), 0.40),
        Bar("304: times the bare callable", times("304", BARE), 0.85),
        Bar("304: times Django's cached view", times("304", DJANGO), TIMES_DJANGO),
    ]
    for ask in ("gzip", "identity"):
        every += [
            Bar(f"{ask}: times nginx's static file", times(ask, NGINX), 0.50),
            Bar(f"{ask}: times the bare callable", times(ask, BARE), 0.85),
        ]
    every += [
        Bar(f"{ask} through the mirror: times nginx's static file", times(ask, NGINX, MIRROR), AS_NGINX)
        for ask in polls.ASKS
    ]
    for what, (alone, beside) in _waited(run.waits):
        value = report.ratio(report.middle(beside), report.middle(alone))
        every.append(
            Bar(
                f"p99 of other feeds' polls while stories are published, {what}: times that without",
                value,
                SLOWER_AT_MOST,
                is_least=False,
            )
        )
    every += [
        Bar(
            f"{name} at {run.growth[-1].stories:,} stories: times that at {run.growth[0].stories:,}",
            value,
            GROWS_AT_MOST,
            is_least=False,
        )
        for name, value in _grown(run.growth)
    ]
    every += [
        Bar(f"bytes of a day of deltas, {format}: times those of documents", value, LIGHTER, is_least=False)
        for format, value in _weights(run.day).items()
    ]
    served = report.ratio(
        report.middle([one.rate for one in run.beside.beside]), report.middle([one.rate for one in run.beside.alone])
    )
    every.append(
        Bar("304s beside slow clients: times those alone", 0 if run.beside.problems else served, SERVED_AS_BEFORE)
    )
    return every


def _limits(run: Run) -> Iterable[str]:
    """What keeps a bar from being reached, where other figures of the same run show it."""
    found = report.medians(run.rates.rates)

    def times(server: str, other: str, ask: str) -> float | None:
        return report.ratio(found.get(server, {}).get(ask), found.get(other, {}).get(ask))

    lines = []
    if (bare := times(BARE, DJANGO, "304")) is not None and bare < TIMES_DJANGO:
        lines.append(
            f"- 304, times Django's cached view: the bare callable, which does nothing but look two things up, "
            f"reaches {short(bare)}: no application under this server can answer {TIMES_DJANGO} times as many."
        )
    for ask in polls.ASKS:
        mirror, headers = times(MIRROR, NGINX, ask), times(NGINX_HEADERS, NGINX, ask)
        if mirror is not None and headers is not None and mirror < AS_NGINX:
            lines.append(
                f"- {ask} through the mirror: nginx reaches {short(headers)} of its own rate with the same file and "
                "the headers that a feed needs; the rest goes into looking at what is asked (`A-IM`, "
                "`Sec-Fetch-Dest`, the forms of the tag, the date and the codings) and into a longer path."
            )
    if lines:
        yield "What the limits are:"
        yield "\n".join(lines)


def _waited(waits: Waits) -> list[tuple[str, tuple[list[float], list[float]]]]:
    return [
        ("as many polls as are answered", waits.full),
        (f"{publishing.POLLS_A_SECOND} polls a second", waits.steady),
    ]


def _grown(growth: Sequence[Growth]) -> Iterable[tuple[str, float | None]]:
    if len(growth) < 2:
        return
    for name, cost in growth[0].costs.items():
        yield name, report.ratio(growth[-1].costs[name].milliseconds, cost.milliseconds)


def _polls(rates: Rates) -> Iterable[str]:
    yield "## Polls"
    yield (
        f"One RSS document of {polls.STORIES} stories of {polls.STORY_CHARACTERS:,} characters. The bare callable and "
        "nginx send feedsvc's own bytes, and the callable its headers too; Django and the naive view write documents "
        "of their own of the same stories. Requests a second, and how far the rounds lie apart:"
    )
    yield _rates_table(rates.rates, with_spread=True)
    yield "Requests in each second that the server had its processor, which other load on the machine moves less:"
    yield _rates_table(rates.by_processor)
    for other in (NGINX, BARE, DJANGO):
        yield f"Times {other}:"
        yield _ratios_table(rates, other)
    notes = [f"- {server}: {' '.join(sentence.split())}" for server, said in rates.notes.items() for sentence in said]
    if notes:
        yield "\n".join(notes)


def _rates_table(rates: dict[str, dict[str, list[float]]], with_spread: bool = False) -> str:
    def cell(figures: list[float]) -> str:
        apart = report.spread(figures)
        return short(report.middle(figures)) + (f" ± {apart / 2:.0%}" if with_spread and apart is not None else "")

    return report.table(
        ("", *polls.ASKS), [[name, *(cell(rates.get(name, {}).get(ask, [])) for ask in polls.ASKS)] for name in NAMES]
    )


def _ratios_table(rates: Rates, other: str) -> str:
    rows = []
    both = report.medians(rates.rates), report.medians(rates.by_processor)
    for name in NAMES:
        if name == other:
            continue
        cells = []
        for ask in polls.ASKS:
            measured, by_processor = (
                report.ratio(of.get(name, {}).get(ask), of.get(other, {}).get(ask)) for of in both
            )
            cells.append(f"{short(measured)} ({short(by_processor)})" if measured is not None else report.NOTHING)
        rows.append([name, *cells])
    return report.table(("by rate (by processor)", *polls.ASKS), rows)


def _waits(waits: Waits, beside: Beside) -> Iterable[str]:
    yield "## Polls while stories are published"
    published = f"{min(waits.published):.1f} to {max(waits.published):.1f}" if waits.published else "none"
    yield (
        f"304s of one feed, while an editor publishes stories of {polls.STORY_CHARACTERS:,} characters into another "
        f"one through the newsdesk's form, {publishing.STORIES_A_SECOND} a second wanted, {published} a second done; "
        f"{len(publishing.FOLLOWED)} documents that move with each are polled as often. p99 in ms:"
    )
    rows = [
        [what, short(report.middle(alone)), short(report.middle(with_stories))]
        for what, (alone, with_stories) in _waited(waits)
    ]
    yield report.table(("", "alone", "while stories are published"), rows)
    if waits.problems:
        yield "\n".join(f"- {sentence}" for sentence in sorted(set(waits.problems)))
    yield "## Slow clients"
    yield (
        f"304s of others beside {slow.CLIENTS} clients that sent half a header and {slow.CLIENTS} that asked for the "
        "whole document and do not read it:"
    )
    yield report.table(
        ("", "a second", "median, ms", "p99, ms", "failed"),
        [
            [
                what,
                short(report.middle([one.rate for one in loads])),
                short(report.middle([one.median_ms for one in loads])),
                short(report.middle([one.p99_ms for one in loads])),
                str(sum(one.failed for one in loads)),
            ]
            for what, loads in (("alone", beside.alone), ("beside them", beside.beside))
        ],
    )
    if beside.problems:
        yield "\n".join(f"- {sentence}" for sentence in beside.problems)


def _weights(day: Day) -> dict[str, float | None]:
    return {format: report.ratio(weight, day.documents[format]) for format, weight in day.deltas.items()}


def _day(day: Day) -> Iterable[str]:
    yield "## A day of polls, by deltas and by documents"
    yield (
        f"A busy section: {STORIES_A_DAY} stories of {polls.STORY_CHARACTERS:,} characters a day, a poll an hour with "
        "the last tag. Bytes of the bodies of that day, all in gzip:"
    )
    yield report.table(
        ("", "with `A-IM: feed`", "without", "answers that were deltas"),
        [
            [format, f"{weight:,}", f"{day.documents[format]:,}", f"{day.answered[format]} of {POLLS_A_DAY}"]
            for format, weight in day.deltas.items()
        ],
    )


def _growth(growth: Sequence[Growth]) -> Iterable[str]:
    if not growth:
        return
    yield "## Growth"
    yield (
        "Medians in ms within one process, on SQLite, filled through `actions/bring_in.py`; in brackets statements of "
        "SQL and thousands of steps of SQLite's virtual machine, which no other load moves."
    )
    rows = [
        [
            name,
            *(
                f"{short(one.costs[name].milliseconds)} ({one.costs[name].statements:.0f}; "
                f"{one.costs[name].steps / 1_000:.1f})"
                for one in growth
            ),
        ]
        for name in growth[0].costs
    ]
    rows.append(["filling, ms a story", *(short(one.fill_seconds * 1_000 / one.stories) for one in growth)])
    rows.append(["database, MB", *(short(one.database_bytes / 1e6) for one in growth)])
    yield report.table(("", *(f"{one.stories:,} stories" for one in growth)), rows)
    yield "![Curves of growth](growth.svg)"
    first, last = growth[0], growth[-1]
    grown = [
        f"- {name}: {first.costs[name].steps / 1_000:.1f} to {cost.steps / 1_000:.1f} thousand steps, of which "
        f"{cost.heaviest_steps / 1_000:.1f} in one statement, `{_shortened(cost.heaviest)}`"
        + (f", carried out as `{cost.plan}`" if cost.plan else "")
        for name, cost in last.costs.items()
        if (report.ratio(cost.steps, first.costs[name].steps) or 1) > GROWS_AT_MOST
    ]
    if grown:
        yield "\n".join(("What SQLite did more than so many times as often, and where:", "", *grown))


def _shortened(statement: str) -> str:
    """A statement without its columns, and with few of its question marks."""
    _, _, rest = " ".join(statement.split()).partition(" FROM ")
    shown = f"… FROM {rest}" if rest else statement
    return re.sub(r"\?(?:, \?){3,}", "?, …", shown)[:400]


def _front(front: Front) -> Iterable[str]:
    yield "## Where the time of a poll goes"
    yield "Microseconds of one call of the WSGI application, with no server around it:"
    yield report.table(
        ("", "feedsvc", "bare callable", "more"),
        [[ask, f"{one:.1f}", f"{bare:.1f}", f"{one - bare:.1f}"] for ask, (one, bare) in front.calls.items()],
    )
    yield "A profile of 304s in the front (the profiler itself makes each call several times slower):"
    yield f"```\n{front.profile}\n```"
