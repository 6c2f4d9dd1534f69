"""Differences by words: nothing of either text is lost, prose can be read, and huge texts take no time."""

import time
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.domain.article import LeadPicture, Revision
from feedsvc.web.word_differences import Fate, of_revisions, of_texts, runs

TEXTS = st.lists(st.sampled_from(["the", "bus", "tram", "of", "Council", "\n", "\n\n", "\t", "\x85"])).map(" ".join)


def shown(paragraphs):
    """`same -removed- +added+`, a paragraph a line."""
    marks = {Fate.SAME: "", Fate.REMOVED: "-", Fate.ADDED: "+"}
    return [" ".join(f"{(m := marks[p.fate])}{p.text or '¶'}{m}" for p in parts) for parts in paragraphs]


def words(paragraphs, without):
    return " ".join(p.text for parts in paragraphs for p in parts if p.fate is not without).split()


@given(TEXTS | st.text(), TEXTS | st.text())
def test_no_word_of_either_text_is_lost_or_added(before, after):
    found = of_texts(before, after)
    assert words(found, Fate.ADDED) == before.split()
    assert words(found, Fate.REMOVED) == after.split()
    assert all(parts for parts in found)


@given(TEXTS)
def test_a_text_does_not_differ_from_itself(text):
    assert {part.fate for parts in of_texts(text, text) for part in parts} <= {Fate.SAME}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("The bus stays.", "The tram stays.", ["The -bus- +tram+ stays."]),
        ("The bus stays.", "The night bus stays.", ["The +night+ bus stays."]),
        ("One.\n\nThree.", "One.\n\nTwo.\n\nThree.", ["One.", "+Two.+", "Three."]),
        ("One.\n\nTwo.\n\nThree.", "One.\n\nThree.", ["One.", "-Two.-", "Three."]),
        ("One two.\n\nThree four.", "One two. Three four.", ["One two. -¶-", "Three four."]),
        (
            "The end of the affair was bad.",
            "All of London loved the tram.",
            ["-The end of the affair was bad.-", "+All of London loved the tram.+"],
        ),
        ("", "New.", ["+New.+"]),
        ("Old.", "", ["-Old.-"]),
        ("", "", []),
    ],
)
def test_what_changed_can_be_read(before, after, expected):
    assert shown(of_texts(before, after)) == expected


def test_a_word_that_changed_in_each_of_many_paragraphs_is_found():
    before = "\n\n".join(f"Paragraph {n} tells of a bus that runs at night." for n in range(1_500))
    found = of_texts(before, before.replace("bus", "tram"))
    assert len(found) == 1_500
    assert shown(found[:1]) == ["Paragraph 0 tells of a -bus- +tram+ that runs at night."]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("the " * 250_000, "the other " * 125_000),
        ("the\n" * 50_000, "the\nother\n" * 25_000),
        ("\n".join(f"{'the bus and ' * 100}{n}" for n in range(900)), "\n".join(["the bus and a " * 70] * 900)),
        (" ".join(f"the x{n}" for n in range(990)), " ".join(f"the y{n}" for n in range(990))),
        (" ".join(map(str, range(150_000))), " ".join(map(str, range(150_000, 0, -1)))),
    ],
    ids=["one line", "short lines", "alike", "islands", "backwards"],
)
def test_huge_texts_are_compared_in_time(before, after):
    began = time.monotonic()
    found = of_texts(before, after)
    assert time.monotonic() - began < 10
    assert words(found, Fate.ADDED) == before.split()
    assert words(found, Fate.REMOVED) == after.split()


def test_a_small_change_in_a_huge_text_is_found():
    begin, end = "\n".join(map(str, range(50_000))), "\n".join(map(str, range(50_000, 90_000)))
    found = of_texts(f"{begin}\nThe bus.\n{end}", f"{begin}\nThe tram.\n{end}")
    assert [one for one in shown(found) if "-" in one] == ["The -bus.- +tram.+"]


def test_what_stayed_is_folded_but_for_what_stands_beside_a_change():
    before = "\n".join("abcdefghij")
    found = runs(of_texts(before, before.replace("e", "x")))
    assert [(run.is_folded, shown(run.paragraphs)) for run in found] == [
        (True, ["a", "b", "c"]),
        (False, ["d", "-e-", "+x+", "f"]),
        (True, ["g", "h", "i", "j"]),
    ]


BEFORE = Revision(
    headline="Night bus stays",
    slug="night-bus",
    section="politics",
    standfirst="It stays.",
    body="The council decided.",
    authors=("Ann",),
    topics=("Buses", "Council"),
    picture=LeadPicture("a" * 40, "A bus", "Post"),
)


OTHERS = {
    "authors": ("Bert",),
    "topics": ("Buses",),
    "section": "tech",
    "picture": LeadPicture("b" * 40, "A bus", "Post"),
    "syndication": "none",
}


@pytest.mark.parametrize("name", [field.name for field in fields(Revision)])
def test_every_field_of_a_revision_is_compared(name):
    after = replace(BEFORE, **{name: OTHERS.get(name, "something else")})
    (changed,) = of_revisions(BEFORE, after)
    assert changed.field == name
    assert changed.label != name
    fates = {part.fate for run in changed.runs for parts in run.paragraphs for part in parts}
    assert fates - {Fate.SAME}
    assert of_revisions(BEFORE, BEFORE) == ()


def test_changes_stand_in_the_order_in_which_a_story_is_read_and_sections_have_their_titles():
    after = replace(BEFORE, headline="Night bus goes", section="tech", picture=None, topics=("Council", "Trams"))
    found = of_revisions(BEFORE, after, {"politics": "Politics", "tech": "Tech"})
    assert [one.label for one in found] == [
        *("Headline", "Section", "Topics", "Picture", "Alt text", "Decorative", "Credit"),
    ]
    assert shown(found[0].runs[0].paragraphs) == ["Night bus -stays- +goes+"]
    assert shown(found[1].runs[0].paragraphs) == ["-Politics-", "+Tech+"]
    assert shown(found[2].runs[0].paragraphs) == ["-Buses-", "Council", "+Trams+"]
