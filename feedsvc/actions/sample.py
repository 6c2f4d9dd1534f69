"""The sample newsroom: brought in on the first start, removed when an editor says so."""

import logging
import time
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Connection

from feedsvc.actions import edit, pictures, sections
from feedsvc.actions.bring_in import Incoming, bring_in
from feedsvc.domain import roles
from feedsvc.domain.article import Revision
from feedsvc.domain.roles import By, Right
from feedsvc.errors import NotFound, StorageError
from feedsvc.sample import SECTIONS, STORIES, SampleStory, picture_path
from feedsvc.storage import changes, feeds, installation, removal
from feedsvc.storage.changes import Change
from feedsvc.storage.database import Database
from feedsvc.texts import _

BY = "feedsvc"

_log = logging.getLogger(__name__)


def bring(database: Database, media: Path) -> None:
    """Fill a new newsroom with sections and stories whose ages count from now.

    What an interrupted call brought already is left as it is, so that calling again finishes it.
    """
    with database.read() as connection:
        missing = [section for section in SECTIONS if not feeds.name_is_taken(connection, section.slug)]
        brought = installation.sample_headlines(connection)
    for section in missing:
        sections.add(database, section.slug, section.title, section.description, BY)
    stories = [_incoming(database, story) for story in STORIES if story.headline not in brought]
    bring_in(database, media, stories, BY, is_sample=True)
    with database.write() as connection:
        installation.note_sample(connection, is_there=True)


def remove(database: Database, media: Path, by: By = BY) -> None:
    """Remove the sample stories with all they left, and those of its sections in which nothing else stands.

    Their addresses are free again, and a new line of validators begins. Returns when no process serves the stories any
    more. Raises `NotFound` if it was removed before.
    """
    by = roles.require(by, Right.MANAGE)

    def act(connection: Connection, change: Change) -> list[str]:
        if not installation.has_sample(connection):
            raise NotFound(_("The sample newsroom was removed already."))
        keys = removal.remove_sample(connection, change, [section.slug for section in SECTIONS])
        installation.note_sample(connection, is_there=False)
        installation.begin_line(connection, change)
        return keys

    keys = changes.change(database, by, act)
    time.sleep(edit.REMOVAL_SECONDS)
    for key in keys:
        try:
            pictures.delete(media, key)
        except StorageError as error:
            # Nobody is led to the file any more, and there is no way back for the rest.
            _log.warning("%s Delete %s there.", error, key)


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
