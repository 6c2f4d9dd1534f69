"""Removing the sample newsroom: the one act that takes stored news away altogether."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, ScalarSelect, Table, delete, exists, select, update

from feedsvc.domain.article import Status
from feedsvc.storage.changes import Change, move_heads
from feedsvc.storage.indexing import search_rows
from feedsvc.storage.revisions import NAMED
from feedsvc.storage.tables import (
    acts,
    articles,
    changes,
    corrections,
    feed_entries,
    feed_heads,
    feed_names,
    feed_pages,
    feeds,
    picture_uses,
    pictures,
    presences,
    ranks,
    reading_hours,
    readings,
    revision_authors,
    revision_topics,
    revisions,
    sections,
)


def remove_sample(connection: Connection, under_way: Change, slugs: Sequence[str]) -> list[str]:
    """Delete the sample stories, and those sections of `slugs` in which nothing else was ever saved.

    Returns the keys of the pictures that are not stored any more, whose files the caller deletes. What it costs follows
    the sample stories and the number of feeds, not the archive.
    """
    samples = select(articles.c.article_id).where(articles.c.is_sample).scalar_subquery()
    saved = select(revisions.c.revision_id).where(revisions.c.article_id.in_(samples)).scalar_subquery()
    used = _numbers(connection, picture_uses.c.picture_id, picture_uses, saved)
    named = {field: _numbers(connection, uses.c[column], uses, saved) for field, (_, uses, column) in NAMED.items()}
    for table in (picture_uses, revision_authors, revision_topics):
        connection.execute(delete(table).where(table.c.revision_id.in_(saved)))
    told = (feed_entries, changes, acts, corrections, presences, readings, reading_hours, ranks, search_rows)
    for table in told:
        connection.execute(delete(table).where(table.c.article_id.in_(samples)))
    connection.execute(
        update(articles)
        .where(articles.c.is_sample)
        .values(status=Status.DRAFT.value, working_id=None, live_id=None, live_section_id=None)
    )
    connection.execute(delete(revisions).where(revisions.c.article_id.in_(samples)))
    connection.execute(delete(articles).where(articles.c.is_sample))
    for field, numbers in named.items():
        _forget_unnamed(connection, field, numbers)
    _remove_sections(connection, slugs)
    remaining = connection.execute(select(feed_heads.c.feed_id)).scalars().all()
    move_heads(connection, under_way, remaining, significant=remaining, removals=remaining)
    return _remove_pictures(connection, used)


def _numbers(connection: Connection, column: ColumnElement[int], uses: Table, saved: ScalarSelect[int]) -> list[int]:
    """What the revisions `saved` use."""
    return list(connection.execute(select(column).where(uses.c.revision_id.in_(saved)).distinct()).scalars())


def _remove_sections(connection: Connection, slugs: Sequence[str]) -> None:
    is_used = exists().where(revisions.c.section_id == sections.c.section_id)
    unused = (
        connection.execute(
            select(sections.c.feed_id)
            .join(feed_names, feed_names.c.feed_id == sections.c.feed_id)
            .where(feed_names.c.slug.in_(slugs), ~is_used)
        )
        .scalars()
        .all()
    )
    connection.execute(delete(sections).where(sections.c.feed_id.in_(unused)))
    _remove_feeds(connection, unused)


def _remove_feeds(connection: Connection, feed_ids: Sequence[int]) -> None:
    for table in (changes, feed_entries, feed_pages, feed_heads, feed_names, feeds):
        connection.execute(delete(table).where(table.c.feed_id.in_(feed_ids)))


def _remove_pictures(connection: Connection, numbers: Sequence[int]) -> list[str]:
    is_used = exists().where(picture_uses.c.picture_id == pictures.c.picture_id)
    unused = delete(pictures).where(pictures.c.picture_id.in_(numbers), ~is_used).returning(pictures.c.key)
    return list(connection.execute(unused).scalars())


def _forget_unnamed(connection: Connection, field: str, numbers: Sequence[int]) -> None:
    named, uses, id_column = NAMED[field]
    is_used = exists().where(uses.c[id_column] == named.c[id_column])
    unused = delete(named).where(named.c[id_column].in_(numbers), ~is_used).returning(named.c.feed_id)
    feed_ids = connection.execute(unused).scalars().all()
    _remove_feeds(connection, [feed_id for feed_id in feed_ids if feed_id is not None])
