"""The application for any WSGI server: `wsgi:app`."""

from feedsvc import create_app

app = create_app()
