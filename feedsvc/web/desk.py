"""What all pages of the newsdesk share: the side bar with its views, the site's settings, ages, words for failures."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from babel import Locale
from flask import Response, g, make_response, render_template

from feedsvc.domain import article, roles
from feedsvc.domain.article import DEFAULT_NOTICE, Status
from feedsvc.domain.roles import Right
from feedsvc.errors import (
    Conflict,
    FeedsvcError,
    Invalid,
    NotAllowed,
    NotPermitted,
    StorageBusy,
    StorageError,
    StorageReadOnly,
)
from feedsvc.storage import articles
from feedsvc.storage.articles import COUNT_LIMIT
from feedsvc.storage.database import Connection
from feedsvc.storage.drafts import MINE
from feedsvc.texts import N_, _, language, language_for, speaking
from feedsvc.web import ages
from feedsvc.web.languages import number
from feedsvc.web.newsroom import newsroom
from feedsvc.web.pages import picture_url

STATES = {
    Status.DRAFT: N_("Draft"),
    Status.IN_REVIEW: N_("In review"),
    Status.SCHEDULED: N_("Scheduled"),
    Status.PUBLISHED: N_("Published"),
    Status.WITHDRAWN: N_("Withdrawn"),
}
"""Status -> what editors call it, to be translated."""

REFUSALS = {Conflict: 409, NotPermitted: 403, Invalid: 422, NotAllowed: 422}
"""Why something was not done with a story -> the status of the answer that says so."""

DISK_FULL = "disk is full"
"""So SQLite says it (SQLITE_FULL)."""

NOT_DONE = N_(
    "The newsroom’s database did not do it; those who look after the site can read why. Try again in a moment."
)


@dataclass(frozen=True)
class View:
    """A list of stories that the side bar offers. `name` is empty for all of them; `count` stops at “1,000+”."""

    name: str
    title: str
    count: str

    @property
    def asked(self) -> dict[str, str]:
        """What the address of the list asks for."""
        if not self.name:
            return {}
        return {"view" if self.name == MINE else "status": self.name}


def show(template: str, status: int = 200, counts: Mapping[str, int] | None = None, **values: Any) -> Response:
    """A page of the newsdesk, answered with an HTTP status; it asks the database for nothing.

    `counts` are the numbers of stories for the side bar's views, which are left out without them.
    """
    here = newsroom()
    page = render_template(
        template,
        site=here.settings,
        states={status: _(word) for status, word in STATES.items()},
        views=() if counts is None else _views(counts),
        age=partial(ages.age, now=here.database.clock(), locale=locale()),
        date_and_time=partial(ages.date_and_time, zone=here.settings.time_zone, locale=locale()),
        picture_url=picture_url,
        other=_other,
        may_publish=may_publish(),
        is_administrator=may_manage(),
        shown_notice=shown_notice,
        **values,
    )
    return make_response(page, status)


def locale() -> Locale:
    """How the newsdesk writes dates: as the language that is spoken."""
    return ages.locale_of(language())


def counts(connection: Connection) -> dict[str, int]:
    """The numbers for the side bar of who is signed in."""
    return articles.counts(connection, g.editor.name)


def may_publish() -> bool:
    """Whether who reads the page may decide what the public sees; what is not known is not refused."""
    return "editor" not in g or g.editor is None or roles.may(g.editor, Right.PUBLISH)


def may_manage() -> bool:
    """Whether who reads the page looks after sections, accounts and the sample."""
    return "editor" in g and g.editor is not None and roles.may(g.editor, Right.MANAGE)


def status_of(error: FeedsvcError) -> int:
    """The status of the answer that says why something was not done."""
    return next((status for kind, status in REFUSALS.items() if isinstance(error, kind)), 422)


def wrong_action(*actions: str) -> str:
    """What is said to a form that asks for no act of its page."""
    return _("The field “action” must be one of: %(actions)s. Nothing was changed.", actions=", ".join(actions))


def told(error: StorageError) -> str:
    """What an editor reads of an error of the database: what can be waited for or passed on, else a fixed sentence."""
    is_plain = isinstance(error, StorageBusy | StorageReadOnly) or DISK_FULL in error.message
    return _(error.message if is_plain else NOT_DONE)


def of_site(text: str) -> str:
    """A text in the language of the site, whatever the editor speaks."""
    with speaking(language_for(newsroom().settings.site_language)):
        return _(text)


def shown_notice(notice: str = "") -> str:
    """A notice as readers see it: where nobody wrote one, the usual one."""
    with speaking(language_for(newsroom().settings.site_language)):
        return article.shown_notice(notice or DEFAULT_NOTICE)


def _views(counts: Mapping[str, int]) -> tuple[View, ...]:
    return (
        View("", _("All stories"), _count(sum(counts[status] for status in Status))),
        View(MINE, _("My drafts"), _count(counts[MINE])),
        View(Status.DRAFT.value, _("Drafts"), _count(counts[Status.DRAFT])),
        View(Status.IN_REVIEW.value, _("To review"), _count(counts[Status.IN_REVIEW])),
        View(Status.SCHEDULED.value, _("Scheduled"), _count(counts[Status.SCHEDULED])),
        View(Status.PUBLISHED.value, _("Published"), _count(counts[Status.PUBLISHED])),
        View(Status.WITHDRAWN.value, _("Withdrawn"), _count(counts[Status.WITHDRAWN])),
    )


def _other(name: str) -> str:
    """A name, unless it is that of who reads it."""
    return "" if name == g.editor.name else name


def _count(stories: int) -> str:
    return f"{number(COUNT_LIMIT)}+" if stories >= COUNT_LIMIT else str(stories)
