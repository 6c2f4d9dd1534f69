"""Do the closed pages of archives divide the history of each feed, and did each move with its stories."""

from collections.abc import Iterator

from feedsvc.actions.check.finding import Finding, Newsroom, Progress, changing
from feedsvc.storage import checking, checking_pages, mending
from feedsvc.storage.tables import feed_heads

DIVIDED = "--repair divides it into pages anew: readers of its archive fetch all of it once."
MOVED = "--repair moves the heads of all its pages by a change."


def check(newsroom: Newsroom, progress: Progress) -> Iterator[Finding]:
    """The pages of a feed adjoin, none goes beyond its last position, and each moved with its stories."""
    with newsroom.database.read() as connection:
        done, of = 0, checking.count(connection, feed_heads.c.feed_id)
        for batch in checking.keys(connection, feed_heads.c.feed_id):
            torn = checking_pages.torn(connection, batch)
            behind = checking_pages.behind(connection, [feed_id for feed_id in batch if feed_id not in torn])
            for state in checking.feed_states(connection, sorted(torn.keys() | behind.keys())):
                where, repair = f"The archive of the feed {state.name}", changing(mending.mend_pages, state.feed_id)
                if state.feed_id in torn:
                    what = f"Its page {torn[state.feed_id]} is not what follows on the page before."
                    yield Finding(where, what, DIVIDED, repair)
                else:
                    what = f"Its page {behind[state.feed_id]} is behind what happened to a story in it."
                    yield Finding(where, f"{what} Readers that asked before are not told of that.", MOVED, repair)
            done += len(batch)
            progress(done, of)
