"""One clock leads; a job that fails stops no other one, is said once, and is tried again."""

import os
import threading
import time
from datetime import timedelta

import pytest
from sqlalchemy import text

from feedsvc import create_app, jobs
from feedsvc.actions import schedule, trend
from feedsvc.actions.press import epoch
from feedsvc.actions.trend import Readings
from feedsvc.domain.article import Revision
from feedsvc.domain.dates import Clock
from feedsvc.errors import FeedsvcError
from feedsvc.jobs import Timekeeper
from feedsvc.storage import articles, installation, readings
from feedsvc.storage.database import Database
from feedsvc.storage.jobs import last_runs

STORY = Revision(headline="Night bus stays", section="politics", body="It stays.")
PATIENCE_SECONDS = 10


@pytest.fixture
def running(database, settings):
    """Start the clock of a process; it ends with the test."""
    started = []

    def start(**values: object) -> Timekeeper:
        clock = Timekeeper(Database(settings.database_url, Clock()), settings, **values)
        clock.start()
        started.append(clock)
        return clock

    yield start
    for clock in started:
        clock.stop()
        clock._database.engine.dispose()


def until(is_so, seconds=PATIENCE_SECONDS):
    deadline = time.monotonic() + seconds
    while not (result := is_so()):
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.02)
    return result


def runs_of(database):
    with database.read() as connection:
        return {run.name: run for run in last_runs(connection)}


def test_of_several_clocks_one_leads_and_when_it_ends_another_one(running):
    clocks = [running() for _ in range(3)]
    first = until(lambda: next((clock for clock in clocks if clock.leads), None))
    time.sleep(2 * jobs.LEAD_SECONDS)
    assert [clock for clock in clocks if clock.leads] == [first]
    began = time.monotonic()
    first.stop()
    others = [clock for clock in clocks if clock is not first]
    until(lambda: any(clock.leads for clock in others))
    assert time.monotonic() - began < 2
    assert sum(clock.leads for clock in others) == 1


def test_a_clock_ends_at_whatever_moment_it_is_told_to(database, settings):
    for moment in range(12):
        clock = Timekeeper(Database(settings.database_url, Clock()), settings)
        clock.start()
        if moment % 2:
            until((settings.instance / jobs.LOCK).exists)  # it begins to lead just now
        time.sleep(moment / 1000)
        ending = threading.Thread(target=clock.stop, daemon=True)
        ending.start()
        ending.join(PATIENCE_SECONDS)
        assert not ending.is_alive()
        assert not clock.leads
        clock._database.engine.dispose()
        (settings.instance / jobs.LOCK).unlink(missing_ok=True)


def test_the_lock_says_which_process_leads(running, settings):
    clock = running()
    until(lambda: clock.leads and (settings.instance / jobs.LOCK).read_text())
    assert (settings.instance / jobs.LOCK).read_text() == f"{os.getpid()}\n"


def test_a_clock_that_may_not_lead_hands_over_readings_only(running, database, settings):
    counter = Readings(Clock())
    clock = running(readings=counter, may_lead=False)
    counter.count(1, "192.0.2.1", "Firefox")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jobs, "FLUSH_SECONDS", 0.1)
        second = running(readings=counter, may_lead=False)
        until(lambda: not counter._counted)
    assert not clock.leads
    assert not second.leads


def test_every_job_runs_at_once_and_is_reported(running, database, monkeypatch):
    monkeypatch.setattr(jobs, "REPORT_SECONDS", 0.3)
    running()
    until(lambda: {"publish", "trending", "notices", "clean"} <= runs_of(database).keys(), 25)
    assert {run.failure for run in runs_of(database).values()} == {""}


def test_a_failing_job_is_said_once_stops_no_other_one_and_is_tried_again(running, database, monkeypatch, caplog):
    def publish_due(database):
        if is_failing:
            raise FeedsvcError("The moon is full.")

    monkeypatch.setattr(jobs, "PUBLISH_SECONDS", 0.05)
    monkeypatch.setattr(jobs, "REPORT_SECONDS", 0.3)
    monkeypatch.setattr(schedule, "publish_due", publish_due)
    is_failing = True
    running()
    failed = until(lambda: (run := runs_of(database).get("publish")) and run.failure and run)
    assert failed.failure == "The moon is full."
    time.sleep(0.5)
    until(lambda: "trending" in runs_of(database), 25)
    assert runs_of(database)["trending"].failure == ""
    assert [record.getMessage() for record in caplog.records if "moon" in record.getMessage()] == [
        "The job publish failed, and is tried again: The moon is full."
    ]
    is_failing = False
    until(lambda: not runs_of(database)["publish"].failure)
    assert "The job publish works again." in caplog.text


def test_a_failure_that_nobody_foresaw_is_logged_with_where_it_happened(running, database, monkeypatch, caplog):
    monkeypatch.setattr(jobs, "PUBLISH_SECONDS", 0.05)
    monkeypatch.setattr(jobs, "REPORT_SECONDS", 0.3)
    monkeypatch.setattr(schedule, "publish_due", lambda database: 1 / 0)
    running()
    until(lambda: "publish" in runs_of(database) and runs_of(database)["publish"].failure)
    time.sleep(0.3)
    assert caplog.text.count("Traceback") == 1
    assert runs_of(database)["publish"].failure == "ZeroDivisionError: division by zero"


def test_a_mirror_that_cannot_be_kept_is_told_and_kept_once_it_can_be(running, database, settings, tmp_path, caplog):
    settings.mirror_dir = tmp_path / "mirror"
    settings.mirror_dir.mkdir()
    (settings.mirror_dir / "thesis.txt").write_text("Ten years of work")
    installation.settle_epoch(database, epoch(settings))
    running()
    until(lambda: "mirror" in runs_of(database) and "holds other files" in runs_of(database)["mirror"].failure)
    assert any(
        "holds other files" in line for line in create_app(settings).test_client().get("/healthz").json["details"]
    )
    time.sleep(3 * jobs.MIRROR_SECONDS)
    assert caplog.text.count("holds other files") == 1
    (settings.mirror_dir / "thesis.txt").unlink()
    until((settings.mirror_dir / "feeds" / "all.rss").exists)
    until(lambda: not runs_of(database)["mirror"].failure)


def test_a_story_whose_time_came_while_no_clock_ran_is_published_at_the_start_of_one(running, database):
    now = Clock()()
    there = Database(database.url.render_as_string(hide_password=False), Clock())
    at = (now + timedelta(seconds=3)).replace(microsecond=0)
    number = schedule.create_and_schedule(there, STORY, "ann", at)
    time.sleep((at - Clock()()).total_seconds() + 0.2)
    assert schedule.overdue(there) == []
    running()

    def published():
        with there.read() as connection:
            return articles.get(connection, number).published

    assert until(published, 5) == at
    there.engine.dispose()


def test_a_child_does_not_lead_by_what_its_parent_holds(running, settings):
    parent = running()
    until(lambda: parent.leads)
    inside, outside = os.pipe()
    child = os.fork()
    if child == 0:
        parent.start_after_fork()
        time.sleep(3 * jobs.LEAD_SECONDS)
        os.write(outside, b"leads" if parent.leads else b"follows")
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(inside, 100) == b"follows"
    for end in (inside, outside):
        os.close(end)
    assert parent.leads


def test_health_tells_of_the_clock_of_overdue_stories_and_of_failing_jobs(database, settings, clock):
    client = create_app(settings, clock).test_client()
    assert client.get("/healthz").json["clock"] == "never ran"
    with database.write() as connection:
        connection.execute(
            text("INSERT INTO jobs VALUES ('trending', :ran, 0.25, :failure, NULL)"),
            {"ran": clock().strftime("%Y-%m-%dT%H:%M:%S.%f"), "failure": ""},
        )
    said = client.get("/healthz")
    assert (said.status_code, said.json["clock"], said.json["overdue"]) == (200, "ok", 0)
    assert said.json["jobs"]["trending"]["seconds"] == 0.25
    assert 'feedsvc_job_duration_seconds{job="trending"} 0.25' in client.get("/metrics").text
    clock.move(minutes=5)
    assert client.get("/healthz").json["clock"] == "stopped"
    number = schedule.create_and_schedule(database, STORY, "ann", clock() + timedelta(minutes=1))
    clock.move(minutes=2)
    said = client.get("/healthz")
    assert (said.status_code, said.json["overdue"]) == (503, 1)
    assert said.json["details"] == [f"story {number} should have been published"]
    assert "feedsvc_overdue_stories 1.0" in client.get("/metrics").text
    with database.write() as connection:
        connection.execute(text("UPDATE jobs SET failure = 'The moon is full.'"))
    assert "The moon is full." in client.get("/healthz").json["details"][-1]


def test_readings_of_what_is_not_public_are_not_stored(database, settings, clock):
    with database.write() as connection:
        numbers = articles.add(connection, [("urn:uuid:1", STORY)], clock(), "ann")
    counter = Readings(clock)
    counter.count(numbers[0], "192.0.2.1", "Mozilla/5.0 Firefox/140.0")
    trend.flush(database, settings, counter)
    with database.read() as connection:
        assert readings.by_hour(connection, numbers, clock() - timedelta(days=1)) == {numbers[0]: {}}
