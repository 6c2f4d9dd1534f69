"""Saving the working copy while somebody types: nothing is made of the text, and nothing goes public by it.

An autosave takes the place of the one that the same person made before, and so does their next “Save”.
"""

from feedsvc.actions.working_copy import add_in, expect, prepared, save_in
from feedsvc.domain import roles
from feedsvc.domain.article import Article, Revision, Status
from feedsvc.domain.roles import By, Right
from feedsvc.errors import NotAllowed
from feedsvc.storage import articles
from feedsvc.storage.database import Database
from feedsvc.texts import _


def create(database: Database, revision: Revision, editor: By, identity: str | None = None) -> Article:
    """Make a draft of what somebody has begun to type. Raises `Conflict` if a story with that identity is stored
    already, and `Invalid` where a field holds more than it may."""
    roles.require(editor, Right.WRITE)
    with database.write() as connection:
        ready = prepared(connection, revision)
        return articles.get(connection, add_in(connection, database, ready, editor, "", identity, is_autosaved=True))


def save(database: Database, article_id: int, version: int, revision: Revision, editor: By) -> Article:
    """Save the working copy as it stands while somebody types.

    Raises `Conflict` if somebody saved since `version`, `Invalid` where a field holds more than it may, `NotFound`,
    `NotPermitted`, and `NotAllowed` for a scheduled story, which would go out half written.
    """
    roles.require(editor, Right.WRITE)
    with database.write() as connection:
        article = expect(connection, article_id, version)
        if article.status is Status.SCHEDULED:
            raise NotAllowed(
                _("A scheduled story goes out as it was last saved, so it is saved only when you press “Save”."),
                article_id,
            )
        return save_in(connection, database, article, revision, editor, "", is_autosaved=True)
