"""Two texts of one story side by side, paragraph by paragraph, and the text that is made of what an editor takes."""

import hashlib
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import zip_longest

from feedsvc.domain.article import Article
from feedsvc.feeds import paste
from feedsvc.feeds.text import clean
from feedsvc.web.differences import Comparison, Line, marked
from feedsvc.web.forms import StoryForm, stored

FIELDS = ("standfirst", "body")
"""Fields that are long enough to be taken paragraph by paragraph."""

TAKES = ("mine", "theirs", "both")

_BETWEEN = re.compile(r"\n(?:[ \t]*\n)+")


@dataclass(frozen=True)
class Passage:
    """A stretch of a text: paragraphs that both have, or one that differs; each side is Markdown, empty where it has
    nothing there. `lines` are theirs, with the words marked that do not stand in mine."""

    mine: str
    theirs: str
    is_same: bool = False
    lines: tuple[Line, ...] = ()

    @property
    def paragraphs(self) -> list[str]:
        """What both have, or what stands in mine."""
        return _paragraphs(self.mine)


@dataclass(frozen=True)
class Compared:
    """One field in two texts. `seal` tells whether it is still these two that an editor chose from."""

    passages: tuple[Passage, ...]
    seal: str

    @property
    def differing(self) -> int:
        """How many passages differ."""
        return sum(not passage.is_same for passage in self.passages)


def compared(form: StoryForm, article: Article, fields: Collection[str]) -> dict[str, Compared]:
    """Field -> what the form and what is stored say in it, for those of `fields` that are long."""
    now = stored(article)
    return {
        name: _compare(_text(form, form[name].data), _text(form, now[name].data)) for name in FIELDS if name in fields
    }


def take(form: StoryForm, article: Article, posted: Mapping[str, str]) -> bool:
    """Put into the form what was chosen of both texts; False where one of them was changed since, and nothing is put.

    `posted` holds for each field that was compared its seal as `of_<field>`, and for its differing passages, counted
    from 1, what is taken as `take_<field>_<number>`; mine where it does not say.
    """
    found = compared(form, article, [name for name in FIELDS if f"of_{name}" in posted])
    if any(one.seal != posted[f"of_{name}"] for name, one in found.items()):
        return False
    for name, one in found.items():
        taken, number = [], 0
        for passage in one.passages:
            number += not passage.is_same
            choice = "mine" if passage.is_same else posted.get(f"take_{name}_{number}", "mine")
            taken += [passage.mine] if choice != "theirs" else []
            taken += [passage.theirs] if choice in ("theirs", "both") else []
        form[name].data = "\n\n".join(filter(None, taken))
    return bool(found)


def _compare(mine: str, theirs: str) -> Compared:
    ours, others, comparison = _paragraphs(mine), _paragraphs(theirs), Comparison()
    steps = comparison.steps([" ".join(one.split()) for one in ours], [" ".join(one.split()) for one in others])
    passages: list[Passage] = []
    for kind, first, end, their_first, their_end in steps:
        if kind == "equal":
            passages.append(Passage("\n\n".join(ours[first:end]), "\n\n".join(others[their_first:their_end]), True))
            continue
        for one, other in zip_longest(ours[first:end], others[their_first:their_end], fillvalue=""):
            lines = tuple(marked(_lines(other), _lines(one), comparison))
            passages.append(Passage(one, other, lines=lines))
    return Compared(tuple(passages), hashlib.sha256(f"{mine}\0{theirs}".encode()).hexdigest()[:16])


def _text(form: StoryForm, text: str) -> str:
    """A text as saving the form would make it."""
    text = clean(text)
    return text if form.keep_as_typed.data else paste.from_text(text).markdown


def _paragraphs(text: str) -> list[str]:
    return [one.strip("\n") for one in _BETWEEN.split(text) if one.strip()]


def _lines(text: str) -> list[str]:
    return [line for line in (" ".join(line.split()) for line in text.splitlines()) if line]
