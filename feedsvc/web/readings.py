"""Where the page of a story says that somebody reads it."""

from flask import Blueprint, Response, request

from feedsvc.web.newsroom import newsroom
from feedsvc.web.safety import client_address

blueprint = Blueprint("readings", __name__)


@blueprint.post("/articles/<int(max=9223372036854775807):article_id>/reading")
def count(article_id: int) -> Response:
    """Count a reading in memory; whether it counted, and whether there is such a story, is not told."""
    newsroom().readings.count(article_id, client_address(), request.user_agent.string)
    return Response(status=204, headers={"Cache-Control": "no-store"})
