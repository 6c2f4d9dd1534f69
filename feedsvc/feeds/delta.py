"""What a feed says that changed since a client's copy of it, ready to send (RFC 3229 with the `feed` manipulation)."""

from dataclasses import dataclass, replace

from feedsvc.feeds.document import Document

# A cache that does not know the manipulation keeps nothing of it (RFC 3229 §10.8.1). Only here do answers differ by
# these fields of a request: whoever sends no A-IM gets the document, from a cache too.
_HEADERS = {
    "Cache-Control": "no-store, im",
    "Vary": "A-IM, If-None-Match, Accept-Encoding",
    "Access-Control-Expose-Headers": "ETag, Link, Date, IM, Delta-Base",
}


@dataclass(frozen=True, slots=True)
class Delta:
    """The changes of a feed since one of its former states."""

    answers: Document
    """Its bytes in all codings, and their headers; validators are those of the document that it brings a copy to."""
    is_in_document: bool
    """Whether that document says all that this says."""


def make_delta(changes: Document, is_in_document: bool) -> Delta:
    """Give what was prepared like a document the headers of a 226; `Delta-Base` is for whoever sends it."""
    headers = {
        about: (*((name, _HEADERS.get(name, value)) for name, value in prepared), ("IM", "feed"))
        for about, prepared in changes.full_headers.items()
    }
    return Delta(replace(changes, full_headers=headers), is_in_document)
