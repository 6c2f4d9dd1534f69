"""An article, its revisions, its status, and the moves that its status allows.

    draft ──publish──▶ published ──withdraw──▶ withdrawn
     │  ▲               │     ▲  ▲                │
     │  │               └─────┘  │                └──publish──▶ published (restored)
     │  │   update, minor, correct
     │  └──unschedule──┐         │ publish, or its time comes
     └────schedule──▶ scheduled ─┘

    draft ──submit──▶ in review ──send back──▶ draft; from there it is published or scheduled like a draft,
    and unscheduled it is there again

Every move is a function of an article and the time. It returns the article as it is afterwards, or raises `NotAllowed`.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import uuid4

from feedsvc.domain.dates import act_date, floored
from feedsvc.errors import Invalid, NotAllowed
from feedsvc.texts import N_, _, number

DEFAULT_NOTICE = N_("This story has been withdrawn.")
"""What is stored where nobody wrote a notice."""

LIMITS = {
    "headline": 300,
    "slug": 100,
    "standfirst": 2_000,
    "body": 1_000_000,
    "picture_alt": 2_000,
    "picture_credit": 300,
    "source": 200,
    "source_url": 2_000,
    "rights": 300,
    "notice": 2_000,
    "reason": 2_000,
    "correction": 2_000,
}
"""The most characters that a field may hold."""

NAMES_LIMIT = 20
NAME_LENGTH = 100


class Status(StrEnum):
    """Where an article stands in its life."""

    DRAFT = "draft"
    IN_REVIEW = "in review"
    SCHEDULED = "scheduled"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


class Kind(StrEnum):
    """What a change did to what the public sees."""

    PUBLISHED = "published"
    UPDATED = "updated"
    MINOR = "minor"
    CORRECTED = "corrected"
    MOVED = "moved"
    WITHDRAWN = "withdrawn"
    RESTORED = "restored"
    ADDED = "added"
    """A section was added."""
    RENAMED = "renamed"
    MERGED = "merged"
    RETIRED = "retired"
    """A section, topic or author got another name, took over another one, or ended."""
    ORDER = "order"
    """The trending order changed, or a story began to rise."""
    EXPIRED = "expired"
    """The notice of a withdrawn story ended."""


class Syndication(StrEnum):
    """How much of a story goes out in feeds."""

    FULL = "full"
    SUMMARY = "summary"
    """The standfirst, or how the story begins, and the picture."""
    NONE = "none"
    """The story stands on the site alone, in no feed."""


@dataclass(frozen=True)
class LeadPicture:
    """The picture of a revision. `alt` is empty if it is decorative, or still to be written."""

    key: str
    alt: str = ""
    credit: str = ""
    decorative: bool = False


@dataclass(frozen=True)
class Revision:
    """Everything that an editor can change in an article, as saved once.

    `slug` is empty until the first publication unless an editor chose one; `section` is the section's slug, None while
    none is chosen; `body` is Markdown. `syndication` is how much of the story its feeds carry, empty for what its
    section says at the next publication. `source` names whom a story from elsewhere comes from, `source_url` is its
    address there, which is its canonical one, `rights` says who holds them.
    """

    headline: str = ""
    slug: str = ""
    section: str | None = None
    standfirst: str = ""
    body: str = ""
    authors: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    picture: LeadPicture | None = None
    syndication: str = ""
    source: str = ""
    source_url: str = ""
    rights: str = ""


@dataclass(frozen=True)
class Article:
    """One story: `live` is what the public reads (None before the first publication), `working` what editors write.

    `publish_at` is when a scheduled story is to be published, None for all others. `is_autosaved` says that the working
    copy was saved while somebody typed, and not by their “Save”; `last_saved_body` is the text of the last “Save”.
    `published` is the date of the first publication and never changes. `updated` moves with changes that the editor
    calls significant. `withdrawn` is the date of the withdrawal; `notice` is empty where none stands for the story.
    `version` counts every save and every move.
    """

    article_id: int
    identity: str
    status: Status
    version: int
    working: Revision
    live: Revision | None
    published: datetime | None
    updated: datetime | None
    withdrawn: datetime | None
    notice: str
    saved: datetime
    saved_by: str
    publish_at: datetime | None = None
    is_autosaved: bool = False
    last_saved_body: str = ""

    @property
    def has_unpublished_changes(self) -> bool:
        """Whether the working copy differs from what is public."""
        return self.status is Status.PUBLISHED and self.working != self.live


def new_identity() -> str:
    """An identity, minted once for an article or a feed (RFC 9562, version 4)."""
    return uuid4().urn


_TOO_MANY_AUTHORS = N_("%(n)s authors are named; at most %(most)s are possible. Leave some out.")
_TOO_MANY_TOPICS = N_("%(n)s topics are named; at most %(most)s are possible. Leave some out.")
_TOO_LONG_AUTHOR = N_("A name of an author is longer than %(most)s characters. Separate names by commas.")
_TOO_LONG_TOPIC = N_("A name of a topic is longer than %(most)s characters. Separate names by commas.")


def shown_notice(notice: str) -> str:
    """A notice as it is read: what nobody wrote is said in the language that is spoken."""
    return _(notice) if notice == DEFAULT_NOTICE else notice


def check(revision: Revision) -> None:
    """Raise `Invalid` if a field holds more than it may: a draft may lack anything, but not be out of bounds."""
    problems = {
        field: _(
            "%(field)s has %(n)s characters; at most %(most)s are possible. Shorten it.",
            field=_(label),
            n=number(len(text)),
            most=number(LIMITS[field]),
        )
        for field, label, text in (
            ("headline", N_("The headline"), revision.headline),
            ("slug", N_("The address"), revision.slug),
            ("standfirst", N_("The standfirst"), revision.standfirst),
            ("body", N_("The story"), revision.body),
            ("picture_alt", N_("The alt text"), revision.picture.alt if revision.picture else ""),
            ("picture_credit", N_("The credit"), revision.picture.credit if revision.picture else ""),
            ("source", N_("The source"), revision.source),
            ("source_url", N_("The address of the source"), revision.source_url),
            ("rights", N_("The rights"), revision.rights),
        )
        if len(text) > LIMITS[field]
    }
    for field, names, too_many, too_long in (
        ("authors", revision.authors, _TOO_MANY_AUTHORS, _TOO_LONG_AUTHOR),
        ("topics", revision.topics, _TOO_MANY_TOPICS, _TOO_LONG_TOPIC),
    ):
        if len(names) > NAMES_LIMIT:
            problems[field] = _(too_many, n=len(names), most=NAMES_LIMIT)
        elif any(len(name) > NAME_LENGTH for name in names):
            problems[field] = _(too_long, most=NAME_LENGTH)
    if problems:
        raise Invalid(problems)


def check_publishable(revision: Revision) -> None:
    """Raise `Invalid` if something is missing without which a story cannot be public."""
    check(revision)
    problems = {}
    if not revision.headline:
        problems["headline"] = _("A story needs a headline before it is published. Write one.")
    if revision.section is None:
        problems["section"] = _("A story stands in exactly one section. Choose one.")
    if not revision.body.strip():
        problems["body"] = _("There is no story yet. Write or paste it here.")
    picture = revision.picture
    if picture and not picture.alt and not picture.decorative:
        problems["picture_alt"] = _(
            "Say what the picture shows, for those who cannot see it, or mark it as decorative."
        )
    if problems:
        raise Invalid(problems)


def submit(article: Article) -> Article:
    """A draft is handed over for review."""
    if article.status is not Status.DRAFT:
        raise NotAllowed(_("Only a draft can be submitted for review."), article.article_id)
    if not article.working.headline or not article.working.body.strip():
        missing = "headline" if not article.working.headline else "body"
        raise Invalid({missing: _("Whoever reviews the story needs a headline and a text. Write it.")})
    return replace(article, status=Status.IN_REVIEW, version=article.version + 1)


def send_back(article: Article) -> Article:
    """What was submitted is a draft again."""
    if article.status is not Status.IN_REVIEW:
        raise NotAllowed(_("This story is not in review."), article.article_id)
    return replace(article, status=Status.DRAFT, version=article.version + 1)


def schedule(article: Article, publish_at: datetime, now: datetime) -> Article:
    """The working copy, as it stands then, is to become public at `publish_at`; a time set before is replaced."""
    if article.status not in (Status.DRAFT, Status.IN_REVIEW, Status.SCHEDULED):
        raise NotAllowed(_("Only a story that was never published can be scheduled."), article.article_id)
    check_publishable(article.working)
    if floored(publish_at) <= now:
        raise Invalid({"publish_at": _("That time is over. Choose one that is to come, or publish the story now.")})
    return replace(article, status=Status.SCHEDULED, version=article.version + 1, publish_at=floored(publish_at))


def unschedule(article: Article, was_in_review: bool = False) -> Article:
    """A scheduled story is a draft again, or waits for review again, where it was scheduled from there."""
    if article.status is not Status.SCHEDULED:
        raise NotAllowed(_("This story is not scheduled."), article.article_id)
    status = Status.IN_REVIEW if was_in_review else Status.DRAFT
    return replace(article, status=status, version=article.version + 1, publish_at=None)


def publish_due(article: Article, now: datetime) -> tuple[Article, Kind]:
    """A scheduled story becomes public because its time has come; it is dated with that time, however late it is."""
    if article.status is not Status.SCHEDULED or article.publish_at is None or article.publish_at > now:
        raise NotAllowed(_("The time of this story has not come."), article.article_id)
    return publish(article, article.publish_at)


def publish(article: Article, now: datetime) -> tuple[Article, Kind]:
    """The working copy becomes public: a draft for the first time, a withdrawn story again (later than its notice).

    A scheduled story is published before its time by that.
    """
    if article.status is Status.PUBLISHED:
        raise NotAllowed(_("This story is published already. Use “Update” to publish changes."), article.article_id)
    check_publishable(article.working)
    if article.status is not Status.WITHDRAWN:
        kind = Kind.PUBLISHED
        published = updated = floored(now)
    else:
        kind = Kind.RESTORED
        published = article.published or floored(now)
        updated = act_date(now, article.withdrawn)
    return (
        replace(
            article,
            status=Status.PUBLISHED,
            version=article.version + 1,
            live=article.working,
            publish_at=None,
            published=published,
            updated=updated,
            withdrawn=None,
            notice="",
        ),
        kind,
    )


def update(article: Article, now: datetime, minor: bool) -> tuple[Article, Kind]:
    """The working copy of a published story becomes public.

    A minor edit changes the text and not the date, unless the story moves to another section: there it enters as new.
    """
    _check_updatable(article)
    if article.live is not None and article.working.section != article.live.section:
        kind = Kind.MOVED
    else:
        kind = Kind.MINOR if minor else Kind.UPDATED
    return _updated(article, now, kind), kind


def correct(article: Article, now: datetime, correction: str) -> tuple[Article, Kind]:
    """The working copy of a published story becomes public, and with it what was wrong and how it is right."""
    _check_updatable(article)
    if not correction.strip():
        raise Invalid({"correction": _("Say what was wrong and how it is right: readers see it below the story.")})
    if len(correction) > LIMITS["correction"]:
        most = number(LIMITS["correction"])
        raise Invalid({"correction": _("A correction may have at most %(most)s characters. Shorten it.", most=most)})
    return _updated(article, now, Kind.CORRECTED), Kind.CORRECTED


def _check_updatable(article: Article) -> None:
    if article.status is not Status.PUBLISHED:
        raise NotAllowed(_("Only a published story can be updated. Use “Publish”."), article.article_id)
    check_publishable(article.working)


def _updated(article: Article, now: datetime, kind: Kind) -> Article:
    updated = article.updated if kind is Kind.MINOR else act_date(now, article.updated)
    return replace(article, version=article.version + 1, live=article.working, updated=updated)


def withdraw(article: Article, now: datetime, notice: str, has_notice: bool = True) -> tuple[Article, Kind]:
    """A published story is taken down; its notice stands in its place, or nothing does.

    Where there is to be a notice and it is empty, it is `DEFAULT_NOTICE`.
    """
    if article.status is not Status.PUBLISHED:
        raise NotAllowed(_("Only a published story can be withdrawn."), article.article_id)
    if notice.strip() and not has_notice:
        raise Invalid(
            {"notice": _("There is a notice, and it says that there is to be none. Empty it, or untick that.")}
        )
    notice = (notice.strip() or DEFAULT_NOTICE) if has_notice else ""
    if len(notice) > LIMITS["notice"]:
        most = number(LIMITS["notice"])
        raise Invalid({"notice": _("The notice may have at most %(most)s characters. Shorten it.", most=most)})
    return (
        replace(
            article,
            status=Status.WITHDRAWN,
            version=article.version + 1,
            withdrawn=act_date(now, article.updated),
            notice=notice,
        ),
        Kind.WITHDRAWN,
    )
