"""Make what a feed says that changed since a former state of it, from one snapshot of what is stored."""

import sys
from datetime import timedelta
from typing import NamedTuple

from feedsvc.actions.press import Press
from feedsvc.domain.feedname import CHOSEN
from feedsvc.feeds.delta import Delta, make_delta
from feedsvc.feeds.kept import Kept
from feedsvc.settings import Settings
from feedsvc.storage import feeds, installation, touched
from feedsvc.storage.database import Database
from feedsvc.texts import language_for, speaking

DELTA_LIMIT = 500
"""The most articles of which a delta tells. Whoever missed more is better off with the document and its archives."""

ROOM_BYTES = 16 * 1024 * 1024
"""Memory for the deltas that were made last, so that all who hold the same copy cost one making."""

QUESTION_BYTES = 500


class Since(NamedTuple):
    """What is asked: the changes of feeds, in a format, since the change `base` of a line, up to `seq` or later."""

    feed_ids: tuple[int, ...]
    format: str
    line: str
    base: int
    seq: int


class Deltas:
    """Makes deltas for one process. Threads may share it."""

    def __init__(self, database: Database, settings: Settings, press: Press) -> None:
        self._database = database
        self._settings = settings
        self._press = press
        self._language = language_for(settings.site_language)
        self._kept = Kept(self._make, ROOM_BYTES, _size)

    def __call__(self, feed_ids: tuple[int, ...], format: str, line: str, base: int, seq: int) -> Delta | None:
        """What changed in feeds since the change `base` of a line; None where it cannot be told.

        That is so where nothing changed or too much did, too long ago, or what sections, topics or authors are called;
        for a base of another line; and for feeds in which stories stand by how they are read. `seq` is that of the
        document that would be sent instead: what is told is as new, or newer, unless the database lags.
        """
        return self._kept(Since(feed_ids, format, line, base, seq))

    def _make(self, asked: Since) -> Delta | None:
        settings, press = self._settings, self._press
        with speaking(self._language), self._database.read() as connection:
            heads = feeds.heads(connection, asked.feed_ids)
            edition = installation.edition(connection)
            if len(heads) < len(asked.feed_ids) or heads[0].kind in CHOSEN or edition.line != asked.line:
                return None
            if asked.base >= max(head.seq for head in heads):
                return None
            kept, noticed = timedelta(days=settings.delta_days), timedelta(days=settings.notice_days)
            told = touched.since(connection, heads, asked.base, kept, noticed, DELTA_LIMIT)
            if told is None:
                return None
            chosen, notices, _ = press.window(connection, heads)
            # RSS and JSON documents have no tombstones.
            left = press.left(connection, heads) if asked.format == "atom" and told.left else ()
            is_in_document = {*told.standing} <= {*chosen} and {*told.noticed} <= {*notices} and {*told.left} <= {*left}
            entries = press.entries(connection, told.standing, told.noticed)
            return make_delta(press.write(heads, edition, asked.format, entries, told.left), is_in_document)


def _size(_: Since, made: Delta | None) -> int:
    return QUESTION_BYTES + (0 if made is None else made.answers.size + sys.getsizeof(made))
