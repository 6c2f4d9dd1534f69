"""What was found in a source, before anything is decided about it."""

from dataclasses import dataclass
from datetime import datetime

from feedsvc.texts import _


@dataclass(frozen=True)
class Oddity:
    """Something to be told: which item it is about, and one sentence."""

    about: str
    what: str

    def __str__(self) -> str:
        return f"{self.about}: {self.what}"


@dataclass(frozen=True)
class FoundPicture:
    """A picture where it stands now; `url` is absolute. `alt` and `credit` are plain text."""

    url: str
    alt: str = ""
    credit: str = ""


@dataclass(frozen=True)
class FoundItem:
    """One story as the source tells it: whatever is missing there is empty here.

    `foreign_id` is the identity as it is written; `html` the text; `summary` plain text. `categories` are what may be
    a section here, the weightiest first; `topics` never are. `slug` is the last word of the address, if the source
    names it. `notes` are sentences on what was lost on the way.
    """

    foreign_id: str = ""
    url: str = ""
    title: str = ""
    html: str = ""
    base_url: str = ""
    summary: str = ""
    published: datetime | None = None
    updated: datetime | None = None
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    picture: FoundPicture | None = None
    slug: str = ""
    notes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What to call the item in a list of oddities."""
        return self.title or self.url or self.foreign_id or _("An item without title, address and id")


@dataclass(frozen=True)
class FoundSource:
    """A feed or an export. `key` is the address of its home, which with an id makes an identity.

    `left_out` are items that are no published stories, and why; `date` is that of the whole feed.
    """

    key: str
    title: str
    items: tuple[FoundItem, ...]
    left_out: tuple[Oddity, ...] = ()
    date: datetime | None = None
