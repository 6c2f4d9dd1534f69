"""A plain Flask route that returns bytes it holds, with a tag and the conditional answer of Werkzeug."""

from flask import Flask, Response, request

from bench.peers import folder

app = Flask(__name__)

_bodies = {"identity": (folder() / "feed.rss").read_bytes(), "gzip": (folder() / "feed.rss.gz").read_bytes()}


@app.get("/feed.rss")
def feed() -> Response:
    """The document in the coding that is asked for."""
    coding = "gzip" if "gzip" in request.accept_encodings else "identity"
    response = Response(_bodies[coding], content_type="application/rss+xml; charset=utf-8")
    response.vary.add("Accept-Encoding")
    if coding != "identity":
        response.content_encoding = coding
    response.set_etag(f"one.{coding}")
    return response.make_conditional(request)
