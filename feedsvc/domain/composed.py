"""What a reader asks of a composed feed: which stories of the feed that it begins with, and its one address."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode
from uuid import UUID, uuid5

from feedsvc.domain.dates import WINDOW_LIMIT
from feedsvc.domain.feedname import is_slug
from feedsvc.domain.query import QUERY_CHARACTERS, Query, parse
from feedsvc.errors import Invalid
from feedsvc.texts import N_, _

PARAMETERS = ("without", "author", "topic", "q", "limit")
"""In the order in which they stand in an address."""

KINDS = {"author": "authors", "topic": "topics"}
"""Parameter -> the beginning of the names of feeds that it stands for."""

VALUES = 10
"""The most names that one parameter may have."""

FIELDS = 100
"""The most fields of a query, ours and others, that are looked at."""

COMPOSED = UUID("0c1b9c1e-53d6-4b0f-9f4e-3a0c2b7d5e18")
"""The namespace of the identities of composed feeds."""

ALL_STORIES = N_("All stories")
ABOUT = N_("%(feed)s about %(topics)s")
BY = N_("%(feed)s by %(authors)s")
WITH = N_("%(feed)s with “%(words)s”")
WITHOUT = N_("%(feed)s without %(left_out)s")
OR = N_("%(names)s or %(last)s")
DESCRIPTION = N_("A feed that a reader put together.")

TEXTS = (ALL_STORIES, ABOUT, BY, WITH, WITHOUT, OR, DESCRIPTION)
"""Our own words in documents of composed feeds."""

_IS_ASKED = re.compile(rf"(?:^|&)(?:{'|'.join(PARAMETERS)})(?:=|&|$)")


@dataclass(frozen=True)
class Wish:
    """What narrows the stories down. Each tuple is sorted and holds no name twice.

    `without` are names of feeds; `authors` and `topics` are slugs, of which a story has one at least; `words` are as
    `domain.query` reads them; `limit` is the number of stories, None for as many as any document has.
    """

    without: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    words: str = ""
    limit: int | None = None

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The fields of its one address, in their order."""
        pairs = [
            *(("without", name) for name in self.without),
            *(("author", slug) for slug in self.authors),
            *(("topic", slug) for slug in self.topics),
        ]
        pairs += [("q", self.words)] if self.words else []
        return pairs + ([] if self.limit is None else [("limit", str(self.limit))])

    @property
    def query(self) -> str:
        """Its one address, behind the question mark: ASCII. Empty if nothing is asked for."""
        return urlencode(self.pairs, safe="/")

    @property
    def feeds(self) -> tuple[str, ...]:
        """The names of all feeds that it names."""
        return (
            *self.without,
            *(f"{KINDS['author']}/{slug}" for slug in self.authors),
            *(f"{KINDS['topic']}/{slug}" for slug in self.topics),
        )


def is_asked(query: str) -> bool:
    """Whether a query string has a parameter of ours. One that has none is of no account."""
    return _IS_ASKED.search(query) is not None


def fields(query: str) -> list[tuple[str, str]]:
    """The names and values in a query string. Raises `Invalid` if there are too many of them."""
    try:
        return parse_qsl(query, keep_blank_values=True, max_num_fields=FIELDS)
    except ValueError as error:
        raise Invalid({"address": _("It has too many parameters. %(most)s are enough.", most=FIELDS)}) from error


def read(asked: Iterable[tuple[str, str]], default_limit: int) -> Wish:
    """The wish in the fields of a query: names sorted and once each, what is empty and what is not ours left out.

    `default_limit` is the number of stories in any document. Raises `Invalid`; its problems are by parameter.
    """
    given: dict[str, list[str]] = {name: [] for name in PARAMETERS}
    for name, value in asked:
        if name in given and (tidied := tidy(value)):
            given[name].append(tidied)
    problems: dict[str, str] = {}
    limit = _limit(given["limit"], problems)
    wish = Wish(
        without=_names("without", given["without"], problems),
        authors=_names("author", given["author"], problems),
        topics=_names("topic", given["topic"], problems),
        words=_words(given["q"], problems),
        limit=None if limit == default_limit else limit,
    )
    if problems:
        raise Invalid(problems)
    return wish


def tidy(text: str) -> str:
    """A text in one form: composed, with single spaces and nothing that cannot be seen."""
    composed = unicodedata.normalize("NFC", text)
    return " ".join("".join(c if c.isprintable() else " " for c in composed).split())


def _names(parameter: str, values: Sequence[str], problems: dict[str, str]) -> tuple[str, ...]:
    names = tuple(sorted(set(values)))
    if len(names) > VALUES:
        problems[parameter] = _(
            "%(many)s names are too many. Name %(most)s at most.",
            many=len(names),
            most=VALUES,
        )
    for name in names:
        if parameter != "without":
            if not is_slug(name):
                problems[parameter] = _(
                    "“%(value)s” cannot be right. Write it as in the address of its page, such as night-buses.",
                    value=_short(name),
                )
        elif not _is_feed(name):
            problems[parameter] = _(
                "“%(value)s” is no feed that can be left out. Write a section, topics/ or authors/ as in the "
                "address of its page, such as opinion or topics/night-buses.",
                value=_short(name),
            )
    return names


def _is_feed(name: str) -> bool:
    """Whether it may be the name of a section, topic or author."""
    kind, _, slug = name.rpartition("/")
    return is_slug(slug) and kind in ("", *KINDS.values())


def _words(values: Sequence[str], problems: dict[str, str]) -> str:
    texts = sorted(set(values))
    if len(texts) > 1:
        problems["q"] = _("This stands in the address more than once. Write all words into one.")
    elif texts and len(texts[0]) > QUERY_CHARACTERS:
        problems["q"] = _("That is too long. %(most)s characters are enough.", most=QUERY_CHARACTERS)
    elif texts and parse(texts[0]) == Query():
        problems["q"] = _(
            "“%(typed)s” has no word to search for. Type a word, or the beginning of one.", typed=texts[0]
        )
    return texts[0] if texts else ""


def _limit(values: Sequence[str], problems: dict[str, str]) -> int | None:
    numbers = {value.lstrip("0") or "0" for value in values}
    if len(numbers) > 1:
        problems["limit"] = _("This stands in the address more than once. Keep one.")
        return None
    for value in numbers:
        if value.isascii() and value.isdigit() and len(value) <= len(str(WINDOW_LIMIT)):
            limit = int(value)
            if 1 <= limit <= WINDOW_LIMIT:
                return limit
        problems["limit"] = _(
            "“%(value)s” is no number of stories. Write a whole number from 1 to %(most)s.",
            value=_short(value),
            most=WINDOW_LIMIT,
        )
    return None


def _short(value: str) -> str:
    return value if len(value) <= QUERY_CHARACTERS else f"{value[: QUERY_CHARACTERS - 1]}…"


def identity(base: str, wish: Wish, identities: Sequence[str]) -> str:
    """The identity of a composed feed, made of that of the feed it begins with, those of the feeds that the wish names,
    in the order of `Wish.feeds`, and what else is asked for (RFC 9562, version 5): no renaming changes it."""
    parameters = [name for name, _ in wish.pairs]
    named = sorted(f"{name}={of}" for name, of in zip(parameters, identities, strict=False))
    others = [f"{name}={value}" for name, value in wish.pairs if name not in ("without", *KINDS)]
    return uuid5(COMPOSED, " ".join([base, *named, *others])).urn


def title(base: str, topics: Sequence[str], authors: Sequence[str], words: str, left_out: Sequence[str]) -> str:
    """What a composed feed is called, in the language that is spoken: “Politics by Ann Lee without Opinion”.

    `base` is the title of the feed that it begins with, empty for all stories.
    """
    title = base or _(ALL_STORIES)
    if topics:
        title = _(ABOUT, feed=title, topics=_any_of(topics))
    if authors:
        title = _(BY, feed=title, authors=_any_of(authors))
    if words:
        title = _(WITH, feed=title, words=words)
    return _(WITHOUT, feed=title, left_out=_any_of(left_out)) if left_out else title


def _any_of(names: Sequence[str]) -> str:
    *first, last = names
    return _(OR, names=", ".join(first), last=last) if first else last
