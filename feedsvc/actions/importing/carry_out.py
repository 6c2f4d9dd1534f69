"""Carry out a plan: its sections, its pictures, its stories and their old addresses."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from feedsvc.actions import pictures, sections
from feedsvc.actions.bring_in import Incoming, bring_in, close_pages
from feedsvc.actions.importing.found import FoundPicture, Oddity
from feedsvc.actions.importing.plan import Plan, Planned
from feedsvc.domain import roles
from feedsvc.domain.address import picture_path
from feedsvc.domain.article import LeadPicture
from feedsvc.domain.roles import By, Right
from feedsvc.errors import Invalid, PictureRefused, SourceRefused
from feedsvc.feeds.text import clean_line
from feedsvc.storage import media as stored_media
from feedsvc.storage import redirects
from feedsvc.storage.database import Database
from feedsvc.texts import _

AT_ONCE = 50
"""Stories whose pictures are fetched before they are brought in together: an interrupted import loses no more."""


@dataclass(frozen=True)
class Outcome:
    """How many stories came, how many of the plan are left for another time, how many addresses lead here now."""

    brought: int
    left: int
    addresses: int
    oddities: tuple[Oddity, ...]


def carry_out(
    database: Database,
    media: Path,
    plan: Plan,
    find_picture: Callable[[str], bytes],
    by: By,
    at_most: int | None = None,
    seconds: float | None = None,
    on_progress: Callable[[int, int], None] = lambda done, of: None,
) -> Outcome:
    """Bring in what is new in a plan, the oldest first, at most so many stories; nothing that is here is touched.

    No story is begun once `seconds` are over. A picture that cannot be had is left out, and told. Each story comes
    whole or not at all; what was done before an error of the database stays, and calling again goes on from there.
    """
    by = roles.require(by, Right.MANAGE)
    chosen = list(islice(plan.new, at_most))
    bringing = _Bringing(database, media, find_picture, by)
    bringing.make_sections(plan, chosen)
    done, began = 0, time.monotonic()
    on_progress(0, len(chosen))
    for start in range(0, len(chosen), AT_ONCE):
        ready = []
        for story in chosen[start : start + AT_ONCE]:
            if seconds is not None and time.monotonic() - began > seconds:
                break
            ready.append((story.name, bringing.with_pictures(story)))
            done += 1
            on_progress(done, len(chosen))
        if not ready:
            break
        bringing.take_in([pair for pair in ready if pair[1] is not None])
    close_pages(database, bringing.touched, by)
    addresses = _lead_here(database, plan)
    return Outcome(bringing.brought, len(plan.new) - done, addresses, tuple(bringing.oddities))


def _lead_here(database: Database, plan: Plan) -> int:
    if not plan.addresses:
        return 0
    with database.write() as connection:
        numbers = redirects.known(connection, plan.addresses.values())
        led = redirects.led(connection, plan.addresses)
        leading = {path: numbers[i] for path, i in plan.addresses.items() if i in numbers and path not in led}
        redirects.add(connection, leading)
    return len(leading)


class _Bringing:
    """One import under way: a picture that several stories show is stored once."""

    def __init__(self, database: Database, media: Path, find_picture: Callable[[str], bytes], by: str) -> None:
        self._database, self._media, self._find_picture, self._by = database, media, find_picture, by
        self._keys: dict[str, tuple[str, str] | str] = {}
        self.brought = 0
        self.touched: set[int] = set()
        self.oddities: list[Oddity] = []

    def make_sections(self, plan: Plan, chosen: Sequence[Planned]) -> None:
        """Add the sections that are not there yet and in which the chosen stories stand."""
        used = {story.revision.section for story in chosen}
        for slug, title in plan.sections.items():
            if slug in used:
                sections.add(self._database, slug, title, "", self._by)

    def with_pictures(self, story: Planned) -> Incoming | None:
        """The story with its pictures stored; None if nothing is left of it without them."""
        paths = {}
        for _mark, picture in story.body.pictures:
            if stored := self._stored(story, picture):
                paths[picture.url] = picture_path(*stored)
        revision = replace(story.revision, body=story.body.with_pictures(paths))
        if not revision.body:
            self.oddities.append(Oddity(story.name, _("Nothing is left of it without its pictures: it was left out.")))
            return None
        if story.picture is not None and (stored := self._stored(story, story.picture)):
            alt, credit = clean_line(story.picture.alt, 2000), clean_line(story.picture.credit, 300)
            revision = replace(revision, picture=LeadPicture(stored[0], alt, credit, decorative=not alt))
        return Incoming(revision, story.published, story.updated, story.identity, foreign_id=story.foreign_id)

    def take_in(self, ready: Sequence[tuple[str, Incoming | None]]) -> None:
        """Bring in stories together; where one of them cannot be taken, one by one."""
        stories = [story for _name, story in ready if story is not None]
        try:
            self.touched |= bring_in(self._database, self._media, stories, self._by, has_more=True)
            self.brought += len(stories)
        except Invalid as error:
            # Since the plan was made, a section may have gone.
            if len(ready) == 1:
                self.oddities.append(Oddity(ready[0][0], _("%(why)s It was left out.", why=error)))
                return
            for pair in ready:
                self.take_in([pair])

    def _stored(self, story: Planned, picture: FoundPicture) -> tuple[str, str] | None:
        """Key and media type of a picture, stored now or before; None, and told, if it cannot be had."""
        if picture.url not in self._keys:
            self._keys[picture.url] = self._store(picture.url)
        stored = self._keys[picture.url]
        if isinstance(stored, str):
            self.oddities.append(Oddity(story.name, _("A picture was left out. %(why)s", why=stored)))
            return None
        return stored

    def _store(self, url: str) -> tuple[str, str] | str:
        try:
            key = pictures.store(self._database, self._media, self._find_picture(url))
        except SourceRefused as error:
            return error.message
        except PictureRefused as error:
            return f"{url}: {error.message}"
        with self._database.read() as connection:
            return key, stored_media.by_keys(connection, [key])[key].media_type
