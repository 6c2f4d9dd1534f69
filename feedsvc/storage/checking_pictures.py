"""What a check reads of pictures: those that are stored, and which revisions use them. Writes nothing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from feedsvc.storage import media
from feedsvc.storage.media import Picture
from feedsvc.storage.tables import picture_uses, pictures, revisions


@dataclass(frozen=True)
class Use:
    """A revision of a story, and the numbers of the pictures that it uses: as it says, and as is written down."""

    revision_id: int
    article_id: int
    right: frozenset[int]
    written: frozenset[int]


def stored(connection: Connection, picture_ids: Sequence[int]) -> list[Picture]:
    """Pictures by their numbers."""
    p = pictures.c
    rows = connection.execute(select(pictures).where(p.picture_id.in_(picture_ids)).order_by(p.picture_id))
    return [Picture(row.key, row.media_type, row.width, row.height, row.length, row.small_width) for row in rows]


def uses(connection: Connection, revision_ids: Sequence[int]) -> Iterator[Use]:
    """What revisions use. Reads their texts."""
    r = revisions.c
    rows = connection.execute(
        select(r.revision_id, r.article_id, r.picture_id, r.body).where(r.revision_id.in_(revision_ids))
    ).all()
    in_body = {row.revision_id: set(media.IN_BODY.findall(row.body)) for row in rows}
    numbers = media.ids(connection, set().union(*in_body.values()))
    written: dict[int, set[int]] = {}
    u = picture_uses.c
    for picture_id, revision_id in connection.execute(
        select(u.picture_id, u.revision_id).where(u.revision_id.in_(revision_ids))
    ):
        written.setdefault(revision_id, set()).add(picture_id)
    for row in rows:
        right = {numbers[key] for key in in_body[row.revision_id] & numbers.keys()}
        if row.picture_id is not None:
            right.add(row.picture_id)
        yield Use(row.revision_id, row.article_id, frozenset(right), frozenset(written.get(row.revision_id, ())))
