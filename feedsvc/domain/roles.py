"""Who may do what at the newsdesk."""

from dataclasses import dataclass
from enum import StrEnum

from feedsvc.errors import NotPermitted
from feedsvc.texts import N_, _


class Role(StrEnum):
    """What an account is for; each may do what the one before may."""

    WRITER = "writer"
    EDITOR = "editor"
    ADMINISTRATOR = "administrator"


class Right(StrEnum):
    """What a role allows."""

    WRITE = "write"
    """Write drafts, and submit them for review."""
    PUBLISH = "publish"
    """Decide what the public sees: publish, schedule, update, withdraw, and review what was submitted."""
    MANAGE = "manage"
    """Look after sections, topics and authors, what is brought in, accounts and sign-ins."""


RIGHTS = {
    Role.WRITER: frozenset({Right.WRITE}),
    Role.EDITOR: frozenset({Right.WRITE, Right.PUBLISH}),
    Role.ADMINISTRATOR: frozenset(Right),
}

NAMES = {Role.WRITER: N_("writer"), Role.EDITOR: N_("editor"), Role.ADMINISTRATOR: N_("administrator")}
"""Role -> what people call who has it, to be translated."""

REFUSALS = {
    Right.WRITE: N_("You are signed in as %(role)s; this takes a writer. Nothing was done."),
    Right.PUBLISH: N_("You are signed in as %(role)s; this takes an editor. Nothing was done."),
    Right.MANAGE: N_("You are signed in as %(role)s; this takes an administrator. Nothing was done."),
}


@dataclass(frozen=True)
class Person:
    """Somebody who acts, by name and role."""

    name: str
    role: Role


By = Person | str
"""Who does it: a person with a role, or in one word what has every right, as the command line and the clock."""


def name_of(by: By) -> str:
    """Under which name an act is written down."""
    return by if isinstance(by, str) else by.name


def may(by: By, right: Right) -> bool:
    """Whether somebody has a right."""
    return isinstance(by, str) or right in RIGHTS[by.role]


def require(by: By, right: Right) -> str:
    """The name of who does it. Raises `NotPermitted` if the right is not theirs."""
    if isinstance(by, str):
        return by
    if not may(by, right):
        raise refusal(by, right)
    return by.name


def refusal(person: Person, right: Right) -> NotPermitted:
    """What is said to somebody whose role lacks a right."""
    return NotPermitted(_(REFUSALS[right], role=_(NAMES[person.role])), right)
