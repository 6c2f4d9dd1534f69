"""What the page of a story says once an earlier version became its working copy, as its address tells."""

from contextlib import suppress
from typing import Any

from flask import request

from feedsvc.errors import NotFound
from feedsvc.storage import history
from feedsvc.web.newsroom import newsroom

LARGEST = 9_223_372_036_854_775_807
"""The largest number of a version that a database takes."""


def went_back(article_id: int) -> dict[str, Any]:
    """What the page of a story says once its address tells that it went back to a version: that version, and the one
    that was the working copy before. Empty where it has no such versions."""
    with suppress(NotFound, ValueError), newsroom().database.read() as connection:
        of, before = numbered("of"), numbered("before")
        if of and before:
            restored, revision = history.version(connection, article_id, of)
            undone, _ = history.version(connection, article_id, before)
            return {"restored": restored, "restored_section": revision.section, "undone": undone}
    return {}


def numbered(name: str) -> int | None:
    """The number of a version in the address, None where it is left out. Raises `ValueError` for what is no number."""
    text = request.args.get(name, "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and 0 < int(text[:20]) <= LARGEST):
        raise ValueError(text)
    return int(text)
