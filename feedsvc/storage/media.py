"""Pictures, and which revisions use them."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from sqlalchemy import Connection, delete, exists, func, insert, select, update

from feedsvc.domain.article import Revision, Status
from feedsvc.storage.tables import articles, picture_uses, pictures

IN_BODY = re.compile(r"/media/([A-Za-z0-9_-]{8,64}?)(?:-960)?\.(?:jpg|png)")

LATEST = 1_000
"""So many pictures are looked through for those that nothing uses."""


@dataclass(frozen=True)
class Picture:
    """A stored picture: sizes in pixels, `length` in bytes. `small_width` is that of its small rendition, None if the
    picture is small itself."""

    key: str
    media_type: str
    width: int
    height: int
    length: int
    small_width: int | None


class Sight(Enum):
    """Who may see a picture."""

    PUBLIC = "used by a story that is out"
    GONE = "was public and is not any more"
    HIDDEN = "was never public"


def add(connection: Connection, picture: Picture, now: datetime) -> None:
    """A picture that no revision uses yet."""
    connection.execute(
        insert(pictures).values(
            key=picture.key,
            media_type=picture.media_type,
            width=picture.width,
            height=picture.height,
            length=picture.length,
            small_width=picture.small_width,
            added=now,
        )
    )


def by_keys(connection: Connection, keys: Iterable[str]) -> dict[str, Picture]:
    """The pictures that are stored under those keys."""
    rows = connection.execute(select(pictures).where(pictures.c.key.in_(sorted(set(keys)))))
    return {
        row.key: Picture(row.key, row.media_type, row.width, row.height, row.length, row.small_width) for row in rows
    }


def sight(connection: Connection, key: str) -> tuple[Picture, Sight] | None:
    """A picture and who may see it; None if there is no such picture."""
    is_used = exists().where(
        picture_uses.c.picture_id == pictures.c.picture_id,
        articles.c.live_id == picture_uses.c.revision_id,
        articles.c.status == Status.PUBLISHED.value,
    )
    row = connection.execute(select(pictures, is_used.label("is_used")).where(pictures.c.key == key)).first()
    if row is None:
        return None
    picture = Picture(row.key, row.media_type, row.width, row.height, row.length, row.small_width)
    return picture, Sight.PUBLIC if row.is_used else Sight.GONE if row.was_public else Sight.HIDDEN


def keys_of(revision: Revision) -> set[str]:
    """The keys of the pictures that a revision uses: its lead picture, and those of ours that its text shows."""
    keys = set(IN_BODY.findall(revision.body))
    if revision.picture is not None:
        keys.add(revision.picture.key)
    return keys


def ids(connection: Connection, keys: Iterable[str]) -> dict[str, int]:
    """The numbers of the pictures that are stored under those keys."""
    rows = connection.execute(select(pictures.c.key, pictures.c.picture_id).where(pictures.c.key.in_(sorted(keys))))
    return {row.key: row.picture_id for row in rows}


def note_uses(connection: Connection, revisions: Mapping[int, Revision], picture_ids: Mapping[str, int]) -> None:
    """Write down which pictures revisions, given by their numbers, use."""
    rows = [
        {"picture_id": picture_ids[key], "revision_id": revision_id}
        for revision_id, revision in revisions.items()
        for key in sorted(keys_of(revision) & picture_ids.keys())
    ]
    if rows:
        connection.execute(insert(picture_uses), rows)


def mark_public(connection: Connection, article_ids: Sequence[int]) -> None:
    """The pictures of the live revisions of articles are public from now on."""
    if not article_ids:
        return
    of_live = (
        select(picture_uses.c.picture_id)
        .join(articles, articles.c.live_id == picture_uses.c.revision_id)
        .where(articles.c.article_id.in_(article_ids))
    )
    connection.execute(update(pictures).where(pictures.c.picture_id.in_(of_live)).values(was_public=True))


def forget_unused(connection: Connection, before: datetime) -> list[str]:
    """Drop the pictures, added before a date, that no revision uses; the keys are returned, whose files the caller
    deletes. Only the `LATEST` pictures are looked through: what it costs does not follow the archive."""
    p = pictures.c
    last = select(func.max(pictures.alias().c.picture_id)).scalar_subquery()
    is_used = exists().where(picture_uses.c.picture_id == p.picture_id)
    unused = delete(pictures).where(p.picture_id > last - LATEST, p.added < before, ~is_used).returning(p.key)
    return list(connection.execute(unused).scalars())
