import re

import pytest
from sqlalchemy import event

from feedsvc.actions import trend
from feedsvc.settings import Settings
from feedsvc.storage.readings import Rank
from feedsvc.web.trending import BARS, CHART_HEIGHT, LEAST_HEIGHT, moved, score_text
from tests.web.newsdesk_app import STORY, Desk, path_of, text_of

PAGE = "/newsdesk/trending"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def desk(settings, database):
    return Desk(settings, database)


@pytest.fixture
def refresh(settings, database):
    """Make the order anew, after so many visitors have read each of the stories given."""

    def refresh(read=None):
        counter = trend.Readings(database.clock)
        for number, times in (read or {}).items():
            for visitor in range(times):
                assert counter.count(number, f"192.0.{visitor // 256}.{visitor % 256}", FIREFOX)
        trend.flush(database, settings, counter)
        trend.refresh(database, settings)

    return refresh


def publish(desk, headline, **fields):
    return desk.write("publish", **{**STORY, "headline": headline, **fields})


def lines_of(answer):
    """The stories of the page in their order, each with its number, words and bars (x, y, height)."""
    lines = []
    for part in answer.text.split("<li>"):
        if 'class="rank"' not in part:
            continue
        number = int(re.search(r"/newsdesk/articles/(\d+)", part)[1])
        words = " ".join(re.sub(r"<[^>]*>", " ", part.partition("</li>")[0]).split())
        bars = re.findall(r'<rect class="read" x="(\d+)" y="([\d.]+)" width="5" height="([\d.]+)"', part)
        label = re.search(r'aria-label="([^"]*)"', part)[1]
        lines.append((number, words, [tuple(map(float, bar)) for bar in bars], label))
    return lines


def moves_of(answer):
    """The stories of the page in their order, each with what is said of its move; headlines are “Story x”."""
    return [(number, re.search(r"Story \w (.*?) ·", words)[1]) for number, words, *_ in lines_of(answer)]


def test_the_page_needs_a_sign_in(desk):
    answer = desk.app.test_client().get(PAGE)
    assert answer.status_code == 303
    assert "/newsdesk/sign-in" in answer.headers["Location"]


def test_a_line_tells_rank_headline_section_score_readings_and_age(desk, refresh, clock):
    first = publish(desk, "Council keeps the night bus")
    clock.move(hours=2)
    second = publish(desk, "A chip that forgets", section="tech")
    refresh({first: 1_235})
    lines = lines_of(desk.get(PAGE))
    assert [number for number, *_ in lines] == [first, second]
    assert lines[0][1] == (
        "Rank 1 Politics Council keeps the night bus new · published 2 hours ago 1,235 readings score 154.50"
    )
    assert lines[1][1] == "Rank 2 Tech A chip that forgets new · published 1 second ago 0 readings score 0.354"
    assert f'href="{path_of(first)}"' in desk.get(PAGE).text


def test_what_moved_since_the_last_refresh_is_said_in_words(desk, refresh, clock):
    a, b, c = (publish(desk, f"Story {name}") for name in "abc")
    refresh()
    assert [number for number, *_ in lines_of(desk.get(PAGE))] == [c, b, a]
    clock.move(minutes=1)
    refresh({a: 5})
    assert moves_of(desk.get(PAGE)) == [(a, "up 2"), (c, "down 1"), (b, "down 1")]
    d = publish(desk, "Story d")
    refresh()
    assert moves_of(desk.get(PAGE)) == [(a, "– not moved"), (d, "new"), (c, "down 1"), (b, "down 1")]


@pytest.mark.parametrize(
    ("score", "text"),
    [
        (1234.567, "1,234.57"),
        (1.0, "1.00"),
        (0.9996, "1.00"),
        (0.35355, "0.354"),
        (0.5, "0.500"),
        (0.0000515, "0.0000515"),
        (0.00000051, "below 0.000001"),
    ],
)
def test_a_score_has_two_decimals_or_three_significant_digits(score, text):
    assert score_text(score) == text


@pytest.mark.parametrize(("rank", "before", "words"), [(1, 3, "up 2"), (4, 3, "down 1"), (2, None, "new"), (2, 2, "–")])
def test_a_move_is_told_from_the_rank_before(rank, before, words):
    assert moved(Rank(1, rank, before, 1.0, 0)) == words


def test_a_withdrawn_story_is_not_shown(desk, refresh):
    stays, goes = publish(desk, "It stays"), publish(desk, "It goes")
    refresh({goes: 3})
    desk.act(goes, "withdraw")
    lines = lines_of(desk.get(PAGE))
    assert [number for number, *_ in lines] == [stays]
    assert lines[0][1].startswith("Rank 1 ")
    assert "It goes" not in desk.get(PAGE).text


def test_a_headline_that_is_not_published_yet_is_not_shown(desk, refresh):
    number = publish(desk, "As readers know it")
    refresh()
    desk.act(number, "save", headline="As it may become")
    assert "As readers know it" in text_of(desk.get(PAGE))


def test_a_chart_has_a_bar_for_each_three_hours_with_readings(desk, refresh, clock):
    number = publish(desk, "Read again and again")
    other = publish(desk, "Read most")
    refresh({number: 4})
    clock.move(hours=3)
    refresh({number: 2})
    clock.move(hours=1)
    refresh({number: 1, other: 16})
    (_, _, high, label), (_, _, low, _) = sorted(lines_of(desk.get(PAGE)), key=lambda line: line[0] == other)
    # At 16:00 the last bar is of 14:00 to 17:00, the one before it of 11:00 to 14:00.
    last = (BARS - 1) * 6
    assert high == [(last - 6, CHART_HEIGHT - 9, 9), (last, CHART_HEIGHT - 6.8, 6.8)]
    assert low == [(last, 0, CHART_HEIGHT)]
    assert label == "Readings in the last 3 days: 7, most in the 3 hours from 14 March 2026, 11:00: 4"
    # Three days later the chart begins at 13:00: what was read at noon is no part of it any more.
    clock.move(hours=68)
    later = {number: bars for number, _, bars, _ in lines_of(desk.get(PAGE))}
    assert later[number] == [(0, CHART_HEIGHT - 4.5, 4.5), (6, CHART_HEIGHT - 2.2, 2.2)]


def test_a_single_reading_is_seen_beside_very_many(desk, refresh):
    few, many = publish(desk, "Few"), publish(desk, "Many")
    refresh({few: 1, many: 500})
    bars = {number: bars for number, _, bars, _ in lines_of(desk.get(PAGE))}
    assert bars[few][0][2] == LEAST_HEIGHT
    assert "the tallest on this page is 500 readings" in text_of(desk.get(PAGE))


def test_a_story_without_readings_has_an_empty_chart_that_says_so(desk, refresh, clock):
    number = publish(desk, "Read long ago")
    refresh({number: 2})
    clock.move(days=4)
    ((_, words, bars, label),) = lines_of(desk.get(PAGE))
    assert (bars, label) == ([], "No readings in the last 3 days")
    assert "2 readings" in words


def test_readings_of_hours_that_lie_ahead_are_in_no_bar(desk, refresh, clock):
    number = publish(desk, "Read by a fast clock")
    clock.move(hours=2)
    refresh({number: 2})
    clock.move(hours=-2)
    assert lines_of(desk.get(PAGE))[0][2] == []


def test_the_page_says_how_the_order_is_made(settings, database):
    said = text_of(Desk(settings, database).get(PAGE))
    for words in ("every 60 seconds", "last 30 days", "half-life of 6 hours", "exponent 1.5 is the gravity"):
        assert words in said
    other = {
        "FEEDSVC_INSTANCE_PATH": str(settings.instance_path),
        "FEEDSVC_TRENDING_HALF_LIFE": "1",
        "FEEDSVC_TRENDING_GRAVITY": "2",
        "FEEDSVC_TRENDING_WINDOW": "1",
        "FEEDSVC_TRENDING_REFRESH": "3600",
    }
    said = text_of(Desk(Settings(other), database, "bea").get(PAGE))
    for words in ("every 3,600 seconds", "last 1 day by", "half-life of 1 hour,", "exponent 2 is the gravity"):
        assert words in said


def test_without_an_order_the_page_says_what_to_expect(desk):
    said = text_of(desk.get(PAGE))
    assert "There is no order yet. Publish a story: the clock puts it here within 60 seconds." in said
    assert "counted when a page was visible for five seconds" in said
    publish(desk, "The first one")
    said = text_of(desk.get(PAGE))
    assert "The clock makes it within 60 seconds, from the stories that were published in the last 30 days." in said


def test_the_side_bar_leads_to_the_page_and_marks_it(desk):
    assert f'<a href="{PAGE}">Trending</a>' in desk.get("/newsdesk").text
    assert f'<a href="{PAGE}" aria-current="page">Trending</a>' in desk.get(PAGE).text


def test_the_page_takes_as_many_statements_for_thirty_stories_as_for_one(desk, refresh):
    engine, seen = desk.app.extensions["feedsvc"].database.engine, []

    def note(connection, cursor, statement, *_):
        if statement.startswith("SELECT"):
            seen.append(statement)

    def statements_of_the_page(stories):
        seen.clear()
        event.listen(engine, "before_cursor_execute", note)
        assert len(lines_of(desk.get(PAGE))) == stories
        event.remove(engine, "before_cursor_execute", note)
        return len(seen)

    first = publish(desk, "Story 1")
    refresh({first: 1})
    for_one = statements_of_the_page(1)
    others = [publish(desk, f"Story {number}") for number in range(2, 31)]
    refresh(dict.fromkeys(others, 1))
    assert statements_of_the_page(30) == for_one <= 14
