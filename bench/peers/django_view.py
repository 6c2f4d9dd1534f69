"""Django's syndication with its cached view, and its conditional and its compressing middleware."""

from bench.peers.django_feed import application

app = application(
    ["django.middleware.gzip.GZipMiddleware", "django.middleware.http.ConditionalGetMiddleware"], is_view_cached=True
)
