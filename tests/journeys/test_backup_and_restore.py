"""The last line of defence: a service is backed up while it works, lost, and put back somewhere else."""

import io
import os
import resource
import signal
import subprocess
import sys
import threading
import time

import feedparser
import pytest
from PIL import Image

from feedsvc import cli
from tests.journeys.serving import PROJECT, Script, Service


def refusal(ran: subprocess.CompletedProcess) -> str:
    """The one line that a refused command says."""
    assert ran.returncode != 0
    assert "Traceback" not in ran.stdout + ran.stderr
    (line,) = ran.stderr.strip().splitlines()
    return line


def add_picture(service, script, headline):
    """Publish a story with a picture, as an editor's browser does; returns the picture's path."""
    path = script.act("save", headline=headline, section="tech", body="With a picture.")
    data = io.BytesIO()
    Image.linear_gradient("L").convert("RGB").save(data, "JPEG")
    fields = script.form(path) | {"action": "publish", "picture_alt": "Grey"}
    boundary = "xxxxxxxxxx"
    body = b"".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
        if name != "picture"
    )
    body += (
        f'--{boundary}\r\nContent-Disposition: form-data; name="picture"; filename="grey.jpg"\r\n'
        f"Content-Type: image/jpeg\r\n\r\n"
    ).encode()
    body += data.getvalue() + f"\r\n--{boundary}--\r\n".encode()
    answer = service.request(
        "POST",
        path,
        body,
        Content_Type=f"multipart/form-data; boundary={boundary}",
        Origin=service.url,
        Cookie=script.cookie,
    )
    assert answer.status == 303, answer.text
    (entry,) = (e for e in feedparser.parse(service.get("/feeds/tech.atom").body).entries if e.title == headline)
    return next(link.href for link in entry.links if link.rel == "enclosure").removeprefix(service.url)


def entries(service):
    feed = feedparser.parse(service.get("/feeds/all.atom").body)
    assert not feed.bozo
    return {entry.id: entry.title for entry in feed.entries}


def test_a_newsroom_that_burnt_down_is_served_from_its_backup(service, tmp_path):
    script = Script(service).sign_in()
    picture = add_picture(service, script, "A picture")
    withdrawn = script.act("publish", headline="Wrong", section="tech", body="It was wrong.")
    script.act("withdraw", withdrawn, notice="Sorry.")
    acknowledged, is_enough = [], threading.Event()

    def publish() -> None:
        editor = Script(service).sign_in()
        while not is_enough.is_set():
            headline = f"Story {len(acknowledged)}"
            editor.act("publish", headline=headline, section="politics", body="News.")
            acknowledged.append(headline)

    editor = threading.Thread(target=publish)
    editor.start()
    while len(acknowledged) < 3:
        time.sleep(0.01)
    before = set(acknowledged)
    made = service.run("backup", str(tmp_path / "news.tar"))
    is_enough.set()
    editor.join()
    assert made.returncode == 0, made.stderr
    assert str(tmp_path / "news.tar") in made.stdout
    was = entries(service)
    tech = service.get("/feeds/tech.rss")
    sent = service.get(picture)
    service.stop()

    other = Service(tmp_path / "other", FEEDSVC_BASE_URL=service.url)
    restored = other.run("restore", str(tmp_path / "news.tar"))
    assert restored.returncode == 0, restored.stderr
    assert "nobody is signed in" in restored.stdout
    other.start()
    try:
        now = entries(other)
        assert now.items() <= was.items()
        assert before <= set(now.values())
        again = other.get("/feeds/tech.rss", If_None_Match=tech.headers["ETag"])
        assert again.status == 200
        assert again.body == tech.body
        assert again.headers["ETag"] != tech.headers["ETag"]
        assert other.get(picture).body == sent.body
        assert other.get(withdrawn.replace("/newsdesk", "") + "/wrong").status == 410
        assert other.get("/newsdesk/articles/new", Cookie=script.cookie).status != 200
        Script(other).sign_in().act("publish", headline="Open again", section="politics", body="News.")
    finally:
        other.stop()


def test_nothing_is_restored_while_the_service_runs_or_a_part_of_it(service, tmp_path):
    file = str(tmp_path / "news.tar")
    assert service.tell("backup", file).returncode == 0
    Script(service).sign_in().act("publish", headline="Since then", section="tech", body="News.")
    assert "in use" in refusal(service.tell("restore", file, "--force"))
    assert "Since then" in service.get("/feeds/all.rss").text
    # Its workers outlive a killed main process for a moment; the lock file it leaves is no obstacle.
    os.kill(service.process.pid, signal.SIGKILL)
    service.process.wait()
    assert "--force" in refusal(service.tell("restore", file))
    assert service.run("restore", file, "--force").returncode == 0
    service.start()
    assert "Since then" not in service.get("/feeds/all.rss").text


def test_nothing_is_served_while_it_is_restored(service, tmp_path):
    import fcntl

    service.stop()
    with (service.instance / "service.lock").open("w") as restoring:
        fcntl.flock(restoring, fcntl.LOCK_EX)
        for command in (("serve",), ("article", "list"), ("restore", "x.tar")):
            assert "in use" in refusal(service.tell(*command))


def test_what_can_go_wrong_with_a_backup_is_one_line(service, tmp_path):
    assert "There is no folder" in refusal(service.tell("backup", str(tmp_path / "none" / "x.tar")))
    (tmp_path / "letter").write_text("This is a letter.")
    assert "there already" in refusal(service.tell("backup", str(tmp_path / "letter")))
    assert "no backup" in refusal(service.tell("backup", "--force", str(tmp_path / "letter")))
    service.stop()
    assert "no backup" in refusal(service.tell("restore", str(tmp_path / "letter"), "--force"))
    assert "No such file" in refusal(service.tell("restore", str(tmp_path / "none.tar"), "--force"))
    empty = Service(tmp_path / "empty")
    assert "nothing to back up" in refusal(empty.tell("backup", str(tmp_path / "x.tar")))


def test_a_disk_without_room_is_one_line_and_leaves_nothing(service, tmp_path):
    ran = subprocess.run(
        [sys.executable, "-m", "feedsvc", "backup", str(tmp_path / "news.tar")],
        cwd=PROJECT,
        env=service.environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000)),
    )
    refusal(ran)
    assert not [path.name for path in tmp_path.iterdir() if "news.tar" in path.name]


def test_a_backup_that_moves_the_database_says_so(service, tmp_path):
    (service.instance / "config.py").write_text(f'DATABASE_URL = "sqlite:///{service.instance}/feedsvc.sqlite"\n')
    assert service.tell("backup", str(tmp_path / "news.tar")).returncode == 0
    other = Service(tmp_path / "other")
    said = other.tell("restore", str(tmp_path / "news.tar"))
    assert said.returncode == 0, said.stderr
    assert str(other.instance / "feedsvc.sqlite") in said.stdout
    assert "DATABASE_URL" in said.stdout


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_the_commands_have_help(command, capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main([command, "--help"])
    assert ended.value.code == 0
    assert "--force" in capsys.readouterr().out
