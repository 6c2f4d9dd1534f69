"""Validators never lie over an upgrade: other bytes for the same news need another renderer number."""

import hashlib

import pytest

from feedsvc.actions.press import RENDERER
from feedsvc.feeds.joined import WRITERS
from tests.feeds.samples import a_feed

WRITTEN = {
    3: {
        "rss": "4b2ef0e41817daf8dd84581ff4838b38ef52f1a287c65f8640c7b48f1f665e62",
        "atom": "79fadb4a15fefb5a97236309c9077536abb94a7bc7c701881a1b4bb353798ee1",
        "json": "0542525f33cdda9df117d997aada6783b5481c8536e2a2e3398e72fb67224eec",
    },
}
"""Renderer number -> SHA-256 of each document of `a_feed()`, with the locked versions of the libraries."""


@pytest.mark.parametrize("format", WRITERS)
def test_other_bytes_for_the_same_news_need_another_renderer_number(format):
    written = hashlib.sha256(WRITERS[format](a_feed())).hexdigest()
    assert WRITTEN[RENDERER][format] == written, (
        f"The {format} document changed. Raise RENDERER in actions/press.py, so that validators change with it, "
        f"and write down {written} here."
    )
