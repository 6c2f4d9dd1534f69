"""Validators never lie over an upgrade: other bytes for the same news need another renderer number."""

import hashlib

import pytest

from feedsvc.actions.press import RENDERER, WRITERS
from tests.feeds.samples import a_feed

WRITTEN = {
    1: {
        "rss": "23647f71be1a0c6c34c83f05d7bfc09007cd14bea775e7d948bfeb33c0500f5a",
        "atom": "29f93c170d44548b96550eadf32a8ec46099239b7c9353930769fd2d66ef0628",
        "json": "755b882479474a84847eb4365bd7c4eca1937ea1b39cb2c75264853b912d8081",
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
