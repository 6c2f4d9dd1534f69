"""Two workers and a clock beside them on one database: whoever leads may be killed, each story is published once."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import select

from feedsvc import cli
from feedsvc.actions import schedule
from feedsvc.domain.article import Revision
from feedsvc.domain.dates import Clock
from feedsvc.settings import Settings
from feedsvc.storage.database import Database
from feedsvc.storage.tables import articles, changes
from tests.journeys.serving import PROJECT, Service

STORIES = 100
SECONDS = 14
KILLS = 4


@pytest.fixture
def service(tmp_path, founded):
    service = Service(tmp_path / "instance", FEEDSVC_WORKERS="2")
    (service.instance / "media").mkdir(parents=True)
    shutil.copy(founded, service.instance / "feedsvc.sqlite")
    yield service
    if service.process:
        service.stop()


@pytest.fixture
def clock_alone(service):
    """Starts `python -m feedsvc scheduler`, also again after it was killed; ends it with the test."""
    running = []

    def start() -> subprocess.Popen:
        running.append(
            subprocess.Popen(
                [sys.executable, "-m", "feedsvc", "scheduler"],
                cwd=PROJECT,
                env=service.environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        )
        return running[-1]

    yield start
    for process in running:
        process.terminate()
        process.wait(timeout=10)


def leader_of(instance):
    """The process that leads, None if the one that led last is dead."""
    with suppress(OSError, ValueError):
        number = int((instance / "scheduler.lock").read_text())
        os.kill(number, 0)
        with open(f"/proc/{number}/stat") as stat:
            return number if stat.read().rpartition(")")[2].split()[0] != "Z" else None
    return None


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux: /proc tells which process is dead")
def test_each_scheduled_story_is_published_once_and_in_time_whoever_is_killed(service, clock_alone):
    chance = random.Random(4)
    database = Database(Settings(service.environment).database_url, Clock())
    service.start()
    alone = clock_alone()
    while leader_of(service.instance) is None:
        time.sleep(0.02)
    began = database.clock()
    due = {}
    for number, seconds in enumerate(sorted(chance.randint(2, SECONDS) for _ in range(STORIES))):
        # A machine that is busy may take longer to write them all than until the first one is due.
        at = max(began + timedelta(seconds=seconds), database.clock() + timedelta(seconds=2)).replace(microsecond=0)
        story = Revision(headline=f"Number {number}", section="politics", body="It runs.")
        due[schedule.create_and_schedule(database, story, "ann", at)] = at
    kills = sorted(chance.uniform(2, SECONDS - 2) for _ in range(KILLS))
    seen, reign, leader, handed_over, killed_at = {}, began, leader_of(service.instance), [], None
    while len(seen) < STORIES:
        now = database.clock()
        assert now < began + timedelta(seconds=SECONDS + 30), f"{STORIES - len(seen)} stories are not published"
        present = leader_of(service.instance)
        if present is not None and present != leader:
            leader, reign = present, now
            if killed_at is not None:
                handed_over.append((now - killed_at).total_seconds())
                killed_at = None
        with database.read() as connection:
            public = connection.execute(select(articles.c.article_id).where(articles.c.status == "published")).scalars()
            for number in public:
                if number not in seen:
                    seen[number] = (now - max(due[number], reign)).total_seconds()
        if kills and present is not None and killed_at is None and now > began + timedelta(seconds=kills[0]):
            kills.pop(0)
            os.kill(present, signal.SIGKILL)
            killed_at = database.clock()
            if alone.poll() is not None or present == alone.pid:
                alone = clock_alone()
        time.sleep(0.05)
    assert max(seen.values()) < 3
    assert len(handed_over) >= KILLS - 1
    assert max(handed_over) < 3
    with database.read() as connection:
        published = connection.execute(select(changes.c.article_id).where(changes.c.kind == "published")).scalars()
        assert Counter(published) == dict.fromkeys(due, 1)
        rows = connection.execute(select(articles.c.article_id, articles.c.published)).all()
    assert dict(map(tuple, rows)) == due
    database.engine.dispose()


def test_a_service_that_runs_no_clock_leaves_it_to_the_one_beside_it(service, clock_alone):
    service.environment["FEEDSVC_SCHEDULER"] = "0"
    service.start()
    time.sleep(1.5)
    assert leader_of(service.instance) is None
    alone = clock_alone()
    deadline = time.monotonic() + 10
    while leader_of(service.instance) != alone.pid:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    alone.terminate()
    assert alone.wait(timeout=10) == 0


def keep_time_and_end_at(moment: int, said: int) -> int:
    """Run the clock here, and tell it to end when this thread begins its `moment`-th line after the clock's start."""
    lines, runs = 0, False

    def look(frame, event, _):
        nonlocal lines, runs
        runs = runs or (frame.f_code is cli.keep_time.__code__ and "clock" in frame.f_locals)
        if event == "line" and runs:
            lines += 1
            if lines == moment:
                os.kill(os.getpid(), signal.SIGTERM)
        return look

    sys.stdout = os.fdopen(said, "w")
    sys.settrace(look)
    return cli.main(["scheduler"])


def test_a_clock_ends_at_whatever_moment_a_signal_comes(tmp_path, founded, monkeypatch):
    shutil.copy(founded, tmp_path / "feedsvc.sqlite")
    (tmp_path / "media").mkdir()
    monkeypatch.setenv("FEEDSVC_INSTANCE_PATH", str(tmp_path))
    running, heard = [], []
    for moment in range(1, 17):
        ear, said = os.pipe()
        child = os.fork()
        if child == 0:
            code = 99
            with suppress(BaseException):
                code = keep_time_and_end_at(moment, said)
            os._exit(code)
        os.close(said)
        running.append(child)
        heard.append(ear)
    for ear in heard:
        os.read(ear, 100)
        os.close(ear)
    time.sleep(0.2)
    # For those that have no such moment, because they were asleep before.
    for child in running:
        os.kill(child, signal.SIGTERM)
    deadline, codes = time.monotonic() + 20, {}
    while len(codes) < len(running) and time.monotonic() < deadline:
        for child in set(running) - codes.keys():
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                codes[child] = os.waitstatus_to_exitcode(status)
        time.sleep(0.02)
    for child in set(running) - codes.keys():
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    assert [codes.get(child, "did not end") for child in running] == [0] * len(running)
