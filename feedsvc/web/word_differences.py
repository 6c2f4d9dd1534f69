"""What changed between two texts, or two versions of a story: paragraphs with the words marked that came or went."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from itertools import groupby, zip_longest

from feedsvc.domain.article import LeadPicture, Revision
from feedsvc.texts import N_, _
from feedsvc.web import forms
from feedsvc.web.differences import Comparison

AROUND = 1
"""So many paragraphs that stayed are shown on each side of one that changed."""

FOLDED = 3
"""So many paragraphs that stayed, and more, are folded where they follow each other."""

BREAK = "\n"
"""The end of a paragraph among words, which hold no white space."""

CARRIED = {
    "": N_("As its section says."),
    "full": N_("The whole story."),
    "summary": N_("A summary."),
    "none": N_("Nothing."),
}
"""How much goes out in feeds -> as a sentence, to be translated."""

DECORATIVE = {
    True: N_("The picture is marked as decorative."),
    False: N_("The picture is not marked as decorative."),
}


class Fate(StrEnum):
    """What became of words."""

    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True)
class Part:
    """Words that share a fate. `is_break` is the end of a paragraph that came or went, which has no words."""

    text: str
    fate: Fate
    is_break: bool = False


Paragraph = tuple[Part, ...]
Words = Sequence[str]


@dataclass(frozen=True)
class Run:
    """Paragraphs that follow each other; `is_folded` where nothing changed in them, nor beside them."""

    paragraphs: tuple[Paragraph, ...]
    is_folded: bool = False


@dataclass(frozen=True)
class Changed:
    """A field of a story that differs; `field` is its name in the form, `label` what editors call it."""

    field: str
    label: str
    runs: tuple[Run, ...]


def of_texts(before: str, after: str) -> tuple[Paragraph, ...]:
    """The paragraphs of two texts in one order, each line being one, with the words marked that were removed or added.

    Without what was added they hold the words of `before`, without what was removed those of `after`. The time it takes
    is bounded: where too much would have to be compared, more is marked than changed.
    """
    comparison = Comparison()
    return tuple(_paragraphs(_changes(comparison, _lines(before), _lines(after))))


def of_revisions(before: Revision, after: Revision, titles: Mapping[str, str] | None = None) -> tuple[Changed, ...]:
    """The fields in which two versions of a story differ, in the order in which an editor reads a story.

    `titles` are those of sections: slug -> title; without one a section is called by its slug.
    """
    old, new = (_texts(revision, titles or {}) for revision in (before, after))
    labels = forms.labels()
    order = list(labels)
    names = sorted(old, key=lambda name: order.index(name) if name in order else len(order))
    found = [
        Changed(name, labels.get(name, name), runs(of_texts(old[name], new[name])))
        for name in names
        if old[name] != new[name]
    ]
    if before.picture and after.picture and before.picture.key != after.picture.key:
        picture = (Part(_("The picture before."), Fate.REMOVED),), (Part(_("Another picture."), Fate.ADDED),)
        found.append(Changed("picture", labels["picture"], (Run(picture),)))
    return tuple(found)


def runs(paragraphs: Sequence[Paragraph]) -> tuple[Run, ...]:
    """Paragraphs, with those folded that neither changed nor stand beside one that did."""
    changed = [at for at, paragraph in enumerate(paragraphs) if any(part.fate is not Fate.SAME for part in paragraph)]
    shown = {near for at in changed for near in range(at - AROUND, at + AROUND + 1)}
    found: list[Run] = []
    for is_shown, group in groupby(enumerate(paragraphs), lambda one: one[0] in shown):
        some = tuple(paragraph for _, paragraph in group)
        is_folded = not is_shown and len(some) >= FOLDED and bool(changed)
        if found and not is_folded and not found[-1].is_folded:
            found[-1] = Run(found[-1].paragraphs + some)
        else:
            found.append(Run(some, is_folded))
    return tuple(found)


def _texts(revision: Revision, titles: Mapping[str, str]) -> dict[str, str]:
    """Field of the form -> what a revision says in it, each name of several in a line of its own."""
    texts: dict[str, str] = {}
    for field in fields(Revision):
        value = getattr(revision, field.name)
        if field.name == "picture":
            texts |= _picture_texts(value)
        elif isinstance(value, tuple):
            texts[field.name] = "\n".join(value)
        else:
            texts[field.name] = value or ""
    texts["section"] = titles.get(texts["section"], texts["section"])
    carried = CARRIED.get(texts["syndication"])
    texts["syndication"] = texts["syndication"] if carried is None else _(carried)
    return texts


def _picture_texts(picture: LeadPicture | None) -> dict[str, str]:
    return {
        "picture": _("A picture.") if picture else "",
        "picture_alt": picture.alt if picture else "",
        "picture_decorative": _(DECORATIVE[picture.decorative]) if picture else "",
        "picture_credit": picture.credit if picture else "",
    }


@dataclass(frozen=True)
class _Change:
    """Words that were there before and words that are there after; `is_same` where those are the same ones."""

    before: tuple[str, ...]
    after: tuple[str, ...]
    is_same: bool = False


def _lines(text: str) -> list[str]:
    return [line for line in (" ".join(line.split()) for line in text.splitlines()) if line]


def _words(lines: Iterable[str]) -> tuple[str, ...]:
    return tuple(word for line in lines for word in (*line.split(" "), BREAK))


def _changes(comparison: Comparison, before: Words, after: Words) -> Iterator[_Change]:
    """How lines become others: in whole lines first, then in the words of those that differ."""
    for kind, first, end, after_first, after_end in comparison.steps(before, after):
        old, new = before[first:end], after[after_first:after_end]
        if kind == "equal":
            yield _Change(_words(old), _words(old), is_same=True)
        elif comparison.fits(_words(old), _words(new)):
            yield from _word_changes(comparison, _words(old), _words(new))
        else:
            for one, other in zip_longest(old, new):
                if one and other and one != other:
                    yield from _word_changes(comparison, _words([one]), _words([other]))
                else:
                    yield _Change(_words([one] if one else ()), _words([other] if other else ()), one == other)


def _word_changes(comparison: Comparison, before: Words, after: Words) -> Iterator[_Change]:
    found = [
        _Change(tuple(before[first:end]), tuple(after[after_first:after_end]), kind == "equal")
        for kind, first, end, after_first, after_end in comparison.steps(before, after)
    ]
    return iter(_readable(found))


def _readable(changes: Sequence[_Change]) -> list[_Change]:
    """Changes without the islands between them that are shorter than the changes on both sides.

    Texts that say different things share “the” and “of”: marked word by word nobody could read them.
    """
    found: list[_Change] = []
    for change in changes:
        found.append(change)
        while len(found) > 2 and not found[-1].is_same and _is_island(*found[-3:]):
            one, island, other = found[-3:]
            found[-3:] = [_Change(one.before + island.before + other.before, one.after + island.after + other.after)]
    for at, change in enumerate(found):
        # A paragraph that was written anew stands whole below the one it replaces, also where both end alike.
        if not change.is_same and change.before and change.after and _begins_paragraph(found, at):
            follower = found[at + 1] if at + 1 < len(found) else None
            if follower is not None and follower.before[0] == BREAK:
                found[at] = _Change((*change.before, BREAK), (*change.after, BREAK))
                found[at + 1] = _Change(follower.before[1:], follower.after[1:], is_same=True)
    return found


def _is_island(one: _Change, island: _Change, other: _Change) -> bool:
    length = _length(island.before)
    return (
        island.is_same
        and not one.is_same
        and all(length <= max(_length(side.before), _length(side.after)) for side in (one, other))
    )


def _length(words: Words) -> int:
    return sum(map(len, words))


def _begins_paragraph(changes: Sequence[_Change], at: int) -> bool:
    words = [*changes[at - 1].before[-1:], *changes[at - 1].after[-1:]] if at else []
    return all(word == BREAK for word in words)


def _paragraphs(changes: Iterable[_Change]) -> Iterator[Paragraph]:
    """Changes as paragraphs: each ends where one ended before, or ends after."""
    parts: list[Part] = []
    for change in changes:
        for fate, words in _fates(change):
            said: list[str] = []
            for word in words:
                if word != BREAK:
                    said.append(word)
                    continue
                if said:
                    parts.append(Part(" ".join(said), fate))
                    said = []
                # The end of a paragraph that came or went as a whole goes without saying.
                if any(part.fate is not fate for part in parts):
                    parts += [Part("", fate, is_break=True)] if fate is not Fate.SAME else []
                if parts:
                    yield tuple(parts)
                parts = []
            if said:
                parts.append(Part(" ".join(said), fate))
    if parts:
        yield tuple(parts)


def _fates(change: _Change) -> Iterator[tuple[Fate, Words]]:
    if change.is_same:
        yield Fate.SAME, change.before
    else:
        yield Fate.REMOVED, change.before
        yield Fate.ADDED, change.after
