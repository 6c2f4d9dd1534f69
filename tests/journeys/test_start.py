"""Starting: one command, everything kept, and one clear line for everything that can go wrong."""

import io
import os
import re
import shutil
import socket
import sqlite3
import stat
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from feedsvc import cli, errors
from feedsvc.actions import staff
from feedsvc.actions.press import epoch
from feedsvc.domain.dates import Clock
from feedsvc.serve import check_port
from feedsvc.settings import Settings
from feedsvc.storage import installation
from feedsvc.storage.database import Database
from tests.journeys.serving import PASSWORD, PROJECT, Script, Service


@pytest.fixture
def instance(tmp_path):
    return Service(tmp_path / "instance")


def refusal(ran: subprocess.CompletedProcess) -> str:
    """The one line that a refused command says."""
    assert ran.returncode == 1
    assert "Traceback" not in ran.stdout + ran.stderr
    (line,) = ran.stderr.strip().splitlines()
    return line


@pytest.fixture
def refused(tmp_path, founded, monkeypatch, capsys):
    """Run a command here, on a newsroom of its own; the one line of its refusal is returned."""
    (tmp_path / "media").mkdir()
    shutil.copy(founded, tmp_path / "feedsvc.sqlite")

    def run(*command: str, **settings: str) -> str:
        for name in [name for name in os.environ if name.startswith("FEEDSVC_")]:
            monkeypatch.delenv(name)
        monkeypatch.setenv("FEEDSVC_INSTANCE_PATH", str(tmp_path))
        for name, value in settings.items():
            monkeypatch.setenv(f"FEEDSVC_{name}", value)
        code = cli.main(command)
        said = capsys.readouterr()
        assert code == 1
        (line,) = said.err.splitlines()
        assert line.startswith("feedsvc: ")
        return line

    return run


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


def test_serve_tells_a_password_that_it_made_as_init_does(service):
    service.stop()
    service.environment["FEEDSVC_ADMIN_PASSWORD"] = ""
    with sqlite3.connect(service.instance / "feedsvc.sqlite") as connection:
        for table in ("sign_in_failures", "sign_ins", "accounts"):
            connection.execute(f"DELETE FROM {table}")
    connection.close()
    service.start()
    password = (service.instance / "admin-password.txt").read_text().strip()
    answer = Script(service).post("/newsdesk/sign-in", {"user": "admin", "password": password})
    service.stop()
    assert answer.status == 303
    assert f"with the password in {service.instance}/admin-password.txt" in service.log.read_text()


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
    instance.tell("init")
    instance.environment["FEEDSVC_ADMIN_PASSWORD"] = "another password"
    instance.start()
    answers = [
        Script(instance).post("/newsdesk/sign-in", {"user": "admin", "password": password}).status
        for password in (PASSWORD, "another password")
    ]
    instance.stop()
    assert answers == [401, 303]


def test_a_taken_port_is_one_line(instance):
    instance.tell("init")
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
    assert "FEEDSVC_NONSENSE is no setting" in refusal(instance.tell("init"))


def test_a_wrong_setting_in_the_file_is_one_line(instance):
    instance.instance.mkdir()
    (instance.instance / "config.py").write_text("PORTT = 1\n")
    assert "PORTT" in refusal(instance.tell("init"))
    (instance.instance / "config.py").write_text("PORT = \n")
    assert "config.py cannot be read" in refusal(instance.tell("init"))


def test_a_database_that_is_missing_is_one_line(instance):
    assert "python -m feedsvc init" in refusal(instance.tell("serve"))


def test_a_database_that_needs_newer_code_is_one_line(instance):
    instance.tell("init")
    with sqlite3.connect(instance.instance / "feedsvc.sqlite") as connection:
        connection.execute("UPDATE installation SET oldest_code = 99")
    connection.close()
    for command in ("init", "serve", "migrate"):
        assert "newer feedsvc" in refusal(instance.tell(command))


def test_a_file_that_is_no_database_is_one_line(instance):
    instance.instance.mkdir()
    (instance.instance / "feedsvc.sqlite").write_text("This is a letter, not a database. " * 50)
    assert "database" in refusal(instance.tell("init"))


@pytest.fixture
def open_folder(founded):
    """A folder with a newsroom that everybody may read and only its owner may write, and that has all that it needs.

    The folders of tests are closed to others.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "instance").mkdir()
        (folder / "instance").chmod(0o777)
        shutil.copy(founded, folder / "feedsvc.sqlite")
        database = Database(f"sqlite:///{folder}/feedsvc.sqlite", Clock())
        staff.add_account(database, "admin", PASSWORD)
        installation.settle_epoch(database, epoch(Settings({})))
        database.gather()
        (folder / "feedsvc.sqlite").chmod(0o444)
        folder.chmod(0o555)
        yield folder


def test_a_folder_that_cannot_be_written_is_one_line(refused, open_folder, as_nobody):
    with as_nobody():
        for folder in (open_folder, open_folder / "another"):
            assert "cannot be written" in refused("init", INSTANCE_PATH=str(folder))


@pytest.mark.parametrize("mode", [0o555, 0o777])
def test_a_database_that_cannot_be_written_is_one_line(refused, open_folder, as_nobody, mode):
    open_folder.chmod(mode)
    with as_nobody():
        for command in (("serve",), ("section", "add", "arts", "Arts"), ("migrate",)):
            said = refused(
                *command,
                INSTANCE_PATH=f"{open_folder}/instance",
                DATABASE_URL=f"sqlite:///{open_folder}/feedsvc.sqlite",
            )
            assert f"The database {open_folder}/feedsvc.sqlite cannot be opened or written" in said


def test_a_folder_that_cannot_be_searched_is_one_line(refused, tmp_path, as_nobody):
    (tmp_path / "closed").mkdir(mode=0o600)
    with as_nobody():
        for command in ("init", "serve"):
            assert "Permission denied" in refused(command, INSTANCE_PATH=str(tmp_path / "closed"))


def test_a_path_that_is_too_long_is_one_line(refused):
    assert "too long" in refused("init", INSTANCE_PATH="/tmp/" + "a" * 5000)


def test_a_damaged_database_is_one_line(refused, tmp_path):
    (tmp_path / "feedsvc.sqlite").write_bytes(b"This is a letter. " * 500)
    for command in ("init", "serve", "migrate"):
        said = refused(command)
        assert f"{tmp_path}/feedsvc.sqlite is damaged" in said
        assert "python -m feedsvc init" in said


def test_a_folder_in_the_place_of_the_database_is_one_line(refused, tmp_path):
    (tmp_path / "feedsvc.sqlite").unlink()
    (tmp_path / "feedsvc.sqlite").mkdir()
    for command in ("init", "serve", "migrate"):
        assert f"{tmp_path}/feedsvc.sqlite is a folder" in refused(command)


def test_migrating_nothing_is_one_line(refused, tmp_path):
    (tmp_path / "feedsvc.sqlite").unlink()
    assert "There is no database" in refused("migrate")


@pytest.mark.parametrize("url", ["sqlite+aiosqlite:///x", "sqlite://h:p/x", "sqlite:///x?timeout=abc", "x"])
def test_a_wrong_database_url_is_one_line(refused, url):
    assert "DATABASE_URL" in refused("init", DATABASE_URL=url)


@pytest.mark.parametrize("host", ["nowhere.invalid", "192.0.2.1", "2001:db8::1"])
def test_a_host_that_is_not_here_is_one_line_about_the_host(refused, host):
    said = refused("serve", HOST=host)
    assert f"FEEDSVC_HOST is “{host}”" in said
    assert "port" not in said


def test_a_port_on_which_somebody_listens_on_all_addresses_is_taken(refused):
    with socket.create_server(("0.0.0.0", 0)) as listening:
        assert "cannot be used" in refused("serve", PORT=str(listening.getsockname()[1]))


def test_a_port_that_a_killed_service_still_holds_is_waited_for():
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    threading.Timer(0.4, listening.close).start()
    check_port("127.0.0.1", Settings({"FEEDSVC_PORT": str(port)}))


@pytest.mark.parametrize(
    "command",
    [
        *("nonsense", "", "article", "user add", "article publish", "article publish x", "article publish 0"),
        *(f"article publish {10**22}", f"article withdraw {2**63}", "article publish ١"),
        *(f"article list --limit {10**22}", "article list --limit -1", "article list --limit 0"),
        "article list --status spiked",
    ],
)
def test_a_command_that_cannot_be_understood_is_one_line(refused, command):
    assert "--help" in refused(*command.split())


@pytest.mark.parametrize(
    "command", ["section add {} Arts", "section add arts {}", "user add {}", "user password {}", "article publish {}"]
)
def test_arguments_that_are_no_text_are_one_line(refused, command):
    assert "is no text in UTF-8" in refused(*command.format(os.fsdecode(b"caf\xe9")).split())


@pytest.mark.parametrize("errors", ["strict", "surrogateescape"])
def test_a_password_that_is_no_text_is_one_line(refused, monkeypatch, errors):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"caf\xe9 au lait\n"), "utf-8", errors))
    assert "A password is text in UTF-8" in refused("user", "add", "ann")


def test_a_password_of_the_settings_that_is_none_is_one_line(refused):
    assert "FEEDSVC_ADMIN_PASSWORD takes text" in refused("init", ADMIN_PASSWORD=os.fsdecode(b"caf\xe9 au lait"))
    for command in ("init", "serve"):
        assert "FEEDSVC_ADMIN_PASSWORD" in refused(command, ADMIN_PASSWORD="short")


def test_no_password_at_the_prompt_is_one_line(service):
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    command = subprocess.Popen(
        [sys.executable, "-m", "feedsvc", "user", "add", "ann"],
        cwd=PROJECT,
        env=service.environment,
        stdin=theirs,
        stdout=theirs,
        stderr=subprocess.PIPE,
        start_new_session=True,  # so that the terminal of the tests is not asked
    )
    assert os.read(command.stderr.fileno(), 100) == b"Password: "
    os.write(ours, b"\x04")
    said = command.communicate(timeout=60)[1].decode()
    os.close(ours)
    os.close(theirs)
    assert command.returncode == 1
    assert said.splitlines()[-1] == "feedsvc: No password was typed. Nothing was changed."
    assert "Traceback" not in said


def test_output_that_the_terminal_cannot_write_is_written_otherwise(service):
    service.environment["PYTHONIOENCODING"] = "ascii"
    assert service.run("section", "add", "zurich", "Zürich").returncode == 0
    assert "Z\\xfcrich" in service.run("section", "list").stdout
    assert refusal(service.run("section", "add", "Zürich", "x")).startswith("feedsvc: \\u201cZ\\xfcrich\\u201d")


def test_a_reader_that_stops_reading_is_no_error(service):
    command = [sys.executable, "-m", "feedsvc", "section", "list"]
    with subprocess.Popen(
        command, cwd=PROJECT, env=service.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as listing:
        listing.stdout.close()
        assert listing.stderr.read() == b""


def test_a_python_without_the_requirements_is_told_which_one_has_them():
    bare = subprocess.run(
        [sys.executable, "-S", "-m", "feedsvc", "init"], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert ".venv/bin/python -m feedsvc" in refusal(bare)


def test_a_command_in_a_message_can_be_typed_as_it_stands(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.executable", str(tmp_path / ".venv/bin/python"))
    assert errors.command("init") == ".venv/bin/python -m feedsvc init"
    monkeypatch.setattr("sys.executable", "/opt/our python/bin/python3")
    assert errors.command("init") == "'/opt/our python/bin/python3' -m feedsvc init"


def test_a_clean_stop_leaves_the_whole_newsroom_in_one_file(service):
    service.stop()
    service.environment |= {"FEEDSVC_HOST": "localhost"}
    service.start()
    Script(service).sign_in().act("publish", headline="Kept", section="tech", body="It is kept.")
    assert service.stop() == 0
    log = service.log.read_text()
    assert log.endswith("Stopped.\n")
    assert f"http://localhost:{service.port}/" in log
    assert "python -m feedsvc user password admin" in log or "FEEDSVC_ADMIN_PASSWORD" in log
    assert [path.name for path in service.instance.glob("feedsvc.sqlite*")] == ["feedsvc.sqlite"]
    connection = sqlite3.connect(f"{(service.instance / 'feedsvc.sqlite').as_uri()}?immutable=1", uri=True)
    assert connection.execute("SELECT headline FROM revisions").fetchall()[-1] == ("Kept",)
    connection.close()


@pytest.mark.parametrize(
    "command",
    [
        *("", "init", "serve", "migrate", "user add", "user password", "user list", "section add", "section list"),
        *("user invite", "user role", "user remove"),
        *("article list", "article publish", "article withdraw", "sample remove"),
    ],
)
def test_every_command_has_help(command, capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main([*command.split(), "--help"])
    assert ended.value.code == 0
    assert f"usage: python -m feedsvc {command}".strip() in capsys.readouterr().out


def test_commands_look_after_a_team(instance):
    def roles():
        return dict(line.split("\t")[:2] for line in instance.tell("user", "list").stdout.splitlines())

    instance.tell("init")
    instance.tell("user", "add", "ann", typed="a good password\n")
    instance.tell("user", "add", "bob", "--role", "writer", typed="a good password\n")
    assert roles() == {"admin": "administrator", "ann": "administrator", "bob": "writer"}
    assert instance.tell("user", "role", "bob", "editor").stdout == "bob is editor now.\n"
    assert instance.tell("user", "role", "ann", "writer").returncode == 0
    for refused in (("role", "admin", "editor"), ("remove", "admin")):
        assert "admin is the last administrator" in refusal(instance.tell("user", *refused))
    assert "no account “cid”" in refusal(instance.tell("user", "role", "cid", "editor"))
    assert "invalid choice" in refusal(instance.tell("user", "invite", "owner"))
    assert "bob is removed" in instance.tell("user", "remove", "bob").stdout
    link = instance.tell("user", "invite", "editor").stdout.strip()
    path = "/newsdesk/invitation/" + link.rpartition("/newsdesk/invitation/")[2]
    instance.start()
    answer = Script(instance).post(path, {"user": "cid", "password": "a good password", "again": "a good password"})
    assert answer.status == 303
    assert Script(instance).post(path, {"user": "dan", "password": "12345678", "again": "12345678"}).status == 404
    assert roles() == {"admin": "administrator", "ann": "writer", "cid": "editor"}
    instance.stop()


def test_commands_do_what_they_say(instance):
    instance.tell("init")
    assert "ann can sign in" in instance.run("user", "add", "ann", typed="a good password\n").stdout
    assert "already" in refusal(instance.tell("user", "add", "ann", typed="a good password\n"))
    assert "8 to 1,000" in refusal(instance.tell("user", "password", "ann", typed="short\n"))
    assert "new password" in instance.tell("user", "password", "ann", typed="a better password\n").stdout
    assert [line.split("\t")[0] for line in instance.tell("user", "list").stdout.splitlines()] == ["admin", "ann"]
    assert "/feeds/arts" in instance.tell("section", "add", "arts", "Arts", "--description", "Plays").stdout
    assert "is an address of feedsvc" in refusal(instance.tell("section", "add", "feeds", "Feeds"))
    assert instance.tell("section", "list").stdout == "arts\tArts\tPlays\n"
    assert "There is no story 7" in refusal(instance.tell("article", "publish", "7"))
    instance.start()
    Script(instance).sign_in().act("save", headline="A play", section="arts", body="It was good.")
    assert instance.tell("article", "list", "--status", "draft").stdout.endswith("A play\n")
    assert instance.run("article", "publish", "1").returncode == 0
    assert "A play" in instance.get("/feeds/arts.json").text
    assert instance.tell("article", "withdraw", "1", "--notice", "Not so good.").returncode == 0
    assert "Not so good." in instance.get("/feeds/arts.json").text
    instance.stop()


def test_the_sample_newsroom_can_be_removed_and_its_addresses_are_free(instance):
    instance.tell("init", "--sample")
    instance.start()
    Script(instance).sign_in().act("publish", headline="Ours", section="world", body="It stays.")
    before = instance.get("/feeds/world.rss").headers["ETag"]
    assert "removed" in instance.run("sample", "remove").stdout
    assert [line.split("\t")[0] for line in instance.tell("section", "list").stdout.splitlines()] == ["world"]
    assert len(instance.tell("article", "list").stdout.splitlines()) == 1
    after = instance.get("/feeds/world.rss", If_None_Match=before)
    assert after.status == 200
    assert after.headers["ETag"].split(".")[0] != before.split(".")[0]
    assert instance.get("/feeds/politics.rss").status == 404
    assert list((instance.instance / "media").iterdir()) == []
    assert "was removed already" in refusal(instance.tell("sample", "remove"))
    assert instance.tell("section", "add", "politics", "Politics").returncode == 0
    instance.stop()


@pytest.mark.skipif(shutil.which("make") is None, reason="needs make: sudo apt install make")
def test_make_help_lists_what_make_can_do():
    said = subprocess.run(["make", "help"], cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    for target in ("run", "test", "check", "lock"):
        assert f"make {target}" in said
