"""Where the name of a feed leads."""

from typing import NamedTuple


class Found(NamedTuple):
    """A name leads to a feed, or to the parts of a union."""

    feed_ids: tuple[int, ...]


class Moved(NamedTuple):
    """A feed has another name by now."""

    name: str


class Gone(NamedTuple):
    """Everything that had a name was retired."""


Resolution = Found | Moved | Gone
"""Where a name leads that some feed has or had."""
