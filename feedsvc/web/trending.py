"""The newsdesk's page of the trending order: where each story stands, why, and what moved. It needs a sign-in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal

from babel.numbers import format_decimal
from flask import Blueprint, Response

from feedsvc.domain.article import Status
from feedsvc.storage import articles, readings
from feedsvc.storage.articles import Story
from feedsvc.storage.readings import Rank
from feedsvc.texts import _, ngettext
from feedsvc.web import ages, desk, sign_in
from feedsvc.web.languages import number
from feedsvc.web.newsroom import newsroom

BARS = 24
BAR_HOURS = 3
"""A chart shows the last 72 hours, the present one at its end."""

BAR_WIDTH = 5
BAR_STEP = 6
CHART_HEIGHT = 36
"""In units of the drawing, as the two before."""

LEAST_HEIGHT = 1.5
"""Of a bar that stands for any readings at all, however many another story has."""

LEAST_SCORE = 0.000001
"""Below this the digits of a score tell nothing."""

SAME = "–"
"""What is said of a story that did not move."""

blueprint = Blueprint("trending", __name__, url_prefix="/newsdesk/trending")
blueprint.before_request(sign_in.needed)


@dataclass(frozen=True)
class Bar:
    """A bar of a chart, in units of the drawing from its top left."""

    x: int
    y: float
    height: float


@dataclass(frozen=True)
class Chart:
    """How often a story was read lately: bars of those hours in which it was, and the same in words."""

    bars: tuple[Bar, ...]
    words: str


@dataclass(frozen=True)
class Line:
    """A story of the order as editors see it."""

    rank: int
    story: Story
    score: str
    total: int
    moved: str
    chart: Chart


@blueprint.get("", strict_slashes=False)
def order() -> Response:
    """The trending order as it was made last, without what was withdrawn since."""
    here = newsroom()
    now = here.database.clock()
    since = _first_hour(now)
    with here.database.read() as connection:
        ranks = {one.article_id: one for one in readings.ranking(connection, here.settings.feed_entries)}
        stories = articles.stories(connection, list(ranks))
        by_hour = readings.by_hour(connection, [story.article_id for story in stories], since)
        counts = desk.counts(connection)
    counted = [_in_bars(by_hour[story.article_id], since) for story in stories]
    most = max((max(bars) for bars in counted), default=0)
    lines = [
        _line(place, story, ranks[story.article_id], _chart(bars, most, since, here.settings.time_zone))
        for place, (story, bars) in enumerate(zip(stories, counted, strict=True), start=1)
    ]
    return desk.show(
        "newsdesk/trending.html",
        counts=counts,
        view="trending",
        lines=lines,
        most=most,
        has_published=counts[Status.PUBLISHED] > 0,
        same=SAME,
        exact=exact,
        amount=amount,
        bar_hours=BAR_HOURS,
        bar_width=BAR_WIDTH,
        chart_days=BARS * BAR_HOURS // 24,
        chart_width=BARS * BAR_STEP - (BAR_STEP - BAR_WIDTH),
        chart_height=CHART_HEIGHT,
    )


def _line(place: int, story: Story, rank: Rank, chart: Chart) -> Line:
    return Line(place, story, score_text(rank.score), rank.total, moved(rank), chart)


def score_text(score: float) -> str:
    """A score to be read: with two decimals from 1 on, below that with three significant digits."""
    if score >= 1:
        return exact(Decimal(f"{score:.2f}"))
    if score < LEAST_SCORE:
        return _("below %(least)s", least=exact(Decimal(f"{LEAST_SCORE:f}")))
    return exact(Decimal(f"{score:#.3g}"))


def exact(value: float | Decimal) -> str:
    """A number with all its decimals, of a plain number at most six digits: “1.8”, “0.00123”."""
    exactly = value if isinstance(value, Decimal) else Decimal(f"{value:g}")
    decimals = max(0, -int(exactly.as_tuple().exponent))
    return format_decimal(exactly, format="#,##0" + ("." + "0" * decimals if decimals else ""), locale=desk.locale())


def amount(value: float, unit: str) -> str:
    """So much of a unit in words: “60 seconds”, “1 hour”, “1.5 hours”."""
    form, shown = 1 if value == 1 else 2, exact(value)
    if unit == "second":
        return ngettext("%(n)s second", "%(n)s seconds", form, n=shown)
    if unit == "hour":
        return ngettext("%(n)s hour", "%(n)s hours", form, n=shown)
    if unit == "day":
        return ngettext("%(n)s day", "%(n)s days", form, n=shown)
    return ngettext("%(n)s reading", "%(n)s readings", form, n=shown)


def moved(rank: Rank) -> str:
    """What the last refresh did to a story: “up 2”, “down 1”, “new”, or `SAME`."""
    if rank.before is None:
        return _("new")
    if rank.before == rank.rank:
        return SAME
    if rank.rank < rank.before:
        return _("up %(places)s", places=rank.before - rank.rank)
    return _("down %(places)s", places=rank.rank - rank.before)


def _first_hour(now: datetime) -> datetime:
    """The hour with which charts begin, so that the present one is the last hour of the last bar."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    return hour - timedelta(hours=BARS * BAR_HOURS - 1)


def _in_bars(by_hour: Mapping[datetime, int], since: datetime) -> list[int]:
    """Readings for each bar, the oldest first. Hours that lie ahead, after a clock was set back, are left out."""
    counted = [0] * BARS
    for hour, read in by_hour.items():
        place = (hour - since) // timedelta(hours=BAR_HOURS)
        if 0 <= place < BARS:
            counted[place] += read
    return counted


def _chart(counted: Sequence[int], most: int, since: datetime, zone: tzinfo) -> Chart:
    """A chart whose highest possible bar stands for `most` readings, so that charts of one page can be compared."""
    heights = [max(LEAST_HEIGHT, round(CHART_HEIGHT * read / most, 1)) if read else 0.0 for read in counted]
    bars = tuple(
        Bar(place * BAR_STEP, round(CHART_HEIGHT - height, 1), height) for place, height in enumerate(heights) if height
    )
    days = BARS * BAR_HOURS // 24
    if not bars:
        return Chart(bars, _("No readings in the last %(days)s days", days=days))
    peak = max(counted)
    start = ages.date_and_time(since + timedelta(hours=BAR_HOURS) * counted.index(peak), zone, desk.locale())
    words = _(
        "Readings in the last %(days)s days: %(all)s, most in the %(hours)s hours from %(start)s: %(peak)s",
        days=days,
        all=number(sum(counted)),
        hours=BAR_HOURS,
        start=start,
        peak=number(peak),
    )
    return Chart(bars, words)
