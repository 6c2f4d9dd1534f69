"""The files of the mirror: a document under its address, with its compressed forms beside it.

`<folder>/feeds/<name>.<format>` and `<folder>/feeds.opml`, each with `.gz` and `.br`: as nginx looks for them. A file
is there whole or not at all, and its date is that of the document.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from feedsvc.errors import FeedsvcError
from feedsvc.feeds.document import FORMATS, file_tags
from feedsvc.settings import Settings
from feedsvc.storage import mirrored
from feedsvc.storage.database import Database

FEEDS = "feeds"
OPML = "feeds.opml"
POSITION = ".feedsvc-mirror"
"""Tells how far the mirror is, and a mirror from a folder of somebody else's files."""

ENDINGS = {"identity": "", "gzip": ".gz", "br": ".br"}
PART = ".part"
BOOT = Path("/proc/sys/kernel/random/boot_id")


def boot() -> str:
    """Which start of the machine this is, as Linux tells it; empty elsewhere. What was written before a loss of power
    may be there by name alone, so files of another start are not believed."""
    try:
        return BOOT.read_text().strip()
    except OSError:
        return ""


class Files:
    """The mirror's folder. What cannot be done raises `FeedsvcError`, which says what to do."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def prepare(self) -> None:
        """Make the folder where there is none; one in which other files lie is refused."""
        with self._reaching():
            _make(self.folder)
            is_ours = (self.folder / POSITION).exists()
            if not is_ours and any(path.name != POSITION + PART for path in self.folder.iterdir()):
                raise FeedsvcError(
                    f"{self.folder} holds other files, and the mirror removes what it does not know. Set "
                    "FEEDSVC_MIRROR_DIR to an empty folder, or one that is not there yet."
                )

    def position(self) -> str:
        """What was written down last; empty if nothing ever was."""
        with self._reaching():
            try:
                return (self.folder / POSITION).read_text(errors="replace")
            except FileNotFoundError:
                return ""

    def note(self, position: str) -> None:
        """Write down how far the mirror is."""
        with self._reaching():
            self._put({self.folder / POSITION: position.encode()}, None)

    def is_there(self, name: str, date: datetime) -> bool:
        """Whether the documents of a feed are there with that date. A date stands for one state of a feed."""
        return all(self._date(self._document(name, format)) == date.timestamp() for format in FORMATS)

    def has_opml(self) -> bool:
        """Whether the list of feeds is there."""
        return self._date(self.folder / OPML) is not None

    def write_feed(self, name: str, documents: Mapping[str, Mapping[str, bytes]], date: datetime) -> None:
        """Put the documents of a feed (format -> coding -> bytes) there, none of which was."""
        for format, bodies in documents.items():
            self._write(self._document(name, format), bodies, date)

    def write_opml(self, bodies: Mapping[str, bytes], date: datetime) -> None:
        """Put the list of feeds there."""
        self._write(self.folder / OPML, bodies, date)

    def remove_feed(self, name: str) -> None:
        """Let nothing be there of a feed."""
        for format in FORMATS:
            self._remove(self._document(name, format))

    def remove_opml(self) -> None:
        """Let the list of feeds not be there."""
        self._remove(self.folder / OPML)

    def sweep(self, names: Iterable[str]) -> set[str]:
        """Remove all that is not of the feeds with these names; those of them that are not there whole are returned."""
        wanted = {self._document(name, format): name for name in names for format in FORMATS}
        found = set()
        with self._reaching():
            for path in self._all():
                document = path.with_suffix("") if path.suffix in (".gz", ".br") else path
                if document in wanted:
                    found.add(path)
                else:
                    path.unlink(missing_ok=True)
        return {name for document, name in wanted.items() if document not in found}

    def dated(self) -> Iterator[tuple[Path, str, float]]:
        """Every file of documents, with the address below `feeds/` of what it is a form of, and its date."""
        with self._reaching():
            for path in self._all():
                document = path.with_suffix("") if path.suffix in (".gz", ".br") else path
                date = self._date(path)
                if date is not None:
                    yield path, document.relative_to(self.folder / FEEDS).as_posix(), date

    def _all(self) -> Iterator[Path]:
        for place, _, files in os.walk(self.folder / FEEDS):
            yield from (Path(place, file) for file in files)

    def _document(self, name: str, format: str) -> Path:
        return self.folder / FEEDS / f"{name}.{format}"

    def _date(self, path: Path) -> float | None:
        with self._reaching():
            try:
                return path.stat().st_mtime
            except FileNotFoundError:
                return None

    def _write(self, path: Path, bodies: Mapping[str, bytes], date: datetime) -> None:
        files = {
            path.with_name(path.name + ENDINGS[coding]): bodies[coding] for coding in file_tags(bodies, date).values()
        }
        with self._reaching():
            _make(path.parent)
            self._put(files, date)

    def _put(self, files: Mapping[Path, bytes], date: datetime | None) -> None:
        """Write files beside their places and move them there together once all are whole.

        They are not forced onto the disk, which takes longer than making them; see `boot`.
        """
        parts = {path: path.with_name(path.name + PART) for path in files}
        try:
            for path, part in parts.items():
                with part.open("wb") as file:
                    # As for folders: see `_make`.
                    os.fchmod(file.fileno(), 0o644)
                    file.write(files[path])
                if date is not None:
                    os.utime(part, (date.timestamp(), date.timestamp()))
            # The uncompressed file last: where it is, the others are.
            for path, part in reversed(parts.items()):
                part.replace(path)
        except OSError:
            for part in parts.values():
                with suppress(OSError):
                    part.unlink(missing_ok=True)
            raise

    def _remove(self, path: Path) -> None:
        with self._reaching():
            for ending in ENDINGS.values():
                path.with_name(path.name + ending).unlink(missing_ok=True)

    @contextmanager
    def _reaching(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise FeedsvcError(
                f"The mirror in {self.folder} cannot be kept ({error.strerror}). Free some room there, give this user "
                "the right to write there, or set FEEDSVC_MIRROR_DIR to another folder and restart."
            ) from error


def _make(folder: Path) -> None:
    """Make a folder that another user's nginx may read, whatever is usual for those of this one."""
    for place in (*reversed(folder.parents), folder):
        if not place.exists():
            place.mkdir()
            place.chmod(0o755)


def take_down(database: Database, settings: Settings, seq: int) -> None:
    """Remove the files of all feeds from which something was removed at or after a number of the log.

    The clock does that too, in its turn; whoever removes something waits for neither it nor its process. Raises
    `FeedsvcError`.
    """
    if settings.mirror_dir is None or not settings.mirror_dir.exists():
        return
    files = Files(settings.mirror_dir)
    with database.read() as connection:
        feeds = mirrored.of(connection, mirrored.taken_from(connection, seq))
    for feed in feeds:
        for name in (*feed.former, *([] if feed.name is None else [feed.name])):
            files.remove_feed(name)
