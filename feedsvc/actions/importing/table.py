"""How foreign sections, authors and topics are called here: a small table, as an editor writes it."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field

from feedsvc.errors import Invalid

NEW_SECTION = "+"
"""What a foreign section is mapped to that is to become one of ours."""
AS_TOPIC = "#"
"""What a foreign section is mapped to that is to be a topic here."""

KINDS = ("section", "author", "topic")


@dataclass(frozen=True)
class Names:
    """Foreign name -> ours, looked up without regard to case; what is mapped to nothing is left out.

    A foreign section may also be mapped to `NEW_SECTION` or `AS_TOPIC`. `section` is the slug for stories that have
    none otherwise; with `make_sections` the first category without a section becomes one.
    """

    sections: Mapping[str, str] = field(default_factory=dict)
    authors: Mapping[str, str] = field(default_factory=dict)
    topics: Mapping[str, str] = field(default_factory=dict)
    section: str = ""
    make_sections: bool = False

    def author(self, name: str) -> str:
        """What an author is called here; empty if it is left out."""
        return self.authors.get(key(name), name)

    def topic(self, name: str) -> str:
        """What a topic is called here; empty if it is left out."""
        return self.topics.get(key(name), name)


def key(name: str) -> str:
    """What two spellings of a name have in common."""
    return " ".join(name.split()).casefold()


def read(text: str) -> dict[str, dict[str, str]]:
    """The names of a table, of each kind: CSV with a line `kind,foreign,ours` for each, kind being one of `KINDS`.

    Raises `Invalid` with the number of the first line that cannot be read.
    """
    names: dict[str, dict[str, str]] = {kind: {} for kind in KINDS}
    try:
        for number, row in enumerate(csv.reader(io.StringIO(text.removeprefix("\ufeff")), strict=True), 1):
            cells = [cell.strip() for cell in row]
            if not any(cells) or cells[0].startswith("#") or (number == 1 and cells[0] == "kind"):
                continue
            if len(cells) != 3 or cells[0] not in KINDS or not cells[1]:
                raise Invalid(
                    {"table": f"Line {number} of the table must hold: section, author or topic, the name there, ours."}
                )
            names[cells[0]][key(cells[1])] = cells[2]
    except csv.Error as error:
        raise Invalid({"table": f"The table is no CSV that can be read ({error})."}) from error
    return names
