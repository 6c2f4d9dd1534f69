"""Adding sections, and how much of their stories goes out."""

from sqlalchemy import Connection

from feedsvc.domain import roles
from feedsvc.domain.article import Kind, Syndication
from feedsvc.domain.feedname import RESERVED, SLUG_LENGTH, is_slug
from feedsvc.domain.roles import By, Right
from feedsvc.errors import Invalid, NotFound
from feedsvc.feeds.text import clean_line
from feedsvc.storage import changes, feeds
from feedsvc.storage.changes import Change
from feedsvc.storage.database import Database
from feedsvc.storage.feeds import Section
from feedsvc.texts import _

TITLE_LENGTH = 100
DESCRIPTION_LENGTH = 500


def add(database: Database, slug: str, title: str, description: str, by: By) -> Section:
    """A new section with its feed, last in order. Raises `Invalid`, with a problem for each field."""
    by = roles.require(by, Right.MANAGE)
    title, description = (clean_line(text, characters=len(text)) for text in (title, description))

    def act(connection: Connection, change: Change) -> Section:
        problems = {}
        if not is_slug(slug):
            problems["slug"] = no_slug(slug)
        elif slug in RESERVED:
            problems["slug"] = reserved(slug)
        elif feeds.name_is_taken(connection, slug):
            problems["slug"] = _("A section has, or had, the address “%(slug)s”. Choose another.", slug=slug)
        if not title or len(title) > TITLE_LENGTH:
            problems["title"] = _("A section needs a title of at most %(most)s characters.", most=TITLE_LENGTH)
        if len(description) > DESCRIPTION_LENGTH:
            problems["description"] = too_long_description()
        if problems:
            raise Invalid(problems)
        section = feeds.add_section(connection, change, slug, title, description)
        changes.record_feed(connection, change, Kind.ADDED, section.feed_id)
        return section

    return changes.change(database, by, act)


def no_slug(text: str) -> str:
    """What is wrong with a text that cannot stand in an address."""
    return _(
        "“%(slug)s” cannot stand in an address. Use a to z, 0 to 9 and hyphens, at most %(most)s of them.",
        slug=text,
        most=SLUG_LENGTH,
    )


def reserved(slug: str) -> str:
    """What is wrong with a slug that is taken by feedsvc."""
    return _("“%(slug)s” is an address of feedsvc itself. Choose another.", slug=slug)


def too_long_description() -> str:
    """What is wrong with a description that says too much."""
    return _("The description may have at most %(most)s characters.", most=DESCRIPTION_LENGTH)


def syndicate(database: Database, slug: str, syndication: str, by: By) -> None:
    """Let a section say how much of its stories goes out in feeds, where they do not say it themselves.

    A story takes it over when it is published: those that are out stay as they are. Raises `Invalid`, `NotFound`.
    """
    roles.require(by, Right.MANAGE)
    if syndication not in set(Syndication):
        values = ", ".join(Syndication)
        raise Invalid({"syndication": _("How much goes out is one of: %(values)s. Choose one of them.", values=values)})
    with database.write() as connection:
        section = feeds.section(connection, slug)
        if section is None:
            raise NotFound(_("There is no section “%(slug)s”.", slug=slug), slug)
        feeds.set_syndication(connection, section.section_id, syndication)
