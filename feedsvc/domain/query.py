"""The words of a text, and what somebody asks for when they search: the same folding makes both.

Accents and case do not matter. Scripts that put no spaces between words (Chinese, Japanese, Thai, Lao, Burmese, Khmer)
are taken by the character, and what is asked for in them as a phrase.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

WORD_CHARACTERS = 60
"""A longer word is known by its beginning."""

TERMS = 20
"""Words and phrases that one question may have, and words that one phrase may have; further ones do not narrow it."""

QUERY_CHARACTERS = 200

BEGINNING_CHARACTERS = 2
"""From so many on, the last word is also the beginning of a longer one."""

_BY_CHARACTER = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
)
_BY_CHARACTER += "\uf900-\ufaff\U00020000-\U0003ffff"
# Vowel signs of Indian scripts are no letters to Python's \w, and no boundaries of words; a danda is one.
_SIGNS = "\u0900-\u0963\u0966-\u0dff"
# Accents of Latin, Greek and Cyrillic, points of Hebrew, vowels and the stretching of Arabic.
_MARKS = "\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670"

_WORD = re.compile(f"[{_BY_CHARACTER}]|(?:[^\\W_{_BY_CHARACTER}]|[{_SIGNS}])+")
_PIECE = re.compile(f"[{_BY_CHARACTER}\u3099\u309a]|(?:[^\\W_{_BY_CHARACTER}]|[{_SIGNS}{_MARKS}])+")
_ACCENTS = re.compile(f"[{_MARKS}]+")
_ALIKE = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ŧ": "t"}
)
_TYPED = re.compile(r'(-?)(?:["“”„«»]([^"“”„«»]*)["“”„«»]?|([^\s"“”„«»]+))')
_IS_BY_CHARACTER = re.compile(f"[{_BY_CHARACTER}]")


@dataclass(frozen=True)
class Term:
    """Words that stand one behind the other. With `is_beginning` the last of them may go on."""

    words: tuple[str, ...]
    is_beginning: bool = False


@dataclass(frozen=True)
class Query:
    """What is asked for: all of `terms`, and none of `excluded`. Both may be empty."""

    terms: tuple[Term, ...] = ()
    excluded: tuple[Term, ...] = ()


def words_of(text: str) -> list[str]:
    """The words of a text in their order, folded: each is letters and digits only."""
    return [word[:WORD_CHARACTERS] for word in _WORD.findall(folded(text))]


def folded(text: str) -> str:
    """A text without accents and case."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return unicodedata.normalize("NFC", _ACCENTS.sub("", plain).translate(_ALIKE))


def parse(typed: str) -> Query:
    """Read what somebody typed: words, "phrases" and what follows a minus, which is excluded. Nothing is an error.

    The last word may be the beginning of a longer one, if it stands in no quotes.
    """
    terms: list[Term] = []
    excluded: list[Term] = []
    goes_on = False
    for minus, phrase, word in _TYPED.findall(typed[:QUERY_CHARACTERS]):
        if words := tuple(words_of(phrase or word)[:TERMS]):
            (excluded if minus else terms).append(Term(words))
            # Overwritten by each: in the end it is that of the last.
            goes_on = bool(word) and not minus and _may_go_on(words[-1])
    if terms and goes_on:
        terms[-1] = Term(terms[-1].words, is_beginning=True)
    return Query(tuple(terms[:TERMS]), tuple(excluded[:TERMS]))


def _may_go_on(word: str) -> bool:
    return len(word) >= BEGINNING_CHARACTERS and not _IS_BY_CHARACTER.match(word)


def found_in(text: str, query: Query) -> list[tuple[int, int]]:
    """Where the terms of a query stand in a text: beginnings and ends of characters, in order, none in another."""
    if not query.terms:
        return []
    pieces = list(_pieces(text))
    spans: list[tuple[int, int]] = []
    for term in query.terms:
        first, *_ = term.words
        for number, (start, _, word) in enumerate(pieces):
            if word == first or (term.is_beginning and len(term.words) == 1 and word.startswith(first)):
                end = _end(term, pieces[number : number + len(term.words)])
                if end is not None:
                    spans.append((start, end))
    return _joined(sorted(spans))


def _pieces(text: str) -> Iterator[tuple[int, int, str]]:
    """The words of a text, each with its place; what one run of letters folds to has one place."""
    for run in _PIECE.finditer(text):
        piece = run[0]
        for word in (piece.lower(),) if piece.isascii() else words_of(piece):
            yield run.start(), run.end(), word[:WORD_CHARACTERS]


def _end(term: Term, pieces: list[tuple[int, int, str]]) -> int | None:
    """Where a term ends that these pieces are; None if they are none."""
    if len(pieces) < len(term.words):
        return None
    *before, last = zip(term.words, pieces, strict=True)
    if any(word != piece[2] for word, piece in before):
        return None
    word, (_, end, piece_word) = last
    return end if word == piece_word or (term.is_beginning and piece_word.startswith(word)) else None


def _joined(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    result: list[tuple[int, int]] = []
    for start, end in spans:
        if result and start < result[-1][1]:
            result[-1] = result[-1][0], max(end, result[-1][1])
        else:
            result.append((start, end))
    return result
