"""Does search look through what stories say."""

from collections.abc import Iterator

from feedsvc.actions.check.finding import Finding, Newsroom, Progress, story, writing
from feedsvc.storage import articles as stored
from feedsvc.storage import checking, checking_search, indexing
from feedsvc.storage.tables import articles

REWRITTEN = "--repair looks at the story anew."
REBUILT = "--repair makes the index anew from what search looks through; nobody can save or publish meanwhile."


def check(newsroom: Newsroom, progress: Progress) -> Iterator[Finding]:
    """The rows that search looks through, of every story, and that SQLite's index has them all."""
    with newsroom.database.read() as connection:
        done, of = 0, checking.count(connection, articles.c.article_id)
        for batch in checking.keys(connection, articles.c.article_id):
            differing = checking_search.differing(connection, batch)
            lines = {line.article_id: line for line in stored.lines(connection, differing).values()}
            for article_id in differing:
                where = story(article_id, lines[article_id].headline if article_id in lines else "")
                what = "What search looks through is not what the story says."
                yield Finding(where, what, REWRITTEN, writing(indexing.index, [article_id]))
            done += len(batch)
            progress(done, of)
    with newsroom.database.read() as connection:
        is_whole = all(agrees for _, agrees in checking_search.unindexed(connection))
    if not is_whole:
        what = "The index of search does not have the stories that it should."
        yield Finding("Search", what, REBUILT, writing(checking_search.rebuild))
