"""The view that feedgen's README suggests, in Flask: read the stories, make the feed, at each request."""

from feedgen.feed import FeedGenerator
from flask import Flask, Response

from bench.peers import stories

app = Flask(__name__)


@app.get("/feed.rss")
def feed() -> Response:
    """The document, made anew."""
    made = FeedGenerator()
    made.title("Politics")
    made.link(href="http://127.0.0.1/politics")
    made.description("News of politics.")
    for row in stories.newest():
        entry = made.add_entry(order="append")
        entry.guid(row.identity)
        entry.title(row.headline)
        entry.link(href=f"http://127.0.0.1/{row.identity}")
        entry.description(row.summary)
        entry.content(row.text, type="CDATA")
        entry.pubDate(row.published)
    return Response(made.rss_str(), content_type="application/rss+xml; charset=utf-8")
