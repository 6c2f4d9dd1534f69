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

TITLE_LENGTH = 100
DESCRIPTION_LENGTH = 500


def add(database: Database, slug: str, title: str, description: str, by: By) -> Section:
    """A new section with its feed, last in order. Raises `Invalid`, with a problem for each field."""
    by = roles.require(by, Right.MANAGE)
    title, description = (clean_line(text, characters=len(text)) for text in (title, description))

    def act(connection: Connection, change: Change) -> Section:
        problems = {}
        if not is_slug(slug):
            problems["slug"] = (
                f"“{slug}” cannot stand in an address. Use a to z, 0 to 9 and hyphens, at most {SLUG_LENGTH} of them."
            )
        elif slug in RESERVED:
            problems["slug"] = f"“{slug}” is an address of feedsvc itself. Choose another."
        elif feeds.name_is_taken(connection, slug):
            problems["slug"] = f"A section has, or had, the address “{slug}”. Choose another."
        if not title or len(title) > TITLE_LENGTH:
            problems["title"] = f"A section needs a title of at most {TITLE_LENGTH} characters."
        if len(description) > DESCRIPTION_LENGTH:
            problems["description"] = f"The description may have at most {DESCRIPTION_LENGTH} characters."
        if problems:
            raise Invalid(problems)
        section = feeds.add_section(connection, change, slug, title, description)
        changes.record_feed(connection, change, Kind.ADDED, section.feed_id)
        return section

    return changes.change(database, by, act)


def syndicate(database: Database, slug: str, syndication: str, by: By) -> None:
    """Let a section say how much of its stories goes out in feeds, where they do not say it themselves.

    A story takes it over when it is published: those that are out stay as they are. Raises `Invalid`, `NotFound`.
    """
    roles.require(by, Right.MANAGE)
    if syndication not in set(Syndication):
        raise Invalid({"syndication": f"How much goes out is one of: {', '.join(Syndication)}. Choose one of them."})
    with database.write() as connection:
        section = feeds.section(connection, slug)
        if section is None:
            raise NotFound(f"There is no section “{slug}”.", slug)
        feeds.set_syndication(connection, section.section_id, syndication)
