"""The sample newsroom: brought in on the first start, removed when an editor says so."""

from datetime import timedelta
from pathlib import Path

from sqlalchemy import Connection

from feedsvc.actions import pictures, sections
from feedsvc.actions.bring_in import Incoming, bring_in
from feedsvc.domain.article import Revision
from feedsvc.errors import NotFound
from feedsvc.sample import SECTIONS, STORIES, SampleStory, picture_path
from feedsvc.storage import changes, installation, removal
from feedsvc.storage.changes import Change
from feedsvc.storage.database import Database

BY = "feedsvc"


def bring(database: Database, media: Path) -> None:
    """Fill a new newsroom with sections and stories whose ages count from now."""
    with database.write() as connection:
        installation.note_sample(connection, is_there=True)
    for section in SECTIONS:
        sections.add(database, section.slug, section.title, section.description, BY)
    bring_in(database, media, [_incoming(database, story) for story in STORIES], BY, is_sample=True)


def remove(database: Database, media: Path) -> None:
    """Remove the sample stories with all they left, and those of its sections in which nothing else stands.

    Their addresses are free again, and a new line of validators begins. Raises `NotFound` if it was removed before.
    """

    def act(connection: Connection, change: Change) -> list[str]:
        if not installation.has_sample(connection):
            raise NotFound("The sample newsroom was removed already.")
        keys = removal.remove_sample(connection, change, [section.slug for section in SECTIONS])
        installation.note_sample(connection, is_there=False)
        installation.begin_line(connection, change)
        return keys

    for key in changes.change(database, BY, act):
        pictures.delete(media, key)


def _incoming(database: Database, story: SampleStory) -> Incoming:
    published = database.clock() - timedelta(hours=story.age_hours)
    updated = published
    if story.updated_after_hours is not None:
        updated = published + timedelta(hours=story.updated_after_hours)
    return Incoming(
        revision=Revision(
            headline=story.headline,
            section=story.section,
            standfirst=story.standfirst,
            body=story.body,
            authors=story.authors,
            topics=story.topics,
        ),
        published=published,
        updated=updated,
        picture=picture_path(story.picture) if story.picture else None,
        picture_alt=story.picture_alt,
        picture_credit=story.picture_credit,
    )
