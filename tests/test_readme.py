"""The documentation is tested: every setting, command and address is found in the README."""

import argparse
from pathlib import Path

import pytest

from feedsvc import cli
from feedsvc.settings import SETTINGS

README = (Path(__file__).parent.parent / "README.md").read_text()


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_every_setting_is_in_the_readme_with_its_default(setting):
    (row,) = [line for line in README.splitlines() if line.startswith(f"| `FEEDSVC_{setting.name}` |")]
    assert not setting.default or f"`{setting.default}`" in row


def commands(parser: argparse.ArgumentParser, words: tuple[str, ...] = ()) -> list[str]:
    inner = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    if not inner:
        return [" ".join(words)]
    return [name for word, one in inner[0].choices.items() for name in commands(one, (*words, word))]


@pytest.mark.parametrize("command", commands(cli._parser()))
def test_every_command_is_in_the_readme(command):
    assert f"`{command}" in README


@pytest.mark.parametrize(
    "address",
    [
        *("`/`", "/<section>", "/topics/<slug>", "/authors/<slug>", "/articles/<id>/<slug>", "/feeds/<feed>", ".rss"),
        *(".atom", ".json", "/feeds.opml", "/.well-known/feeds", "/media/<file>", "/newsdesk", "/healthz", "/metrics"),
    ],
)
def test_every_address_is_in_the_readme(address):
    assert address in README
