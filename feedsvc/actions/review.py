"""Review: a writer submits a draft, an editor sends it back, publishes or schedules it."""

from sqlalchemy import Connection

from feedsvc.actions.working_copy import add_in, expect, prepared, save_in
from feedsvc.domain import article as rules
from feedsvc.domain import roles
from feedsvc.domain.article import Article, Revision
from feedsvc.domain.roles import By, Right
from feedsvc.errors import Invalid
from feedsvc.feeds.text import clean
from feedsvc.storage import acts, articles
from feedsvc.storage.database import Database
from feedsvc.texts import _, number

NOTE_LENGTH = 2_000


def submit(
    database: Database,
    article_id: int,
    version: int,
    by: By,
    note: str = "",
    revision: Revision | None = None,
    typed: str = "",
) -> None:
    """Hand a draft over for review, with a note to whoever reviews it. With a `revision` that is saved first.

    Raises `NotAllowed`, `NotPermitted`, `Invalid`, `Conflict`, `NotFound`.
    """
    roles.require(by, Right.WRITE)
    with database.write() as connection:
        article = expect(connection, article_id, version)
        if revision is not None:
            article = save_in(connection, database, article, revision, by, typed)
        _move(connection, database, rules.submit(article), by, acts.SUBMITTED, note)


def create_and_submit(
    database: Database, revision: Revision, by: By, note: str = "", typed: str = "", identity: str | None = None
) -> int:
    """Save a new story and hand it over for review, both or neither; its number is returned. Raises like `submit`."""
    roles.require(by, Right.WRITE)
    with database.write() as connection:
        article_id = add_in(connection, database, prepared(connection, revision), by, typed, identity)
        _move(connection, database, rules.submit(articles.get(connection, article_id)), by, acts.SUBMITTED, note)
        return article_id


def send_back(
    database: Database,
    article_id: int,
    version: int,
    by: By,
    note: str = "",
    revision: Revision | None = None,
    typed: str = "",
) -> None:
    """Make what was submitted a draft again, with a note on what is to be done. Raises like `submit`."""
    roles.require(by, Right.PUBLISH)
    with database.write() as connection:
        article = expect(connection, article_id, version)
        if revision is not None:
            article = save_in(connection, database, article, revision, by, typed)
        _move(connection, database, rules.send_back(article), by, acts.RETURNED, note)


def _move(connection: Connection, database: Database, moved: Article, by: By, kind: str, note: str) -> None:
    said = clean(note).strip()
    if len(said) > NOTE_LENGTH:
        most = number(NOTE_LENGTH)
        raise Invalid({"note": _("The note may have at most %(most)s characters. Shorten it.", most=most)})
    articles.save_moves(connection, [moved])
    acts.note(connection, moved.article_id, database.clock(), roles.name_of(by), kind, said)
