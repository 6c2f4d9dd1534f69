"""Advice while somebody writes: what makes a story look good, and what aggregators ask for. It blocks nothing."""

from dataclasses import dataclass, replace

from feedsvc.feeds.text import link_urls
from feedsvc.storage.media import Picture
from feedsvc.texts import _, ngettext
from feedsvc.web import forms, languages
from feedsvc.web.forms import StoryForm
from feedsvc.web.languages import number

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
    writes. `line_forms` are the forms of a line that shows a number, for that script, see `languages.forms`.
    """

    is_good: bool
    line: str
    hint: str = ""
    field: str = ""
    when: str = ""
    is_shown: bool = True
    line_forms: str = ""


def checks(form: StoryForm, picture: Picture | None) -> tuple[Check, ...]:
    """What makes the story look good where it is read."""
    characters = len(form.headline.data.strip())
    headline = _headline_of(characters, str(characters))
    in_forms = languages.forms(lambda n: _headline_of(n, "{n}"))
    too_long = _("many readers show no more than %(most)s", most=HEADLINE_SHOWN)
    beginning = _("feeds show the story's beginning instead")
    lines = [
        Check(False, _("No headline yet"), field="headline", when="empty"),
        Check(True, headline, field="headline", when="good", line_forms=in_forms),
        Check(False, headline, too_long, field="headline", when="long", line_forms=in_forms),
        Check(False, _("No section is chosen yet"), field="section", when="empty"),
        Check(True, _("There is a standfirst"), field="standfirst", when="good"),
        Check(False, _("No standfirst"), beginning, field="standfirst", when="empty"),
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
    width = _("Picture %(pixels)s pixels wide", pixels=number(picture.width))
    no_alt = _("it needs one before it is published")
    return [
        Check(True, width)
        if picture.width >= PICTURE_WIDE_ENOUGH
        else Check(False, width, _("from %(pixels)s on it looks good everywhere", pixels=number(PICTURE_WIDE_ENOUGH))),
        Check(True, _("The picture is decorative"), field="picture_alt", when="decorative"),
        Check(True, _("The picture has alt text"), field="picture_alt", when="good"),
        Check(False, _("The picture has no alt text"), no_alt, field="picture_alt", when="empty"),
        Check(True, _("The picture has a credit"), field="picture_credit", when="good"),
        Check(False, _("The picture has no credit"), field="picture_credit", when="empty"),
    ]


def of_aggregators(form: StoryForm, picture: Picture | None) -> tuple[Check, ...]:
    """What aggregators ask for, each line with the one that does."""
    headline, summary = len(form.headline.data.strip()), len(form.standfirst.data.strip())
    fewest, most = MSN_HEADLINE
    side = min(picture.width, picture.height) if picture else 0
    return (
        Check(
            fewest <= headline <= most,
            _("Headline of %(fewest)s to %(most)s characters", fewest=fewest, most=most),
            "MSN",
        ),
        Check(picture is not None, _("A picture"), "MSN"),
        Check(
            summary >= FLIPBOARD_SUMMARY,
            _("Standfirst of %(fewest)s characters or more", fewest=FLIPBOARD_SUMMARY),
            "Flipboard",
        ),
        Check(
            side >= FLIPBOARD_SIDE,
            _("Picture of %(fewest)s pixels or more on each side", fewest=FLIPBOARD_SIDE),
            "Flipboard",
        ),
        Check(bool(forms.names(form.authors.data)), _("An author"), "SmartNews"),
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
    lines = []
    if relative:
        line = ngettext(
            "A link without a site: %(links)s",
            "Links without a site: %(links)s",
            len(relative),
            links=_named(relative),
        )
        lines.append(Check(False, line, _("they are taken as addresses of this one")))
    if clear:
        line = ngettext(
            "A link without https: %(links)s", "Links without https: %(links)s", len(clear), links=_named(clear)
        )
        lines.append(Check(False, line, _("browsers warn of it")))
    return lines


def _named(urls: list[str]) -> str:
    named = ", ".join(url if len(url) <= LINK_CHARACTERS else f"{url[:LINK_CHARACTERS]}…" for url in urls[:LINKS_NAMED])
    more = len(urls) - LINKS_NAMED
    return named if more <= 0 else ngettext("%(links)s and %(n)s more", "%(links)s and %(n)s more", more, links=named)


def _headline_of(characters: int, shown: str) -> str:
    return ngettext(
        "Headline of %(characters)s character",
        "Headline of %(characters)s characters",
        characters,
        characters=shown,
    )
