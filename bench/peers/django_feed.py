"""Django's syndication as its manual has it, for the two ways of caching that it knows."""

from datetime import datetime
from types import ModuleType

import django
from django.conf import settings
from django.contrib.syndication.views import Feed
from django.core.handlers.wsgi import WSGIHandler
from django.urls import path
from django.utils.feedgenerator import Rss201rev2Feed
from django.views.decorators.cache import cache_page

from bench.peers import stories
from bench.peers.stories import Row

SECONDS = 3_600
"""How long something stays in the cache."""


class WithText(Rss201rev2Feed):
    """RSS with the whole story, as Django's manual shows how to add it."""

    def rss_attributes(self) -> dict[str, str]:
        return super().rss_attributes() | {"xmlns:content": "http://purl.org/rss/1.0/modules/content/"}

    def add_item_elements(self, handler, item) -> None:  # type: ignore[no-untyped-def]
        super().add_item_elements(handler, item)
        handler.addQuickElement("content:encoded", item["text"])


class Politics(Feed):
    """The feed of one section."""

    feed_type = WithText
    title = "Politics"
    link = "/politics"
    description = "News of politics."

    def get_object(self, request) -> None:  # type: ignore[no-untyped-def]
        return None

    def items(self) -> list[Row]:
        return stories.newest()

    def item_title(self, item: Row) -> str:
        return item.headline

    def item_description(self, item: Row) -> str:
        return item.summary

    def item_link(self, item: Row) -> str:
        return f"/{item.identity}"

    def item_guid(self, item: Row) -> str:
        return item.identity

    item_guid_is_permalink = False

    def item_pubdate(self, item: Row) -> datetime:
        return item.published

    def item_extra_kwargs(self, item: Row) -> dict[str, str]:
        return {"text": item.text}


def application(middleware: list[str], is_view_cached: bool) -> WSGIHandler:
    """The application with these middlewares, and with the view of the feed cached or not."""
    urls = ModuleType("urls")
    settings.configure(
        SECRET_KEY="measured",  # noqa: S106 - nothing is signed
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF=urls,
        USE_TZ=True,
        CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
        CACHE_MIDDLEWARE_SECONDS=SECONDS,
        MIDDLEWARE=middleware,
    )
    django.setup(set_prefix=False)
    # A view can be cached once there are settings.
    view = Politics()
    urls.urlpatterns = [path("feed.rss", cache_page(SECONDS)(view) if is_view_cached else view)]
    return WSGIHandler()
