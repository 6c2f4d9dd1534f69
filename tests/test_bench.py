"""What the bench makes of its figures: medians, ratios, bars, tables, the picture."""

from xml.etree import ElementTree

import pytest

from bench import load, picture, report
from bench.report import Bar


def test_medians_are_of_what_was_measured():
    assert report.medians({"nginx": {"304": [3.0, 1.0, 2.0], "gzip": []}}) == {"nginx": {"304": 2.0}}


def test_a_ratio_to_what_was_not_measured_is_none():
    assert report.ratio(3.0, 2.0) == 1.5
    assert report.ratio(None, 2.0) is report.ratio(2.0, None) is report.ratio(2.0, 0) is None


def test_a_percentile_is_the_nearest_rank():
    assert report.percentile(range(1, 101), 0.99) == 99
    assert report.percentile([7.0], 0.99) == 7.0
    with pytest.raises(ValueError, match="nothing"):
        report.percentile([], 0.5)


@pytest.mark.parametrize(
    ("bar", "holds"),
    [
        (Bar("fast", 0.9, 0.85), True),
        (Bar("fast", 0.84, 0.85), False),
        (Bar("slow", 1.2, 1.2, is_least=False), True),
        (Bar("slow", 1.3, 1.2, is_least=False), False),
        (Bar("unknown", None, 1), None),
    ],
)
def test_a_bar_holds_where_its_figure_is_on_the_right_side(bar: Bar, holds: bool | None):
    assert bar.holds is holds
    word = {True: "| holds |", False: "| **does not hold** |", None: "| not measured |"}[holds]
    assert word in report.bars_table([bar])


def test_a_table_is_markdown_and_a_bar_in_a_cell_is_no_border():
    assert report.table(("", "a"), [("x|y", "1")]) == "|  | a |\n| --- | ---: |\n| x\\|y | 1 |"


@pytest.mark.parametrize(
    ("figure", "text"),
    [(None, "–"), (20_800.4, "20,800"), (12.34, "12.3"), (0.853, "0.85"), (0.0212, "0.021"), (0, "0.00")],
)
def test_a_figure_has_as_many_digits_as_it_deserves(figure: float | None, text: str):
    assert report.short(figure) == text


def test_the_figures_of_wrk_are_read_and_their_lack_is_told():
    assert load.read("Running 1s test\nBENCH 3000 1500000 2 400 9000\n") == load.Load(3_000, 2_000, 0.4, 9, 2)
    with pytest.raises(RuntimeError, match="unable to connect"):
        load.read("unable to connect to 127.0.0.1:1")


def test_the_picture_is_svg_with_every_curve_and_its_name():
    drawn = picture.growth(
        {"a & b": [(1_000, 2.0), (100_000, 3.0)], "c": [(1_000, 0.5)], "none": [(1_000, 0)]}, "Costs"
    )
    root = ElementTree.fromstring(drawn)
    texts = [text.text for text in root.iter("{http://www.w3.org/2000/svg}text")]
    assert {"Costs", "a & b", "c", "1,000", "100,000"} <= set(texts)
    assert "none" not in texts
