"""Are the pictures there that stories use, and is every file one of them."""

import os
import re
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from feedsvc.actions.check.finding import Finding, Newsroom, Progress, writing
from feedsvc.domain.address import picture_file
from feedsvc.storage import checking, checking_pictures, media, mending
from feedsvc.storage.media import Picture
from feedsvc.storage.tables import pictures, revisions

SETTLED_SECONDS = 3600
"""A file is written before the database knows of it, and removed afterwards: younger ones say nothing."""

MISSING = "Copy it there from a backup, or choose the picture again in each story that shows it."
UNKNOWN = "No page shows it. Look at it, and delete it or move it away."
REWRITTEN = "--repair writes down anew which pictures that version of the story uses."

_KEY = re.compile(r"([A-Za-z0-9_-]{8,64}?)(?:-960)?\.(?:jpg|png)")


def check(newsroom: Newsroom, progress: Progress) -> Iterator[Finding]:
    """The files of every picture, every file of the folder, and which revisions use which pictures."""
    folder = newsroom.settings.media
    with newsroom.database.read() as connection:
        stored, saved = (checking.count(connection, key) for key in (pictures.c.picture_id, revisions.c.revision_id))
        done, of = 0, stored + saved
        for batch in checking.keys(connection, pictures.c.picture_id):
            for picture in checking_pictures.stored(connection, batch):
                yield from _of_picture(newsroom, folder, picture)
            done += len(batch)
            progress(done, of)
        for batch in checking.keys(connection, revisions.c.revision_id):
            for use in checking_pictures.uses(connection, batch):
                if use.right != use.written:
                    where = f"Story {use.article_id}, version {use.revision_id}"
                    what = "The pictures that it is said to use are not those that it uses."
                    yield Finding(where, what, REWRITTEN, writing(mending.mend_picture_uses, use.revision_id))
            done += len(batch)
            progress(done, of)
    yield from _unknown(newsroom, folder)


def _of_picture(newsroom: Newsroom, folder: Path, picture: Picture) -> Iterator[Finding]:
    for is_small in (False, True)[: 1 if picture.small_width is None else 2]:
        name = picture_file(picture.key, picture.media_type, is_small)
        try:
            length = (folder / name).stat().st_size
        except FileNotFoundError:
            length = None
        is_right = bool(length) if is_small else length == picture.length
        # One that nothing used may have been forgotten since.
        if is_right or not _is_stored(newsroom, picture.key):
            continue
        size = "not there" if length is None else f"there with {length:,} bytes, and had others"
        yield Finding(f"Picture {picture.key}", f"Its file {name} is {size}.", MISSING)


def _is_stored(newsroom: Newsroom, key: str) -> bool:
    with newsroom.database.read() as connection:
        return bool(media.ids(connection, [key]))


def _unknown(newsroom: Newsroom, folder: Path) -> Iterator[Finding]:
    """The files that are no picture's, of those that have lain there for a while."""
    settled = time.time() - SETTLED_SECONDS
    if not folder.is_dir():
        return
    with os.scandir(folder) as entries:
        names = (entry.name for entry in entries if _date(entry) < settled)
        while batch := list(islice(names, checking.BATCH)):
            keys = {name: found[1] for name in batch if (found := _KEY.fullmatch(name))}
            with newsroom.database.read() as connection:
                stored = media.by_keys(connection, keys.values())
            for name in sorted(batch):
                picture = stored.get(keys.get(name, ""))
                if picture is None or name not in _files(picture):
                    yield Finding(f"The folder {folder}", f"{name} is no file of a picture.", UNKNOWN)


def _date(entry: os.DirEntry[str]) -> float:
    try:
        return entry.stat(follow_symlinks=False).st_mtime
    except FileNotFoundError:
        # It was removed since it was listed.
        return float("inf")


def _files(picture: Picture) -> set[str]:
    large = picture_file(picture.key, picture.media_type)
    return {large} if picture.small_width is None else {large, picture_file(picture.key, picture.media_type, True)}
