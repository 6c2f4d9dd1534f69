"""RFC 9110 on conditional requests and codings: one row a sentence."""

from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.feeds.document import CODINGS
from feedsvc.poll.conditional import best_coding, http_date, matching_tag, unchanged_since

TAGS = {"l.e.7.br": "br", "l.e.7.gzip": "gzip", "l.e.7.identity": "identity"}
PREFERRED = "l.e.7.br"


@pytest.mark.parametrize(
    ("field", "matched"),
    [
        ('"l.e.7.br"', "l.e.7.br"),
        ('"l.e.7.identity"', "l.e.7.identity"),
        ('"l.e.6.br"', None),
        # §13.1.2: a list; false if one of the listed tags matches
        ('"l.e.6.br", "l.e.7.gzip"', "l.e.7.gzip"),
        ('"l.e.6.br","l.e.7.gzip"', "l.e.7.gzip"),
        ('"with, a comma", "l.e.7.gzip"', "l.e.7.gzip"),
        # the client holds several of ours: the one it would be sent
        ('"l.e.7.gzip", "l.e.7.br"', "l.e.7.br"),
        # §13.1.2: "A recipient MUST use the weak comparison function"
        ('W/"l.e.7.br"', "l.e.7.br"),
        ('w/"l.e.7.br"', "l.e.7.br"),
        ('"x", W/"l.e.7.gzip"', "l.e.7.gzip"),
        # §13.1.2: "*" matches any current representation
        ("*", "l.e.7.br"),
        (" * ", "l.e.7.br"),
        ('"*"', None),
        ('"x", *', None),
        # §8.8.3: an opaque tag is compared character by character
        ('"L.E.7.BR"', None),
        ('"l.e.7"', None),
        # quotes lost on the way
        ("l.e.7.br", "l.e.7.br"),
        ("W/l.e.7.br", "l.e.7.br"),
        ('"l.e.7.br', "l.e.7.br"),
        ('l.e.7.br"', "l.e.7.br"),
        ("x, l.e.7.gzip", "l.e.7.gzip"),
        # what proxies add when they compress
        ('"l.e.7.identity-gzip"', "l.e.7.identity"),
        ('"l.e.7.identity-br"', "l.e.7.identity"),
        ('"l.e.7.identity--gzip"', "l.e.7.identity"),
        ('"l.e.7.identity;gzip"', "l.e.7.identity"),
        ('W/"l.e.7.identity-gzip"', "l.e.7.identity"),
        ('"l.e.7.identity"-gzip', "l.e.7.identity"),
        ('"l.e.7.identity-pack"', None),
        # odd, and nothing at all
        ("", None),
        ('""', None),
        ('"', None),
        ("W/", None),
        (", ,", None),
        ('"' * 9999, None),
        ("a" * 100_000, None),
        ('"l.e.7.gzip", ' + '"x", ' * 9999, "l.e.7.gzip"),
    ],
)
def test_if_none_match_names_what_the_client_holds(field: str, matched: str | None):
    assert matching_tag(field, PREFERRED, TAGS) == matched


LAST_MODIFIED = datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)


@pytest.mark.parametrize(
    ("field", "unchanged"),
    [
        # §5.6.7: the three forms of a date
        ("Sun, 06 Nov 1994 08:49:37 GMT", True),
        ("Sunday, 06-Nov-94 08:49:37 GMT", True),
        ("Sun Nov  6 08:49:37 1994", True),
        ("Sun, 06 Nov 1994 08:49:36 GMT", False),
        ("Sunday, 06-Nov-94 08:49:36 GMT", False),
        ("Sun Nov  6 08:49:36 1994", False),
        # §13.1.3: earlier than or equal to the date provided
        ("Mon, 07 Nov 1994 08:49:37 GMT", True),
        ("Sat, 05 Nov 1994 08:49:37 GMT", False),
        ("Thu, 01 Jan 1970 00:00:00 GMT", False),
        # a zone of its own, as old clients send it
        ("Sun, 06 Nov 1994 09:49:37 +0100", True),
        ("Sun, 06 Nov 1994 08:49:37 -0000", True),
        ("Sun, 06 Nov 1994 08:49:37 +0100", False),
        # §13.1.3: "MUST ignore if the field value is not a valid HTTP-date, has more than one member"
        ("Sun, 06 Nov 1994 08:49:37 GMT, Mon, 07 Nov 1994 08:49:37 GMT", False),
        ("1994-11-07T08:49:37Z", False),
        ("Mon, 31 Feb 2094 08:49:37 GMT", False),
        ("Sun, 06 Nov 99999 08:49:37 GMT", False),
        ("Mon, 07 Nov 1994 08:49:37 +99999999999", False),
        ("784111777", False),
        ("yesterday", False),
        ("0", False),
        ("", False),
        ("Mon, 07 Nov 1994 08:49:37 GMT" + " " * 10_000, False),
    ],
)
def test_if_modified_since_is_a_date_that_is_not_before_the_documents(field: str, unchanged: bool):
    assert unchanged_since(field, LAST_MODIFIED) is unchanged


@pytest.mark.parametrize(
    ("field", "coding"),
    [
        # §12.5.3: no such field, an empty one
        (None, "identity"),
        ("", "identity"),
        # the smallest among equals
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, deflate", "gzip"),
        ("br", "br"),
        ("deflate", "identity"),
        ("gzip, br", "br"),
        ("gzip;q=0.5, br;q=0.5", "br"),
        # §12.4.2: weights
        ("gzip;q=1.0, br;q=0.9", "gzip"),
        ("gzip;q=0.5, identity", "identity"),
        ("gzip;q=0.001", "gzip"),
        # §12.4.2: "A q of 0 means not acceptable"
        ("gzip;q=0", "identity"),
        ("gzip;q=0.000, br", "br"),
        ("br;q=0, gzip", "gzip"),
        # §12.5.3: "*" matches any coding not listed
        ("*", "br"),
        ("br;q=0, *", "gzip"),
        ("gzip, *;q=0", "gzip"),
        ("gzip;q=0.5, *", "br"),
        ("*;q=0.5, gzip", "gzip"),
        # §12.5.3: identity is acceptable unless excluded
        ("identity", "identity"),
        ("identity;q=0, gzip", "gzip"),
        ("identity;q=0.5, gzip;q=0.2", "identity"),
        # nothing suits: sent as it is rather than turned away
        ("identity;q=0", "identity"),
        ("*;q=0", "identity"),
        ("deflate, identity;q=0", "identity"),
        # §8.4.1: names in any case; §8.4.1.3: x-gzip
        ("GZIP", "gzip"),
        ("x-gzip", "gzip"),
        ("gzip ; Q=0.7 , br ; q = 0.8", "br"),
        # what cannot be read counts as refused
        ("gzip;q=", "identity"),
        ("gzip;q=high", "identity"),
        ("gzip;q=-1", "identity"),
        ("gzip;q=nan", "identity"),
        ("gzip;q=inf, br", "br"),
        ("gzip;q=7", "identity"),
        ("gzip;q=.5", "gzip"),
        ("gzip;level=9;q=0", "identity"),
        (",;,;;q=,", "identity"),
        ("gzip" * 10_000, "identity"),
    ],
)
def test_accept_encoding_decides_the_coding(field: str | None, coding: str):
    assert best_coding(field) == coding


@given(st.text() | st.text('"W/*,;-gzipbr. le7q=01', max_size=60))
def test_no_header_value_raises(field: str):
    assert matching_tag(field, PREFERRED, TAGS) in {None, *TAGS}
    assert best_coding(field) in CODINGS
    assert unchanged_since(field, LAST_MODIFIED) in {True, False}


@given(
    st.from_regex(
        r"\A(Sun|Mon|Sunday)?,? ?[0-9]{1,3}[ -](Nov|Feb|Foo)[ -][0-9]{1,6} [0-9:]{1,9} ?(GMT|[+-][0-9]{1,9}|)\Z"
    )
)
def test_no_half_right_date_raises(field: str):
    date = http_date(field)
    assert date is None or date.tzinfo is not None
    assert unchanged_since(field, LAST_MODIFIED) in {True, False}


@given(st.integers(0, 2**31))
def test_the_date_that_was_shown_is_read_back(seconds: int):
    shown = datetime.fromtimestamp(seconds, UTC)
    assert http_date(format_datetime(shown, usegmt=True)) == shown
