"""Where things stand on the web: paths, without the site's own address."""

from feedsvc.domain.feedname import ALL, CHOSEN

EXTENSIONS = {"image/jpeg": "jpg", "image/png": "png"}
"""Media type of a stored picture -> ending of its file and address."""

SMALL_WIDTH = 960
"""Pixels of a picture's small rendition."""


def article_path(article_id: int, slug: str) -> str:
    """The page of an article; any other slug redirects to it."""
    return f"/articles/{article_id}/{slug}"


def section_path(slug: str) -> str:
    """The page of a section."""
    return f"/{slug}"


def home_path(feed: str) -> str:
    """The page that a feed is about: the front page, that of a section, topic or author, else the feed's own page."""
    if feed == ALL:
        return "/"
    return feed_page_path(feed) if "+" in feed or feed in CHOSEN else f"/{feed}"


def picture_file(key: str, media_type: str, is_small: bool = False) -> str:
    """The file of a picture: `<key>.jpg`, or `<key>-960.jpg` for its small rendition."""
    return f"{key}{f'-{SMALL_WIDTH}' if is_small else ''}.{EXTENSIONS[media_type]}"


def picture_path(key: str, media_type: str, is_small: bool = False) -> str:
    """The address of a picture."""
    return f"/media/{picture_file(key, media_type, is_small)}"


def feed_page_path(feed: str) -> str:
    """The page of a feed for people; with `.rss`, `.atom` or `.json` behind it, the document."""
    return f"/feeds/{feed}"
