"""A document holds every answer before the question comes."""

import dataclasses
import gzip
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone

import brotli
import pytest

from feedsvc.feeds.document import CODINGS, FORMATS, Document, compressor_versions, file_tags, make_document

DATE = datetime(2026, 3, 1, 9, 30, 4, tzinfo=UTC)
BODY = b"<rss>" + b"The harbour bridge opens again. " * 200 + b"</rss>"


def document(body: bytes = BODY, **changes: object) -> Document:
    values: dict[str, object] = {
        "feed_ids": (3,),
        "format": "rss",
        "seq": 41,
        "date": DATE,
        "line": "k3v9",
        "epoch": "a1b2c3",
        "self_url": "https://news.example/feeds/politics.rss",
        "home_url": "https://news.example/politics",
        "max_age_seconds": 60,
    }
    return make_document(body, **(values | changes))  # type: ignore[arg-type]


def full(a_document: Document, coding: str = "identity", dated: bool = True, navigated: bool = False) -> dict:
    pairs = a_document.full_headers[coding, dated, navigated]
    assert len(dict(pairs)) == len(pairs), "no header stands twice"
    return dict(pairs)


def test_each_coding_decodes_to_the_same_body():
    made = document()
    assert brotli.decompress(made.bodies["br"]) == BODY
    assert gzip.decompress(made.bodies["gzip"]) == BODY
    assert made.bodies["identity"] == BODY


def test_each_coding_has_a_strong_tag_of_its_own():
    made = document()
    assert made.etags == {
        "br": '"k3v9.a1b2c3.41.br"',
        "gzip": '"k3v9.a1b2c3.41.gzip"',
        "identity": '"k3v9.a1b2c3.41.identity"',
    }
    assert {made.tags[etag[1:-1]]: etag for etag in made.etags.values()} == made.etags


def test_the_tags_that_nginx_gives_its_files_are_its_own_too():
    made = document()
    for coding, body in made.bodies.items():
        assert made.tags[f"{int(DATE.timestamp()):x}-{len(body):x}"] == coding
    assert len(made.tags) == 2 * len(CODINGS)


def test_codings_of_one_size_share_no_tag_of_a_file():
    bodies = {"identity": b"abc", "gzip": b"xyz", "br": b"z"}
    assert file_tags(bodies, DATE) == {"69a4071c-3": "identity", "69a4071c-1": "br"}
    assert file_tags(bodies, None) == {}


def test_a_coding_that_saves_nothing_is_offered_all_the_same():
    made = document(b"x")
    assert set(made.bodies) == set(CODINGS)
    assert len(made.bodies["gzip"]) > 1


def test_gzip_carries_no_time_and_no_name():
    header = document().bodies["gzip"][:10]
    assert header[3] == 0, "no optional fields"
    assert header[4:8] == bytes(4), "no time"


def test_another_process_makes_the_same_bytes():
    program = (
        f"import runpy, sys; made = runpy.run_path({__file__!r})['document']();"
        "sys.stdout.buffer.write(made.bodies['br'] + made.bodies['gzip'])"
    )
    other = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        check=True,
        env={"PYTHONHASHSEED": "77", "TZ": "Asia/Tokyo", "PYTHONPATH": ":".join(sys.path)},
    )
    made = document()
    assert other.stdout == made.bodies["br"] + made.bodies["gzip"]


def test_the_versions_and_levels_that_shape_bytes_are_named():
    assert "brotli" in compressor_versions()
    assert "level 5" in compressor_versions()
    assert "zlib" in compressor_versions()
    assert "level 6" in compressor_versions()


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("format", FORMATS)
def test_a_full_answer_says_all_that_caches_and_readers_need(format: str, coding: str):
    made = document(format=format)
    headers = full(made, coding)
    assert headers == {
        "Content-Type": FORMATS[format],
        "Content-Length": str(len(made.bodies[coding])),
        "X-Content-Type-Options": "nosniff",
        "ETag": made.etags[coding],
        "Last-Modified": "Sun, 01 Mar 2026 09:30:04 GMT",
        "Cache-Control": "public, max-age=60, stale-while-revalidate=30, stale-if-error=3600",
        "Vary": "Accept-Encoding" if format == "json" else "Accept-Encoding, Sec-Fetch-Dest",
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Expose-Headers": "ETag, Link, Date",
        "Link": '<https://news.example/feeds/politics.rss>; rel="self"; '
        f'type="{FORMATS[format].split(";")[0]}", '
        '<https://news.example/politics>; rel="alternate"; type="text/html"',
    } | ({} if coding == "identity" else {"Content-Encoding": coding})


@pytest.mark.parametrize("coding", CODINGS)
def test_a_304_repeats_what_the_full_answer_says_about_caching(coding: str):
    made = document()
    unchanged = dict(made.unchanged_headers[coding, True])
    assert {"ETag", "Last-Modified", "Cache-Control", "Vary"} <= set(unchanged)
    assert unchanged.items() <= full(made, coding).items()
    assert not any(name.startswith("Content-") for name in unchanged), "there is no content"


def test_an_answer_without_a_date_differs_in_nothing_else():
    made = document()
    dated, undated = full(made, dated=True), full(made, dated=False)
    assert dated.pop("Last-Modified")
    assert dated == undated
    assert "Last-Modified" not in dict(made.unchanged_headers["br", False])


@pytest.mark.parametrize("format", ["rss", "atom"])
def test_a_browser_gets_the_same_bytes_as_xml_under_a_policy_that_runs_nothing(format: str):
    made = document(format=format)
    plain, navigated = full(made, "gzip"), full(made, "gzip", navigated=True)
    policy = navigated.pop("Content-Security-Policy")
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert navigated.pop("Content-Type") == "text/xml; charset=utf-8"
    assert plain.pop("Content-Type") == FORMATS[format]
    assert navigated == plain


def test_json_is_the_same_for_a_browser():
    made = document(format="json")
    assert full(made, navigated=True) == full(made)


def test_max_age_is_the_one_given():
    assert "max-age=300," in full(document(max_age_seconds=300))["Cache-Control"]


def test_an_address_of_any_characters_cannot_break_out_of_its_header():
    link = full(document(home_url='https://zürich.example/a>; rel="x"\r\nSet-Cookie: a%20b'))["Link"]
    assert "<https://z%C3%BCrich.example/a%3E;%20rel=%22x%22%0D%0ASet-Cookie:%20a%20b>" in link
    assert link.isascii()
    assert link.isprintable()


@pytest.mark.parametrize(
    "date",
    [DATE.replace(tzinfo=None), DATE.astimezone(timezone(timedelta(hours=1))), DATE.replace(microsecond=1)],
    ids=["naive", "not UTC", "parts of a second"],
)
def test_a_date_that_last_modified_cannot_show_is_refused(date: datetime):
    with pytest.raises(ValueError, match=r"UTC|seconds"):
        document(date=date)


def test_a_document_does_not_change():
    with pytest.raises(dataclasses.FrozenInstanceError):
        document().seq = 42  # type: ignore[misc]
