"""Readings are counted once and kept by nobody's name; the trending order moves documents only when it moves."""

import json
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

import feedparser
import pytest
from sqlalchemy import event, func, insert, literal, select, text, update

from feedsvc.actions import edit, schedule, trend, upkeep
from feedsvc.actions.bring_in import Incoming, bring_in
from feedsvc.actions.press import Press, epoch
from feedsvc.actions.trend import Readings
from feedsvc.domain.article import Revision
from feedsvc.errors import StorageError
from feedsvc.settings import Settings
from feedsvc.storage import articles, feeds, installation, readings, tables
from tests.conftest import on_sqlite

FORMATS = ("rss", "atom", "json")
STORY = Revision(headline="Night bus stays", section="politics", body="It stays.")
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"


@pytest.fixture
def counter(clock):
    return Readings(clock)


@pytest.fixture
def press(database, settings):
    return press_of(database, settings)


def press_of(database, settings):
    installation.settle_epoch(database, epoch(settings))
    return Press(database, settings, epoch(settings))


def having(settings, **changed):
    return Settings(
        {"FEEDSVC_INSTANCE_PATH": str(settings.instance), "FEEDSVC_DATABASE_URL": settings.database_url}
        | {f"FEEDSVC_{name}": str(value) for name, value in changed.items()}
    )


def document(database, press, name, format="atom"):
    with database.read() as connection:
        feed_ids = feeds.resolve(connection, name).feed_ids
    return press(feed_ids, format)


def entries(database, press, name, format="atom"):
    """What a document holds: (identity, title, date of publication) of each entry, in its order."""
    body = document(database, press, name, format).bodies["identity"]
    if format == "json":
        return [
            (one["id"], one["title"], datetime.fromisoformat(one["date_published"]))
            for one in json.loads(body)["items"]
        ]
    read = datetime.fromisoformat if format == "atom" else parsedate_to_datetime
    return [(one.id, one.title, read(one.published)) for one in feedparser.parse(body).entries]


def titles(database, press, name, format="atom"):
    return [title for _, title, _ in entries(database, press, name, format)]


def head(database, name):
    with database.read() as connection:
        return feeds.heads(connection, feeds.resolve(connection, name).feed_ids)[0]


def story(database, article_id):
    with database.read() as connection:
        return articles.story(connection, article_id)


def version(database, article_id):
    with database.read() as connection:
        return articles.get(connection, article_id).version


def stored(database):
    """Article -> its readings, and as often as they were counted in hours."""
    r, h = tables.readings.c, tables.reading_hours.c
    with database.read() as connection:
        totals = {row.article_id: row.total for row in connection.execute(select(r.article_id, r.total))}
        hours: dict[int, int] = {}
        for row in connection.execute(select(h.article_id, h.read)):
            hours[row.article_id] = hours.get(row.article_id, 0) + row.read
    assert hours == totals
    return totals


def publish(database, clock, *headlines, **fields):
    """A story for each headline, an hour apart; their numbers."""
    made = []
    for headline in headlines:
        clock.move(hours=1)
        made.append(edit.create_and_publish(database, replace(STORY, headline=headline, **fields), "test"))
    return made


def read(database, settings, article_id, times):
    """So many people read a story."""
    counter = Readings(database.clock)
    for visitor in range(times):
        assert counter.count(article_id, f"192.0.2.{visitor}", BROWSER)
    trend.flush(database, settings, counter)


@contextmanager
def transactions(database):
    """The transactions that write something, each as the list of its writing statements."""
    found, under_way = [], []

    def note(connection, cursor, statement, *_):
        if statement.split(None, 1)[0] in ("INSERT", "UPDATE", "DELETE"):
            under_way.append(statement)

    def commit(connection):
        if under_way:
            found.append(list(under_way))
        under_way.clear()

    def rollback(connection):
        under_way.clear()

    listeners = (("before_cursor_execute", note), ("commit", commit), ("rollback", rollback))
    for name, listener in listeners:
        event.listen(database.engine, name, listener)
    try:
        yield found
    finally:
        for name, listener in listeners:
            event.remove(database.engine, name, listener)


class TestCounting:
    """Nothing here is stored."""

    @pytest.fixture
    def kind(self):
        return "sqlite"

    def test_a_visitor_reads_an_article_once_in_an_hour(self, counter, clock):
        assert counter.count(1, "192.0.2.7", BROWSER)
        clock.move(minutes=59)
        assert not counter.count(1, "192.0.2.7", BROWSER)
        assert counter.take() == {1: 1}

    def test_a_visitor_reads_an_article_again_in_the_next_hour(self, counter, clock):
        counter.count(1, "192.0.2.7", BROWSER)
        clock.move(hours=1)
        assert counter.count(1, "192.0.2.7", BROWSER)
        assert counter.take() == {1: 2}

    def test_the_next_hour_has_another_key_and_knows_nothing_of_the_one_before(self, counter, clock):
        counter.count(1, "192.0.2.7", BROWSER)
        key, seen = counter._key, set(counter._seen)
        clock.move(hours=1)
        counter.count(1, "192.0.2.7", BROWSER)
        assert counter._key != key
        assert len(counter._key) == len(key) == 32
        assert not counter._seen & seen
        assert len(counter._seen) == 1

    def test_other_articles_addresses_and_browsers_are_other_readings(self, counter):
        counter.count(1, "192.0.2.7", BROWSER)
        assert counter.count(2, "192.0.2.7", BROWSER)
        assert counter.count(1, "192.0.2.8", BROWSER)
        assert counter.count(1, "192.0.2.7", BROWSER.replace("145", "146"))
        assert counter.take() == {1: 3, 2: 1}

    def test_the_addresses_of_one_ipv6_network_are_one_visitor(self, counter):
        assert counter.count(1, "2001:db8:0:7::1", BROWSER)
        assert not counter.count(1, "2001:db8:0:7:ffff:ffff:ffff:ffff", BROWSER)
        assert counter.count(1, "2001:db8:0:8::1", BROWSER)

    def test_an_ipv4_address_written_as_ipv6_is_one_visitor_and_not_a_network(self, counter):
        assert counter.count(1, "::ffff:192.0.2.7", BROWSER)
        assert counter.count(1, "::ffff:192.0.2.8", BROWSER)
        assert not counter.count(1, "192.0.2.7", BROWSER)

    @pytest.mark.parametrize("address", ["", "unknown", "fe80::1%eth0", "\udcff"])
    def test_odd_addresses_count_once_like_others(self, counter, address):
        assert counter.count(1, address, BROWSER)
        assert not counter.count(1, address, BROWSER)

    @pytest.mark.parametrize(
        "user_agent",
        [
            *("", "   ", "curl/8.5.0", "python-requests/2.32", "Feedly/1.0", "x" * 100_000 + " Googlebot"),
            "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        ],
    )
    def test_programs_do_not_count(self, counter, user_agent):
        is_found = user_agent.startswith("x")
        assert counter.count(1, "192.0.2.7", user_agent) is is_found

    def test_memory_holds_no_address_and_no_browser(self, counter):
        for address in ("192.0.2.7", "2001:db8:0:7::1"):
            counter.count(1, address, BROWSER)
        held = repr(vars(counter)).encode() + b"".join(counter._seen) + counter._key
        network = 0x2001_0DB8_0000_0007
        for trace in (b"192.0.2", b"2001:db8", str(network).encode(), b"Mozilla", network.to_bytes(8), bytes([192, 0])):
            assert trace not in held
        assert all(len(one) == trend.DIGEST_BYTES for one in counter._seen)

    def test_two_processes_remember_a_visitor_differently(self, clock):
        one, other = Readings(clock), Readings(clock)
        for counter in (one, other):
            counter.count(1, "192.0.2.7", BROWSER)
        assert one._seen.isdisjoint(other._seen)

    def test_a_process_remembers_so_many_visits_and_no_more(self, counter, clock, monkeypatch):
        monkeypatch.setattr(trend, "VISITORS_LIMIT", 3)
        assert [counter.count(n, "192.0.2.7", BROWSER) for n in range(5)] == [True] * 3 + [False] * 2
        clock.move(hours=1)
        assert counter.count(4, "192.0.2.7", BROWSER)

    def test_what_was_taken_is_not_taken_again_and_what_is_given_back_is(self, counter):
        counter.count(1, "192.0.2.7", BROWSER)
        taken = counter.take()
        assert counter.take() == {}
        counter.count(1, "192.0.2.8", BROWSER)
        counter.count(2, "192.0.2.8", BROWSER)
        counter.give_back(taken)
        assert counter.take() == {1: 2, 2: 1}


def test_a_flush_stores_what_was_counted_in_one_write(database, settings, clock, counter):
    one, other = publish(database, clock, "One", "Other")
    for visitor, article_id in (("192.0.2.1", one), ("192.0.2.2", one), ("192.0.2.1", other)):
        counter.count(article_id, visitor, BROWSER)
    with transactions(database) as found:
        assert trend.flush(database, settings, counter) == 3
    assert len(found) == 1
    assert stored(database) == {one: 2, other: 1}


def test_a_flush_of_nothing_writes_nothing(database, settings, counter):
    with transactions(database) as found:
        assert trend.flush(database, settings, counter) == 0
    assert found == []


def test_flushes_add_up_and_what_was_read_before_has_decayed(database, settings, clock):
    (one,) = publish(database, clock, "One")
    read(database, settings, one, 8)
    clock.move(hours=6)
    read(database, settings, one, 3)
    assert stored(database) == {one: 11}
    with database.read() as connection:
        (row,) = connection.execute(select(tables.readings))
        assert row.decayed == pytest.approx(7)
        assert row.at == clock.now
        assert sorted(readings.by_hour(connection, [one], clock.now - timedelta(days=1))[one].values()) == [3, 8]


def test_a_clock_that_was_set_back_decays_nothing_twice(database, settings, clock):
    (one,) = publish(database, clock, "One")
    read(database, settings, one, 8)
    ahead = clock.now
    clock.move(minutes=-30)
    read(database, settings, one, 1)
    with database.read() as connection:
        (row,) = connection.execute(select(tables.readings))
    assert (row.decayed, row.at) == (9, ahead)


def test_nothing_that_was_counted_is_lost_when_it_cannot_be_stored(database, settings, clock, counter):
    (one,) = publish(database, clock, "One")
    counter.count(one, "192.0.2.1", BROWSER)
    with database.write() as connection:
        connection.execute(text("ALTER TABLE readings RENAME TO elsewhere"))
    with pytest.raises(StorageError):
        trend.flush(database, settings, counter)
    counter.count(one, "192.0.2.2", BROWSER)
    with database.write() as connection:
        connection.execute(text("ALTER TABLE elsewhere RENAME TO readings"))
    assert trend.flush(database, settings, counter) == 2
    assert stored(database) == {one: 2}


def test_drafts_withdrawn_and_old_stories_and_what_is_none_are_not_counted(database, settings, clock, counter):
    draft = edit.create(database, STORY, "test")
    old, withdrawn = publish(database, clock, "Old", "Withdrawn")
    edit.withdraw(database, withdrawn, version(database, withdrawn), "test")
    clock.move(days=30)
    (one,) = publish(database, clock, "One")
    for article_id in (draft, old, withdrawn, one, 4711, 2**63 - 1):
        counter.count(article_id, "192.0.2.1", BROWSER)
    trend.flush(database, settings, counter)
    assert stored(database) == {one: 1}
    assert counter.take() == {}


def test_readings_of_more_numbers_than_one_statement_can_name_are_stored(database, settings, clock, counter):
    """Whoever invents numbers of stories keeps nobody's readings from being stored."""
    (one,) = publish(database, clock, "One")
    counter.give_back(dict.fromkeys(range(one, one + 70_000), 1))
    trend.flush(database, settings, counter)
    assert stored(database) == {one: 1}


def test_with_no_readings_the_order_is_newest_first(database, settings, clock, press):
    publish(database, clock, "A", "B", "C")
    assert trend.refresh(database, settings)
    assert titles(database, press, "trending") == ["C", "B", "A"]


def test_readings_move_a_story_up_until_they_have_decayed(database, settings, clock, press):
    a, _, _ = publish(database, clock, "A", "B", "C")
    trend.refresh(database, settings)
    read(database, settings, a, 30)
    assert trend.refresh(database, settings)
    assert titles(database, press, "trending") == ["A", "C", "B"]
    clock.move(days=5)
    assert trend.refresh(database, settings)
    assert titles(database, press, "trending") == ["C", "B", "A"]


def test_the_trending_feed_is_in_rank_order_with_identities_and_dates_untouched(database, settings, clock, press):
    made = publish(database, clock, "A", "B", "C")
    read(database, settings, made[0], 30)
    trend.refresh(database, settings)
    for format in FORMATS:
        in_all = {identity: (title, date) for identity, title, date in entries(database, press, "all", format)}
        ranked = entries(database, press, "trending", format)
        assert [title for _, title, _ in ranked] == ["A", "C", "B"]
        assert {identity: (title, date) for identity, title, date in ranked} == in_all
        assert {identity for identity, _, _ in ranked} == {story(database, number).identity for number in made}


def test_ten_refreshes_without_a_change_of_order_leave_the_trending_feed_alone(database, settings, clock, press):
    _, b = publish(database, clock, "A", "B")
    read(database, settings, b, 5)
    trend.refresh(database, settings)
    before = {format: document(database, press, "trending", format) for format in FORMATS}
    with database.read() as connection:
        changes = connection.execute(select(tables.changes.c.seq)).scalars().all()
    for _ in range(10):
        clock.move(minutes=1)
        read(database, settings, b, 1)
        assert not trend.refresh(database, settings)
    assert {format: document(database, press, "trending", format) for format in FORMATS} == before
    with database.read() as connection:
        assert connection.execute(select(tables.changes.c.seq)).scalars().all() == changes


def test_a_changed_story_in_the_order_moves_the_trending_feed(database, settings, clock, press):
    a, _ = publish(database, clock, "A", "B")
    trend.refresh(database, settings)
    for minor, headline in ((False, "A, again"), (True, "A, at last")):
        before = head(database, "trending")
        clock.move(minutes=1)
        edit.update(database, a, version(database, a), "test", replace(STORY, headline=headline), minor=minor)
        assert head(database, "trending").seq > before.seq
        assert titles(database, press, "trending") == ["B", headline]
        assert not trend.refresh(database, settings)


def test_a_story_that_moves_to_another_section_stays_in_the_order(database, settings, clock, press):
    (a,) = publish(database, clock, "A")
    trend.refresh(database, settings)
    edit.update(database, a, version(database, a), "test", replace(STORY, headline="A", section="tech"))
    assert titles(database, press, "trending") == ["A"]


def test_a_new_story_is_in_the_order_from_the_next_refresh_on(database, settings, clock, press):
    publish(database, clock, "A")
    trend.refresh(database, settings)
    before = head(database, "trending")
    publish(database, clock, "B")
    assert head(database, "trending") == before
    trend.refresh(database, settings)
    assert titles(database, press, "trending") == ["B", "A"]


def test_a_story_that_leaves_the_order_leaves_the_feed_without_a_trace(database, settings, clock, press):
    publish(database, clock, "A")
    trend.refresh(database, settings)
    clock.move(days=29, hours=23)
    publish(database, clock, "B", "C")
    assert trend.refresh(database, settings)
    for format in FORMATS:
        assert titles(database, press, "trending", format) == ["C", "B"]


def test_the_order_holds_as_many_stories_as_a_feed_and_a_read_one_comes_in_from_below(database, settings, clock):
    few = having(settings, FEED_ENTRIES=2)
    press = press_of(database, few)
    a, *_ = publish(database, clock, "A", "B", "C", "D")
    trend.refresh(database, few)
    assert titles(database, press, "trending") == ["D", "C"]
    read(database, few, a, 100)
    trend.refresh(database, few)
    assert titles(database, press, "trending") == ["A", "D"]


def test_a_withdrawn_story_leaves_the_trending_feed_at_once_with_its_notice_and_comes_back_restored(
    database, settings, clock, press
):
    """In all three formats, and what came back is still the same story."""

    def standing():
        (all_formats,) = {tuple(one[:2] for one in entries(database, press, "trending", format)) for format in FORMATS}
        return list(all_formats)

    a, b = publish(database, clock, "A", "B")
    of_a, of_b = (story(database, number).identity for number in (a, b))
    trend.refresh(database, settings)
    before = head(database, "trending")
    edit.withdraw(database, b, version(database, b), "test", "We were wrong.")
    assert head(database, "trending").seq > before.seq
    assert standing() == [(of_a, "A"), (of_b, "Withdrawn")]
    # It left the feed by itself: the order has nothing to change.
    assert not trend.refresh(database, settings)
    assert standing() == [(of_a, "A"), (of_b, "Withdrawn")]
    edit.publish(database, b, version(database, b), "test")
    assert standing() == [(of_a, "A")]
    assert trend.refresh(database, settings)
    assert standing() == [(of_b, "B"), (of_a, "A")]


def test_the_newsdesk_sees_the_order_with_what_moved_since_the_refresh_before(database, settings, clock):
    a, b = publish(database, clock, "A", "B")
    trend.refresh(database, settings)
    read(database, settings, a, 30)
    (c,) = publish(database, clock, "C")
    trend.refresh(database, settings)
    with database.read() as connection:
        ranking = readings.ranking(connection, 10)
    assert [(one.article_id, one.rank, one.before, one.total) for one in ranking] == [
        (a, 1, 2, 30),
        (c, 2, None, 0),
        (b, 3, 1, 0),
    ]
    assert [one.score for one in ranking] == sorted((one.score for one in ranking), reverse=True)


def test_a_story_rises_once_dated_with_the_moment_at_which_it_rose(database, settings, clock, press):
    a, _ = publish(database, clock, "A", "B")
    read(database, settings, a, 19)
    trend.refresh(database, settings)
    assert entries(database, press, "rising") == []
    clock.move(hours=3)
    read(database, settings, a, 1)
    trend.refresh(database, settings)
    rose = clock.now.replace(microsecond=0)
    for format in FORMATS:
        assert entries(database, press, "rising", format) == [(story(database, a).identity, "A", rose)]
        # In every other feed it is dated as before.
        dates = {title: date for _, title, date in entries(database, press, "all", format)}
        assert dates["A"] == story(database, a).published < rose
    before = head(database, "rising")
    clock.move(days=6)
    read(database, settings, a, 1)
    trend.refresh(database, settings)
    assert head(database, "rising") == before


def test_nothing_in_the_rising_feed_is_updated_before_it_was_published_there(database, settings, clock, press):
    (a,) = publish(database, clock, "A")
    clock.move(hours=3)
    read(database, settings, a, 20)
    trend.refresh(database, settings)
    (entry,) = feedparser.parse(document(database, press, "rising").bodies["identity"]).entries
    assert entry.updated == entry.published
    feed = feedparser.parse(document(database, press, "rising").bodies["identity"]).feed
    assert feed.updated == entry.updated


def test_a_story_dated_ahead_of_a_clock_that_was_set_back_rises_with_its_own_date(database, settings, clock, press):
    (a,) = publish(database, clock, "A")
    clock.move(hours=-2)
    read(database, settings, a, 20)
    trend.refresh(database, settings)
    assert [date for _, _, date in entries(database, press, "rising")] == [story(database, a).published]


def test_only_one_of_the_first_ten_rises(database, settings, clock, press):
    made = publish(database, clock, *"ABCDEFGHIJKL")
    for number in made[2:]:
        read(database, settings, number, 60)
    read(database, settings, made[0], 20)
    trend.refresh(database, settings)
    assert sorted(titles(database, press, "rising")) == list("CDEFGHIJKL")


def test_what_rose_later_stands_first_whatever_its_own_date(database, settings, clock, press):
    a, b = publish(database, clock, "A", "B")
    for number in (b, a):
        clock.move(hours=1)
        read(database, settings, number, 20)
        trend.refresh(database, settings)
    assert titles(database, press, "rising") == ["A", "B"]


def test_leaving_the_first_ten_and_coming_back_adds_nothing_to_what_rises(database, settings, clock, press):
    few = having(settings, FEED_ENTRIES=1)
    a, b = publish(database, clock, "A", "B")
    read(database, few, a, 40)
    trend.refresh(database, few)
    before = entries(database, press, "rising")
    clock.move(minutes=5)
    read(database, few, b, 80)
    trend.refresh(database, few)
    assert titles(database, press, "trending") == ["B"]
    assert titles(database, press, "rising") == ["B", "A"]
    after = head(database, "rising")
    clock.move(minutes=5)
    read(database, few, a, 200)
    trend.refresh(database, few)
    assert titles(database, press, "trending") == ["A"]
    assert head(database, "rising") == after
    assert entries(database, press, "rising")[1:] == before


def test_a_withdrawn_story_that_rose_has_its_notice_there_and_restored_stands_there_again(
    database, settings, clock, press
):
    def rising():
        return [entries(database, press, "rising", format) for format in FORMATS]

    (a,) = publish(database, clock, "A")
    clock.move(hours=1)
    read(database, settings, a, 20)
    trend.refresh(database, settings)
    before = rising()
    identity = story(database, a).identity
    clock.move(hours=1)
    edit.withdraw(database, a, version(database, a), "test")
    assert [[one[:2] for one in of_format] for of_format in rising()] == [[(identity, "Withdrawn")]] * len(FORMATS)
    clock.move(hours=1)
    edit.publish(database, a, version(database, a), "test")
    trend.refresh(database, settings)
    assert rising() == before


def test_a_story_that_rose_shows_what_it_says_now(database, settings, clock, press):
    (a,) = publish(database, clock, "A")
    read(database, settings, a, 20)
    trend.refresh(database, settings)
    edit.update(database, a, version(database, a), "test", replace(STORY, headline="A, again"))
    assert titles(database, press, "rising") == ["A, again"]


def test_readings_that_decayed_are_forgotten_and_the_order_stays(database, settings, clock):
    a, b = publish(database, clock, "A", "B")
    read(database, settings, a, 2)
    clock.move(days=6)
    read(database, settings, b, 2)
    trend.refresh(database, settings)
    clock.move(hours=1)
    trend.forget(database, settings)
    with database.read() as connection:
        assert connection.execute(select(tables.readings.c.article_id)).scalars().all() == [b]
    assert not trend.refresh(database, settings)
    clock.move(days=7)
    trend.forget(database, settings)
    with database.read() as connection:
        assert connection.execute(select(tables.reading_hours)).all() == []


@on_sqlite
def test_what_the_clock_does_reads_as_many_rows_with_a_large_archive_as_with_a_small_one(database, settings, clock):
    """Counted by SQLite's own steps."""

    def steps(act):
        count = 0

        def tick():
            nonlocal count
            count += 1

        def watch(driver_connection, *_):
            driver_connection.set_progress_handler(tick, 10)

        event.listen(database.engine, "connect", watch)
        database.engine.dispose()
        act(database, settings)
        event.remove(database.engine, "connect", watch)
        database.engine.dispose()
        return count

    def fill(times, start):
        """Two hundred old stories; their rows, which are many times as many then, are copied: that takes no time."""
        dates = [start + timedelta(minutes=i) for i in range(200)]
        bring_in(database, settings.media, [Incoming(STORY, date, date) for date in dates], "test")
        a, e = tables.articles.c, tables.feed_entries
        kept = [column for column in a if column.name not in ("article_id", "identity")]
        with database.write() as connection:
            last = connection.execute(select(func.max(a.article_id))).scalar_one()
            for copy in range(1, times):
                copied = select((a.identity + f"#{last}-{copy}"), *kept).where(a.article_id.between(last - 199, last))
                names = ["identity", *(column.name for column in kept)]
                connection.execute(insert(tables.articles).from_select(names, copied))
            standing = select(literal(in_all), a.article_id + 10_000, a.article_id, a.published)
            names = ["feed_id", "position", "article_id", "published"]
            connection.execute(insert(e).from_select(names, standing.where(a.article_id > last)))

    def flush(database, settings):
        counter = Readings(clock)
        for number in range(1, 60):
            counter.count(number, "192.0.2.1", BROWSER)
        trend.flush(database, settings, counter)

    def publish_due(database, _):
        schedule.publish_due(database)

    def withdraw_the_oldest():
        a, e = tables.articles, tables.feed_entries
        old = a.c.published < clock.now - timedelta(days=700)
        with database.write() as connection:
            connection.execute(update(a).where(old).values(status="withdrawn", withdrawn=a.c.published))
            of_old = e.c.article_id.in_(select(a.c.article_id).where(old))
            connection.execute(update(e).where(of_old).values(left_seq=1, left_at=e.c.published))
            installation.end_notices_until(connection, clock.now - timedelta(days=15))

    acts = (trend.refresh, flush, trend.forget, upkeep.end_notices, publish_due)
    in_all = head(database, "all").feed_id
    fill(1, clock.now - timedelta(days=900))
    fill(1, clock.now - timedelta(days=20))
    read(database, settings, *publish(database, clock, "Read"), 5)
    trend.refresh(database, settings)
    withdraw_the_oldest()
    few = {act: steps(act) for act in acts}
    # Those that are too old for the order, and those that could be in it and that nobody reads.
    fill(15, clock.now - timedelta(days=800))
    fill(10, clock.now - timedelta(days=15))
    withdraw_the_oldest()
    trend.refresh(database, settings)
    for act in acts:
        assert 0 < steps(act) <= few[act] * 1.2 + 20, act.__name__
