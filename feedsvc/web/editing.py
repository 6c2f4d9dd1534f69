"""The page on which a story is written: its form, and beside it the answers to an editor's questions."""

from dataclasses import dataclass, replace
from typing import Any

from flask import Response, g

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


def story(article_id: int | None) -> Article | None:
    """The story to be written on, None for a new one. Raises `NotFound`."""
    if article_id is None:
        return None
    with newsroom().database.read() as connection:
        return articles.get(connection, article_id)


def story_of(draft: str) -> Article | None:
    """The story that has the identity of a form's draft, None if it is not stored."""
    with newsroom().database.read() as connection:
        article_id = articles.find(connection, draft)
        return None if article_id is None else articles.get(connection, article_id)


def show_stored(article: Article | None, done: str = "", made_text: bool = False, draft: str = "") -> Response:
    """The story as it is stored.

    `done` is what was just done with it, if anything; `made_text` says that text was made of what was pasted by that;
    `draft` is the identity that a new story will have.
    """
    return _show(stored(article, draft), article, 200, done=done, made_text=made_text)


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
    return _show(form, article, status, refused=error.message, theirs=theirs, is_outdated=status == 409)


def original(article: Article) -> str:
    """The text as it was typed from which the last save made the story's text; empty if it made none."""
    with newsroom().database.read() as connection:
        before = articles.body_before(connection, article.article_id)
    if before is None:
        return ""
    pasted = paste.from_text(before)
    return before if pasted.changed and pasted.markdown == article.working.body else ""


def _show(form: StoryForm, article: Article | None, status: int, made_text: bool = False, **values: Any) -> Response:
    key = form.picture_key.data
    is_draft = article is not None and article.status is Status.DRAFT and "theirs" not in values
    with newsroom().database.read() as connection:
        sections = feeds.all_sections(connection)
        picture = media.by_keys(connection, [key]).get(key)
    typed = original(article) if article and (is_draft or made_text) else ""
    common = {"problems": {}, "theirs": {}}
    return desk.show(
        "newsdesk/story.html",
        status,
        **(common | values),
        form=form,
        labels=LABELS,
        article=article,
        sections=sections,
        picture=picture,
        is_own=article is not None and article.saved_by == g.editor.name,
        is_unsaved=not form.says_what_is_stored(article),
        note=paste.from_text(typed).explain() if typed else "",
        chips=_chips(form, article, sections),
        checks=_checks(form, picture),
        headline_shown=HEADLINE_SHOWN,
        words=len(form.body.data.split()),
    )


def _chips(form: StoryForm, article: Article | None, sections: tuple[Section, ...]) -> tuple[str, ...]:
    """The feeds that carry the story once it is public as it stands in the form, and those it stands in now."""
    chosen = next((section.slug for section in sections if section.slug == form.section.data), None)
    names = feeds_of(chosen, forms.names(form.topics.data), forms.names(form.authors.data))
    live = article.live if article and article.status is Status.PUBLISHED else None
    return tuple(dict.fromkeys((*names, *(feeds_of(live.section, live.topics, live.authors) if live else ()))))


def _checks(form: StoryForm, picture: Picture | None) -> tuple[Check, ...]:
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


def _differences(form: StoryForm, article: Article) -> dict[str, tuple[Line, ...]]:
    """Field -> the lines of what is stored now, where the form says something else; none where that is empty."""
    now = stored(article)
    different = {}
    for name in TEXTS:
        mine, theirs = _lines(form[name].data), _lines(now[name].data)
        if mine != theirs:
            different[name] = tuple(marked(theirs, mine))
    if now.picture_key.data != ("" if form.picture_remove.data else form.picture_key.data):
        different["picture"] = ((Part("Another picture." if now.picture_key.data else "No picture."),),)
    return different


def _lines(text: str) -> list[str]:
    """The lines of a text as saving would make it, without the white space that nobody means."""
    markdown = paste.from_text(clean(text)).markdown
    return [line for line in (" ".join(line.split()) for line in markdown.splitlines()) if line]
