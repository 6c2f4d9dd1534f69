"""The application for any WSGI server, `wsgi:app`, and the clock of its process."""

import gc

from feedsvc import create_app, jobs
from feedsvc.priority import hand_over_soon
from feedsvc.serve import follow_parent, hold_instance
from feedsvc.settings import Settings

settings = Settings()
hold_instance(settings)
app = create_app(settings)
follow_parent()
newsroom = app.extensions["feedsvc"]
# What is there now stays: looking through it again and again for what could go would hold up polls.
gc.collect()
gc.freeze()
hand_over_soon()
jobs.start(newsroom.database, settings, newsroom.readings, may_lead=settings.scheduler)
