"""Starting: one command, everything kept, and one clear line for everything that can go wrong."""

import os
import re
import shutil
import sqlite3
import stat
import subprocess
import sys

import pytest

from feedsvc import cli
from tests.journeys.serving import PASSWORD, PROJECT, Script, Service


@pytest.fixture
def instance(tmp_path):
    return Service(tmp_path / "instance")


def refusal(ran: subprocess.CompletedProcess) -> str:
    """The one line that a refused command says."""
    assert ran.returncode != 0
    assert "Traceback" not in ran.stdout + ran.stderr
    (line,) = ran.stderr.strip().splitlines()
    return line


def test_a_new_newsroom_has_sample_stories_and_the_next_start_keeps_everything(instance):
    assert "sample stories" in instance.run("init", "--sample").stdout
    assert instance.run("init", "--sample").stdout == ""
    assert len(instance.run("article", "list").stdout.splitlines()) >= 12
    instance.start()
    Script(instance).sign_in().act("publish", headline="Kept", section="tech", body="It is kept.")
    assert instance.stop() == 0
    assert "Kept" in instance.run("article", "list").stdout
    assert "Traceback" not in instance.log.read_text()


def test_without_a_terminal_the_password_goes_to_a_file_that_only_its_owner_reads(instance):
    instance.environment["FEEDSVC_ADMIN_PASSWORD"] = ""
    said = instance.run("init").stdout
    path = instance.instance / "admin-password.txt"
    assert str(path) in said
    password = path.read_text().strip()
    assert password not in said
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    instance.start()
    answer = Script(instance).post("/newsdesk/sign-in", {"user": "admin", "password": password})
    instance.stop()
    assert answer.status == 303
    assert password not in instance.log.read_text()


def test_in_a_terminal_the_password_is_shown_once(instance):
    pty = pytest.importorskip("pty")
    instance.environment["FEEDSVC_ADMIN_PASSWORD"] = ""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "feedsvc", "init"]
    subprocess.run(command, cwd=PROJECT, env=instance.environment, stdout=theirs, stdin=theirs, check=True, timeout=60)
    shown = os.read(ours, 10_000).decode()
    os.close(ours)
    os.close(theirs)
    assert re.search(r"Sign in as admin with the password [0-9a-f-]{19} ", shown)
    assert not (instance.instance / "admin-password.txt").exists()
    assert "password" not in instance.run("init").stdout


def test_a_password_of_the_settings_is_set_at_each_start(instance):
    instance.run("init")
    instance.environment["FEEDSVC_ADMIN_PASSWORD"] = "another password"
    instance.start()
    answers = [
        Script(instance).post("/newsdesk/sign-in", {"user": "admin", "password": password}).status
        for password in (PASSWORD, "another password")
    ]
    instance.stop()
    assert answers == [401, 303]


def test_a_taken_port_is_one_line(instance):
    instance.run("init")
    instance.start()
    said = refusal(instance.run("serve"))
    instance.stop()
    assert f"Port {instance.port}" in said
    assert "PORT=" in said


def test_a_wrong_setting_is_one_line(instance):
    instance.environment["FEEDSVC_FEED_ENTRIES"] = "many"
    assert "FEEDSVC_FEED_ENTRIES takes a whole number" in refusal(instance.run("init"))
    instance.environment["FEEDSVC_FEED_ENTRIES"] = "50"
    instance.environment["FEEDSVC_NONSENSE"] = "1"
    assert "FEEDSVC_NONSENSE is no setting" in refusal(instance.run("init"))


def test_a_wrong_setting_in_the_file_is_one_line(instance):
    instance.instance.mkdir()
    (instance.instance / "config.py").write_text("PORTT = 1\n")
    assert "PORTT" in refusal(instance.run("init"))
    (instance.instance / "config.py").write_text("PORT = \n")
    assert "config.py cannot be read" in refusal(instance.run("init"))


def test_a_database_that_is_missing_is_one_line(instance):
    assert "python -m feedsvc init" in refusal(instance.run("serve"))


def test_a_database_that_needs_newer_code_is_one_line(instance):
    instance.run("init")
    with sqlite3.connect(instance.instance / "feedsvc.sqlite") as connection:
        connection.execute("UPDATE installation SET oldest_code = 99")
    connection.close()
    for command in ("init", "serve", "migrate"):
        assert "newer feedsvc" in refusal(instance.run(command))


def test_a_file_that_is_no_database_is_one_line(instance):
    instance.instance.mkdir()
    (instance.instance / "feedsvc.sqlite").write_text("This is a letter, not a database. " * 50)
    assert "database" in refusal(instance.run("init"))


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")
def test_a_folder_that_cannot_be_written_is_one_line(instance):
    instance.environment["FEEDSVC_INSTANCE_PATH"] = "/proc/feedsvc"
    assert "cannot be written" in refusal(instance.run("init"))


@pytest.mark.parametrize(
    "command",
    [
        *("", "init", "serve", "migrate", "user add", "user password", "user list", "section add", "section list"),
        *("article list", "article publish", "article withdraw", "sample remove"),
    ],
)
def test_every_command_has_help(command, capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main([*command.split(), "--help"])
    assert ended.value.code == 0
    assert f"usage: python -m feedsvc {command}".strip() in capsys.readouterr().out


def test_commands_do_what_they_say(instance):
    instance.run("init")
    assert "ann can sign in" in instance.run("user", "add", "ann", typed="a good password\n").stdout
    assert "already" in refusal(instance.run("user", "add", "ann", typed="a good password\n"))
    assert "8 to 1,000" in refusal(instance.run("user", "password", "ann", typed="short\n"))
    assert "new password" in instance.run("user", "password", "ann", typed="a better password\n").stdout
    assert [line.split("\t")[0] for line in instance.run("user", "list").stdout.splitlines()] == ["admin", "ann"]
    assert "/feeds/arts" in instance.run("section", "add", "arts", "Arts", "--description", "Plays").stdout
    assert "is an address of feedsvc" in refusal(instance.run("section", "add", "feeds", "Feeds"))
    assert instance.run("section", "list").stdout == "arts\tArts\tPlays\n"
    assert "There is no story 7" in refusal(instance.run("article", "publish", "7"))
    instance.start()
    Script(instance).sign_in().act("save", headline="A play", section="arts", body="It was good.")
    assert instance.run("article", "list", "--status", "draft").stdout.endswith("A play\n")
    assert instance.run("article", "publish", "1").returncode == 0
    assert "A play" in instance.get("/feeds/arts.json").text
    assert instance.run("article", "withdraw", "1", "--notice", "Not so good.").returncode == 0
    assert "Not so good." in instance.get("/feeds/arts.json").text
    instance.stop()


def test_the_sample_newsroom_can_be_removed_and_its_addresses_are_free(instance):
    instance.run("init", "--sample")
    instance.start()
    Script(instance).sign_in().act("publish", headline="Ours", section="world", body="It stays.")
    before = instance.get("/feeds/world.rss").headers["ETag"]
    assert "removed" in instance.run("sample", "remove").stdout
    assert [line.split("\t")[0] for line in instance.run("section", "list").stdout.splitlines()] == ["world"]
    assert len(instance.run("article", "list").stdout.splitlines()) == 1
    after = instance.get("/feeds/world.rss", If_None_Match=before)
    assert after.status == 200
    assert after.headers["ETag"].split(".")[0] != before.split(".")[0]
    assert instance.get("/feeds/politics.rss").status == 404
    assert list((instance.instance / "media").iterdir()) == []
    assert "was removed already" in refusal(instance.run("sample", "remove"))
    assert instance.run("section", "add", "politics", "Politics").returncode == 0
    instance.stop()


@pytest.mark.skipif(shutil.which("make") is None, reason="needs make: sudo apt install make")
def test_make_help_lists_what_make_can_do():
    said = subprocess.run(["make", "help"], cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    for target in ("run", "test", "check", "lock"):
        assert f"make {target}" in said
