"""rss2email, which no one here wrote: it asks for changes alone, takes them for a failure, and so gets documents."""

import os
import subprocess
import sys
import time
from email import message_from_bytes
from pathlib import Path

import pytest

from tests.journeys.serving import Script, Service

pytest.importorskip("rss2email", reason="needs rss2email: make .venv/test")


class Rss2email:
    """One reader's rss2email with one subscription, which puts its mail into a folder."""

    def __init__(self, home: Path, url: str) -> None:
        home.mkdir()
        self.settings, self.data, self.mail = home / "settings", home / "data.json", home / "mail"
        self.mail.mkdir()
        self.run("new", "reader@news.example")
        places = f"email-protocol = maildir\nmaildir-path = {self.mail}\nmaildir-mailbox = in\n"
        given = [line for line in self.settings.read_text().splitlines() if not line.startswith(("email-p", "maildir"))]
        self.settings.write_text("\n".join(given) + f"\n{places}")
        self.run("add", "politics", url)

    def run(self, *command: str) -> str:
        """Do what a reader does; returns what was complained of."""
        begin = "from rss2email.main import run; run()"
        arguments = ["-c", begin, "-c", str(self.settings), "-d", str(self.data), *command]
        environment = {**os.environ, "HOME": str(self.settings.parent)}
        done = subprocess.run(
            [sys.executable, *arguments], env=environment, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr
        return "\n".join(line for line in done.stderr.splitlines() if "[INFO]" not in line)

    def subjects(self) -> list[str]:
        files = [path for path in self.mail.rglob("*") if path.is_file()]
        return sorted(message_from_bytes(path.read_bytes())["Subject"] for path in files)


def test_rss2email_sends_each_story_once(service: Service, tmp_path):
    script = Script(service).sign_in()
    script.act("publish", headline="Night bus stays", section="politics", body="It stays.")
    script.act("publish", headline="Ferry is back", section="politics", body="It is back.")
    reader = Rss2email(tmp_path / "reader", f"{service.url}/feeds/politics.atom")
    complaints = [reader.run("run")]
    assert reader.subjects() == ["Ferry is back", "Night bus stays"]

    script.act("publish", headline="Trams go", section="politics", body="They go.")
    deadline = time.monotonic() + 20
    while "Trams go" not in reader.subjects():
        assert time.monotonic() < deadline, complaints
        complaints.append(reader.run("run"))
    complaints.append(reader.run("run"))
    assert reader.subjects() == ["Ferry is back", "Night bus stays", "Trams go"]
    assert not any(complaints)
