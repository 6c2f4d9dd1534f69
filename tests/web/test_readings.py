"""Readings come from the pages of this site, and the box beside them shows what is read."""

import pytest
from bs4 import BeautifulSoup

from feedsvc.actions import trend
from feedsvc.web import site as site_pages

pytest_plugins = ["tests.web.site_app"]

BROWSER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
SAME_SITE = {"Sec-Fetch-Site": "same-origin", **BROWSER}


def counted(site):
    return site.extensions["feedsvc"].readings.take()


def box_of(reader, path):
    box = BeautifulSoup(reader.get(path).data, "html.parser").select_one(".box")
    return box.h2.get_text(), [h3.get_text() for h3 in box.select("h3")]


def test_a_page_tells_where_its_reading_is_counted(desk, reader, site):
    number = desk.publish()
    page = BeautifulSoup(reader.get(f"/articles/{number}/a-bus-at-night").data, "html.parser")
    answer = reader.post(page.select_one("[data-reading]")["data-reading"], headers=SAME_SITE)
    assert (answer.status_code, answer.data, answer.headers["Cache-Control"]) == (204, b"", "no-store")
    assert counted(site) == {number: 1}


def test_a_visitor_counts_once(reader, site):
    for _ in range(3):
        reader.post("/articles/7/reading", headers=SAME_SITE)
    assert counted(site) == {7: 1}


def test_another_site_counts_nothing(reader, site):
    answer = reader.post("/articles/7/reading", headers={"Sec-Fetch-Site": "cross-site", **BROWSER})
    assert answer.status_code == 403
    assert counted(site) == {}


@pytest.mark.parametrize("agent", ["", "curl/8.5", "Googlebot/2.1 (+http://www.google.com/bot.html)"])
def test_programs_do_not_count_and_are_not_told(reader, site, agent):
    answer = reader.post("/articles/7/reading", headers=SAME_SITE | {"User-Agent": agent})
    assert answer.status_code == 204
    assert counted(site) == {}


def test_a_story_that_nobody_may_see_answers_as_every_other(desk, reader):
    number = desk.draft()
    answers = {reader.post(f"/articles/{n}/reading", headers=SAME_SITE).status_code for n in (number, 4711)}
    assert answers == {204}


def test_a_client_behind_a_trusted_proxy_counts_by_its_own_address(settings, reader, site):
    settings.trusted_proxies = type(settings)({"FEEDSVC_TRUSTED_PROXIES": "203.0.113.9"}).trusted_proxies
    for client in ("192.0.2.1", "192.0.2.2", "192.0.2.1"):
        reader.post("/articles/7/reading", headers=SAME_SITE | {"X-Forwarded-For": client})
    assert counted(site) == {7: 2}


def test_to_look_at_the_address_leads_to_the_story(desk, reader):
    number = desk.publish()
    answer = reader.get(f"/articles/{number}/reading")
    assert (answer.status_code, answer.headers["Location"]) == (301, f"/articles/{number}/a-bus-at-night")


@pytest.mark.parametrize("path", ["/", "/politics", "/articles/1/number-0", "/topics/buses"])
def test_the_box_shows_the_first_eight_of_the_order(desk, reader, settings, database, path, clock):
    for number in range(12):
        desk.publish(f"Number {number}", topics=("Buses",))
        clock.move(minutes=1)
    assert box_of(reader, path)[0] in ("Latest", "Earlier")
    counter = trend.Readings(clock)
    for visitor in range(30):
        counter.count(4, f"192.0.2.{visitor}", BROWSER["User-Agent"])
    trend.flush(database, settings, counter)
    trend.refresh(database, settings)
    title, lines = box_of(reader, path)
    assert title == "Trending"
    assert lines == ["Number 3", *(f"Number {number}" for number in range(11, 4, -1))]
    assert len(lines) == site_pages.BOX_STORIES


def test_a_story_is_not_in_the_box_of_its_own_page(desk, reader, settings, database):
    first, _ = desk.publish("One"), desk.publish("Two")
    trend.refresh(database, settings)
    assert box_of(reader, f"/articles/{first}/one") == ("Trending", ["Two"])


def test_a_withdrawn_story_leaves_the_box_at_once(desk, reader, settings, database):
    number, _ = desk.publish("One"), desk.publish("Two")
    trend.refresh(database, settings)
    desk.withdraw(number)
    assert box_of(reader, "/") == ("Trending", ["Two"])


def test_refreshes_without_another_order_leave_every_poll_at_304(desk, reader, settings, database, clock):
    for number in range(5):
        desk.publish(f"Number {number}")
        clock.move(minutes=1)
    trend.refresh(database, settings)
    clock.move(seconds=10)
    polled = {name: reader.get(f"/feeds/{name}.atom") for name in ("trending", "rising")}
    counter = trend.Readings(clock)
    for minute in range(10):
        # Of the first one, so that the order stays.
        counter.count(5, f"192.0.2.{minute}", BROWSER["User-Agent"])
        trend.flush(database, settings, counter)
        assert not trend.refresh(database, settings)
        clock.move(minutes=1)
        for name, answer in polled.items():
            for header, value in (("If-None-Match", "ETag"), ("If-Modified-Since", "Last-Modified")):
                again = reader.get(f"/feeds/{name}.atom", headers={header: answer.headers[value]})
                assert again.status_code == 304, (name, header)


def test_the_documents_of_trending_have_its_order_and_of_rising_a_date_of_its_own(
    desk, reader, settings, database, clock
):
    first = desk.publish("First")
    clock.move(hours=1)
    desk.publish("Second")
    clock.move(hours=1)
    counter = trend.Readings(clock)
    for visitor in range(20):
        counter.count(first, f"192.0.2.{visitor}", BROWSER["User-Agent"])
    trend.flush(database, settings, counter)
    trend.refresh(database, settings)
    trending, rising = (reader.get(f"/feeds/{name}.json").json for name in ("trending", "rising"))
    assert [item["title"] for item in trending["items"]] == ["First", "Second"]
    assert [item["title"] for item in rising["items"]] == ["First"]
    assert trending["items"][0]["id"] == rising["items"][0]["id"]
    assert trending["items"][0]["date_published"] == "2026-03-14T12:00:00+00:00"
    assert rising["items"][0]["date_published"] == "2026-03-14T14:00:00+00:00"
    assert (trending["title"], trending["home_page_url"]) == (
        "Trending – The Evening Post",
        "http://127.0.0.1:8000/feeds/trending",
    )


def test_ages_are_marked_for_the_script(desk, reader):
    desk.publish()
    for time in BeautifulSoup(reader.get("/").data, "html.parser").select("time"):
        assert time.has_attr("data-age")
        assert time["datetime"] == "2026-03-14T12:00:00+00:00"
