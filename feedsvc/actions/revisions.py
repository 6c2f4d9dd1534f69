"""Going back: an earlier version of a story becomes its working copy."""

from dataclasses import replace

from sqlalchemy import Connection

from feedsvc.actions.working_copy import check_section, expect, save_in
from feedsvc.domain import roles
from feedsvc.domain.article import Article, Revision
from feedsvc.domain.roles import By, Right
from feedsvc.errors import Invalid, NotAllowed
from feedsvc.storage import acts, history
from feedsvc.storage.database import Database
from feedsvc.texts import _


def restore(database: Database, article_id: int, version: int, revision_id: int, editor: By) -> Article:
    """Save an earlier revision as the working copy; what is public stays as it is, and no revision is lost.

    A section that was retired since takes no stories, so the story keeps the section of its working copy, or none
    where that was retired too. The timeline has the time at which the version was saved (ISO 8601), and where its
    section was retired, that and the one in which the story stands instead, parted by spaces.

    Pictures are there: those of a revision are never dropped.

    Raises `Conflict` if somebody saved since `version`, `NotAllowed` where the working copy says the same already,
    `NotPermitted`, `Invalid` where a scheduled story could not go out like that, and `NotFound`.
    """
    roles.require(editor, Right.WRITE)
    with database.write() as connection:
        article = expect(connection, article_id, version)
        kept, revision = history.version(connection, article_id, revision_id)
        said = [kept.saved.isoformat()]
        possible = replace(revision, section=_section(connection, article, revision))
        if possible.section != revision.section:
            said += [revision.section or "", possible.section or ""]
        restored = save_in(connection, database, article, possible, editor, "", acts.REVERTED, " ".join(said))
        if restored.version == article.version:
            raise NotAllowed(
                _("The working copy says the same as that version already. Nothing was changed."), article_id
            )
        return restored


def _section(connection: Connection, article: Article, revision: Revision) -> str | None:
    """The section in which the story can stand with an earlier revision."""
    for section in (revision.section, article.working.section):
        try:
            check_section(connection, replace(article, working=replace(revision, section=section)))
        except Invalid:
            continue
        return section
    return None
