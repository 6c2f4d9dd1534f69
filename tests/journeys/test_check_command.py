"""`python -m feedsvc check` as an operator calls it: what it says, and its exit code."""

import shutil
import sqlite3
from contextlib import closing

from tests.journeys.serving import Service


def test_check_says_what_is_wrong_mends_it_and_tells_by_its_exit_code(tmp_path, founded):
    service = Service(tmp_path / "instance")
    missing = service.tell("check")
    assert missing.returncode == 2
    assert "init" in missing.stderr
    (service.instance / "media").mkdir(parents=True, exist_ok=True)
    database = service.instance / "feedsvc.sqlite"
    shutil.copy(founded, database)

    whole = service.tell("check")
    assert (whole.returncode, whole.stdout, whole.stderr) == (0, "All is well.\n", "")

    with closing(sqlite3.connect(database)) as driver:
        driver.execute("DELETE FROM feed_heads WHERE feed_id = 1")
        driver.commit()
    wrong = service.tell("check")
    assert wrong.returncode == 1
    assert wrong.stdout.splitlines() == [
        "The feed all: It has no head, so no document of it can be made. --repair moves its head by a change.",
        "1 found.",
    ]
    mended = service.tell("check", "--repair")
    assert mended.returncode == 0
    assert mended.stdout.splitlines() == [
        "The feed all: It has no head, so no document of it can be made. It is mended.",
        "1 found, 1 mended, 0 left.",
    ]
    assert service.tell("check").returncode == 0
    assert service.tell("check", "--all").returncode == 2

    shutil.rmtree(service.instance / "media")
    (service.instance / "media").mkdir()
    with closing(sqlite3.connect(database)) as driver:
        driver.execute("INSERT INTO pictures VALUES (1, 'a-long-key', 'image/jpeg', 1, 1, 1, NULL, '2026-01-01', 0)")
        driver.commit()
    left = service.tell("check", "--repair")
    assert left.returncode == 1
    assert "Its file a-long-key.jpg is not there. Copy it there from a backup" in left.stdout
    assert left.stdout.endswith("1 found, 0 mended, 1 left.\n")
