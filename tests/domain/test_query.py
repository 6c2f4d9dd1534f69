"""What people type into a search field, and which words a text has."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.domain.query import TERMS, Query, Term, folded, found_in, parse, words_of


def asked(*terms, without=()):
    return Query(tuple(terms), tuple(without))


def go_on(*words):
    return Term(words, is_beginning=True)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The Night-Bus, again!", "the night bus again"),
        ("Ærøskøbing Łódź straße İstanbul ısı", "aeroskobing lodz strasse istanbul isi"),
        ("Crème brûlée; CAFE\u0301 ﬁne ①", "creme brulee cafe fine 1"),
        ("Ελλάδα Ёлка", "ελλαδα елка"),
        ("東京都 3月", "東 京 都 3 月"),
        ("ガ カ\u3099", "ガ ガ"),
        ("मुंबई। दिल्ली", "मुंबई दिल्ली"),
        ("مُحَمَّد", "محمد"),
        ("서울 시청", "서울 시청"),
        ("it’s l'Europe snake_case 1,000", "it s l europe snake case 1 000"),
        ("\0\ud800 … – §", ""),
    ],
)
def test_words_are_folded_alike_whatever_the_script(text, words):
    assert words_of(text) == words.split()


@pytest.mark.parametrize(
    ("typed", "query"),
    [
        ("", asked()),
        ("Night bus", asked(Term(("night",)), go_on("bus"))),
        ('"night bus"', asked(Term(("night", "bus")))),
        ("„Night Bus“ tram", asked(Term(("night", "bus")), go_on("tram"))),
        ("bus -tram", asked(Term(("bus",)), without=[Term(("tram",))])),
        ('-"night bus" late', asked(go_on("late"), without=[Term(("night", "bus"))])),
        ('"never closed', asked(Term(("never", "closed")))),
        ("e-mail", asked(go_on("e", "mail"))),
        ("b", asked(Term(("b",)))),
        ("東京", asked(Term(("東", "京")))),
        ("-", asked()),
        ('"" * ( NEAR AND ^ : \' \\', asked(Term(("near",)), go_on("and"))),
    ],
)
def test_what_is_typed_is_words_phrases_and_what_is_excluded(typed, query):
    assert parse(typed) == query


@given(st.text())
def test_every_word_of_any_text_is_letters_and_folding_it_again_changes_nothing(text):
    for word in words_of(text):
        assert word
        assert not set(word) & set(" '\"\\\0§*:()-")
        assert words_of(word) == [word]


@given(st.text(max_size=300))
def test_nothing_that_is_typed_is_an_error_or_without_end(typed):
    query = parse(typed)
    assert len(query.terms) <= TERMS
    assert len(query.excluded) <= TERMS
    assert all(term.words for term in (*query.terms, *query.excluded))


@given(st.lists(st.text(max_size=12)), st.text(max_size=8))
def test_what_is_found_lies_inside_the_text_and_apart_from_each_other(parts, typed):
    text = " ".join([*parts, typed])
    ends = 0
    for start, end in found_in(text, parse(typed)):
        assert ends <= start < end <= len(text)
        ends = end


@pytest.mark.parametrize(
    ("text", "typed", "marked"),
    [
        ("The Café is open, the cafeteria too", "cafe", ["Café", "cafeteria"]),
        ("The Café is open, the cafeteria too", '"cafe"', ["Café"]),
        ("Night bus, the night busses, a bus", '"night bus"', ["Night bus"]),
        ("in 東京都 and 京都", "京都", ["京都", "京都"]),
        ("Cafe\u0301 e-mail", "cafe e-mail", ["Cafe\u0301", "e-mail"]),
        ("nothing of it", "bus", []),
        ("nothing", "", []),
    ],
)
def test_what_was_asked_for_is_found_in_the_text_as_it_is_written(text, typed, marked):
    assert [text[start:end] for start, end in found_in(text, parse(typed))] == marked


def test_case_and_accents_fold_to_the_same():
    assert folded("ÉCOLE") == folded("e\u0301cole") == "ecole"
