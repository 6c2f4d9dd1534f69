"""Make the list of all feeds."""

from feedsvc.domain.address import home_path
from feedsvc.domain.feedname import ALL, CHOSEN, GROUPS
from feedsvc.feeds.opml import Outline, to_opml
from feedsvc.settings import Settings
from feedsvc.storage import feeds
from feedsvc.storage.database import Database
from feedsvc.texts import _


def opml(database: Database, settings: Settings) -> bytes:
    """All open feeds as OPML 2.0, in the language that is spoken."""
    with database.read() as connection:
        found = {title: feeds.directory(connection, kind) for kind, title in GROUPS.items()}

    def outline(name: str, title: str, description: str) -> Outline:
        base_url = settings.base_url
        return Outline(title, f"{base_url}/feeds/{name}.rss", base_url + home_path(name), description)

    groups = [(_(title), [outline(one.name, one.title, one.description) for one in found[title]]) for title in found]
    everything = [outline(ALL, settings.site_title, settings.site_description)]
    everything += [outline(name, _(title), _(description)) for name, (title, description) in CHOSEN.items()]
    return to_opml(_("Feeds of %(site)s", site=settings.site_title), [("", everything), *groups])
