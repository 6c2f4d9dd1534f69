"""docs/polling.md: every line of it that can be typed does what the guide says."""

import fnmatch
import re
import shutil
import subprocess
import time

import pytest

from tests.journeys.serving import PROJECT, Script, Service

GUIDE = PROJECT / "docs/polling.md"
EVENT = "an editor publishes a story"

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl: apt-get install curl")


def test_the_lines_of_the_guide_do_what_it_says(tmp_path, service: Service):
    """All run in one shell: a later line may use what an earlier one set."""
    script = Script(service).sign_in()
    for number in range(5):
        script.act("publish", headline=f"Story {number}", section="politics", body="The buses run all night. " * 100)
    shell = subprocess.Popen(
        ["sh"], cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    text, before = GUIDE.read_text(), ""
    ran = 0
    for part in re.split(r"^```", text, flags=re.MULTILINE):
        kind, _, lines = part.partition("\n")
        if kind != "console":
            before = part
            continue
        if EVENT in before:
            script.act("publish", headline="News", section="politics", body="The ferry runs, too.")
            # So long a poll may get a document of before.
            time.sleep(1.2)
        for command, expected in commands(lines):
            shell.stdin.write(command.replace("http://127.0.0.1:8000", service.url) + "\necho; echo =end=\n")
            shell.stdin.flush()
            said = []
            while (line := shell.stdout.readline().rstrip("\n")) != "=end=":
                said.append(line)
            said = "\n".join(said).strip()
            assert fnmatch.fnmatchcase(said, expected.replace("[", "[[]").replace("…", "*")), f"{command}\n{said}"
            ran += 1
    shell.stdin.close()
    shell.stdout.close()
    shell.wait(10)
    assert ran >= 8


def commands(lines: str) -> list[tuple[str, str]]:
    """Each line that is typed, and what it prints."""
    found = re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", lines, re.MULTILINE)
    return [(command, printed.strip()) for command, printed in found]
