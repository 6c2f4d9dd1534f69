"""feedsvc: stories in, feeds out.

Parts are imported where they are joined, so that a command, or a test of one folder, loads only what it needs.
"""

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

    from feedsvc.domain.dates import Clock
    from feedsvc.settings import Settings


def create_app(
    settings: "Settings | None" = None,
    clock: "Clock | None" = None,
    renderer: int | None = None,
    monotonic: "Callable[[], float]" = time.monotonic,
) -> "Flask":
    """The application for any WSGI server: polls are answered in front of Flask. Starts no thread.

    `clock`, `renderer` (the number of the code that writes documents) and `monotonic` (seconds, by which the age of
    documents is judged) are for tests. Raises `WrongSetting` or `StorageError`, each with a sentence that says what to
    do.
    """
    from flask import Flask

    from feedsvc.actions import delta
    from feedsvc.actions.compose import Composer
    from feedsvc.actions.press import RENDERER, Press, epoch
    from feedsvc.actions.trend import Readings
    from feedsvc.domain.dates import Clock
    from feedsvc.domain.feedname import ALL_PAGES, page_of
    from feedsvc.feeds.document import Page, Part
    from feedsvc.poll import deltas
    from feedsvc.poll.front import Front
    from feedsvc.poll.names import Found, Gone, Moved, Resolution
    from feedsvc.poll.shelf import Shelf
    from feedsvc.settings import Settings
    from feedsvc.storage import changes, feeds, installation, pages
    from feedsvc.storage.database import Database
    from feedsvc.web import (
        accounts,
        composing,
        confirming,
        discovery,
        importing,
        languages,
        media,
        newsdesk,
        problems,
        readings,
        revisions,
        safety,
        sections,
        sign_in,
        site,
        site_search,
        trending,
        writing,
    )
    from feedsvc.web.newsroom import Newsroom

    settings = settings or Settings()
    clock = clock or Clock()
    database = Database(settings.database_url, clock, pool_size=settings.threads + 4)
    database.check_ready()

    this_epoch = epoch(settings, RENDERER if renderer is None else renderer)
    installation.settle_epoch(database, this_epoch)
    press = Press(database, settings, this_epoch)
    composer = Composer(database, settings, this_epoch, press)

    def resolve(name: str) -> Resolution | None:
        page = page_of(name)
        with database.read() as connection:
            led_to = pages.resolve(connection, *page) if page else feeds.resolve(connection, name)
        if led_to is None:
            return None
        if led_to.moved_to is not None:
            return Moved(led_to.moved_to)
        if led_to.is_gone:
            return Gone()
        if page is None:
            return Found(led_to.feed_ids)
        (feed_id,) = led_to.feed_ids
        return Found((Page(feed_id, page[1]), Page(feed_id, ALL_PAGES)))

    def heads_after(seq: int) -> list[tuple[Part, int, int]]:
        with database.read() as connection:
            of_pages = pages.heads_after(connection, seq)
            moved = [(Page(feed_id, page), at, removal) for feed_id, page, at, removal in of_pages]
            return [*changes.heads_after(connection, seq), *moved]

    shelf = Shelf(
        resolve,
        press,
        database.look(),
        heads_after,
        monotonic,
        render_interval=settings.render_interval,
        room_bytes=settings.shelf_megabytes * 1_000_000,
    )

    app = Flask(__name__, template_folder="web/templates", static_folder="web/static")
    app.extensions["feedsvc"] = Newsroom(settings, database, shelf.failures, Readings(clock), composer)
    languages.install(app)
    safety.install(app)
    problems.install(app)
    modules = (
        site,
        site_search,
        discovery,
        media,
        readings,
        sign_in,
        newsdesk,
        writing,
        confirming,
        revisions,
        sections,
        trending,
        importing,
        composing,
    )
    for blueprint in (*(module.blueprint for module in modules), *accounts.blueprints):
        app.register_blueprint(blueprint)
    told = deltas.Deltas(delta.Deltas(database, settings, press), settings.delta_agents) if settings.deltas else None
    app.wsgi_app = Front(app.wsgi_app, shelf, clock, composer=composer, deltas=told)  # type: ignore[method-assign]
    # A server may fork from here: a connection of SQLite must not be open then.
    database.engine.dispose()
    return app
