"""What an editor does to a story: save, publish, update, withdraw. One transaction each, all of it or nothing.

Where pasted text was made into Markdown, `typed` is the text as it came: it is kept as a revision of its own before
the Markdown, so that it can be put back. It is empty where nothing was made of it.
"""

import time
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from slugify import slugify
from sqlalchemy import Connection

from feedsvc.domain import article as rules
from feedsvc.domain.article import Article, Revision, Status, new_identity
from feedsvc.domain.feedname import SLUG_LENGTH, slug_of
from feedsvc.errors import Conflict, Invalid, NotAllowed
from feedsvc.feeds import paste
from feedsvc.feeds.text import clean, clean_line
from feedsvc.storage import articles, changes, feeds, media, standing
from feedsvc.storage.changes import Change
from feedsvc.storage.database import Database
from feedsvc.storage.revisions import name_key
from feedsvc.storage.standing import Recorded

REMOVAL_SECONDS = 0.2
"""A withdrawal is acknowledged this long after its commit: every process has looked at the log by then."""


def create(database: Database, revision: Revision, editor: str, typed: str = "", identity: str | None = None) -> int:
    """Save a new draft; its number is returned. Without an `identity` one is minted.

    Raises `Conflict`, whose key is the story's number, if a story with that identity is stored already, and `Invalid`
    where a field holds more than it may.
    """
    with database.write() as connection:
        return add_in(connection, database, prepared(connection, revision), editor, typed, identity)


def save(
    database: Database, article_id: int, version: int, revision: Revision, editor: str, typed: str = ""
) -> Article:
    """Save the working copy; what is public stays as it is.

    Raises `Conflict` if somebody saved since `version`, `Invalid` where a field holds more than it may, `NotFound`.
    """
    with database.write() as connection:
        article = expect(connection, article_id, version)
        return save_in(connection, database, article, revision, editor, typed)


def put_back(database: Database, article_id: int, version: int, revision: Revision, editor: str) -> Article:
    """Save the working copy with the text as it was typed, in place of the Markdown that was made of it.

    What was written on that Markdown meanwhile is kept as a revision of its own. Raises like `save`, and `NotAllowed`
    where no text was made of what was typed.
    """
    with database.write() as connection:
        article = expect(connection, article_id, version)
        typed = as_typed(connection, article)
        if not typed:
            raise NotAllowed("There is no pasted text that could be put back.", article_id)
        written_on = revision.body if revision.body != article.working.body else ""
        return save_in(connection, database, article, replace(revision, body=typed), editor, written_on)


def as_typed(connection: Connection, article: Article) -> str:
    """The text as it was typed from which the last save made the story's text; empty if it made none."""
    before = articles.body_before(connection, article.article_id)
    if before is None:
        return ""
    pasted = paste.from_text(before)
    return before if pasted.changed and pasted.markdown == article.working.body else ""


def create_and_publish(
    database: Database, revision: Revision, editor: str, typed: str = "", identity: str | None = None
) -> int:
    """Save a new story and publish it, both or neither; its number is returned. Takes and raises like `create`."""

    def act(connection: Connection, change: Change) -> int:
        ready = _with_slug(prepared(connection, revision))
        article_id = add_in(connection, database, ready, editor, typed, identity)
        _publish(connection, change, articles.get(connection, article_id))
        return article_id

    return changes.change(database, editor, act)


def publish(
    database: Database,
    article_id: int,
    version: int,
    editor: str,
    revision: Revision | None = None,
    typed: str = "",
) -> None:
    """Make the working copy public: a draft for the first time, or a withdrawn story again.

    With a `revision` that is saved first, in the same transaction. Raises `NotAllowed`, `Invalid`, `Conflict`,
    `NotFound`.
    """

    def act(connection: Connection, change: Change) -> None:
        article = expect(connection, article_id, version)
        if revision is not None:
            # With its slug already, so that nothing stands between the text as typed and what was made of it.
            ready = revision if article.live else _with_slug(prepared(connection, revision))
            article = save_in(connection, database, article, ready, editor, typed)
        _publish(connection, change, article)

    changes.change(database, editor, act)


def update(
    database: Database,
    article_id: int,
    version: int,
    editor: str,
    revision: Revision | None = None,
    minor: bool = False,
    typed: str = "",
) -> None:
    """Make the working copy of a published story public; a minor edit leaves its date. Raises like `publish`."""

    def act(connection: Connection, change: Change) -> None:
        article = expect(connection, article_id, version)
        if revision is not None:
            article = save_in(connection, database, article, revision, editor, typed)
        check_section(connection, article)
        moved, kind = rules.update(article, change.now, minor)
        articles.save_moves(connection, [moved])
        standing.record(connection, change, [Recorded(moved, kind)])

    changes.change(database, editor, act)


def withdraw(
    database: Database,
    article_id: int,
    version: int,
    editor: str,
    notice: str = "",
    revision: Revision | None = None,
    typed: str = "",
) -> None:
    """Take a published story down; the notice stands in its place, on its page and in its feeds.

    A `revision` is saved first as the working copy. Returns when no process serves the story any more. Raises
    `NotAllowed`, `Invalid`, `Conflict`, `NotFound`.
    """

    def act(connection: Connection, change: Change) -> None:
        article = expect(connection, article_id, version)
        if revision is not None:
            article = save_in(connection, database, article, revision, editor, typed)
        moved, kind = rules.withdraw(article, change.now, clean(notice))
        articles.save_moves(connection, [moved])
        standing.record(connection, change, [Recorded(moved, kind)])

    changes.change(database, editor, act)
    time.sleep(REMOVAL_SECONDS)


def expect(connection: Connection, article_id: int, version: int) -> Article:
    """The article at that version. Raises `Conflict` if somebody saved since, and `NotFound`."""
    article = articles.get(connection, article_id)
    if article.version != version:
        raise Conflict(
            f"{article.saved_by} saved this story in the meantime. Nothing of yours was saved yet.", article_id
        )
    return article


def add_in(
    connection: Connection, database: Database, revision: Revision, editor: str, typed: str, identity: str | None
) -> int:
    """Save a new draft in a transaction that is open; takes and raises like `create`."""
    stored = articles.find(connection, identity) if identity else None
    if stored is not None:
        raise Conflict("This story was saved already. Nothing of this form was saved.", stored)
    first = replace(revision, body=clean(typed)) if typed else revision
    (article_id,) = articles.add(connection, [(identity or new_identity(), first)], database.clock(), editor)
    if typed:
        articles.save_working(connection, articles.get(connection, article_id), revision, database.clock(), editor)
    return article_id


def save_in(
    connection: Connection, database: Database, article: Article, revision: Revision, editor: str, typed: str
) -> Article:
    """Save the working copy in a transaction that is open; takes and raises like `save`.

    What is scheduled goes out as it was last saved, so nothing may be saved there that cannot.
    """
    revision = prepared(connection, revision, article)
    if article.status is Status.SCHEDULED:
        rules.check_publishable(revision)
    if article.live is not None and not revision.slug:
        revision = replace(revision, slug=article.live.slug)
    if _says_the_same(revision, article.working):
        return article
    if article.live is not None and _says_the_same(revision, article.live):
        articles.work_on_live(connection, article, database.clock(), editor)
        return articles.get(connection, article.article_id)
    if typed:
        as_it_came = replace(revision, body=clean(typed))
        articles.save_working(connection, article, as_it_came, database.clock(), editor)
    articles.save_working(connection, article, revision, database.clock(), editor)
    return articles.get(connection, article.article_id)


def _says_the_same(one: Revision, other: Revision) -> bool:
    """Whether two revisions differ in nothing that is stored: a topic keeps the spelling that it was first given."""
    if replace(one, topics=(), authors=()) != replace(other, topics=(), authors=()):
        return False
    return all(
        list(dict.fromkeys(map(name_key, mine))) == list(map(name_key, theirs))
        for mine, theirs in ((one.topics, other.topics), (one.authors, other.authors))
    )


def prepared(connection: Connection, revision: Revision, article: Article | None = None) -> Revision:
    """The revision cleaned of what no document can hold, and checked; of `article`, if that is stored already.

    The former slug of a section becomes its present one. Raises `Invalid`.
    """
    picture = revision.picture
    if picture is not None:
        picture = replace(picture, alt=_line(picture.alt), credit=_line(picture.credit))
    revision = Revision(
        headline=_line(revision.headline),
        slug=_line(revision.slug),
        section=revision.section and (feeds.section_slug(connection, revision.section) or revision.section),
        standfirst=_line(revision.standfirst),
        body=clean(revision.body).strip("\n"),
        authors=_names(revision.authors),
        topics=_names(revision.topics),
        picture=picture,
    )
    rules.check(revision)
    problems: dict[str, str] = {}
    problems |= _section_problem(connection, revision.section, article)
    if picture is not None and not media.ids(connection, [picture.key]):
        problems["picture"] = "That picture is not stored here, or not any more. Choose it again."
    if problems:
        raise Invalid(problems)
    if revision.slug:
        revision = replace(revision, slug=slugify(revision.slug, max_length=SLUG_LENGTH))
        if not revision.slug:
            raise Invalid({"slug": "The address needs letters or digits. Leave it empty to take it from the headline."})
    return revision


def _section_problem(connection: Connection, section: str | None, article: Article | None) -> dict[str, str]:
    """What is wrong with a section: a story that is out may stay in a retired one, others cannot enter it."""
    if section is None or feeds.section(connection, section) is not None:
        return {}
    if article is not None and article.live is not None and article.live.section == section:
        return {}
    if feeds.section_slug(connection, section) is None:
        return {"section": "There is no such section. Choose one of the list."}
    return {"section": "This section was retired. Choose another one."}


def check_section(connection: Connection, article: Article) -> None:
    """Raise `Invalid` if the article cannot stand in the section of its working copy."""
    problem = _section_problem(connection, article.working.section, article)
    if problem:
        raise Invalid(problem)


def _line(text: str) -> str:
    """Text without line ends and what no document can hold; its length is judged afterwards, so nothing is cut."""
    return clean_line(text, characters=len(text))


def _names(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(name for name in map(_line, names) if name)


def _publish(connection: Connection, change: Change, article: Article) -> None:
    article = ready_to_publish(connection, article, change.now)
    moved, kind = rules.publish(article, change.now)
    articles.save_moves(connection, [moved])
    standing.record(connection, change, [Recorded(moved, kind)])


def ready_to_publish(connection: Connection, article: Article, now: datetime) -> Article:
    """The article with an address in its working copy. Raises `Invalid` if its section takes no stories."""
    check_section(connection, article)
    revision = _with_slug(article.working)
    if revision == article.working:
        return article
    articles.save_working(connection, article, revision, now, article.saved_by)
    return articles.get(connection, article.article_id)


def _with_slug(revision: Revision) -> Revision:
    """The revision with a slug from its headline, unless it has one, or has no headline."""
    if revision.slug or not revision.headline:
        return revision
    return replace(revision, slug=slug_of(revision.headline))
