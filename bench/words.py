"""Text to measure with: the same at each run, as long as it is wanted."""

import random

WORDS = (
    *(
        "the",
        "council",
        "harbour",
        "bridge",
        "winter",
        "vote",
        "budget",
        "school",
        "river",
        "market",
        "train",
        "museum",
    ),
    *("storm", "answer", "of", "and", "to", "in", "a", "for", "with", "evening", "minister", "hospital", "question"),
    *("engineer", "garden", "committee", "library", "theatre", "election", "ferry", "tower", "valley", "reader"),
    *("letter", "summer", "proposal", "street", "winner", "report", "signal", "workshop", "record", "neighbour"),
    *("island", "orchard", "from", "after"),
)


EVERYWHERE = "harbour"
"""A word that stands in every story."""


def text(seed: int, size: int) -> str:
    """Paragraphs of Markdown, about `size` characters in all; equal seeds make equal texts."""
    chosen = random.Random(seed)  # noqa: S311 - nothing is kept secret by it
    paragraphs, left = [], size
    while left > 0:
        sentences = [_sentence(chosen) for _ in range(4)]
        paragraphs.append(" ".join(sentences))
        left -= len(paragraphs[-1]) + 2
    return f"At the {EVERYWHERE}: " + "\n\n".join(paragraphs)[:size]


def headline(seed: int) -> str:
    """A headline; it ends with a word that stands in no other story."""
    return f"{_sentence(random.Random(seed)).rstrip('.')} {rare(seed)}"  # noqa: S311


def rare(seed: int) -> str:
    """The word that stands in this story alone."""
    return f"no{seed}x"


def pick(seed: int, names: tuple[str, ...]) -> str:
    """One of the names, by the story's number."""
    return names[seed % len(names)]


def _sentence(chosen: random.Random) -> str:
    words = chosen.choices(WORDS, k=chosen.randint(7, 14))
    return " ".join(words).capitalize() + "."
