"""Can every document of every feed be made, is it well formed, and does it say what stands in the feed."""

import json
from collections.abc import Iterator
from datetime import timedelta

from lxml import etree
from sqlalchemy import Connection

from feedsvc.actions.check.finding import Finding, Newsroom, Progress
from feedsvc.actions.press import Press, epoch
from feedsvc.domain.dates import WINDOW_LIMIT
from feedsvc.errors import StorageError
from feedsvc.feeds.document import FORMATS, Document
from feedsvc.feeds.text import clean_line
from feedsvc.storage import checking, checking_documents, mirrored
from feedsvc.storage import feeds as stored
from feedsvc.storage.feeds import FeedHead

ATTEMPTS = 5
"""So often a document is made anew, in a feed in which something happened meanwhile."""

REPORT = "This is a fault of feedsvc itself: please report it with the last lines of the service's log."

_ATOM = "{http://www.w3.org/2005/Atom}"


def check(newsroom: Newsroom, progress: Progress) -> Iterator[Finding]:
    """Makes the documents of all open feeds in all formats, each from the snapshot that it is compared with."""
    press = Press(newsroom.database, newsroom.settings, epoch(newsroom.settings))
    with newsroom.database.read() as connection:
        numbers = sorted(set(mirrored.names(connection).values()))
    for start in range(0, len(numbers), checking.BATCH):
        with newsroom.database.read() as connection:
            heads = stored.heads(connection, numbers[start : start + checking.BATCH])
        for done, head in enumerate(heads, start=start + 1):
            yield from _of_feed(newsroom, press, head)
            progress(done, len(numbers))


def _of_feed(newsroom: Newsroom, press: Press, head: FeedHead) -> Iterator[Finding]:
    for format in FORMATS:
        where = f"The document {head.name}.{format}"
        for _ in range(ATTEMPTS):
            try:
                document = press((head.feed_id,), format)
            except StorageError:
                raise
            except Exception as error:  # noqa: BLE001 - a bug that one feed's news brings to light
                yield Finding(where, f"It cannot be made ({type(error).__name__}: {error}).", REPORT)
                break
            with newsroom.database.read() as connection:
                now = stored.heads(connection, [head.feed_id])
                if not now or now[0].seq != document.seq:
                    continue
                problems = list(_problems(connection, newsroom, now[0], document))
            yield from (Finding(where, problem, REPORT) for problem in problems)
            break


def _problems(connection: Connection, newsroom: Newsroom, head: FeedHead, document: Document) -> Iterator[str]:
    try:
        identities = _identities(document)
    except (etree.XMLSyntaxError, ValueError, KeyError) as error:
        yield f"It is not well formed ({error})."
        return
    known = set(identities)
    yield from (f"The entry {one} is in it more than once." for one in sorted(known) if identities.count(one) > 1)
    stories = checking_documents.stories_of(connection, head.kind, known)
    if known - stories.keys():
        stories |= _cleaned(connection, newsroom, head)
    yield from (f"The entry {one} is of no story." for one in sorted(known - stories.keys()))
    there = {stories[identity] for identity in known & stories.keys()}
    for article_id in sorted(there - checking_documents.may_be_in(connection, head.feed_id, there)):
        yield f"Story {article_id} is in it, and does not stand in the feed."
    newest = checking_documents.newest(connection, head.feed_id, head.kind, newsroom.settings.feed_entries)
    yield from (
        f"Story {article_id} stands in the feed, and is not in it." for article_id in newest if article_id not in there
    )


def _cleaned(connection: Connection, newsroom: Newsroom, head: FeedHead) -> dict[str, int]:
    """What documents write in the place of identities from elsewhere that hold what no document can."""
    most = newsroom.settings.feed_entries + 2 * WINDOW_LIMIT
    numbers = {
        *checking_documents.newest(connection, head.feed_id, head.kind, most),
        *stored.noticed(connection, head.feed_id, head.at - timedelta(days=newsroom.settings.notice_days)),
    }
    pairs = checking_documents.identities(connection, numbers)
    return {clean_line(identity, len(identity)): article_id for article_id, identity in pairs}


def _identities(document: Document) -> list[str]:
    """The identities of the entries, in their order. Raises for what is not well formed, or has none."""
    body = document.bodies["identity"]
    if document.format == "json":
        return [str(item["id"]) for item in json.loads(body)["items"]]
    root = etree.fromstring(body, etree.XMLParser(resolve_entities=False, huge_tree=True))
    entries, identity = ("channel/item", "guid") if document.format == "rss" else (f"{_ATOM}entry", f"{_ATOM}id")
    found = [entry.findtext(identity, "") for entry in root.findall(entries)]
    if not all(found):
        raise ValueError(f"{found.count('')} entries without identity")
    return found
