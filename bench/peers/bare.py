"""The least that a WSGI application can do to answer a poll: the very answers of feedsvc, chosen by two lookups."""

import json
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIEnvironment

from bench.peers import folder

_answers = json.loads((folder() / "answers.json").read_text())
_headers = {ask: [(name, value) for name, value in fields] for ask, fields in _answers.items()}
_tag = next(value for name, value in _headers["gzip"] if name.lower() == "etag")
_identity = (folder() / "feed.rss").read_bytes()
_gzip = (folder() / "feed.rss.gz").read_bytes()


def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """304 for the tag of the gzip coding, else gzip or identity."""
    if environ.get("HTTP_IF_NONE_MATCH") == _tag:
        start_response("304 Not Modified", list(_headers["304"]))
        return []
    ask, body = ("gzip", _gzip) if environ.get("HTTP_ACCEPT_ENCODING") == "gzip" else ("identity", _identity)
    start_response("200 OK", list(_headers[ask]))
    return [body]
