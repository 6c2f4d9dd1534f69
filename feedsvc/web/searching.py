"""What the two search pages share: what was asked for, read from the address, and where it stands in a text."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from flask import request
from markupsafe import Markup, escape

from feedsvc.domain.query import QUERY_CHARACTERS, Query, found_in, parse
from feedsvc.feeds.text import clean_line, excerpt
from feedsvc.storage import feeds
from feedsvc.storage.database import Connection
from feedsvc.storage.search import Filters
from feedsvc.texts import _
from feedsvc.web.newsroom import newsroom

NAMES = {"topic": "topics", "author": "authors"}
"""Field of the form -> field of a story."""

SNIPPET_CHARACTERS = 220
BEFORE_CHARACTERS = 60
READ_CHARACTERS = 3_000
"""Of the text so much is looked at for what a result shows."""


@dataclass(frozen=True)
class Asked:
    """What was asked for, as it was typed: field -> text. `problems` are sentences beside fields."""

    typed: dict[str, str]
    problems: dict[str, str]
    since: datetime | None
    until: datetime | None

    @property
    def query(self) -> Query:
        """The words."""
        return parse(self.typed["q"])

    def filters(self, connection: Connection) -> Filters | None:
        """What else stories must be; None if none can be that: there is no such section."""
        section = feeds.section(connection, self.typed["section"]) if self.typed["section"] else None
        if self.typed["section"] and section is None:
            return None
        names = {field: self.typed[name] for name, field in NAMES.items() if self.typed[name]}
        return Filters(section.section_id if section else None, names, self.since, self.until)


def asked() -> Asked:
    """Read it from the address of the page."""
    fields = ("q", "section", "topic", "author", "from", "until")
    typed = {name: clean_line(request.args.get(name, ""), QUERY_CHARACTERS) for name in fields}
    problems: dict[str, str] = {}
    if typed["q"] and parse(typed["q"]) == Query():
        problems["q"] = _(
            "“%(typed)s” has no word to search for. Type a word, or the beginning of one.", typed=typed["q"]
        )
    since, until = (_day(typed, name, problems) for name in ("from", "until"))
    return Asked(typed, problems, since, None if until is None else until + timedelta(days=1))


def _day(typed: dict[str, str], name: str, problems: dict[str, str]) -> datetime | None:
    """The beginning of a day in the newsroom's time zone."""
    if not typed[name]:
        return None
    try:
        day = datetime.combine(date.fromisoformat(typed[name]), time(), newsroom().settings.time_zone)
        # The days at the ends of the calendar have no day after them, or none in UTC.
        if 1 < day.year < 9999:
            return day.astimezone(UTC)
    except ValueError:
        pass
    problems[name] = _("“%(typed)s” is no date. Write it as year, month and day: 2026-02-28.", typed=typed[name])
    return None


def marked(text: str, query: Query) -> Markup:
    """A text with what was asked for marked."""
    result, at = Markup(), 0
    for start, end in found_in(text, query):
        result += Markup("{}<mark>{}</mark>").format(text[at:start], text[start:end])
        at = end
    return result + escape(text[at:])


def snippet(standfirst: str, body: str, query: Query) -> Markup:
    """The part of a story where what was asked for stands first, with that marked; else its beginning."""
    text = " ".join(part for part in (standfirst, excerpt(body, READ_CHARACTERS)) if part)
    spans = found_in(text, query)
    start = max(0, spans[0][0] - BEFORE_CHARACTERS) if spans else 0
    if start:
        start = text.find(" ", start, spans[0][0]) + 1 or start
    part = text[start:]
    cut = clean_line(part, SNIPPET_CHARACTERS)
    return Markup("… ") + marked(cut, query) if start else marked(cut, query)
