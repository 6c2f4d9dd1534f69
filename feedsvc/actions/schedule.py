"""Publishing at a time that an editor chose: set, changed, cancelled, and done when the time has come."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from feedsvc.actions.working_copy import add_in, check_section, expect, make_public, prepared, ready_to_publish, save_in
from feedsvc.domain import article as rules
from feedsvc.domain import roles
from feedsvc.domain.article import Article, Revision, Status
from feedsvc.domain.roles import By, Right
from feedsvc.errors import FeedsvcError, Invalid, NotAllowed, NotFound
from feedsvc.storage import acts, articles, changes
from feedsvc.storage.changes import Change
from feedsvc.storage.database import Database

BY = "schedule"

AT_ONCE = 1_000
"""The most stories that one look publishes; the next look goes on."""

OVERDUE_SECONDS = 10
"""How late a scheduled story may be before somebody should look why."""


def create_and_schedule(
    database: Database, revision: Revision, editor: By, at: datetime, typed: str = "", identity: str | None = None
) -> int:
    """Save a new story that is to be published at a time, both or neither; its number is returned.

    Raises like `edit.create`, and `Invalid` where something is missing without which it could not be published then.
    """
    roles.require(editor, Right.PUBLISH)
    with database.write() as connection:
        article_id = add_in(connection, database, prepared(connection, revision), editor, typed, identity)
        _schedule(connection, database, articles.get(connection, article_id), at, editor)
        return article_id


def schedule(
    database: Database,
    article_id: int,
    version: int,
    editor: By,
    at: datetime,
    revision: Revision | None = None,
    typed: str = "",
) -> None:
    """Have the working copy, as it is last saved then, published at a time; another time set before is replaced.

    With a `revision` that is saved first. Raises `NotAllowed`, `Invalid`, `Conflict`, `NotFound`.
    """
    roles.require(editor, Right.PUBLISH)
    with database.write() as connection:
        article = expect(connection, article_id, version)
        if revision is not None:
            article = save_in(connection, database, article, revision, editor, typed)
        _schedule(connection, database, article, at, editor)


def unschedule(
    database: Database, article_id: int, version: int, editor: By, revision: Revision | None = None, typed: str = ""
) -> None:
    """Make a scheduled story a draft again, or have it wait for review where it did before.

    With a `revision` that is saved too. Raises like `schedule`.
    """
    name = roles.require(editor, Right.PUBLISH)
    with database.write() as connection:
        article = rules.unschedule(
            expect(connection, article_id, version), was_in_review=acts.was_in_review(connection, article_id)
        )
        articles.save_moves(connection, [article])
        if revision is not None:
            save_in(connection, database, article, revision, editor, typed)
        acts.note(connection, article_id, database.clock(), name, acts.UNSCHEDULED)


def publish_due(database: Database) -> list[int]:
    """Publish each story whose time has come, once, in a transaction of its own; their numbers are returned.

    It is dated with its time, however late it is. Two clocks that do this at once do no harm. One that cannot be
    published keeps no other one waiting; afterwards `FeedsvcError` tells of it, by its number.
    """
    with database.read() as connection:
        due = articles.due(connection, database.clock(), AT_ONCE)
    published, problems = [], []
    for article_id in due:

        def act(connection: Connection, change: Change, article_id: int = article_id) -> None:
            article = articles.get(connection, article_id)
            if article.status is not Status.SCHEDULED or article.publish_at is None or article.publish_at > change.now:
                raise _DoneByAnother
            moved, kind = rules.publish_due(ready_to_publish(connection, article, change.now), change.now)
            make_public(connection, change, moved, kind)

        try:
            changes.change(database, BY, act)
            published.append(article_id)
        except _DoneByAnother:
            continue
        except (Invalid, NotAllowed, NotFound) as error:
            problems.append(f"Story {article_id} is due and cannot be published: {error}")
    if problems:
        raise FeedsvcError(" ".join(problems))
    return published


def overdue(database: Database) -> list[int]:
    """The numbers of the stories that should have been published `OVERDUE_SECONDS` ago."""
    with database.read() as connection:
        return articles.due(connection, database.clock() - timedelta(seconds=OVERDUE_SECONDS), AT_ONCE)


class _DoneByAnother(Exception):
    pass


def _schedule(connection: Connection, database: Database, article: Article, at: datetime, editor: By) -> None:
    check_section(connection, article)
    moved = rules.schedule(article, at, database.clock())
    articles.save_moves(connection, [moved])
    said = "" if moved.publish_at is None else moved.publish_at.isoformat()
    acts.note(connection, article.article_id, database.clock(), roles.name_of(editor), acts.SCHEDULED, said)
