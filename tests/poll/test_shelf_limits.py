"""A shelf stays within its room, and a feed that changes again and again has its documents made a few times."""

import gc
import time
import tracemalloc
from collections.abc import Callable

import pytest
from test_shelf import POLITICS, TECH, Clock, Newsroom, clock, eventually, newsroom, seq  # noqa: F401 - fixtures

from feedsvc.feeds.document import Document, make_document
from feedsvc.poll.names import Found
from feedsvc.poll.shelf import Shelf

INTERVAL = 0.25

MANY = 60


@pytest.fixture
def resting(newsroom: Newsroom, clock: Clock) -> Shelf:  # noqa: F811
    return Shelf(newsroom.resolve, newsroom.press, newsroom.look, newsroom.heads_after, clock, render_interval=INTERVAL)


def holding(room_bytes: int, clock: Clock, pressed: list[int], body: Callable[[int], bytes]) -> Shelf:  # noqa: F811
    """A shelf of the feeds that are called by their numbers."""

    def press(feed_ids: tuple[int, ...], format: str) -> Document:
        pressed.append(feed_ids[0])
        return make_document(
            body(feed_ids[0]),
            feed_ids=feed_ids,
            format=format,
            seq=1,
            date=None,
            line="l",
            epoch="e",
            self_url="https://news.example/feeds/x.rss",
            home_url="https://news.example/x",
            max_age_seconds=60,
        )

    return Shelf(lambda name: Found((int(name),)), press, lambda: 1, lambda seq: (), clock, room_bytes=room_bytes)


def test_many_changes_in_a_row_make_a_document_a_few_times(resting, newsroom, clock):  # noqa: F811
    started = time.monotonic()
    resting.document("politics", "rss")
    for _ in range(MANY):
        newsroom.change(POLITICS)
        clock.forward(0.03)
        resting.document("politics", "rss")
        time.sleep(0.005)
    # The clock that judges ages is moved by hand: a poll that finds a second to be over has the document made itself.
    spent = time.monotonic() - started + MANY * 0.03
    assert len(newsroom.pressed) <= spent / INTERVAL + 2
    clock.forward(1.5)
    assert seq(resting.document("politics", "rss")) == newsroom.seq


def test_the_first_change_after_a_rest_does_not_wait(resting, newsroom, clock):  # noqa: F811
    resting.document("politics", "rss")
    clock.forward(10)
    newsroom.change(POLITICS)
    resting.document("politics", "rss")
    started = time.monotonic()
    eventually(lambda: (POLITICS, "rss", newsroom.seq) in newsroom.pressed)
    assert time.monotonic() - started < INTERVAL


def test_a_change_is_there_once_the_interval_has_passed_without_another_poll(resting, newsroom, clock):  # noqa: F811
    resting.document("politics", "rss")
    newsroom.change(POLITICS)
    clock.forward(0.03)
    resting.document("politics", "rss")
    assert (POLITICS, "rss", newsroom.seq) not in newsroom.pressed
    eventually(lambda: (POLITICS, "rss", newsroom.seq) in newsroom.pressed)


def test_a_removal_does_not_wait(resting, newsroom, clock):  # noqa: F811
    resting.document("politics", "rss")
    newsroom.change(POLITICS)
    clock.forward(0.03)
    assert seq(resting.document("politics", "rss")) == 8
    newsroom.change(POLITICS, removal=True)
    clock.forward(0.03)
    started = time.monotonic()
    assert seq(resting.document("politics", "rss")) == newsroom.seq
    assert time.monotonic() - started < INTERVAL


def test_what_was_polled_longest_ago_is_let_go_and_made_again_when_polled(clock):  # noqa: F811
    pressed: list[int] = []
    size = holding(10**9, clock, [], lambda number: b"x" * 1_000).document("1", "rss").size
    shelf = holding(10 * size, clock, pressed, lambda number: b"x" * 1_000)
    for number in (*range(1, 11), 1, 11):
        clock.forward(1)
        shelf.document(str(number), "rss")
    assert pressed == list(range(1, 12))
    shelf.document("1", "rss")
    shelf.document("11", "rss")
    assert pressed == list(range(1, 12))
    shelf.document("2", "rss")
    assert pressed[-1] == 2


def test_a_document_larger_than_the_room_is_served_all_the_same(clock):  # noqa: F811
    pressed: list[int] = []
    shelf = holding(1_000, clock, pressed, lambda number: b"x" * 100_000)
    for _ in range(3):
        assert len(shelf.document("1", "rss").bodies["identity"]) == 100_000
    assert pressed == [1]
    shelf.document("2", "rss")
    assert len(shelf._places) == 1


def test_memory_is_a_tenth_more_than_the_documents_at_most(clock):  # noqa: F811
    room, pressed = 3_000_000, []
    body = "".join(f"<item>{number * 7919 % 104_729}</item>" for number in range(8_000)).encode()
    shelf = holding(room, clock, pressed, lambda number: body + str(number).encode())
    shelf.document("1", "rss")
    gc.collect()
    tracemalloc.start()
    for number in range(2, 200):
        clock.forward(1)
        shelf.document(str(number), "rss")
    gc.collect()
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(pressed) == 199
    documents = [place.document for place in shelf._places.values()]
    sizes = sum(sum(map(len, document.bodies.values())) for document in documents)
    assert room * 0.7 < sizes < room
    assert held < 1.1 * sizes
