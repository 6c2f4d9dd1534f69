"""Does every story stand in the feeds that it belongs to, and in no other."""

from collections.abc import Iterator

from feedsvc.actions.check.finding import FROM_BACKUP, Finding, Newsroom, Progress, changing, story
from feedsvc.domain.article import Status
from feedsvc.domain.feedname import CORRECTIONS, RISING
from feedsvc.storage import checking, checking_stories, mending
from feedsvc.storage.checking_stories import EntryState, StoryState
from feedsvc.storage.tables import articles

MENDED = "--repair lets it stand where it belongs, by a change."


def check(newsroom: Newsroom, progress: Progress) -> Iterator[Finding]:
    """Stories with their revisions and dates, the feeds in which they stand, and the pages that show them."""
    with newsroom.database.read() as connection:
        done, of = 0, checking.count(connection, articles.c.article_id)
        for batch in checking.keys(connection, articles.c.article_id):
            states = checking_stories.story_states(connection, batch)
            concerned = {entry.feed_id for state in states for entry in state.entries}
            concerned = concerned.union(*(state.belongs for state in states))
            names = checking.names_now(connection, sorted(concerned))
            for state in states:
                yield from _of_story(state, names)
            done += len(batch)
            progress(done, of)


def _of_story(state: StoryState, names: dict[int, str]) -> Iterator[Finding]:
    where = story(state.article_id, state.headline)
    if state.lacks:
        yield Finding(where, f"Its status is “{state.status}”, and it lacks {', '.join(state.lacks)}.", FROM_BACKUP)
        return
    problems = _problems(state, names)
    if problems:
        repair = changing(mending.mend_story, state.article_id)
        yield Finding(where, f"Its status is “{state.status}”. {' '.join(problems)}", MENDED, repair)


def _problems(state: StoryState, names: dict[int, str]) -> list[str]:
    def name(feed_id: int) -> str:
        return names.get(feed_id, f"number {feed_id}")

    stands = {entry.feed_id for entry in state.entries if entry.stands}
    known = {entry.feed_id for entry in state.entries}
    problems = [] if state.has_copies else ["Its section, or whether it goes out, is not that of what is public."]
    problems += [f"Its topic or author “{one}” has no feed." for one in state.nameless]
    problems += [
        f"It does not stand in the feed {name(feed_id)}, where it belongs." for feed_id in sorted(state.wanted - stands)
    ]
    if not state.is_out:
        problems += [
            f"It is on no page of the feed {name(i)}, where it belongs." for i in sorted(state.belongs - known)
        ]
    for entry in state.entries:
        problems += _of_entry(state, entry, name(entry.feed_id))
    problems += [f"Its picture {key} is said never to have been public." for key in state.hidden_pictures]
    return problems


def _of_entry(state: StoryState, entry: EntryState, name: str) -> Iterator[str]:
    # What was retired shows nothing to anybody: stories leave it as they are changed.
    is_of_interest = entry.is_open or state.status is not Status.PUBLISHED
    if entry.stands and is_of_interest and entry.feed_id not in state.wanted:
        yield f"It stands in the feed {name}, and should not."
    elif entry.is_open and entry.is_listed != (entry.feed_id in state.belongs | state.wanted):
        is_on, should = ("is on", "should not be") if entry.is_listed else ("is not on", "should be")
        yield f"It {is_on} the page of the feed {name}, and {should}."
    # Those have dates of their own.
    if entry.kind not in (RISING, CORRECTIONS) and state.published not in (None, entry.published):
        yield f"It is dated {entry.published} in the feed {name}, and was published {state.published}."
