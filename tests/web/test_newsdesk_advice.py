"""Advice blocks nothing, says what to do, and who asks for it."""

import pytest

from tests.web.newsdesk_app import STORY, Desk, jpeg, path_of, text_of


@pytest.fixture
def desk(settings, database):
    desk = Desk(settings, database)
    yield desk
    desk.app.extensions["feedsvc"].database.engine.dispose()


def advice(desk, **fields):
    return text_of(desk.get(path_of(desk.write("publish", **STORY | fields))))


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            "See [this](/politics).",
            "Advice: A link without a site: /politics (they are taken as addresses of this one)",
        ),
        ("See [this](http://a.example/x).", "Advice: A link without https: http://a.example/x (browsers warn of it)"),
        (
            "[1](//a.example) [2](x) [3](#y) [4](?z)",
            "Advice: Links without a site: //a.example, x, #y and 1 more (they are taken as addresses of this one)",
        ),
    ],
)
def test_links_that_would_not_do_elsewhere_are_named(desk, body, said):
    assert said in advice(desk, body=body)


@pytest.mark.parametrize("body", ["[1](https://a.example) and [2](mailto:a@b.example)", "None. `[3](/x)`"])
def test_links_that_do_are_not(desk, body):
    assert "without" not in advice(desk, body=body).partition("What was done")[0].partition("Checks")[2]


def test_each_aggregator_has_its_lines(desk):
    plain = advice(desk, headline="Short", standfirst="", authors="")
    for line in (
        "Missing: Headline of 20 to 150 characters (MSN)",
        "Missing: A picture (MSN)",
        "Missing: Standfirst of 300 characters or more (Flipboard)",
        "Missing: Picture of 500 pixels or more on each side (Flipboard)",
        "Missing: An author (SmartNews)",
    ):
        assert line in plain
    assert "0 of 5" in plain


def test_a_story_that_has_all_is_told_so(desk):
    full = advice(desk, standfirst="x" * 300, picture=jpeg(900, 500), picture_alt="A bus")
    assert "5 of 5" in full
    assert "Missing:" not in full


@pytest.mark.parametrize(("characters", "is_good"), [(19, False), (20, True), (150, True), (151, False)])
def test_the_bounds_of_a_headline_belong_to_it(desk, characters, is_good):
    word = "Good:" if is_good else "Missing:"
    assert f"{word} Headline of 20 to 150 characters" in advice(desk, headline="x" * characters)


@pytest.mark.parametrize(("size", "is_good"), [((1600, 499), False), ((500, 500), True)])
def test_the_smaller_side_of_a_picture_counts(desk, size, is_good):
    word = "Good:" if is_good else "Missing:"
    assert f"{word} Picture of 500 pixels" in advice(desk, picture=jpeg(*size), picture_alt="A bus")
