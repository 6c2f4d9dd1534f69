"""What would happen if a story were published, updated, withdrawn or restored now: nothing is changed here."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection

from feedsvc.actions.entries import Entries
from feedsvc.actions.working_copy import check_section, complete
from feedsvc.domain import article as rules
from feedsvc.domain.article import Article, Status
from feedsvc.domain.dates import act_date, floored
from feedsvc.domain.feedname import CHOSEN, CORRECTIONS
from feedsvc.errors import Invalid
from feedsvc.feeds.feed import Entry, Feed
from feedsvc.feeds.joined import WRITERS
from feedsvc.feeds.ready import content_html, ready
from feedsvc.settings import Settings
from feedsvc.storage import corrections, feeds, media, prospects
from feedsvc.storage.articles import Story, Withdrawn
from feedsvc.storage.corrections import Correction
from feedsvc.storage.prospects import Prospect
from feedsvc.storage.revisions import Named
from feedsvc.texts import _

_ELEMENT = {"rss": re.compile("<item>.*</item>", re.DOTALL), "atom": re.compile("<entry>.*</entry>", re.DOTALL)}


class Effect(StrEnum):
    """What an act does to a story in one feed."""

    ENTERS = "enters"
    CHANGES = "changes"
    LEAVES = "leaves"


@dataclass(frozen=True)
class Shown:
    """How a feed reader shows an entry: its title and summary in a list, its HTML when it is opened.

    `raw` has the entry in each format, as feeds carry it.
    """

    title: str
    summary: str
    html: str
    raw: dict[str, str]


@dataclass(frozen=True)
class Proposal:
    """What an act would do: to which feeds, and what they would carry, None where they carry nothing.

    `noticed` are the feeds that would carry the notice of a story that is taken down, also those that it left before.
    `problems` stand in the way, by field. `story` is the working copy as readers would see it.
    """

    feeds: tuple[tuple[Effect, Prospect], ...]
    shown: Shown | None
    story: Story
    problems: dict[str, str]
    noticed: tuple[Prospect, ...] = ()


def to_publish(
    connection: Connection, settings: Settings, article: Article, now: datetime, correction: str = ""
) -> Proposal:
    """What publishing the working copy would do, or updating or restoring it; with a correction, if it is one."""
    revision = complete(connection, article.working)
    article = replace(article, working=revision)
    story = as_published(connection, article, now)
    if correction:
        story = replace(story, corrections=(*story.corrections, Correction("", floored(now), floored(now), correction)))
    before = prospects.standing(connection, article.article_id) if article.status is Status.PUBLISHED else []
    after = prospects.would_stand(connection, revision)
    stays = {one.name for one in before} if after else set()
    # What rose, trends or was corrected goes on doing so while the story is in feeds at all.
    chosen = [one for one in before if one.name in feeds.chosen(connection)]
    touched = [
        (Effect.CHANGES if one.name in stays else Effect.ENTERS, one) for one in (*after, *(chosen if after else []))
    ]
    kept = {one.name for _, one in touched}
    if correction and after and CORRECTIONS not in kept:
        touched.append((Effect.ENTERS, Prospect(CORRECTIONS, CHOSEN[CORRECTIONS][0])))
    touched += [(Effect.LEAVES, one) for one in before if one.name not in kept]
    shown = _shown(settings, Entries(settings).entry(story)) if after else None
    return Proposal(tuple(touched), shown, story, _problems(connection, article))


def to_withdraw(
    connection: Connection, settings: Settings, article: Article, now: datetime, notice: str, has_notice: bool
) -> Proposal:
    """What taking a published story down would do. Raises `Invalid` for a notice that cannot be, `NotAllowed`."""
    moved, _ = rules.withdraw(article, now, notice, has_notice)
    before = prospects.standing(connection, article.article_id)
    noticed = tuple(prospects.ever_standing(connection, article.article_id)) if moved.notice else ()
    live = article.live or article.working
    withdrawn = moved.withdrawn or now
    gone = Withdrawn(article.article_id, article.identity, live.slug, article.published or now, withdrawn, moved.notice)
    return Proposal(
        tuple((Effect.LEAVES, one) for one in before),
        _shown(settings, Entries(settings).notice(gone)) if noticed else None,
        as_published(connection, replace(article, working=live), now),
        {},
        noticed,
    )


def as_published(connection: Connection, article: Article, now: datetime) -> Story:
    """The working copy as the public would see it."""
    revision = replace(article.working, headline=article.working.headline or _("Untitled story"))
    section = feeds.section(connection, revision.section) if revision.section else None
    picture = media.by_keys(connection, [revision.picture.key]).get(revision.picture.key) if revision.picture else None
    return Story(
        article_id=article.article_id,
        identity=article.identity,
        revision=revision,
        section_title=section.title if section else "",
        published=article.published or floored(now),
        updated=act_date(now, article.withdrawn or article.updated),
        picture=picture,
        topics=_named(connection, "topics", revision.topics),
        authors=_named(connection, "authors", revision.authors),
        section_is_open=section is not None,
        corrections=corrections.of(connection, [article.article_id]).get(article.article_id, ()),
    )


def _named(connection: Connection, field: str, names: Sequence[str]) -> tuple[Named, ...]:
    return tuple(Named(name, feed.name if feed else None) for name, feed in prospects.named(connection, field, names))


def _problems(connection: Connection, article: Article) -> dict[str, str]:
    try:
        rules.check_publishable(article.working)
        check_section(connection, article)
    except Invalid as error:
        return dict(error.problems)
    return {}


def _shown(settings: Settings, entry: Entry) -> Shown:
    feed = Feed(
        name="all",
        identity=entry.identity,
        title=settings.site_title,
        description=settings.site_title,
        language=settings.site_language,
        copyright="",
        home_url=f"{settings.base_url}/",
        base_url=settings.base_url,
        logo_url=None,
        author=settings.site_title,
        updated=entry.updated,
        ttl_minutes=settings.feed_ttl,
        entries=(entry,),
    )
    (clean,) = ready(feed).entries
    raw = {format: _raw(format, write(feed).decode()) for format, write in WRITERS.items()}
    return Shown(clean.title, clean.summary, content_html(clean, settings.base_url), raw)


def _raw(format: str, document: str) -> str:
    if format == "json":
        return json.dumps(json.loads(document)["items"][0], ensure_ascii=False, indent=1)
    found = _ELEMENT[format].search(document)
    return found[0] if found else document
