"""Do heads match the log: of the log itself, and of every feed, with its names."""

from collections.abc import Iterator

from feedsvc.actions.check.finding import BY, FROM_BACKUP, Finding, Newsroom, Progress, changing
from feedsvc.domain.feedname import ALL, CHOSEN
from feedsvc.storage import checking, mending
from feedsvc.storage.checking import FeedState, Written
from feedsvc.storage.database import Database
from feedsvc.storage.tables import feeds

RAISED = "--repair raises it beyond them, and begins a new line of validators: every reader fetches each feed once."
MOVED = "--repair moves its head by a change."
NAMED = "--repair lets it have one of its names now; the others go on leading there."


def check_log(newsroom: Newsroom, progress: Progress) -> Iterator[Finding]:
    """The head of the log is not behind anything that has a number or a date."""
    with newsroom.database.read() as connection:
        progress(0, 1)
        head, highest = checking.log(connection)
        progress(1, 1)
    if head.seq is None:
        yield Finding("The log", "It has no head, so nothing can be published.", RAISED, _raise_log)
    elif _is_behind(head, highest):
        what = f"Its head has number {head.seq}, {head.at}, and number {highest.seq}, {highest.at}, was given already."
        yield Finding("The log", what, RAISED, _raise_log)


def _raise_log(database: Database) -> None:
    with database.write() as connection:
        mending.raise_log(connection, database, BY)


def check_feeds(newsroom: Newsroom, progress: Progress) -> Iterator[Finding]:
    """Every feed has one current name and a head, which is not behind what happened to the feed."""
    own = dict.fromkeys((ALL, *CHOSEN), 0)
    with newsroom.database.read() as connection:
        done, of = 0, checking.count(connection, feeds.c.feed_id)
        for batch in checking.keys(connection, feeds.c.feed_id):
            for state in checking.feed_states(connection, batch):
                if state.kind in own and state.is_open:
                    own[state.kind] += 1
                yield from _of_feed(state)
            done += len(batch)
            progress(done, of)
    for kind, found in own.items():
        if found != 1:
            what = "Every newsroom has it, and here it is missing." if not found else f"There are {found} of it."
            yield Finding(f"The feed {kind}", what, FROM_BACKUP)


def _of_feed(state: FeedState) -> Iterator[Finding]:
    where = f"The feed {state.name}"
    repair = changing(mending.mend_feed, state.feed_id)
    if not state.has_owner and state.is_open:
        yield Finding(where, "It is the feed of a section, topic or author that is not there.", FROM_BACKUP)
    if not state.names and state.is_open:
        yield Finding(where, "It has no name, so no address leads to it.", FROM_BACKUP)
    elif len(state.current) > 1:
        yield Finding(where, f"It has several names at once: {', '.join(state.current)}.", NAMED, repair)
    elif not state.current and state.is_open:
        what = f"None of its names is the one that it has now: {', '.join(state.names)}."
        yield Finding(where, what, NAMED, repair)
    elif state.kind in (ALL, *CHOSEN) and state.current != (state.kind,):
        can = state.kind in state.names
        what = f"Its name is {state.name}, and should be {state.kind}."
        yield Finding(where, what, NAMED if can else FROM_BACKUP, repair if can else None)
    if state.head is None:
        yield Finding(where, "It has no head, so no document of it can be made.", MOVED, repair)
    elif _is_behind(state.head, state.highest):
        what = (
            f"Its head has number {state.head.seq}, {state.head.at}, and is behind what happened to it, which has "
            f"number {state.highest.seq}, {state.highest.at}: readers that asked before are not told of that."
        )
        yield Finding(where, what, MOVED, repair)
    elif state.position < state.highest_position:
        what = f"Its last position is {state.position}, and a story stands at {state.highest_position}."
        yield Finding(where, what, MOVED, repair)
    elif state.removal_seq > (state.head.seq or 0):
        what = f"Its last removal has number {state.removal_seq}, and its head {state.head.seq}."
        yield Finding(where, what, MOVED, repair)


def _is_behind(head: Written, highest: Written) -> bool:
    seqs, dates = (head.seq, highest.seq), (head.at, highest.at)
    return (None not in seqs and seqs[0] < seqs[1]) or (None not in dates and dates[0] < dates[1])  # type: ignore[operator]
