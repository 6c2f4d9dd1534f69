"""Pictures: to be seen by everybody while a story that is out uses them, before and afterwards by editors alone."""

from flask import Blueprint, Response, abort, send_from_directory

from feedsvc.domain.address import picture_file
from feedsvc.storage import media
from feedsvc.storage.media import IN_BODY, Picture, Sight
from feedsvc.web.newsroom import newsroom
from feedsvc.web.sign_in import editor

PUBLIC_SECONDS = 3_600
"""For so long caches may keep a picture without asking: it must be able to disappear."""

blueprint = Blueprint("media", __name__)


@blueprint.get("/media/<file>")
def picture(file: str) -> Response:
    """A picture's file, in one of its two sizes."""
    named = IN_BODY.fullmatch(f"/media/{file}")
    with newsroom().database.read() as connection:
        found = media.sight(connection, named[1]) if named else None
    if found is None or file not in _files(found[0]):
        abort(404)
    stored, sight = found
    if sight is not Sight.PUBLIC and editor() is None:
        abort(410 if sight is Sight.GONE else 404)
    folder = newsroom().settings.media.absolute()
    response = send_from_directory(folder, file, mimetype=stored.media_type, max_age=PUBLIC_SECONDS)
    if sight is not Sight.PUBLIC:
        response.headers["Cache-Control"] = "private, no-store"
    return response


def _files(stored: Picture) -> set[str]:
    sizes = [False] if stored.small_width is None else [False, True]
    return {picture_file(stored.key, stored.media_type, is_small) for is_small in sizes}
