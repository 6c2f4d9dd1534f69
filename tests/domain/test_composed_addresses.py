"""The one address of a composed feed: whatever was typed, it says the same and leads to itself."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.domain.composed import PARAMETERS, Wish, fields, identity, is_asked, read, title
from feedsvc.errors import Invalid

DEFAULT = 50

slugs = st.from_regex(r"[a-z0-9]{1,6}(-[a-z0-9]{1,4})?", fullmatch=True)
feeds = st.one_of(slugs, st.builds("{}/{}".format, st.sampled_from(["topics", "authors"]), slugs))
ours = st.one_of(
    st.tuples(st.just("without"), feeds | st.just("")),
    st.tuples(st.sampled_from(["author", "topic"]), slugs | st.just(" ")),
    st.tuples(st.just("q"), st.text(max_size=20)),
    st.tuples(st.just("limit"), st.integers(0, 250).map(str)),
)
others = st.tuples(st.text(min_size=1, max_size=6).filter(lambda name: name not in PARAMETERS), st.text(max_size=6))


def read_or_refused(asked):
    """The wish, or the problems."""
    try:
        return read(asked() if callable(asked) else asked, DEFAULT)
    except Invalid as refused:
        return refused.problems


@given(st.lists(ours | others, max_size=8))
def test_the_one_address_leads_to_itself(asked):
    wish = read_or_refused(asked)
    if isinstance(wish, dict):
        assert wish.keys() <= set(PARAMETERS)
        assert all(sentence.endswith(".") for sentence in wish.values())
        return
    assert fields(wish.query) == wish.pairs
    assert read(fields(wish.query), DEFAULT) == wish
    assert wish.query.isascii()
    assert bool(wish.pairs) == is_asked(wish.query)
    assert read(reversed(asked), DEFAULT).query == wish.query


@given(st.text(max_size=60))
def test_no_query_is_too_odd_to_be_answered(query):
    wish = read_or_refused(lambda: fields(query))
    assert wish == Wish() or is_asked(query) or "%" in query


@pytest.mark.parametrize("query", ["utm_source=limit", "xlimit=5", "limits=5", "a=b&sort=q", ""])
def test_a_query_without_a_parameter_of_ours_is_no_wish(query):
    assert not is_asked(query)
    assert read(fields(query), DEFAULT) == Wish()


def test_every_parameter_is_noticed_wherever_it_stands():
    assert all(is_asked(f"a=b&{name}=x") and is_asked(name) and is_asked(f"{name}&c") for name in PARAMETERS)


def test_an_identity_is_that_of_no_other_wish_and_of_no_other_feed():
    wishes = [
        Wish(),
        Wish(without=("a",)),
        Wish(authors=("a",)),
        Wish(topics=("a",)),
        Wish(words="a"),
        Wish(limit=1),
        Wish(topics=("a",), limit=1),
    ]
    made = {identity(base, wish, ["urn:x"] * len(wish.feeds)) for base in ("urn:a", "urn:b") for wish in wishes}
    assert len(made) == 2 * len(wishes)
    assert all(re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", one) for one in made)
    renamed = identity("urn:a", Wish(topics=("z", "b")), ["urn:2", "urn:1"])
    assert renamed == identity("urn:a", Wish(topics=("c", "d")), ["urn:1", "urn:2"])


def test_a_title_says_what_the_feed_is():
    assert title("Politics", [], [], "", ["Opinion"]) == "Politics without Opinion"
    assert title("", ["Buses", "Trams", "Boats"], ["Ann Lee"], "50% off", ["Tech", "Bo"]) == (
        "All stories about Buses, Trams or Boats by Ann Lee with “50% off” without Tech or Bo"
    )
