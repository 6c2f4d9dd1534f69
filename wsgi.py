"""The application for any WSGI server, `wsgi:app`, and the clock of its process."""

from feedsvc import create_app, jobs
from feedsvc.serve import follow_parent, hold_instance
from feedsvc.settings import Settings

settings = Settings()
hold_instance(settings)
app = create_app(settings)
follow_parent()
newsroom = app.extensions["feedsvc"]
jobs.start(newsroom.database, settings, newsroom.readings, may_lead=settings.scheduler)
