"""Advice while somebody writes: what makes a story look good, and what aggregators ask for. It blocks nothing."""

from dataclasses import dataclass, replace

from feedsvc.feeds.text import link_urls
from feedsvc.storage.media import Picture
from feedsvc.web import forms
from feedsvc.web.forms import StoryForm

HEADLINE_SHOWN = 110
"""Characters of a headline that search engines and many feed readers show."""

PICTURE_WIDE_ENOUGH = 1_200
"""Pixels below which a picture looks small where others show it."""

MSN_HEADLINE = (20, 150)
"""The fewest and the most characters of a headline that MSN takes."""

FLIPBOARD_SUMMARY = 300
FLIPBOARD_SIDE = 500
"""Characters of a summary, and pixels of a picture's smaller side, that Flipboard asks for
(https://about.flipboard.com/rss-spec/)."""

LINKS_NAMED = 3
LINK_CHARACTERS = 60


@dataclass(frozen=True)
class Check:
    """One line of advice; `is_good` where there is nothing to do.

    `field` and `when` name the field that it is about and what that must be for the line to be shown: `empty`, `good`,
    `long` or `decorative`. All lines of a field are on the page, so that a script can show the right one while somebody
    writes.
    """

    is_good: bool
    line: str
    hint: str = ""
    field: str = ""
    when: str = ""
    is_shown: bool = True


def checks(form: StoryForm, picture: Picture | None) -> tuple[Check, ...]:
    """What makes the story look good where it is read."""
    characters = len(form.headline.data.strip())
    headline = f"Headline of {characters} characters"
    too_long = f"many readers show no more than {HEADLINE_SHOWN}"
    lines = [
        Check(False, "No headline yet", field="headline", when="empty"),
        Check(True, headline, field="headline", when="good"),
        Check(False, headline, too_long, field="headline", when="long"),
        Check(False, "No section is chosen yet", field="section", when="empty"),
        Check(True, "There is a standfirst", field="standfirst", when="good"),
        Check(False, "No standfirst", "feeds show the story's beginning instead", field="standfirst", when="empty"),
    ]
    lines += _link_checks(form.body.data)
    if picture is not None:
        lines += _picture_checks(picture)
    states = {field: "good" if form[field].data.strip() else "empty" for field in {line.field for line in lines} - {""}}
    if characters > HEADLINE_SHOWN:
        states["headline"] = "long"
    if form.picture_decorative.data:
        states["picture_alt"] = "decorative"
    return tuple(replace(line, is_shown=not line.field or line.when == states[line.field]) for line in lines)


def _picture_checks(picture: Picture) -> list[Check]:
    width = f"Picture {picture.width:,} pixels wide"
    no_alt = "it needs one before it is published"
    return [
        Check(True, width)
        if picture.width >= PICTURE_WIDE_ENOUGH
        else Check(False, width, f"from {PICTURE_WIDE_ENOUGH:,} on it looks good everywhere"),
        Check(True, "The picture is decorative", field="picture_alt", when="decorative"),
        Check(True, "The picture has alt text", field="picture_alt", when="good"),
        Check(False, "The picture has no alt text", no_alt, field="picture_alt", when="empty"),
        Check(True, "The picture has a credit", field="picture_credit", when="good"),
        Check(False, "The picture has no credit", field="picture_credit", when="empty"),
    ]


def of_aggregators(form: StoryForm, picture: Picture | None) -> tuple[Check, ...]:
    """What aggregators ask for, each line with the one that does."""
    headline, summary = len(form.headline.data.strip()), len(form.standfirst.data.strip())
    fewest, most = MSN_HEADLINE
    side = min(picture.width, picture.height) if picture else 0
    return (
        Check(fewest <= headline <= most, f"Headline of {fewest} to {most} characters", "MSN"),
        Check(picture is not None, "A picture", "MSN"),
        Check(summary >= FLIPBOARD_SUMMARY, f"Standfirst of {FLIPBOARD_SUMMARY} characters or more", "Flipboard"),
        Check(side >= FLIPBOARD_SIDE, f"Picture of {FLIPBOARD_SIDE} pixels or more on each side", "Flipboard"),
        Check(bool(forms.names(form.authors.data)), "An author", "SmartNews"),
    )


def _link_checks(body: str) -> list[Check]:
    """Links that lead nowhere once the story is read elsewhere, or that go in the clear."""
    relative, clear = [], []
    for url in link_urls(body):
        scheme = url.partition(":")[0].lower() if ":" in url.partition("/")[0] else ""
        if not scheme:
            relative.append(url)
        elif scheme == "http":
            clear.append(url)
    return [
        Check(False, f"{'Links' if len(found) > 1 else 'A link'} {what}: {_named(found)}", hint)
        for found, what, hint in (
            (relative, "without a site", "they are taken as addresses of this one"),
            (clear, "without https", "browsers warn of it"),
        )
        if found
    ]


def _named(urls: list[str]) -> str:
    named = [url if len(url) <= LINK_CHARACTERS else f"{url[:LINK_CHARACTERS]}…" for url in urls[:LINKS_NAMED]]
    return ", ".join(named) + (f" and {len(urls) - LINKS_NAMED} more" if len(urls) > LINKS_NAMED else "")
