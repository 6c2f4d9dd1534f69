"""The working copy of a story, in a transaction that is open: found, checked, saved, and made public.

What is done to it is written into the story's timeline here.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from functools import cache, partial

from slugify import slugify
from sqlalchemy import Connection

from feedsvc.actions import meanwhile
from feedsvc.domain import article as rules
from feedsvc.domain import roles
from feedsvc.domain.article import Article, Kind, Revision, Status, Syndication, new_identity
from feedsvc.domain.feedname import SLUG_LENGTH, slug_of
from feedsvc.domain.roles import By, Right
from feedsvc.errors import Conflict, Invalid, NotPermitted
from feedsvc.feeds.text import clean, clean_line, is_web_address
from feedsvc.storage import acts, articles, corrections, feeds, media, standing, working
from feedsvc.storage.changes import Change
from feedsvc.storage.database import Database
from feedsvc.storage.revisions import name_key
from feedsvc.storage.standing import Recorded
from feedsvc.texts import _


def expect(connection: Connection, article_id: int, version: int) -> Article:
    """The article at that version. Raises `Conflict` if somebody saved since, and `NotFound`."""
    article = articles.get(connection, article_id)
    if article.version != version:
        said = (meanwhile.changed(connection, article), _("Nothing of yours was saved yet."))
        raise Conflict(" ".join(said), article_id)
    return article


def add_in(
    connection: Connection,
    database: Database,
    revision: Revision,
    editor: By,
    typed: str,
    identity: str | None,
    is_autosaved: bool = False,
) -> int:
    """Save a new draft in a transaction that is open; takes and raises like `create`."""
    stored = articles.find(connection, identity) if identity else None
    if stored is not None:
        raise Conflict(_("This story was saved already. Nothing of this form was saved."), stored)
    first = replace(revision, body=clean(typed)) if typed else revision
    now, by = database.clock(), roles.name_of(editor)
    drafts = [(identity or new_identity(), first)]
    (article_id,) = articles.add(connection, drafts, now, by, is_autosaved=is_autosaved)
    if typed:
        working.save(connection, articles.get(connection, article_id), revision, now, by)
    acts.note(connection, article_id, now, by, acts.CREATED)
    return article_id


def save_in(
    connection: Connection,
    database: Database,
    article: Article,
    revision: Revision,
    editor: By,
    typed: str,
    kind: str = acts.SAVED,
    said: str = "",
    is_autosaved: bool = False,
) -> Article:
    """Save the working copy in a transaction that is open; takes and raises like `save`. `kind` and `said` are what
    the timeline says of it.

    `is_autosaved` says that it is saved while somebody types. What is scheduled goes out as it was last saved, so
    nothing may be saved there that cannot.
    """
    if article.status is not Status.DRAFT and not roles.may(editor, Right.PUBLISH):
        raise NotPermitted(
            _(
                "You are signed in as a writer, and this story is no draft any more: it takes an editor to change it. "
                "Nothing was saved."
            ),
            Right.PUBLISH,
        )
    revision = prepared(connection, revision, article)
    if article.status is Status.SCHEDULED:
        rules.check_publishable(revision)
    if article.live is not None and not revision.slug:
        revision = replace(revision, slug=article.live.slug)
    now, by = database.clock(), roles.name_of(editor)
    # A name that was only half typed may still be spelled otherwise.
    is_still_typed = article.is_autosaved and article.saved_by == by
    if revision == article.working or (not is_still_typed and _says_the_same(revision, article.working)):
        if article.is_autosaved and not is_autosaved:
            working.keep(connection, article.article_id)
        return article
    if article.is_autosaved and kind != acts.SAVED:
        # What is replaced by another act than a save can be gone back to.
        working.keep(connection, article.article_id)
    if article.live is not None and _says_the_same(revision, article.live):
        working.be_live(connection, article, now, by)
        acts.note(connection, article.article_id, now, by, kind, said)
        return articles.get(connection, article.article_id)
    if typed:
        as_it_came = replace(revision, body=clean(typed))
        working.save(connection, article, as_it_came, now, by)
    working.save(connection, article, revision, now, by, is_autosaved)
    acts.note(connection, article.article_id, now, by, kind, said)
    return articles.get(connection, article.article_id)


def make_public(connection: Connection, change: Change, moved: Article, kind: Kind, note: str = "") -> None:
    """Store a move that changes what the public sees, with all that follows from it; `note` is for the timeline."""
    articles.save_moves(connection, [moved])
    if kind is Kind.RESTORED:
        corrections.renew(connection, moved)
    standing.record(connection, change, [Recorded(moved, kind)])
    acts.note(connection, moved.article_id, change.now, change.by, kind.value, note)


def ready_to_publish(connection: Connection, article: Article, now: datetime) -> Article:
    """The article with an address, and how much of it goes out, in its working copy.

    Raises `Invalid` if its section takes no stories.
    """
    check_section(connection, article)
    revision = complete(connection, article.working)
    if revision == article.working:
        return article
    working.save(connection, article, revision, now, article.saved_by)
    return articles.get(connection, article.article_id)


class Sections:
    """What one transaction asks about sections, each question once: many stories come from few sections."""

    def __init__(self, connection: Connection) -> None:
        self.slug_now = cache(partial(feeds.section_slug, connection))
        self.open = cache(partial(feeds.section, connection))
        self.syndication = cache(partial(feeds.syndication, connection))


def prepared(
    connection: Connection, revision: Revision, article: Article | None = None, sections: Sections | None = None
) -> Revision:
    """The revision cleaned of what no document can hold, and checked; of `article`, if that is stored already.

    The former slug of a section becomes its present one. `sections` are shared by the stories of one transaction.
    Raises `Invalid`.
    """
    sections = sections or Sections(connection)
    picture = revision.picture
    if picture is not None:
        picture = replace(picture, alt=_line(picture.alt), credit=_line(picture.credit))
    revision = Revision(
        headline=_line(revision.headline),
        slug=_line(revision.slug),
        section=revision.section and (sections.slug_now(revision.section) or revision.section),
        standfirst=_line(revision.standfirst),
        body=clean(revision.body).strip("\n"),
        authors=_names(revision.authors),
        topics=_names(revision.topics),
        picture=picture,
        syndication=revision.syndication,
        source=_line(revision.source),
        source_url=_line(revision.source_url),
        rights=_line(revision.rights),
    )
    rules.check(revision)
    problems: dict[str, str] = {}
    if revision.syndication and revision.syndication not in set(Syndication):
        problems["syndication"] = _(
            "How much goes out is one of: %(values)s. Choose one of them.", values=", ".join(Syndication)
        )
    if revision.source_url and not is_web_address(revision.source_url):
        problems["source_url"] = _("This is no web address. Write one that begins with https://, or leave it empty.")
    problems |= _section_problem(sections, revision.section, article)
    if picture is not None and not media.ids(connection, [picture.key]):
        problems["picture"] = _("That picture is not stored here, or not any more. Choose it again.")
    if problems:
        raise Invalid(problems)
    if revision.slug:
        revision = replace(revision, slug=slugify(revision.slug, max_length=SLUG_LENGTH))
        if not revision.slug:
            raise Invalid(
                {"slug": _("The address needs letters or digits. Leave it empty to take it from the headline.")}
            )
    return revision


def check_section(connection: Connection, article: Article) -> None:
    """Raise `Invalid` if the article cannot stand in the section of its working copy."""
    problem = _section_problem(Sections(connection), article.working.section, article)
    if problem:
        raise Invalid(problem)


def _section_problem(sections: Sections, section: str | None, article: Article | None) -> dict[str, str]:
    """What is wrong with a section: a story that is out may stay in a retired one, others cannot enter it."""
    if section is None or sections.open(section) is not None:
        return {}
    if article is not None and article.live is not None and article.live.section == section:
        return {}
    if sections.slug_now(section) is None:
        return {"section": _("There is no such section. Choose one of the list.")}
    return {"section": _("This section was retired. Choose another one.")}


def _says_the_same(one: Revision, other: Revision) -> bool:
    """Whether two revisions differ in nothing that is stored: a topic keeps the spelling that it was first given."""
    if replace(one, topics=(), authors=()) != replace(other, topics=(), authors=()):
        return False
    return all(
        list(dict.fromkeys(map(name_key, mine))) == list(map(name_key, theirs))
        for mine, theirs in ((one.topics, other.topics), (one.authors, other.authors))
    )


def complete(connection: Connection, revision: Revision, sections: Sections | None = None) -> Revision:
    """The revision as it can be public: with a slug from its headline, and with how much of it goes out, which its
    section says, where it says neither itself. `sections` as for `prepared`."""
    if not revision.slug and revision.headline:
        revision = replace(revision, slug=slug_of(revision.headline))
    if not revision.syndication and revision.section is not None:
        revision = replace(revision, syndication=(sections or Sections(connection)).syndication(revision.section))
    return revision


def _line(text: str) -> str:
    """Text without line ends and what no document can hold; its length is judged afterwards, so nothing is cut."""
    return clean_line(text, characters=len(text))


def _names(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(name for name in map(_line, names) if name)
