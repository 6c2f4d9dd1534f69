"""The shape of the sample newsroom's contents."""

from dataclasses import dataclass

CREDIT = "feedsvc sample pictures"


@dataclass(frozen=True)
class SampleSection:
    """A section as it is brought in; `description` is one sentence of plain text."""

    title: str
    slug: str
    description: str


@dataclass(frozen=True)
class SampleStory:
    """A story as it is brought in: published `age_hours` before the bring-in, updated so many hours after that.

    `section` is a section's slug, `authors` are desks, `body` is Markdown, `picture` is a file's name for
    `picture_path`. It has no identity: every installation mints its own.
    """

    headline: str
    standfirst: str
    section: str
    authors: tuple[str, ...]
    topics: tuple[str, ...]
    age_hours: int
    body: str
    updated_after_hours: int | None = None
    picture: str | None = None
    picture_alt: str = ""
    picture_credit: str = ""


def paragraphs(wrapped: str) -> str:
    """Markdown of headings and paragraphs, wrapped at will -> one line each, as an editor would type it."""
    return "\n\n".join(" ".join(block.split()) for block in wrapped.strip().split("\n\n"))
