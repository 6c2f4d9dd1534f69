"""Rename, merge and retire sections, topics and authors: one transaction each.

Their old addresses go on answering, identities stay, and the head of each feed that shows the name moves once.
"""

import time

from sqlalchemy import Connection

from feedsvc.actions.edit import REMOVAL_SECONDS
from feedsvc.actions.sections import DESCRIPTION_LENGTH, TITLE_LENGTH, no_slug, reserved, too_long_description
from feedsvc.domain import roles
from feedsvc.domain.article import NAME_LENGTH, Kind
from feedsvc.domain.feedname import RESERVED, is_slug, slug_of
from feedsvc.domain.roles import By, Right
from feedsvc.errors import Invalid, NotAllowed, NotFound
from feedsvc.feeds.text import clean_line
from feedsvc.storage import changes, feeds, renaming
from feedsvc.storage.changes import Change
from feedsvc.storage.database import Database
from feedsvc.storage.renaming import Named
from feedsvc.storage.revisions import NAMED, name_key
from feedsvc.texts import N_, _

NO_NAME = {
    "section": N_("Write the section’s name, with at most %(most)s characters."),
    "topics": N_("Write the topic’s name, with at most %(most)s characters."),
    "authors": N_("Write the author’s name, with at most %(most)s characters."),
}
WITH_COMMA = {
    "topics": N_("Commas separate topics in the form of a story. Write the name without one."),
    "authors": N_("Commas separate authors in the form of a story. Write the name without one."),
}
NAME_IS_TAKEN = {
    "topics": N_("Another topic is, or was, called “%(title)s”. Merge the two instead."),
    "authors": N_("Another author is, or was, called “%(title)s”. Merge the two instead."),
}
SLUG_IS_TAKEN = {
    "section": N_("Another section has, or had, the address “%(slug)s”. Choose another."),
    "topics": N_("Another topic has, or had, the address “%(slug)s”. Choose another."),
    "authors": N_("Another author has, or had, the address “%(slug)s”. Choose another."),
}
"""Kind of a feed -> what is wrong, to be translated; as are those before."""


def rename(database: Database, feed: str, title: str | None, slug: str, description: str | None, by: By) -> str:
    """Give the section, topic or author whose feed is `feed` another title, slug or, for a section, description.

    Without a `title` or `description` that stays. An empty `slug` is made from the title of a topic or author, and
    stays for a section. The name that its feed has now is returned. Raises `NotFound`, and `Invalid` with a problem for
    each field.
    """
    by = roles.require(by, Right.MANAGE)
    called = None if title is None else clean_line(title, characters=len(title))
    said = None if description is None else clean_line(description, characters=len(description))

    def act(connection: Connection, change: Change) -> str:
        one = _find(connection, feed)
        new_title = one.title if called is None else called
        name = _name(connection, one, new_title, slug.strip())
        _check(connection, one, new_title, slug.strip(), name, said or "")
        new_description = one.description if said is None else said
        if (one.feed, one.title, one.description) == (name, new_title, new_description):
            return name
        if name != one.feed:
            renaming.rename_feed(connection, one.feed_id, name)
        renaming.describe(connection, one, new_title, new_description)
        changes.record_feed(connection, change, Kind.RENAMED, one.feed_id)
        changes.move_heads(connection, change, renaming.showing(connection, one.feed_id), significant=[one.feed_id])
        return name

    return changes.change(database, by, act)


def retire(database: Database, feed: str, by: By) -> None:
    """End the feed of a section, topic or author: its addresses answer 410 from now on, its stories stay elsewhere.

    Returns when no process serves its documents any more. Raises `NotFound`, and `NotAllowed` for the last section.
    """
    by = roles.require(by, Right.MANAGE)

    def act(connection: Connection, change: Change) -> None:
        one = _find(connection, feed)
        if one.kind not in NAMED and renaming.open_sections(connection) == 1:
            raise NotAllowed(_("This is the last section, and every story stands in one. Add another one first."), feed)
        renaming.retire(connection, one.feed_id)
        changes.record_feed(connection, change, Kind.RETIRED, one.feed_id)
        showing = renaming.showing(connection, one.feed_id)
        changes.move_heads(connection, change, showing, significant=[], removals=[one.feed_id])

    changes.change(database, by, act)
    time.sleep(REMOVAL_SECONDS)


def merge(database: Database, feed: str, into: str, by: By) -> None:
    """Let one topic, or author, be part of another: its stories stand there, its addresses and its spelling lead there.

    Raises `NotFound` and `NotAllowed`.
    """
    by = roles.require(by, Right.MANAGE)

    def act(connection: Connection, change: Change) -> None:
        one, other = _find(connection, feed), _find(connection, into)
        if one.kind not in NAMED or one.kind != other.kind or one == other:
            raise NotAllowed(_("Only two topics, or two authors, can be merged."), feed)
        showing = renaming.showing(connection, one.feed_id)
        renaming.merge(connection, change, one, other)
        changes.record_feed(connection, change, Kind.MERGED, other.feed_id)
        touched = {*showing, other.feed_id}
        changes.move_heads(connection, change, touched, significant=[other.feed_id], removals=[one.feed_id])

    changes.change(database, by, act)
    time.sleep(REMOVAL_SECONDS)


def _find(connection: Connection, feed: str) -> Named:
    one = renaming.find(connection, feed)
    if one is None:
        raise NotFound(_("There is no section, topic or author “%(feed)s” (any more).", feed=feed), feed)
    return one


def _name(connection: Connection, one: Named, title: str, slug: str) -> str:
    """The name that the feed is to have."""
    if one.kind not in NAMED:
        return slug or one.feed
    if slug:
        return f"{one.kind}/{slug}"
    if name_key(title) == name_key(one.title):
        return one.feed
    wanted = f"{one.kind}/{slug_of(title)}"
    return wanted if renaming.owner(connection, wanted) == one.feed_id else feeds.free_name(connection, wanted)


def _check(connection: Connection, one: Named, title: str, slug: str, name: str, description: str) -> None:
    problems = {}
    longest = NAME_LENGTH if one.kind in NAMED else TITLE_LENGTH
    if not title or len(title) > longest:
        problems["title"] = _(NO_NAME[one.kind], most=longest)
    elif one.kind in NAMED and "," in title:
        problems["title"] = _(WITH_COMMA[one.kind])
    elif one.kind in NAMED and renaming.spelled(connection, one.kind, title) not in (None, one.number):
        problems["title"] = _(NAME_IS_TAKEN[one.kind], title=title)
    if slug and not is_slug(slug):
        problems["slug"] = no_slug(slug)
    elif one.kind not in NAMED and slug in RESERVED:
        problems["slug"] = reserved(slug)
    elif renaming.owner(connection, name) not in (None, one.feed_id):
        problems["slug"] = _(SLUG_IS_TAKEN[one.kind], slug=slug)
    if len(description) > DESCRIPTION_LENGTH:
        problems["description"] = too_long_description()
    if problems:
        raise Invalid(problems)
