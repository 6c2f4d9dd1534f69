"""What a day of polls weighs: an aggregator that takes deltas beside one that takes whole documents."""

import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from werkzeug.test import Client

from bench import newsroom, polls
from feedsvc import create_app
from feedsvc.actions import edit
from feedsvc.domain.dates import Clock
from feedsvc.settings import Settings

SECTION = newsroom.SECTIONS[0]
STORIES_A_DAY = 30
POLLS_A_DAY = 24


@dataclass(frozen=True)
class Day:
    """Bytes of bodies, by format: of deltas, of whole documents in gzip; and how many answers were deltas."""

    deltas: dict[str, int]
    documents: dict[str, int]
    answered: dict[str, int]


def measure() -> Day:
    """Live one day of a busy section, a poll an hour by both, in this process."""
    with tempfile.TemporaryDirectory(prefix="feedsvc-bench-") as folder:
        settings = Settings({"FEEDSVC_INSTANCE_PATH": str(Path(folder) / "instance")})
        database = newsroom.make(settings)
        newsroom.fill(database, settings.media, polls.STORIES, polls.STORY_CHARACTERS, (SECTION,), lambda _: None)
        now, ticks = datetime.now(UTC), 0.0
        clock = Clock(lambda: now)
        database.clock = clock
        client = Client(create_app(settings, clock, monotonic=lambda: ticks), use_cookies=False)
        day = Day(*(dict.fromkeys(("rss", "atom", "json"), 0) for _ in range(3)))
        tags: dict[tuple[str, bool], str] = {}
        made = 0
        for hour in range(POLLS_A_DAY + 1):
            while made < hour * STORIES_A_DAY // POLLS_A_DAY:
                story = newsroom.story(10**6 + made, polls.STORY_CHARACTERS, SECTION, now)
                edit.create_and_publish(database, story.revision, newsroom.BY)
                made += 1
            now += timedelta(hours=1)
            ticks += 3_600
            for format in day.deltas:
                for takes_deltas in (False, True):
                    headers = {"Accept-Encoding": "gzip", "User-Agent": "aggregator/1.0"}
                    headers |= {"A-IM": "feed"} if takes_deltas else {}
                    if (tag := tags.get((format, takes_deltas))) is not None:
                        headers["If-None-Match"] = tag
                    answer = client.get(f"/feeds/{SECTION}.{format}", headers=headers)
                    tags[format, takes_deltas] = answer.headers["ETag"]
                    if hour == 0:
                        # What both have to take once.
                        continue
                    (day.deltas if takes_deltas else day.documents)[format] += len(answer.get_data())
                    day.answered[format] += answer.status_code == 226
        database.engine.dispose()
        return day
