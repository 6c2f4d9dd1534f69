"""The page on which a story is written: its form, and beside it the answers to an editor's questions."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from flask import Response, g, request, url_for

from feedsvc.actions import meanwhile, presence
from feedsvc.actions.edit import as_typed
from feedsvc.domain import roles
from feedsvc.domain.article import Article, Revision, Status, Syndication
from feedsvc.domain.dates import moments_of
from feedsvc.domain.roles import Right
from feedsvc.errors import Conflict, FeedsvcError, Invalid, NotFound, NotPermitted, StorageError
from feedsvc.feeds import paste
from feedsvc.feeds.text import clean
from feedsvc.storage import acts, articles, feeds, media, prospects
from feedsvc.storage.acts import Act
from feedsvc.storage.database import Connection
from feedsvc.storage.feeds import Section
from feedsvc.storage.media import Picture
from feedsvc.storage.presences import Present
from feedsvc.texts import N_, _, ngettext
from feedsvc.web import advice, desk, forms, languages, merging, problems, timeline
from feedsvc.web.differences import Line, Part, marked
from feedsvc.web.forms import StoryForm, stored
from feedsvc.web.newsroom import newsroom
from feedsvc.web.went_back import went_back

TIMELINE_LINES = 30
"""Of what was done with a story, the latest that its page shows."""

LOST_PICTURE = N_("The picture is not stored any more. Choose it again.")

DONE = {
    "published": N_("Published"),
    "updated": N_("Updated"),
    "minor": N_("Updated"),
    "corrected": N_("Corrected"),
    "restored": N_("Published again"),
    "withdrawn": N_("Withdrawn"),
    "submitted": N_("Submitted"),
    "returned": N_("Sent back"),
    "scheduled": N_("Scheduled"),
    "unscheduled": N_("Not scheduled any more"),
    "saved": N_("Saved"),
    "put-back": N_("Put back"),
    "reverted": N_("Gone back"),
}
"""What can have been done with a story, as its address says it -> as the page says it, to be translated."""

DONE_TO = dict.fromkeys(("published", "updated", "minor", "corrected", "restored"), (Status.PUBLISHED,)) | {
    "withdrawn": (Status.WITHDRAWN,),
    "scheduled": (Status.SCHEDULED,),
    "unscheduled": (Status.DRAFT, Status.IN_REVIEW),
    "submitted": (Status.IN_REVIEW,),
    "returned": (Status.DRAFT,),
}
"""What leaves a story in certain states alone -> those."""

BOXES = {
    "picture_decorative": (
        N_("The picture is not marked as decorative."),
        N_("The picture is marked as decorative."),
    ),
    "keep_as_typed": (
        N_("Its lines were made into paragraphs."),
        N_("The text is kept exactly as it was typed."),
    ),
}
"""Checkbox -> what a colleague says by leaving it off, and by ticking it, to be translated."""

TEXTS = (
    *("headline", "standfirst", "body", "section", "topics", "authors", "slug", "picture_alt", "picture_credit"),
    *("syndication", "source", "source_url", "rights"),
)


@dataclass(frozen=True)
class Beside:
    """What the page shows beside what the form says, read at one moment; nothing of it where the database is away.

    `chips` are the feeds that carry the story once it is public as it stands in the form, and those it stands in now:
    name -> whether it stands there now.

    `typed` is the text as it was typed of which the story's text was made. `counts` are the numbers of stories in the
    side bar. `lost_picture` says that the form named a picture that is not stored. `others` have the story open too.
    `told` is the act by which somebody handed the story to who is to work on it now, with what was said at it.
    `is_in_feeds` says that the story, or its notice, stands in feeds or would: it is, or was, in some.
    `was_in_review` says of a scheduled one that it waits for review again once it is not scheduled any more.
    """

    article: Article | None = None
    sections: tuple[Section, ...] = ()
    picture: Picture | None = None
    typed: str = ""
    counts: Mapping[Status, int] | None = None
    lost_picture: bool = False
    chips: Mapping[str, bool] = field(default_factory=dict)
    timeline: Sequence[Act] = ()
    others: Sequence[Present] = ()
    told: Act | None = None
    is_in_feeds: bool = False
    was_in_review: bool = False


def is_as_it_was_made(article: Article, editor: str) -> bool:
    """Whether nothing was done with a story since `editor` made it."""
    with newsroom().database.read() as connection:
        last = acts.timeline(connection, article.article_id, 1)
    return article.status is Status.DRAFT and [(act.kind, act.by) for act in last] == [(acts.CREATED, editor)]


def story(article_id: int) -> Article | None:
    """The story with a number, None if it is not stored."""
    with suppress(NotFound), newsroom().database.read() as connection:
        return articles.get(connection, article_id)
    return None


def story_of(draft: str) -> Article | None:
    """The story that has the identity of a form's draft, None if it is not stored."""
    with newsroom().database.read() as connection:
        article_id = articles.find(connection, draft)
        return None if article_id is None else articles.get(connection, article_id)


def show_stored(article_id: int | None, done: str = "", made_text: bool = False, draft: str = "") -> Response:
    """A story as it is stored, or an empty form for a new one. Raises `NotFound`.

    `done` is what was just done with it, if anything; `made_text` says that text was made of what was pasted by that;
    `draft` is the identity that a new story will have.
    """
    form, beside = _read(article_id, None, draft, made_text)
    done = _credible(done, beside.article)
    if done == "reverted" and beside.article is not None:
        return _show(form, beside, 200, **_went_back(beside.article, beside.timeline))
    return _show(form, beside, 200, done=done)


def show_typed(form: StoryForm, article_id: int | None) -> Response:
    """What somebody typed before their sign-in ended, not saved yet."""
    try:
        form, beside = _read(article_id, form)
    except NotFound:
        return _show_gone(form, is_back=True)
    return _show(form, beside, 200, is_back=True)


def refuse(form: StoryForm, article_id: int | None, error: FeedsvcError) -> Response:
    """The form with what was typed in it and what is wrong: 422, 409 where somebody else saved, 503 where the database
    did not do it.

    Where the form was made on an old version both texts are shown, and it is from now on made on the newer one: saving
    it again is done knowingly. Where the story is gone it becomes the form of a new one.
    """
    if isinstance(error, Conflict):
        article_id = error.key
    try:
        form, beside = _read(article_id, form)
    except NotFound:
        return _show_gone(form)
    if isinstance(error, Invalid):
        return _show(form, beside, 422, problems=error.problems)
    if isinstance(error, StorageError):
        problems.log_storage(error)
        return _show(form, beside, 503, refused=desk.told(error))
    if isinstance(error, NotPermitted):
        return _show(form, beside, 403, refused=error.message)
    article, is_outdated = beside.article, isinstance(error, Conflict)
    if article is None or form.is_on(article):
        return _show(form, beside, 409 if is_outdated else 422, refused=error.message)
    status = 409 if is_outdated else 422
    return _show(form, beside, status, **_compared(form, article), refused=error.message, is_outdated=is_outdated)


def show_compared(form: StoryForm, article_id: int, is_merged: bool = False) -> Response:
    """The form beside what is stored now, on which it is made from now on. Nothing is saved.

    `is_merged` says that what was chosen of both texts was just put into the form.
    """
    try:
        form, beside = _read(article_id, form)
    except NotFound:
        return _show_gone(form)
    article = beside.article
    if article is None:
        return _show_gone(form)
    compared = _compared(form, article)
    refused = _("Nothing was saved yet.")
    return _show(form, beside, 200, **compared, is_merged=is_merged, is_outdated=True, refused=refused)


def _compared(form: StoryForm, article: Article) -> dict[str, Any]:
    """What shows the form beside what is stored, on which it is made from now on."""
    theirs = _differences(form, article)
    form.version.data = str(article.version)
    return {"theirs": theirs, "compared": merging.compared(form, article, theirs)}


def show_without_storage(form: StoryForm, asked: str, error: StorageError) -> Response:
    """The form with what was typed in it, made of that alone. `asked` is what the button that was pressed does."""
    slug = form.section.data
    beside = Beside(sections=(Section(0, 0, slug, slug, ""),) if slug else ())
    return _show(form, beside, 503, refused=desk.told(error), asked=asked)


def _read(
    article_id: int | None, form: StoryForm | None, draft: str = "", made_text: bool = False
) -> tuple[StoryForm, Beside]:
    """The form, that of what is stored unless one is given, and what stands beside it. Raises `NotFound`."""
    now = newsroom().database.clock()
    with newsroom().database.read() as connection:
        article = None if article_id is None else articles.get(connection, article_id)
        form = form or stored(article, draft)
        key = form.picture_key.data
        picture = media.by_keys(connection, [key]).get(key)
        if key and picture is None:
            form.picture_key.data = ""
        is_shown = article is not None and (
            made_text or article.status in (Status.DRAFT, Status.IN_REVIEW, Status.SCHEDULED)
        )
        return form, Beside(
            article=article,
            sections=_choices(connection, form),
            picture=picture,
            typed=as_typed(connection, article) if article and is_shown else "",
            counts=desk.counts(connection),
            told=None if article is None else timeline.told(connection, article),
            was_in_review=article is not None and acts.was_in_review(connection, article.article_id),
            is_in_feeds=article is not None and bool(prospects.ever_standing(connection, article.article_id)),
            timeline=() if article is None else acts.timeline(connection, article.article_id, TIMELINE_LINES),
            lost_picture=bool(key) and picture is None,
            chips=_chips(connection, form, article),
            others=()
            if article is None
            else presence.others_in(connection, article.article_id, g.editor.account_id, now),
        )


def _show_gone(form: StoryForm, **values: Any) -> Response:
    form, beside = _read(None, form)
    return _show(form, beside, 422, is_gone=True, **values)


def _show(form: StoryForm, beside: Beside, status: int, **values: Any) -> Response:
    article, typed = beside.article, "" if "theirs" in values else beside.typed
    found = values.pop("problems", {})
    if beside.lost_picture:
        found = {"picture": _(LOST_PICTURE)} | found
    return desk.show(
        "newsdesk/story.html",
        status,
        beside.counts,
        **({"theirs": {}, "compared": {}, "done": "", "asked": ""} | values),
        others=beside.others,
        is_autosaving=_is_autosaving(article, values),
        not_of_the_story=forms.NOT_OF_THE_STORY,
        problems=found,
        form=form,
        labels=forms.labels(),
        said={done: _(word) for done, word in DONE.items()},
        acts={act: _(word) for act, word in timeline.ACTS.items()},
        article=article,
        address=_address(article, "asked" in values),
        sections=beside.sections,
        picture=beside.picture,
        moved=meanwhile.moved(beside.timeline),
        saved_seconds=0 if article is None else int((newsroom().database.clock() - article.saved).total_seconds()),
        is_own=article is not None and article.saved_by == g.editor.name,
        is_unsaved=not form.says_what_is_stored(article),
        note=paste.from_text(typed).explain() if typed else "",
        chips=beside.chips,
        carried_by_section=_carried(form, beside.sections),
        checks=advice.checks(form, beside.picture),
        asked_for=advice.of_aggregators(form, beside.picture),
        headline_shown=advice.HEADLINE_SHOWN,
        words=len(form.body.data.split()),
        word_forms=languages.forms(_words),
        timeline=timeline.lines(beside.timeline, article),
        told=beside.told,
        is_in_feeds=beside.is_in_feeds,
        was_in_review=beside.was_in_review,
        may_save=article is None or article.status is Status.DRAFT or desk.may_publish(),
        zone=newsroom().settings.time_zone,
        is_twice=_is_twice(form),
    )


def _words(n: int) -> str:
    return ngettext("%(count)s word", "%(count)s words", n, count="{n}")


def _is_autosaving(article: Article | None, shown: Mapping[str, Any]) -> bool:
    """Whether the page saves while one types: not where the editor is to decide first, or may not save."""
    if shown.get("is_outdated") or shown.get("is_gone") or shown.get("asked"):
        return False
    if article is None or article.status is Status.DRAFT:
        return True
    return article.status is not Status.SCHEDULED and roles.may(g.editor, Right.PUBLISH)


def _is_twice(form: StoryForm) -> bool:
    """Whether clocks show the time to publish twice."""
    with suppress(ValueError):
        return len(moments_of(form.publish_at.data.strip(), newsroom().settings.time_zone)) > 1
    return False


def _choices(connection: Connection, form: StoryForm) -> tuple[Section, ...]:
    """The sections to choose from, and the retired one that the form names: a story that is out may stay there.

    A form that names a section by a former address gets the present one.
    """
    offered = feeds.all_sections(connection)
    slug = feeds.section_slug(connection, form.section.data) if form.section.data else None
    if slug is None:
        return offered
    form.section.data = slug
    if any(section.slug == slug for section in offered):
        return offered
    return (*offered, Section(0, 0, slug, _("%(section)s (retired)", section=slug), ""))


def _address(article: Article | None, is_away: bool) -> str:
    """Where the form is sent: to its story, where that was read, else where it came from or to a new one."""
    if is_away:
        return request.script_root + request.path
    return url_for("newsdesk.act_on_new") if article is None else url_for("newsdesk.act", article_id=article.article_id)


def _credible(done: str, article: Article | None) -> str:
    """What was just done, as an address says it; empty where the story's state does not bear it out."""
    is_so = article is not None and done in DONE and article.status in DONE_TO.get(done, Status)
    return done if is_so else ""


def _chips(connection: Connection, form: StoryForm, article: Article | None) -> dict[str, bool]:
    """The feeds of the story as it stands in the form, and those it stands in now -> whether it stands there now."""
    slug = form.section.data
    revision = Revision(
        section=slug if slug and feeds.section(connection, slug) else None,
        topics=forms.names(form.topics.data),
        authors=forms.names(form.authors.data),
        syndication=form.syndication.data,
    )
    is_live = article is not None and article.status is Status.PUBLISHED
    now = [one.name for one in prospects.standing(connection, article.article_id)] if article and is_live else []
    would = [one.name for one in prospects.would_stand(connection, revision)]
    return {name: name in now for name in (*would, *now)}


def _carried(form: StoryForm, sections: tuple[Section, ...]) -> str:
    """How much of a story its section lets go out, where the story does not say it itself."""
    return next((one.syndication for one in sections if one.slug == form.section.data), Syndication.FULL)


def _went_back(article: Article, timeline: Sequence[Act]) -> dict[str, Any]:
    """What the page says once a version became the working copy; nothing where that was not the last act."""
    if not timeline or timeline[0].kind != acts.REVERTED:
        return {}
    versions = went_back(article.article_id)
    return versions and {"done": "reverted", **versions}


def _differences(form: StoryForm, article: Article) -> dict[str, tuple[Line, ...]]:
    """Field -> the lines of what is stored now, where the form says something else; none where that is empty."""
    now = stored(article)
    different = {}
    for name in TEXTS:
        mine, theirs = _lines(form[name].data), _lines(now[name].data)
        if mine != theirs:
            different[name] = tuple(marked(theirs, mine))
    if now.picture_key.data != ("" if form.picture_remove.data else form.picture_key.data):
        different["picture"] = ((Part(_("Another picture.") if now.picture_key.data else _("No picture.")),),)
    for name, (is_off, is_on) in BOXES.items():
        if form[name].data != now[name].data:
            different[name] = ((Part(_(is_on if now[name].data else is_off)),),)
    return different


def _lines(text: str) -> list[str]:
    """The lines of a text as saving would make it, without the white space that nobody means."""
    markdown = paste.from_text(clean(text)).markdown
    return [line for line in (" ".join(line.split()) for line in markdown.splitlines()) if line]
