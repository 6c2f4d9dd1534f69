"""Two texts of one story side by side, paragraph by paragraph, and the text that is made of what an editor takes."""

import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from feedsvc.domain.article import Article
from feedsvc.feeds import paste
from feedsvc.feeds.text import clean
from feedsvc.web.differences import Comparison, Line, Step, marked
from feedsvc.web.forms import StoryForm, stored

FIELDS = ("standfirst", "body")
"""Fields that are long enough to be taken paragraph by paragraph."""

TAKES = ("mine", "theirs", "both")

MOST_PASSAGES = 200
"""Where more passages differ than anybody chooses from, they are one."""

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")


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
    differing: int
    """How many passages differ."""


def compared(form: StoryForm, article: Article, fields: Collection[str]) -> dict[str, Compared]:
    """Field -> what the form and what is stored say in it, for those of `fields` that are long."""
    now = stored(article)
    return {
        name: _compare(_text(form, form[name].data), _text(form, now[name].data)) for name in FIELDS if name in fields
    }


def has_choice(posted: Mapping[str, str]) -> bool:
    """Whether a form says that something is taken from the other text, and was not put together by a script."""
    fields = [name for name in FIELDS if f"of_{name}" in posted]
    return any(
        choice != "mine" for field in fields for name, choice in posted.items() if name.startswith(f"take_{field}_")
    )


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
    steps = _joined(comparison.steps(ours, others))
    passages: list[Passage] = []
    for kind, first, end, their_first, their_end in steps:
        if kind == "equal":
            passages.append(Passage("\n\n".join(ours[first:end]), "\n\n".join(others[their_first:their_end]), True))
            continue
        pairs = zip_longest(ours[first:end], others[their_first:their_end], fillvalue="")
        if max(end - first, their_end - their_first) > MOST_PASSAGES:
            pairs = iter([("\n\n".join(ours[first:end]), "\n\n".join(others[their_first:their_end]))])
        for one, other in pairs:
            lines = tuple(marked(_lines(other), _lines(one), comparison))
            passages.append(Passage(one, other, lines=lines))
    seal = hashlib.sha256(f"{mine}\0{theirs}".encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return Compared(tuple(passages), seal, sum(not passage.is_same for passage in passages))


def _joined(steps: Sequence[Step]) -> Sequence[Step]:
    """The same steps; where they are too many to choose from, all from the first that differs to the last as one."""
    differing = [at for at, step in enumerate(steps) if step[0] != "equal"]
    if len(differing) <= MOST_PASSAGES:
        return steps
    first, last = steps[differing[0]], steps[differing[-1]]
    whole = ("replace", first[1], last[2], first[3], last[4])
    return [*steps[: differing[0]], whole, *steps[differing[-1] + 1 :]]


def _text(form: StoryForm, text: str) -> str:
    """A text as saving the form would make it."""
    text = clean(text)
    return text if form.keep_as_typed.data else paste.from_text(text).markdown


def _paragraphs(text: str) -> list[str]:
    """The paragraphs of a text, a fenced block of code being one (CommonMark §4.5)."""
    paragraphs: list[list[str]] = [[]]
    fence = ""
    for line in text.split("\n"):
        mark = _FENCE.match(line)
        if mark and not fence:
            fence = mark[1]
        elif mark and mark[1].startswith(fence) and not line[mark.end() :].strip():
            fence = ""
        if line.strip() or fence:
            paragraphs[-1].append(line)
        elif paragraphs[-1]:
            paragraphs.append([])
    return ["\n".join(lines) for lines in paragraphs if lines]


def _lines(text: str) -> list[str]:
    return [line for line in (" ".join(line.split()) for line in text.splitlines()) if line]
