"""Nothing acknowledged is lost: the process is really killed while stories are being published."""

import threading
import time

import feedparser
import pytest

from tests.journeys.serving import Script

EDITORS = 4
STORIES = 100


@pytest.mark.parametrize("enough", [10, 60])
def test_nothing_acknowledged_is_lost_by_a_kill(service, enough):
    acknowledged: list[tuple[str, str]] = []
    is_killed = threading.Event()

    def publish(editor: int) -> None:
        script = Script(service).sign_in()
        for number in range(STORIES // EDITORS):
            headline, section = f"Story {editor}-{number}", ("politics", "tech")[number % 2]
            try:
                script.act("publish", headline=headline, section=section, body=f"The text of {headline}.")
            except (OSError, AssertionError):
                assert is_killed.wait(20), "the service failed before it was killed"
                return
            acknowledged.append((headline, section))

    editors = [threading.Thread(target=publish, args=(editor,)) for editor in range(EDITORS)]
    for editor in editors:
        editor.start()
    deadline = time.monotonic() + 60
    while len(acknowledged) < enough:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    service.kill()
    is_killed.set()
    for editor in editors:
        editor.join()

    service.start()
    entries = {}
    for name in ("all", "politics", "tech"):
        answer = service.get(f"/feeds/{name}.atom")
        feed = feedparser.parse(answer.body)
        assert not feed.bozo
        entries[name] = {entry.title: entry for entry in feed.entries}
    for headline, section in acknowledged:
        for name in ("all", section):
            entry = entries[name][headline]
            assert f"The text of {headline}." in entry.content[0].value
        page = service.get(entries["all"][headline].link.removeprefix(service.url))
        assert page.status == 200
        assert f"The text of {headline}." in page.text
    # A story that was not acknowledged is whole or not there at all.
    assert entries["all"].keys() == entries["politics"].keys() | entries["tech"].keys()
    assert not entries["politics"].keys() & entries["tech"].keys()
    checked = service.tell("check")
    assert checked.returncode == 0, checked.stdout
