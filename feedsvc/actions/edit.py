"""What an editor does to a story: save, publish, update, correct, withdraw, restore.

One transaction each, all of it or nothing.

Where pasted text was made into Markdown, `typed` is the text as it came: it is kept as a revision of its own before
the Markdown, so that it can be put back. It is empty where nothing was made of it.
"""

import time
from dataclasses import replace

from sqlalchemy import Connection

from feedsvc.actions import mirror_files
from feedsvc.actions.working_copy import (
    add_in,
    complete,
    expect,
    make_public,
    prepared,
    ready_to_publish,
    save_in,
)
from feedsvc.domain import article as rules
from feedsvc.domain import roles
from feedsvc.domain.article import Article, Revision, Status
from feedsvc.domain.roles import By, Right
from feedsvc.errors import FeedsvcError, Invalid, NotAllowed
from feedsvc.feeds import paste
from feedsvc.feeds.text import clean
from feedsvc.settings import Settings
from feedsvc.storage import articles, changes, corrections, working
from feedsvc.storage.changes import Change
from feedsvc.storage.database import Database
from feedsvc.texts import _, number

REMOVAL_SECONDS = 0.2
"""A withdrawal is acknowledged this long after its commit: every process has looked at the log by then."""


def create(database: Database, revision: Revision, editor: By, typed: str = "", identity: str | None = None) -> int:
    """Save a new draft; its number is returned. Without an `identity` one is minted.

    Raises `Conflict`, whose key is the story's number, if a story with that identity is stored already, and `Invalid`
    where a field holds more than it may.
    """
    roles.require(editor, Right.WRITE)
    with database.write() as connection:
        return add_in(connection, database, prepared(connection, revision), editor, typed, identity)


def save(database: Database, article_id: int, version: int, revision: Revision, editor: By, typed: str = "") -> Article:
    """Save the working copy; what is public stays as it is.

    Raises `Conflict` if somebody saved since `version`, `Invalid` where a field holds more than it may, `NotFound`.
    """
    roles.require(editor, Right.WRITE)
    with database.write() as connection:
        article = expect(connection, article_id, version)
        return save_in(connection, database, article, revision, editor, typed)


def put_back(database: Database, article_id: int, version: int, revision: Revision, editor: By) -> Article:
    """Save the working copy with the text as it was typed, in place of the Markdown that was made of it.

    What was written on that Markdown meanwhile is kept as a revision of its own. Raises like `save`, and `NotAllowed`
    where no text was made of what was typed.
    """
    roles.require(editor, Right.WRITE)
    with database.write() as connection:
        article = expect(connection, article_id, version)
        typed = as_typed(connection, article)
        if not typed:
            raise NotAllowed(_("There is no pasted text that could be put back."), article_id)
        # What was autosaved on that Markdown would else be replaced.
        working.keep(connection, article_id)
        written_on = revision.body if revision.body != article.working.body else ""
        return save_in(connection, database, article, replace(revision, body=typed), editor, written_on)


def as_typed(connection: Connection, article: Article) -> str:
    """The text as it was typed from which the last save made the story's text; empty if it made none.

    What was autosaved since is passed over.
    """
    bodies = [article.working.body, *working.bodies_before(connection, article.article_id, 2)]
    if article.is_autosaved:
        del bodies[0]
    if len(bodies) < 2:
        return ""
    made, before = bodies[:2]
    pasted = paste.from_text(before)
    return before if pasted.changed and pasted.markdown == made else ""


def create_and_publish(
    database: Database, revision: Revision, editor: By, typed: str = "", identity: str | None = None
) -> int:
    """Save a new story and publish it, both or neither; its number is returned. Takes and raises like `create`."""
    roles.require(editor, Right.PUBLISH)

    def act(connection: Connection, change: Change) -> int:
        ready = complete(connection, prepared(connection, revision))
        article_id = add_in(connection, database, ready, editor, typed, identity)
        _publish(connection, change, articles.get(connection, article_id))
        return article_id

    return changes.change(database, roles.name_of(editor), act)


def publish(
    database: Database,
    article_id: int,
    version: int,
    editor: By,
    revision: Revision | None = None,
    typed: str = "",
) -> None:
    """Make the working copy public: a draft for the first time, or a withdrawn story again.

    With a `revision` that is saved first, in the same transaction. Raises `NotAllowed`, `Invalid`, `Conflict`,
    `NotFound`.
    """
    roles.require(editor, Right.PUBLISH)

    def act(connection: Connection, change: Change) -> None:
        article = _in_hand(connection, database, article_id, version, editor, revision, typed)
        _publish(connection, change, article)

    changes.change(database, roles.name_of(editor), act)


def restore(
    database: Database, article_id: int, version: int, editor: By, revision: Revision | None = None, typed: str = ""
) -> None:
    """Undo a withdrawal: the working copy is public again, dated later than its notice. Raises like `publish`."""
    roles.require(editor, Right.PUBLISH)

    def act(connection: Connection, change: Change) -> None:
        article = _in_hand(connection, database, article_id, version, editor, revision, typed)
        if article.status is not Status.WITHDRAWN:
            raise NotAllowed(_("Only a withdrawn story can be published again."), article_id)
        _publish(connection, change, article)

    changes.change(database, roles.name_of(editor), act)


def update(
    database: Database,
    article_id: int,
    version: int,
    editor: By,
    revision: Revision | None = None,
    minor: bool = False,
    typed: str = "",
) -> None:
    """Make the working copy of a published story public; a minor edit leaves its date. Raises like `publish`."""
    roles.require(editor, Right.PUBLISH)

    def act(connection: Connection, change: Change) -> None:
        article = _in_hand(connection, database, article_id, version, editor, revision, typed)
        article = ready_to_publish(connection, article, change.now)
        moved, kind = rules.update(article, change.now, minor)
        make_public(connection, change, moved, kind)

    changes.change(database, roles.name_of(editor), act)


def correct(
    database: Database,
    article_id: int,
    version: int,
    editor: By,
    correction: str,
    revision: Revision | None = None,
    typed: str = "",
) -> None:
    """Make the working copy of a published story public, and with it a correction, which is Markdown.

    It stands below the story, on its page and in its feeds, and is an entry of its own in the feed of corrections.
    Raises like `publish`, and `Invalid` where the correction says nothing or too much.
    """
    roles.require(editor, Right.PUBLISH)
    said = clean(correction).strip()

    def act(connection: Connection, change: Change) -> None:
        article = _in_hand(connection, database, article_id, version, editor, revision, typed)
        article = ready_to_publish(connection, article, change.now)
        moved, kind = rules.correct(article, change.now, said)
        corrections.add(connection, moved, said)
        make_public(connection, change, moved, kind, said)

    changes.change(database, roles.name_of(editor), act)


def withdraw(
    database: Database,
    article_id: int,
    version: int,
    editor: By,
    notice: str = "",
    revision: Revision | None = None,
    typed: str = "",
    reason: str = "",
    has_notice: bool = True,
    settings: Settings | None = None,
) -> None:
    """Take a published story down; the notice stands in its place, on its page and in its feeds, unless there is to be
    none. `reason` is for the newsroom's own record, which else has the notice.

    A `revision` is saved first as the working copy. Returns when no process serves the story any more, and, by the
    `settings`, no file of the mirror holds it. Raises `NotAllowed`, `Invalid`, `Conflict`, `NotFound`.
    """
    roles.require(editor, Right.PUBLISH)
    reason = clean(reason).strip()
    if len(reason) > rules.LIMITS["reason"]:
        most = number(rules.LIMITS["reason"])
        raise Invalid({"reason": _("The reason may have at most %(most)s characters. Shorten it.", most=most)})

    def act(connection: Connection, change: Change) -> int:
        article = expect(connection, article_id, version)
        if revision is not None:
            article = save_in(connection, database, article, revision, editor, typed)
        moved, kind = rules.withdraw(article, change.now, clean(notice), has_notice)
        make_public(connection, change, moved, kind, reason or moved.notice)
        return change.seq

    seq = changes.change(database, roles.name_of(editor), act)
    if settings is not None:
        try:
            mirror_files.take_down(database, settings, seq)
        except FeedsvcError as error:
            raise FeedsvcError(
                f"The story is withdrawn, but files of it are still served. {error}", article_id
            ) from error
    time.sleep(REMOVAL_SECONDS)


def _publish(connection: Connection, change: Change, article: Article) -> None:
    article = ready_to_publish(connection, article, change.now)
    moved, kind = rules.publish(article, change.now)
    make_public(connection, change, moved, kind)


def _in_hand(
    connection: Connection,
    database: Database,
    article_id: int,
    version: int,
    editor: By,
    revision: Revision | None,
    typed: str,
) -> Article:
    """The article at that version, with a `revision` saved first as it can be public, so that nothing stands between
    the text as typed and what was made of it."""
    article = expect(connection, article_id, version)
    if revision is None:
        return article
    if article.live is None:
        revision = prepared(connection, revision, article)
    elif not revision.slug:
        revision = replace(revision, slug=article.live.slug)
    return save_in(connection, database, article, complete(connection, revision), editor, typed)
