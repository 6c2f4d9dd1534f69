"""The application for any WSGI server: `wsgi:app`."""

from feedsvc import create_app
from feedsvc.serve import follow_parent, hold_instance
from feedsvc.settings import Settings

settings = Settings()
hold_instance(settings)
app = create_app(settings)
follow_parent()
