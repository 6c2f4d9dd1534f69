"""Keep the documents of all named feeds, and the list of feeds, as files that nginx serves.

A feed's files are removed as soon as its head moves, so that polls are answered by the service, and made anew once the
date of the new document is reached: their own date is what clients compare, and before that another state could still
get it. What a union, an old name or a retired feed answers is never a file.
"""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from feedsvc.actions.mirror_files import Files, boot
from feedsvc.actions.opml import opml
from feedsvc.actions.press import Press, epoch
from feedsvc.errors import FeedsvcError
from feedsvc.feeds.document import FORMATS, Document, compressed
from feedsvc.settings import Settings
from feedsvc.storage import changes, installation, mirrored
from feedsvc.storage.database import Database
from feedsvc.storage.installation import Edition
from feedsvc.texts import language_for, speaking

AT_ONCE = 500
"""So many feeds are asked for with one statement."""

TURN_SECONDS = 0.5
"""How long documents are made in one turn; what is left waits for the next one."""

RETRY_SECONDS = 1.0


@dataclass(frozen=True)
class Position:
    """How far the mirror is: all files are of this line and epoch, and whatever the log tells up to `seq` is done."""

    line: str = ""
    epoch: str = ""
    seq: int = 0
    newest_feed: int = 0
    """The number of the newest feed in the list of feeds."""
    boot: str = ""
    """The start of the machine in which all files were written."""


@dataclass(frozen=True)
class Waiting:
    """A feed whose files wait for a date."""

    name: str
    seq: int
    date: datetime


class Mirror:
    """The mirror of one installation, kept by the one process that leads. One thread at a time calls it."""

    def __init__(
        self, database: Database, settings: Settings, files: Files, turn_seconds: float = TURN_SECONDS
    ) -> None:
        self._database = database
        self._files = files
        self._settings = settings
        self._turn_seconds = turn_seconds
        self._epoch = epoch(settings)
        self._press = Press(database, settings, self._epoch)
        self._look: Callable[[], int] = database.look()
        self._boot = boot()
        self._seen: int | None = None
        self._position = Position()
        self._noted = Position()
        self._waiting: dict[int, Waiting] = {}
        self._opml_date: datetime | None = None
        self._failure: FeedsvcError | None = None
        self._retry_at = float("-inf")

    def __call__(self) -> None:
        """One turn: follow the log, and write what waits and whose date is reached.

        Where nothing changed that is one look. Raises `FeedsvcError` for what cannot be done, which is tried again;
        that one feed's documents cannot be made keeps no other one's from being written.
        """
        ends = time.monotonic() + self._turn_seconds
        self._follow()
        if not self._waiting and self._opml_date is None:
            self._failure = None
            return
        if self._failure is not None and time.monotonic() < self._retry_at:
            raise self._failure
        failures: list[FeedsvcError] = []
        for feed_id in list(self._waiting):
            if time.monotonic() > ends:
                break
            if feed_id in self._waiting:
                self._try(partial(self._make, feed_id), failures)
        self._try(self._make_opml, failures)
        self._try(self._note, failures)
        # The first one is told until it is mended, so that it is said once.
        self._failure = failures[0] if failures else None
        if self._failure is not None:
            self._retry_at = time.monotonic() + RETRY_SECONDS
            raise self._failure

    def _try(self, act: Callable[[], None], failures: list[FeedsvcError]) -> None:
        try:
            act()
        except FeedsvcError as error:
            failures.append(error)

    # What the log says

    def _follow(self) -> None:
        """Remove the files of the feeds that moved since the last look, and let them wait."""
        seq = self._look()
        if seq == self._seen:
            return
        with self._database.read() as connection:
            log, edition = mirrored.log(connection), installation.edition(connection)
            if self._seen is None:
                self._files.prepare()
                self._position = self._noted = _position(self._files.position())
            known = self._position
            is_other = (edition.line, edition.epoch, self._boot) != (known.line, known.epoch, known.boot)
            if is_other or self._seen is None or log.seq < self._seen or edition.epoch != self._epoch:
                self._begin(connection, edition, is_other or log.seq < self._position.seq)
            else:
                self._take_in(connection, edition, [of for of, *_ in changes.heads_after(connection, self._seen)])
            is_newer = log.newest_feed != self._position.newest_feed
            is_missing = self._opml_date is None and not self._files.has_opml()
            if is_newer or is_missing or mirrored.feeds_changed(connection, self._position.seq):
                self._files.remove_opml()
                self._opml_date = date_of(edition, log.at)
        self._position = replace(self._position, seq=log.seq, newest_feed=log.newest_feed)
        self._seen = log.seq

    def _begin(self, connection: Connection, edition: Edition, is_anew: bool) -> None:
        """Compare all that is there with what should be; `is_anew`: nothing there is of this line and epoch."""
        if is_anew:
            self._files.sweep(())
            self._files.remove_opml()
            self._position = Position(edition.line, edition.epoch or "", boot=self._boot)
            self._files.note(json.dumps(asdict(self._position)))
            self._waiting.clear()
        if edition.epoch != self._epoch:
            raise FeedsvcError(
                "The mirror is empty, since the clock runs with other settings or another version than the service. "
                "Restart whichever was not."
            )
        names = mirrored.names(connection)
        missing = {names[name] for name in self._files.sweep(names)}
        moved = {of for of, *_ in changes.heads_after(connection, self._position.seq)}
        self._take_in(connection, edition, sorted(missing | moved))

    def _take_in(self, connection: Connection, edition: Edition, feed_ids: Sequence[int]) -> None:
        for start in range(0, len(feed_ids), AT_ONCE):
            some = feed_ids[start : start + AT_ONCE]
            for feed_id in some:
                self._waiting.pop(feed_id, None)
            for feed in mirrored.of(connection, some):
                for name in feed.former:
                    self._files.remove_feed(name)
                date = date_of(edition, feed.at)
                if feed.name is not None and not self._files.is_there(feed.name, date):
                    self._files.remove_feed(feed.name)
                    self._waiting[feed.feed_id] = Waiting(feed.name, feed.seq, date)

    # What waits

    def _make(self, feed_id: int) -> None:
        """Write the documents of a feed, if it waits and its date is reached."""
        if self._waiting[feed_id].date > self._database.clock():
            return
        self._follow()
        feed = self._waiting.get(feed_id)
        if feed is None or feed.date > self._database.clock():
            return
        documents = self._documents(feed_id, feed.name)
        # Nothing that was removed while they were made is put there again.
        self._follow()
        if self._waiting.get(feed_id) != feed or any(document.date != feed.date for document in documents):
            return
        self._files.write_feed(feed.name, {document.format: document.bodies for document in documents}, feed.date)
        del self._waiting[feed_id]

    def _documents(self, feed_id: int, name: str) -> list[Document]:
        try:
            return [self._press((feed_id,), format) for format in FORMATS]
        except FeedsvcError:
            raise
        except Exception as error:  # a bug that one feed's news brings to light
            cause = f"{type(error).__name__}: {error}"
            raise FeedsvcError(
                f"The documents of {name} cannot be made for the mirror ({cause}), so the service answers its polls."
            ) from error

    def _make_opml(self) -> None:
        if self._opml_date is None or self._opml_date > self._database.clock():
            return
        with speaking(language_for(self._settings.site_language)):
            bodies = compressed(opml(self._database, self._settings))
        date = self._opml_date
        self._follow()
        if self._opml_date == date:
            self._files.write_opml(bodies, date)
            self._opml_date = None

    def _note(self) -> None:
        """Write down how far the mirror is, which is what nothing waits for."""
        seqs = [feed.seq - 1 for feed in self._waiting.values()]
        newest_feed = self._position.newest_feed if self._opml_date is None else self._noted.newest_feed
        position = replace(self._position, seq=min([self._position.seq, *seqs]), newest_feed=newest_feed)
        if position != self._noted:
            self._files.note(json.dumps(asdict(position)))
            self._noted = position


def date_of(edition: Edition, at: datetime) -> datetime:
    """The date of what a head with that date stands for: as that of its document."""
    since = edition.epoch_since or edition.line_since
    return max(edition.line_since, since, at)


def _position(text: str) -> Position:
    """What was written down, or the position of an empty mirror where that cannot be read."""
    try:
        return Position(**json.loads(text))
    except (ValueError, TypeError):
        return Position()


def keep(database: Database, settings: Settings) -> Mirror | None:
    """The mirror that the settings ask for, None if none."""
    return None if settings.mirror_dir is None else Mirror(database, settings, Files(settings.mirror_dir))
