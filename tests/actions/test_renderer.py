"""Validators never lie over an upgrade: other bytes for the same news need another renderer number."""

import hashlib

import pytest

from feedsvc.actions.press import RENDERER
from feedsvc.feeds.joined import WRITERS
from tests.feeds.samples import a_feed

WRITTEN = {
    2: {
        "rss": "1c4f8ddf913f48cd2adabf86427e0cf25c98951c3a4a2978cfe3e821958b200f",
        "atom": "2a37647092ef8a69d273684505688a945faf73d45855292fd9adb525fb90613d",
        "json": "b36aacf29c0335bd5990c2464321e611cf4f62984ce7266ed33715a527558ec0",
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
