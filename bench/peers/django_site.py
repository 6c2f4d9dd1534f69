"""Django's syndication with its cache of a whole site, in the order of its manual: it keeps compressed answers too."""

from bench.peers.django_feed import application

app = application(
    [
        "django.middleware.cache.UpdateCacheMiddleware",
        "django.middleware.gzip.GZipMiddleware",
        "django.middleware.http.ConditionalGetMiddleware",
        "django.middleware.cache.FetchFromCacheMiddleware",
    ],
    is_view_cached=False,
)
