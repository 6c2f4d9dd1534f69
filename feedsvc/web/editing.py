"""The page on which a story is written: its form, and beside it the answers to an editor's questions."""

from dataclasses import dataclass
from typing import Any

from flask import Response

from feedsvc.domain.article import Article, Status
from feedsvc.domain.feedname import feeds_of
from feedsvc.errors import Conflict, FeedsvcError, Invalid, StorageError
from feedsvc.feeds import paste
from feedsvc.feeds.text import clean
from feedsvc.storage import articles, feeds, media
from feedsvc.storage.feeds import Section
from feedsvc.storage.media import Picture
from feedsvc.web import desk, forms
from feedsvc.web.differences import Line, Part, marked
from feedsvc.web.forms import LABELS, StoryForm, stored
from feedsvc.web.newsroom import newsroom

HEADLINE_SHOWN = 110
"""Characters of a headline that search engines and many feed readers show."""

PICTURE_WIDE_ENOUGH = 1_200
"""Pixels below which a picture looks small where others show it."""

TEXTS = ("headline", "standfirst", "body", "section", "topics", "authors", "slug", "picture_alt", "picture_credit")


@dataclass(frozen=True)
class Check:
    """One line of advice; `is_good` where there is nothing to do."""

    is_good: bool
    line: str
    hint: str = ""


def story(article_id: int | None) -> Article | None:
    """The story to be written on, None for a new one. Raises `NotFound`."""
    if article_id is None:
        return None
    with newsroom().database.read() as connection:
        return articles.get(connection, article_id)


def show_stored(article: Article | None, done: str = "") -> Response:
    """The story as it is stored. `done` is what was just done with it, if anything."""
    return _show(stored(article), article, 200, done=done, is_typed=False)


def show_typed(form: StoryForm, article: Article | None) -> Response:
    """What somebody typed before their sign-in ran out, not saved yet."""
    return _show(form, article, 200, is_back=True)


def refuse(form: StoryForm, article: Article | None, error: FeedsvcError) -> Response:
    """The form with what was typed in it and what is wrong: 422, 409 where somebody else saved, 503 where the database
    did not do it.

    Where the form was made on an old version both texts are shown, and it is from now on made on the newer one: saving
    it again is done knowingly.
    """
    if isinstance(error, Invalid):
        return _show(form, article, 422, problems=error.problems)
    status = 409 if isinstance(error, Conflict) else 503 if isinstance(error, StorageError) else 422
    if article is None or form.is_on(article):
        return _show(form, article, status, refused=error.message)
    theirs = _differences(form, article)
    form.version.data = str(article.version)
    return _show(form, article, status, refused=error.message, theirs=theirs, is_outdated=True)


def original(article: Article) -> str:
    """The text as it was typed from which the story's present text was made; empty if it was made from none."""
    with newsroom().database.read() as connection:
        before = articles.body_before(connection, article.article_id)
    if before is None:
        return ""
    pasted = paste.from_text(before)
    return before if pasted.changed and pasted.markdown == article.working.body else ""


def _show(form: StoryForm, article: Article | None, status: int, **values: Any) -> Response:
    key = form.picture_key.data
    with newsroom().database.read() as connection:
        sections = feeds.all_sections(connection)
        picture = media.by_keys(connection, [key]).get(key)
    typed = original(article) if article else ""
    common = {"problems": {}, "theirs": {}, "is_typed": True}
    return desk.show(
        "newsdesk/story.html",
        status,
        **(common | values),
        form=form,
        labels=LABELS,
        article=article,
        sections=sections,
        picture=picture,
        note=paste.from_text(typed).explain() if typed else "",
        chips=_chips(form, article, sections),
        checks=_checks(form, picture),
        words=len(form.body.data.split()),
    )


def _chips(form: StoryForm, article: Article | None, sections: tuple[Section, ...]) -> tuple[str, ...]:
    """The feeds that carry the story once it is public as it stands in the form, and those it stands in now."""
    chosen = next((section.slug for section in sections if section.slug == form.section.data), None)
    names = feeds_of(chosen, forms.names(form.topics.data), forms.names(form.authors.data))
    live = article.live if article and article.status is Status.PUBLISHED else None
    return tuple(dict.fromkeys((*names, *(feeds_of(live.section, live.topics, live.authors) if live else ()))))


def _checks(form: StoryForm, picture: Picture | None) -> tuple[Check, ...]:
    checks = [_headline_check(len(form.headline.data.strip()))]
    if not form.section.data:
        checks.append(Check(False, "No section is chosen yet"))
    if form.standfirst.data.strip():
        checks.append(Check(True, "There is a standfirst"))
    else:
        checks.append(Check(False, "No standfirst", "feeds show the story's beginning instead"))
    if picture is not None:
        checks += _picture_checks(form, picture)
    return tuple(checks)


def _headline_check(characters: int) -> Check:
    if not characters:
        return Check(False, "No headline yet")
    if characters > HEADLINE_SHOWN:
        return Check(False, f"Headline of {characters} characters", f"many readers show no more than {HEADLINE_SHOWN}")
    return Check(True, f"Headline of {characters} characters")


def _picture_checks(form: StoryForm, picture: Picture) -> list[Check]:
    width = f"Picture {picture.width:,} pixels wide"
    if form.picture_decorative.data:
        alt = Check(True, "The picture is decorative")
    elif form.picture_alt.data.strip():
        alt = Check(True, "The picture has alt text")
    else:
        alt = Check(False, "The picture has no alt text", "it needs one before it is published")
    return [
        Check(True, width)
        if picture.width >= PICTURE_WIDE_ENOUGH
        else Check(False, width, f"from {PICTURE_WIDE_ENOUGH:,} on it looks good everywhere"),
        alt,
        Check(True, "The picture has a credit")
        if form.picture_credit.data.strip()
        else Check(False, "The picture has no credit"),
    ]


def _differences(form: StoryForm, article: Article) -> dict[str, tuple[Line, ...]]:
    """Field -> the lines of what is stored now, where the form says something else."""
    now = stored(article)
    different = {}
    for name in TEXTS:
        mine, theirs = _lines(form[name].data), _lines(now[name].data)
        if mine != theirs:
            different[name] = tuple(marked(theirs, mine)) or ((Part("Nothing stands there."),),)
    if now.picture_key.data != ("" if form.picture_remove.data else form.picture_key.data):
        different["picture"] = ((Part("Another picture." if now.picture_key.data else "No picture."),),)
    return different


def _lines(text: str) -> list[str]:
    """The lines of a text as saving would make it, without the white space that nobody means."""
    markdown = paste.from_text(clean(text)).markdown
    return [line for line in (" ".join(line.split()) for line in markdown.splitlines()) if line]
