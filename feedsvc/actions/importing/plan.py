"""What would happen if sources were brought in: only reads, so this is the dry run and the newsdesk's preview."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from urllib.parse import unquote, urlsplit
from uuid import UUID, uuid5

from sqlalchemy import Connection

from feedsvc.actions.importing.body import Body, body_of
from feedsvc.actions.importing.found import FoundItem, FoundPicture, FoundSource, Oddity
from feedsvc.actions.importing.table import AS_TOPIC, NEW_SECTION, Names, key
from feedsvc.actions.working_copy import prepared
from feedsvc.domain.article import LIMITS, NAME_LENGTH, NAMES_LIMIT, Revision, check_publishable
from feedsvc.domain.feedname import RESERVED, slug_of
from feedsvc.errors import Invalid
from feedsvc.feeds.text import clean, clean_line, excerpt
from feedsvc.storage import feeds, redirects
from feedsvc.texts import N_, _, number

FOREIGN = UUID("0b9a0f3e-52a7-4c55-9d5e-7f4c3f8f2f6b")
"""The namespace of the identities that are made of ids that are no IRIs."""
NO_CATEGORY = "uncategorized"
"""So WordPress calls the category of posts that have none."""

_IN_IRI = r"(?:[^\s<>\"{}|\\^`\[\]%#]|%[0-9A-Fa-f]{2})"
_IRI = re.compile(rf"[a-zA-Z][a-zA-Z0-9+.-]*:{_IN_IRI}+(?:#{_IN_IRI}*)?")


@dataclass(frozen=True)
class Planned:
    """A story that can be brought in. `revision` has its section and slug, and the body with marks for pictures."""

    name: str
    identity: str
    foreign_id: str | None
    revision: Revision
    body: Body
    picture: FoundPicture | None
    published: datetime
    updated: datetime


@dataclass(frozen=True)
class Plan:
    """What is new (the oldest first), how many stories are here already, what is left out and what is odd.

    `sections` are to be made: slug -> title. `addresses` are to lead here: path -> identity. `categories` counts the
    foreign categories of all items, and `categories_to` says where each goes: a slug, or nothing.
    """

    new: tuple[Planned, ...] = ()
    here: int = 0
    left_out: tuple[Oddity, ...] = ()
    oddities: tuple[Oddity, ...] = ()
    sections: Mapping[str, str] = field(default_factory=dict)
    addresses: Mapping[str, str] = field(default_factory=dict)
    categories: Mapping[str, int] = field(default_factory=dict)
    categories_to: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Named:
    """An item with the identity that it has here."""

    item: FoundItem
    source: FoundSource
    identity: str
    foreign_id: str | None
    notes: tuple[str, ...]


def make_plan(
    connection: Connection,
    sources: Sequence[FoundSource],
    names: Names,
    now: datetime,
    with_addresses: bool = False,
    oddities: Iterable[Oddity] = (),
) -> Plan:
    """Decide about every item of some sources; `with_addresses` keeps their old addresses as redirects.

    What is stored already is left alone. Raises `Invalid` where `names` lead to a section that is not here.
    """
    making = _Making(connection, names, now)
    left_out = [one for source in sources for one in source.left_out]
    named: dict[str, _Named] = {}
    for source in sources:
        for item in source.items:
            one = _named(item, source)
            if one.identity in named:
                first = named[one.identity].item.name
                left_out.append(
                    Oddity(item.name, _("It has the same id as “%(first)s”, so it was left out.", first=first))
                )
            else:
                named[one.identity] = one
    known = redirects.known(connection, named)
    new = [one for identity, one in named.items() if identity not in known]
    taken = redirects.taken(connection, (one.foreign_id for one in new if one.foreign_id))
    planned, strange = [], list(oddities)
    for one in new:
        try:
            story, notes = making.story(one, taken)
        except Invalid as error:
            left_out.append(Oddity(one.item.name, _("%(why)s It was left out.", why=error)))
        else:
            planned.append(story)
            taken |= {story.foreign_id} if story.foreign_id else set()
            strange += [Oddity(one.item.name, note) for note in notes]
    stands = known.keys() | {story.identity for story in planned}
    leading, lost = _addresses(connection, named, stands, known) if with_addresses else ({}, [])
    strange += lost
    categories = Counter(name for source in sources for item in source.items for name in item.categories)
    used = {story.revision.section for story in planned}
    return Plan(
        new=tuple(sorted(planned, key=lambda story: story.published)),
        here=len(known),
        left_out=tuple(left_out),
        oddities=tuple(strange),
        sections={slug: title for slug, title in making.made.items() if slug in used},
        addresses=leading,
        categories=dict(categories.most_common()),
        categories_to={name: making.section_of(name) for name in categories},
    )


def _addresses(
    connection: Connection, named: Mapping[str, _Named], stands: Set[str], known: Mapping[str, int]
) -> tuple[dict[str, str], list[Oddity]]:
    """The paths that are to lead to stories and do not yet, and what to tell of those that lead to others."""
    paths = [
        (path, identity) for identity in named if identity in stands and (path := path_of(named[identity].item.url))
    ]
    led = redirects.led(connection, (path for path, _identity in paths))
    leading: dict[str, str] = {}
    lost = []
    for path, identity in paths:
        if path not in led and path not in leading:
            leading[path] = identity
        elif path in leading or led[path] != known.get(identity):
            lost.append(
                Oddity(
                    named[identity].item.name, _("Its old address %(path)s leads to another story already.", path=path)
                )
            )
    return leading, lost


def path_of(url: str) -> str:
    """The path of an address without percent signs, with its query if there is one; empty for a front page."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    path = unquote(parts.path) or "/"
    return f"{path}?{parts.query}" if parts.query else "" if path == "/" else path


def is_iri(text: str) -> bool:
    """Whether an id can stand in Atom as it is: absolute, with a scheme (RFC 3987)."""
    return _IRI.fullmatch(text) is not None and not re.fullmatch(r"https?:/{0,2}", text)


def _named(item: FoundItem, source: FoundSource) -> _Named:
    item = replace(item, url=clean(item.url).strip())
    foreign_id, notes = " ".join(clean(item.foreign_id).split()), list(item.notes)
    if not foreign_id and item.url:
        foreign_id = item.url
        notes.append(_("It has no id: its address stands for one."))
    elif not foreign_id:
        told = f"{item.title}\n{item.published}\n{item.html if not item.title else ''}"
        foreign_id = sha256(told.encode("utf-8", "surrogatepass")).hexdigest()
        notes.append(_("It has neither id nor address: one was made of its title and date."))
    if is_iri(foreign_id):
        return _Named(item, source, foreign_id, None, tuple(notes))
    # Ids that are no IRIs are only told apart within their source.
    return _Named(item, source, uuid5(FOREIGN, f"{clean(source.key)}\n{foreign_id}").urn, foreign_id, tuple(notes))


class _Making:
    """Makes stories of items; remembers the sections that are to be made for them."""

    def __init__(self, connection: Connection, names: Names, now: datetime) -> None:
        self._connection, self._names, self._now = connection, names, now
        sections = feeds.all_sections(connection)
        self._open = {section.slug for section in sections}
        self._by_name = {key(section.title): section.slug for section in sections} | {s.slug: s.slug for s in sections}
        self.made: dict[str, str] = {}
        wrong = {*names.sections.values(), names.section} - {"", NEW_SECTION, AS_TOPIC} - self._open
        if wrong:
            problem = _("There is no section “%(slug)s” here. Add it first, or name another.", slug=min(wrong))
            raise Invalid({"section": problem})

    def story(self, one: _Named, taken: set[str]) -> tuple[Planned, list[str]]:
        """The story of an item, and sentences on what was odd. Raises `Invalid` if it cannot be one."""
        item, notes = one.item, list(one.notes)
        body = body_of(item.html, item.base_url).without(item.picture)
        notes += body.notes
        if not body.markdown:
            raise Invalid({"body": _("There is no text in it.")})
        headline = clean_line(item.title, LIMITS["headline"])
        if not headline:
            headline = excerpt(body.with_pictures({}), 80)
            notes.append(_("It has no title: it is called “%(headline)s”.", headline=headline))
        elif headline != clean_line(item.title, len(item.title)):
            notes.append(_("Its title was cut to %(most)s characters.", most=LIMITS["headline"]))
        section, filed = self._section(item)
        topics = _few([self._names.topic(name) for name in (*item.topics, *filed)], _TOO_MANY_TOPICS, notes)
        revision = Revision(
            headline=headline,
            slug=slug_of(item.slug or headline),
            section=section if section in self._open else None,
            standfirst=_standfirst(item.summary, body, notes),
            body=body.markdown,
            authors=_few([self._names.author(name) for name in item.authors], _TOO_MANY_AUTHORS, notes),
            topics=topics,
        )
        revision = replace(prepared(self._connection, revision), section=section)
        check_publishable(revision)
        foreign_id = one.foreign_id
        if foreign_id in taken:
            notes.append(
                _(
                    "Another story has the id “%(id)s” already: here it is called %(identity)s.",
                    id=foreign_id,
                    identity=one.identity,
                )
            )
            foreign_id = None
        published, updated = self._dates(one, notes)
        story = Planned(item.name, one.identity, foreign_id, revision, body, item.picture, published, updated)
        return story, notes

    def section_of(self, name: str) -> str:
        """The section for a foreign category; empty if there is none."""
        mapped = self._names.sections.get(key(name))
        if mapped == AS_TOPIC:
            return ""
        if mapped is not None:
            return self._new_section(name) if mapped == NEW_SECTION else mapped
        return self._by_name.get(key(name)) or self._by_name.get(slug_of(name)) or ""

    def _section(self, item: FoundItem) -> tuple[str, list[str]]:
        """The section of an item, and those of its categories that are topics."""
        mapped = self._names.sections
        free = [name for name in item.categories if key(name) not in mapped and key(name) != NO_CATEGORY]
        loose = [name for name in item.categories if name in free or mapped.get(key(name)) == AS_TOPIC]
        # What an editor mapped weighs more than names that happen to be the same.
        ranked = sorted(item.categories, key=lambda name: key(name) not in mapped)
        for name in ranked:
            if section := self.section_of(name):
                return section, [other for other in loose if self.section_of(other) != section]
        if self._names.make_sections:
            for name in free:
                if section := self._new_section(name):
                    return section, [other for other in loose if other != name]
        if self._names.section:
            return self._names.section, loose
        filed = ", ".join(_("“%(name)s”", name=name) for name in item.categories) or _("none")
        problem = _("No section is known for it (its categories there: %(categories)s).", categories=filed)
        raise Invalid({"section": problem})

    def _new_section(self, name: str) -> str:
        slug = slug_of(name)
        for wanted in (slug, f"{slug}-news"):
            if wanted in self.made or (wanted not in RESERVED and not feeds.name_is_taken(self._connection, wanted)):
                self.made.setdefault(wanted, clean_line(name, 100))
                return wanted
        return ""

    def _dates(self, one: _Named, notes: list[str]) -> tuple[datetime, datetime]:
        item = one.item
        published = item.published or item.updated or one.source.date
        if item.published is None:
            if item.updated:
                notes.append(_("It has no date of publication: it gets that of its update."))
            elif published:
                notes.append(_("It has no date of publication: it gets that of the feed."))
            else:
                notes.append(_("It has no date of publication: it gets now."))
        published = published or self._now
        updated = item.updated or published
        if max(published, updated) > self._now:
            notes.append(_("Its date lies in the future: it gets now."))
        if updated < published and item.updated is not None:
            notes.append(_("Its update is dated before its publication: it gets the date of publication."))
        return min(published, self._now), min(max(published, updated), self._now)


_TOO_MANY_TOPICS = N_("It names %(n)s topics: the first %(most)s are kept.")
_TOO_MANY_AUTHORS = N_("It names %(n)s authors: the first %(most)s are kept.")


def _few(names: Sequence[str], too_many: str, notes: list[str]) -> tuple[str, ...]:
    cleaned = [clean_line(name, NAME_LENGTH) for name in names]
    once = list({key(name): name for name in reversed(cleaned) if name}.values())[::-1]
    if len(once) > NAMES_LIMIT:
        notes.append(_(too_many, n=len(once), most=NAMES_LIMIT))
    return tuple(once[:NAMES_LIMIT])


def _standfirst(summary: str, body: Body, notes: list[str]) -> str:
    """The summary, unless it is only the beginning of the text, as many systems make it."""
    beginning = re.sub(r"(?:\s*(?:\[…\]|\[\.\.\.\]|…|\.\.\.|Read more|Continue reading.*))+$", "", summary)
    if excerpt(body.with_pictures({}), LIMITS["standfirst"]).startswith(beginning):
        return ""
    standfirst = clean_line(summary, LIMITS["standfirst"])
    if len(summary) > len(standfirst):
        notes.append(_("Its summary was cut to %(most)s characters.", most=number(LIMITS["standfirst"])))
    return standfirst
