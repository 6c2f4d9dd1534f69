"""The application for any WSGI server: `wsgi:app`."""

from feedsvc import create_app
from feedsvc.serve import follow_parent

app = create_app()
follow_parent()
