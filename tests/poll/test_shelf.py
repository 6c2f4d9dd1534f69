"""Which document a poll gets when news, removals, failures and other polls come in between."""

import logging
import os
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from feedsvc.domain.feedname import ALL_PAGES
from feedsvc.errors import NotFound, StorageError, Unavailable
from feedsvc.feeds.document import Document, Page, make_document
from feedsvc.poll.names import NAMES_KEPT, Found, Gone, Moved, Resolution
from feedsvc.poll.shelf import IDLE_SECONDS, LOOK, NAMES, Shelf

POLITICS, TECH = 1, 2


class Clock:
    """Moved by hand."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds

    def forward(self, seconds: float) -> None:
        self.seconds += seconds


class Newsroom:
    """What is stored: the log's seq, the feeds' names and heads. Counts what it is asked."""

    def __init__(self) -> None:
        self.seq = 10
        self.names = {"politics": POLITICS, "tech": TECH}
        self.heads = {POLITICS: (8, 0), TECH: (9, 0)}
        self.pressed: list[tuple[int, str, int]] = []
        self.looks = 0
        self.resolved = 0
        self.away: Exception | None = None
        self.broken: Exception | None = None
        self.lagging_seq: int | None = None
        self.after_snapshot: Callable[[int], None] = lambda feed_id: None

    def change(self, *feed_ids: int, removal: bool = False) -> None:
        self.seq += 1
        for feed_id in feed_ids:
            self.heads[feed_id] = (self.seq, self.seq if removal else self.heads[feed_id][1])

    def resolve(self, name: str) -> Resolution | None:
        self.resolved += 1
        if self.away:
            raise self.away
        feed_id = self.names.get(name)
        return feed_id if feed_id is None or isinstance(feed_id, tuple) else Found((feed_id,))

    def look(self) -> int:
        self.looks += 1
        if self.away:
            raise self.away
        return self.seq

    def heads_after(self, seq: int) -> Iterator[tuple[int, int, int]]:
        return ((feed_id, *head) for feed_id, head in list(self.heads.items()) if head[0] > seq)

    def press(self, feed_ids: tuple[int, ...], format: str) -> Document:
        seq = self.lagging_seq or max(self.heads[feed_id][0] for feed_id in feed_ids)
        feed_id = feed_ids[0]
        self.pressed.append((feed_id, format, seq))
        self.after_snapshot(feed_id)
        if error := self.away or self.broken:
            raise error
        return make_document(
            f"{feed_id} at {seq}".encode(),
            feed_ids=feed_ids,
            format=format,
            seq=seq,
            date=datetime(2026, 3, 1, tzinfo=UTC),
            line="l",
            epoch="e",
            self_url="https://news.example/feeds/x.rss",
            home_url="https://news.example/x",
            max_age_seconds=60,
        )


@pytest.fixture
def newsroom() -> Newsroom:
    return Newsroom()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def shelf(newsroom: Newsroom, clock: Clock) -> Shelf:
    return Shelf(newsroom.resolve, newsroom.press, newsroom.look, newsroom.heads_after, clock)


@pytest.fixture
def impatient(newsroom: Newsroom, clock: Clock) -> Shelf:
    """Whose polls wait 0.05 s instead of 5 s."""
    return Shelf(newsroom.resolve, newsroom.press, newsroom.look, newsroom.heads_after, clock, wait_seconds=0.05)


class Gate:
    """Holds the press of some feeds between reading its snapshot and finishing, until opened."""

    def __init__(self, newsroom: Newsroom, *feed_ids: int) -> None:
        self._feed_ids = feed_ids
        self.reached = threading.Semaphore(0)
        self._open = threading.Event()
        newsroom.after_snapshot = self._pass

    def _pass(self, feed_id: int) -> None:
        if feed_id in self._feed_ids:
            self.reached.release()
            assert self._open.wait(10)

    def wait_until_reached(self) -> None:
        assert self.reached.acquire(timeout=10)

    def open(self) -> None:
        self._open.set()


def seq(document: Document | None) -> int:
    assert document is not None
    return document.seq


def eventually(holds: Callable[[], bool]) -> None:
    """For what the background thread does."""
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.002)


# Looking


def test_construction_asks_nothing_and_starts_no_thread(newsroom: Newsroom, clock: Clock):
    before = threading.active_count()
    Shelf(newsroom.resolve, newsroom.press, newsroom.look, newsroom.heads_after, clock)
    assert (newsroom.looks, newsroom.resolved, newsroom.pressed) == (0, 0, [])
    assert threading.active_count() == before


def test_a_hit_asks_the_database_nothing(shelf: Shelf, newsroom: Newsroom):
    first = shelf.document("politics", "rss")
    asked = newsroom.looks, newsroom.resolved, len(newsroom.pressed)
    assert all(shelf.document("politics", "rss") is first for _ in range(100))
    assert (newsroom.looks, newsroom.resolved, len(newsroom.pressed)) == asked


def test_a_look_happens_at_most_every_twenty_milliseconds(shelf: Shelf, newsroom: Newsroom, clock: Clock):
    for _ in range(100):
        shelf.document("politics", "rss")
        clock.forward(0.005)
    assert 20 <= newsroom.looks <= 26


def test_polls_go_on_while_another_thread_looks_unless_the_last_look_is_too_old(newsroom: Newsroom, clock: Clock):
    looking, go_on = threading.Event(), threading.Event()

    def slow_look() -> int:
        if newsroom.looks:
            looking.set()
            assert go_on.wait(10)
        return newsroom.look()

    shelf = Shelf(newsroom.resolve, newsroom.press, slow_look, newsroom.heads_after, clock)
    shelf.document("politics", "rss")
    clock.forward(0.05)
    newsroom.change(POLITICS, removal=True)
    with ThreadPoolExecutor(2) as pool:
        looker = pool.submit(shelf.document, "politics", "rss")
        assert looking.wait(10)
        assert seq(shelf.document("politics", "rss")) == 8, "a young look is good enough"
        clock.forward(0.06)
        waiter = pool.submit(shelf.document, "politics", "rss")
        time.sleep(0.05)
        assert not waiter.done(), "the last look is more than 0.1 s old"
        go_on.set()
        assert seq(looker.result(10)) == seq(waiter.result(10)) == 11


# One maker


def test_a_hundred_simultaneous_first_polls_render_once(shelf: Shelf, newsroom: Newsroom):
    gate = Gate(newsroom, POLITICS)
    start = threading.Barrier(101)

    def poll() -> Document | None:
        start.wait(10)
        return shelf.document("politics", "rss")

    with ThreadPoolExecutor(100) as pool:
        polls = [pool.submit(poll) for _ in range(100)]
        start.wait(10)
        gate.wait_until_reached()
        time.sleep(0.05)
        gate.open()
        documents = {id(poll.result(10)) for poll in polls}
    assert newsroom.pressed == [(POLITICS, "rss", 8)]
    assert len(documents) == 1


def test_two_documents_are_made_at_the_same_time(shelf: Shelf, newsroom: Newsroom):
    gate = Gate(newsroom, POLITICS, TECH)
    with ThreadPoolExecutor(2) as pool:
        polls = [pool.submit(shelf.document, name, "rss") for name in ("politics", "tech")]
        gate.wait_until_reached()
        gate.wait_until_reached()
        gate.open()
        assert [seq(poll.result(10)) for poll in polls] == [8, 9]


def test_a_poll_waits_so_long_and_no_longer(impatient: Shelf, newsroom: Newsroom, caplog: pytest.LogCaptureFixture):
    shelf = impatient
    gate = Gate(newsroom, POLITICS)
    with ThreadPoolExecutor(1) as pool:
        maker = pool.submit(shelf.document, "politics", "rss")
        gate.wait_until_reached()
        with pytest.raises(Unavailable) as raised:
            shelf.document("politics", "rss")
        assert raised.value.retry_after_seconds == 1
        assert "no new document" in shelf.failures()[(POLITICS,), "rss"]
        gate.open()
        assert seq(maker.result(10)) == 8
    assert shelf.failures() == {}


# News


def test_news_is_made_anew_in_the_background_in_every_format_that_is_polled(
    shelf: Shelf, newsroom: Newsroom, clock: Clock
):
    for format in ("rss", "atom"):
        shelf.document("politics", format)
    shelf.document("tech", "rss")
    del newsroom.pressed[:]
    newsroom.change(POLITICS)
    clock.forward(0.03)
    shelf.document("tech", "rss")
    eventually(lambda: len(newsroom.pressed) == 2)
    assert sorted(newsroom.pressed) == [(POLITICS, "atom", 11), (POLITICS, "rss", 11)]
    eventually(lambda: seq(shelf.document("politics", "rss")) == 11)
    assert len(newsroom.pressed) == 2


def test_a_change_in_one_feed_leaves_the_document_of_another_alone(shelf: Shelf, newsroom: Newsroom, clock: Clock):
    before = shelf.document("tech", "rss")
    newsroom.change(POLITICS)
    clock.forward(0.03)
    assert shelf.document("tech", "rss") is before


def test_the_previous_document_is_served_for_a_second_while_the_new_one_is_made(
    shelf: Shelf, newsroom: Newsroom, clock: Clock
):
    shelf.document("politics", "rss")
    gate = Gate(newsroom, POLITICS)
    newsroom.change(POLITICS)
    clock.forward(0.03)
    assert seq(shelf.document("politics", "rss")) == 8
    gate.wait_until_reached()
    clock.forward(0.96)
    assert seq(shelf.document("politics", "rss")) == 8
    clock.forward(0.02)
    with ThreadPoolExecutor(1) as pool:
        late = pool.submit(shelf.document, "politics", "rss")
        time.sleep(0.05)
        assert not late.done()
        gate.open()
        assert seq(late.result(10)) == 11
    assert len(newsroom.pressed) == 2


def test_the_first_poll_after_a_quiet_time_gets_what_is_new(shelf: Shelf, newsroom: Newsroom, clock: Clock):
    shelf.document("politics", "rss")
    newsroom.change(POLITICS)
    clock.forward(10)
    assert seq(shelf.document("politics", "rss")) == newsroom.seq


def test_a_second_change_does_not_lengthen_the_second_of_the_first(shelf: Shelf, newsroom: Newsroom, clock: Clock):
    shelf.document("politics", "rss")
    gate = Gate(newsroom, POLITICS)
    newsroom.change(POLITICS)
    clock.forward(0.03)
    assert seq(shelf.document("politics", "rss")) == 8
    clock.forward(0.6)
    newsroom.change(POLITICS)
    assert seq(shelf.document("politics", "rss")) == 8
    clock.forward(0.5)
    with ThreadPoolExecutor(1) as pool:
        late = pool.submit(shelf.document, "politics", "rss")
        time.sleep(0.05)
        assert not late.done()
        gate.open()
        assert seq(late.result(10)) == 12


def test_a_change_that_commits_while_a_document_is_made_ends_fresh(shelf: Shelf, newsroom: Newsroom, clock: Clock):
    """The snapshot is read, the change commits, its move is seen, and only then is the document done."""
    gate = Gate(newsroom, POLITICS)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(shelf.document, "politics", "rss")
        gate.wait_until_reached()
        newsroom.change(POLITICS)
        clock.forward(0.03)
        shelf.document("tech", "rss")
        gate.open()
        assert seq(first.result(10)) in {8, 11}, "both were right when that poll came or later"
    eventually(lambda: (POLITICS, "rss", 11) in newsroom.pressed)
    eventually(lambda: seq(shelf.document("politics", "rss")) == 11)
    assert [pressed for pressed in newsroom.pressed if pressed[0] == POLITICS] == [
        (POLITICS, "rss", 8),
        (POLITICS, "rss", 11),
    ]


def test_a_change_that_commits_after_the_look_but_before_the_snapshot_is_not_made_twice(
    shelf: Shelf, newsroom: Newsroom, clock: Clock
):
    shelf.document("tech", "rss")
    newsroom.change(POLITICS)
    assert seq(shelf.document("politics", "rss")) == 11, "newer than the last look"
    clock.forward(0.03)
    assert seq(shelf.document("politics", "rss")) == 11
    assert [pressed for pressed in newsroom.pressed if pressed[0] == POLITICS] == [(POLITICS, "rss", 11)]


def test_a_document_from_an_older_snapshot_is_not_taken_as_fresh(shelf: Shelf, newsroom: Newsroom, clock: Clock):
    shelf.document("tech", "rss")
    newsroom.change(POLITICS)
    clock.forward(0.03)
    shelf.document("tech", "rss")
    newsroom.lagging_seq = 8

    def catch_up(feed_id: int) -> None:
        newsroom.lagging_seq = None

    newsroom.after_snapshot = catch_up
    assert seq(shelf.document("politics", "rss")) == 11
    assert [pressed[2] for pressed in newsroom.pressed if pressed[0] == POLITICS] == [8, 11]


def test_an_older_document_never_takes_the_place_of_a_newer_one(shelf: Shelf, newsroom: Newsroom, clock: Clock):
    shelf.document("politics", "rss")
    newsroom.change(POLITICS)
    newsroom.lagging_seq = 5
    clock.forward(0.03)
    shelf.document("politics", "rss")
    eventually(lambda: (POLITICS, "rss", 5) in newsroom.pressed)
    time.sleep(0.02)
    assert seq(shelf.document("politics", "rss")) == 8
    newsroom.lagging_seq = None
    eventually(lambda: seq(shelf.document("politics", "rss")) == 11)


def test_an_older_state_put_back_leaves_nothing_on_the_shelf(shelf: Shelf, newsroom: Newsroom, clock: Clock):
    newsroom.change(POLITICS)
    shelf.document("politics", "rss")
    newsroom.seq, newsroom.heads[POLITICS] = 5, (4, 0)
    clock.forward(0.03)
    assert seq(shelf.document("politics", "rss")) == 4


def test_a_document_nobody_polls_any_more_is_let_go_when_its_feed_moves(shelf: Shelf, newsroom: Newsroom, clock: Clock):
    shelf.document("politics", "rss")
    clock.forward(IDLE_SECONDS + 1)
    newsroom.change(POLITICS)
    shelf.document("tech", "rss")
    shelf.document("tech", "atom")
    assert [pressed for pressed in newsroom.pressed if pressed[2] == 11] == []
    assert seq(shelf.document("politics", "rss")) == 11


# Removals


def test_a_document_older_than_a_removal_is_never_served(shelf: Shelf, newsroom: Newsroom, clock: Clock):
    shelf.document("politics", "rss")
    gate = Gate(newsroom, POLITICS)
    newsroom.change(POLITICS, removal=True)
    clock.forward(0.03)
    with ThreadPoolExecutor(10) as pool:
        polls = [pool.submit(shelf.document, "politics", "rss") for _ in range(10)]
        gate.wait_until_reached()
        time.sleep(0.05)
        assert not any(poll.done() for poll in polls)
        gate.open()
        assert {seq(poll.result(10)) for poll in polls} == {11}
    assert [pressed[2] for pressed in newsroom.pressed] == [8, 11]


def test_a_removal_seen_while_polls_wait_holds_for_them_too(shelf: Shelf, newsroom: Newsroom, clock: Clock):
    gate = Gate(newsroom, POLITICS)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(shelf.document, "politics", "rss")
        gate.wait_until_reached()
        newsroom.change(POLITICS, removal=True)
        clock.forward(0.03)
        shelf.document("tech", "rss")
        gate.open()
        assert seq(waiting.result(10)) == 11


def test_news_after_a_removal_may_be_a_second_late_again(shelf: Shelf, newsroom: Newsroom, clock: Clock):
    newsroom.change(POLITICS, removal=True)
    shelf.document("politics", "rss")
    gate = Gate(newsroom, POLITICS)
    newsroom.change(POLITICS)
    clock.forward(0.03)
    assert seq(shelf.document("politics", "rss")) == 11
    gate.open()


def test_a_removal_is_not_served_when_the_press_fails_either(
    shelf: Shelf, newsroom: Newsroom, clock: Clock, caplog: pytest.LogCaptureFixture
):
    shelf.document("politics", "rss")
    newsroom.change(POLITICS, removal=True)
    newsroom.broken = StorageError("the disk is full")
    clock.forward(0.03)
    for _ in range(2):
        with pytest.raises(Unavailable) as raised:
            shelf.document("politics", "rss")
        assert raised.value.retry_after_seconds == 5


def test_a_poll_after_a_removal_waits_so_long_and_no_longer(
    impatient: Shelf, newsroom: Newsroom, clock: Clock, caplog: pytest.LogCaptureFixture
):
    shelf = impatient
    shelf.document("politics", "rss")
    gate = Gate(newsroom, POLITICS)
    newsroom.change(POLITICS, removal=True)
    clock.forward(0.03)
    shelf.document("tech", "rss")
    gate.wait_until_reached()
    with pytest.raises(Unavailable) as raised:
        shelf.document("politics", "rss")
    assert raised.value.retry_after_seconds == 1
    gate.open()
    eventually(lambda: shelf.failures() == {})
    assert seq(shelf.document("politics", "rss")) == 11


# Failures


@pytest.mark.parametrize("error", [StorageError("the disk is full"), ZeroDivisionError("a bug")])
def test_the_last_good_document_is_served_while_making_a_new_one_fails(
    shelf: Shelf,
    newsroom: Newsroom,
    clock: Clock,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
):
    caplog.set_level(logging.INFO)
    shelf.document("politics", "rss")
    newsroom.change(POLITICS)
    newsroom.broken = error
    clock.forward(0.03)
    assert seq(shelf.document("politics", "rss")) == 8
    eventually(lambda: bool(shelf.failures()))
    assert shelf.failures() == {((POLITICS,), "rss"): f"{type(error).__name__}: {error}"}

    made = len(newsroom.pressed)
    for _ in range(8):
        clock.forward(0.1)
        assert seq(shelf.document("politics", "rss")) == 8
    assert len(newsroom.pressed) == made, "tried again at most once a second"

    clock.forward(60)
    eventually(lambda: seq(shelf.document("politics", "rss")) == 8 and len(newsroom.pressed) > made)
    for _ in range(5):
        assert seq(shelf.document("politics", "rss")) == 8, "however long it takes"
    assert len(newsroom.pressed) == made + 1

    logged = [record for record in caplog.records if record.name == "feedsvc.poll.shelf"]
    assert len(logged) == 1, "once per cause"
    assert logged[0].exc_info is not None
    assert logged[0].exc_info[1] is error

    newsroom.broken = None
    clock.forward(1.1)
    shelf.document("politics", "rss")
    eventually(lambda: seq(shelf.document("politics", "rss")) == 11)
    assert shelf.failures() == {}


def test_another_cause_is_logged_too(shelf: Shelf, newsroom: Newsroom, clock: Clock, caplog: pytest.LogCaptureFixture):
    for cause in ("one", "one", "two"):
        newsroom.broken = StorageError(cause)
        with pytest.raises(Unavailable):
            shelf.document("politics", "rss")
        clock.forward(1.1)
    assert [record.message.rpartition(" ")[2] for record in caplog.records] == ["one", "two"]


def test_without_a_good_document_a_failure_says_when_to_come_back(
    shelf: Shelf, newsroom: Newsroom, clock: Clock, caplog: pytest.LogCaptureFixture
):
    newsroom.broken = StorageError("the disk is full")
    for _ in range(3):
        with pytest.raises(Unavailable) as raised:
            shelf.document("politics", "rss")
        assert raised.value.retry_after_seconds == 5
    assert len(newsroom.pressed) == 1, "tried again at most once a second"
    newsroom.broken = None
    assert seq(shelf.document("tech", "rss")) == 9
    clock.forward(1.1)
    assert seq(shelf.document("politics", "rss")) == 8


def test_documents_are_served_while_the_database_is_away(
    shelf: Shelf, newsroom: Newsroom, clock: Clock, caplog: pytest.LogCaptureFixture
):
    shelf.document("politics", "rss")
    newsroom.away = StorageError("no connection")
    for _ in range(20):
        clock.forward(0.5)
        assert seq(shelf.document("politics", "rss")) == 8
    assert shelf.failures() == {LOOK: "StorageError: no connection"}
    assert len(caplog.records) == 1

    with pytest.raises(Unavailable):
        shelf.document("tech", "rss")
    assert set(shelf.failures()) == {LOOK, NAMES}

    newsroom.away = None
    newsroom.change(POLITICS, removal=True)
    clock.forward(0.03)
    assert seq(shelf.document("politics", "rss")) == 11
    assert shelf.failures() == {}


def test_a_name_that_was_known_leads_to_its_document_while_names_cannot_be_asked(
    shelf: Shelf, newsroom: Newsroom, clock: Clock, caplog: pytest.LogCaptureFixture
):
    shelf.document("politics", "rss")
    newsroom.change(TECH)
    clock.forward(0.03)
    shelf.document("tech", "rss")
    newsroom.away = StorageError("no connection")
    assert seq(shelf.document("politics", "rss")) == 8


def test_nothing_is_made_before_the_log_was_read_once(
    shelf: Shelf, newsroom: Newsroom, clock: Clock, caplog: pytest.LogCaptureFixture
):
    """A document made before the first look could be older than it, and no later look would tell."""
    shelf = Shelf(newsroom.resolve, newsroom.press, lambda: 1 // 0, newsroom.heads_after, clock)
    with pytest.raises(Unavailable):
        shelf.document("politics", "rss")
    assert newsroom.pressed == []


# Names


def test_an_unknown_name_has_no_document_and_is_not_remembered(shelf: Shelf, newsroom: Newsroom):
    for n in range(1000):
        assert shelf.document(f"nothing-{n}", "rss") is None
    assert shelf._names._known == {}
    assert newsroom.pressed == []


def test_known_names_are_not_remembered_without_bound(newsroom: Newsroom, clock: Clock):
    shelf = Shelf(lambda name: Found((POLITICS,)), newsroom.press, newsroom.look, newsroom.heads_after, clock)
    for n in range(NAMES_KEPT + 10):
        shelf.document(f"a+{n}", "rss")
    assert len(shelf._names._known) <= NAMES_KEPT
    assert len(newsroom.pressed) == 1


def test_names_are_asked_again_once_the_log_moved(shelf: Shelf, newsroom: Newsroom, clock: Clock):
    assert shelf.document("politics", "rss") is not None
    assert shelf.document("government", "rss") is None
    newsroom.names = {"government": POLITICS}
    newsroom.change(POLITICS)
    clock.forward(0.03)
    assert shelf.document("politics", "rss") is None
    assert shelf.document("government", "rss") is not None


def test_a_name_read_before_a_rename_is_not_believed_after_it(newsroom: Newsroom, clock: Clock):
    reading, go_on = threading.Event(), threading.Event()

    def slow_resolve(name: str) -> Resolution | None:
        answer = newsroom.resolve(name)
        if newsroom.resolved == 1:
            reading.set()
            assert go_on.wait(10)
        return answer

    shelf = Shelf(slow_resolve, newsroom.press, newsroom.look, newsroom.heads_after, clock)
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(shelf.document, "politics", "rss")
        assert reading.wait(10)
        newsroom.names = {"politics": TECH}
        newsroom.change(TECH)
        clock.forward(0.03)
        assert shelf.document("politics", "rss").feed_ids == (TECH,)
        go_on.set()
        slow.result(10)
    assert shelf.document("politics", "rss").feed_ids == (TECH,)


def test_a_feed_that_is_gone_when_it_is_pressed_has_no_document_and_is_no_failure(
    shelf: Shelf, newsroom: Newsroom, clock: Clock
):
    newsroom.broken = NotFound("There is no such feed.", POLITICS)
    assert shelf.document("politics", "rss") is None
    assert shelf.failures() == {}
    newsroom.broken = None
    assert seq(shelf.document("politics", "rss")) == 8


# Processes


def test_a_forked_child_begins_with_an_empty_shelf_and_a_thread_of_its_own(
    shelf: Shelf, newsroom: Newsroom, clock: Clock
):
    shelf.document("politics", "rss")
    newsroom.change(POLITICS)
    clock.forward(0.03)
    shelf.document("politics", "rss")
    eventually(lambda: seq(shelf.document("politics", "rss")) == 11)

    with warnings.catch_warnings(), shelf._lock:
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
        if child == 0:
            status = 1
            try:
                del newsroom.pressed[:]
                shelf.document("politics", "rss")
                newsroom.change(POLITICS)
                clock.forward(0.03)
                shelf.document("politics", "rss")
                eventually(lambda: seq(shelf.document("politics", "rss")) == 12)
                status = 0 if len(newsroom.pressed) == 2 else 2
            finally:
                os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_a_union_is_out_of_date_when_any_of_its_parts_moved(newsroom: Newsroom, shelf: Shelf, clock: Clock):
    newsroom.names["politics+tech"] = Found((POLITICS, TECH))
    assert shelf.document("politics+tech", "rss").feed_ids == (POLITICS, TECH)
    for part in (POLITICS, TECH):
        newsroom.change(part)
        clock.forward(10)
        shelf.document("politics+tech", "rss")
        clock.forward(10)
        assert shelf.document("politics+tech", "rss").seq == newsroom.seq


def test_a_union_is_not_served_after_a_removal_from_one_of_its_parts(newsroom: Newsroom, shelf: Shelf, clock: Clock):
    newsroom.names["politics+tech"] = Found((POLITICS, TECH))
    shelf.document("politics+tech", "rss")
    newsroom.change(TECH, removal=True)
    clock.forward(1)
    assert shelf.document("politics+tech", "rss").seq == newsroom.seq


def test_a_page_is_out_of_date_when_it_or_all_pages_of_its_feed_moved(newsroom: Newsroom, shelf: Shelf, clock: Clock):
    page, all_pages = Page(POLITICS, 3), Page(POLITICS, ALL_PAGES)
    other = Page(POLITICS, 4)
    newsroom.heads |= {page: (7, 0), all_pages: (5, 0), other: (8, 0)}
    newsroom.names["politics/archive/3"] = Found((page, all_pages))
    assert shelf.document("politics/archive/3", "rss").seq == 7
    for part in (page, all_pages):
        newsroom.change(part)
        clock.forward(10)
        shelf.document("politics/archive/3", "rss")
        clock.forward(10)
        assert shelf.document("politics/archive/3", "rss").seq == newsroom.seq
    made = len(newsroom.pressed)
    newsroom.change(POLITICS, other)
    clock.forward(10)
    assert shelf.document("politics/archive/3", "rss").seq < newsroom.seq
    assert len(newsroom.pressed) == made
    newsroom.change(page, removal=True)
    clock.forward(1)
    assert shelf.document("politics/archive/3", "rss").seq == newsroom.seq


def test_where_a_feed_went_is_told_without_a_document(newsroom: Newsroom, shelf: Shelf):
    newsroom.names |= {"old": Moved("politics"), "retired": Gone()}
    assert shelf.document("old", "rss") == shelf.leads_to("old") == Moved("politics")
    assert shelf.document("retired", "rss") == Gone()
    assert shelf.leads_to("politics") == Found((POLITICS,))
    assert newsroom.pressed == []


def test_nothing_is_served_while_it_is_unknown_what_was_removed(newsroom: Newsroom, clock: Clock):
    is_away = threading.Event()

    def heads_after(seq: int) -> Iterator[tuple[int, int, int]]:
        if is_away.is_set():
            raise StorageError("no heads")
        return newsroom.heads_after(seq)

    shelf = Shelf(newsroom.resolve, newsroom.press, newsroom.look, heads_after, clock)
    shelf.document("politics", "rss")
    newsroom.change(POLITICS, removal=True)
    is_away.set()
    clock.forward(1)
    for _ in range(2):
        with pytest.raises(Unavailable):
            shelf.document("politics", "rss")
    is_away.clear()
    clock.forward(1)
    assert seq(shelf.document("politics", "rss")) == newsroom.seq


def test_nothing_is_served_while_an_overdue_look_hangs(newsroom: Newsroom, clock: Clock):
    is_hanging, hangs = threading.Event(), threading.Event()

    def look() -> int:
        if is_hanging.is_set():
            hangs.wait(10)
        return newsroom.look()

    shelf = Shelf(newsroom.resolve, newsroom.press, look, newsroom.heads_after, clock, wait_seconds=0.05)
    shelf.document("politics", "rss")
    is_hanging.set()
    clock.forward(1)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(shelf.document, "politics", "rss")
        while not shelf._looking.locked():
            time.sleep(0.001)
        with pytest.raises(Unavailable):
            shelf.document("politics", "rss")
        hangs.set()
        assert seq(first.result(10)) == 8
