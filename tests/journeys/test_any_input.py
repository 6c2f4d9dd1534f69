"""No input breaks a feed: from the form, through the database, to a feed reader's parser."""

import io
import json
import os
import re

import feedparser
import lxml.html
import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from lxml import etree
from PIL import Image
from werkzeug.test import TestResponse

from feedsvc import create_app
from tests.journeys.serving import PASSWORD

ODD = [
    "\x00\x01\x0b\x1f",
    "\ud800 alone \udfff",
    "]]>",
    "<![CDATA[",
    "</title><script>alert(1)</script>",
    "&amp;&#0;&nbsp;&#xD800;",
    "\u202e right to left \u2066",
    "👩‍👩‍👧‍👦🏳️‍🌈🇨🇦",
    "\ufffe\uffff\U0001ffff",
    "\x80\x9f",
    "[link](javascript:alert(1)) [x](/politics) [y](../up) ![z](data:image/png;base64,AAAA)",
    "<javascript:alert(1)> <https://example.org/\x00> http://[::1",
    "```\n\x0c\n```",
    "> " * 500,
    "[" * 2000,
    "\r\rline\u2028line\u0085",
]

texts = st.one_of(
    st.sampled_from(ODD),
    st.text(max_size=60),
    st.text(alphabet=st.characters(), max_size=40),
    st.lists(st.sampled_from(ODD) | st.text(max_size=10), max_size=4).map("\n\n".join),
)


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    from feedsvc.actions import pictures, sections, setup
    from feedsvc.domain.dates import Clock
    from feedsvc.settings import Settings
    from feedsvc.storage.database import Database

    of = Settings(
        {
            "FEEDSVC_INSTANCE_PATH": str(tmp_path_factory.mktemp("any") / "instance"),
            "FEEDSVC_ADMIN_PASSWORD": PASSWORD,
            "FEEDSVC_FEED_ENTRIES": "3",
            "FEEDSVC_FEED_HOURS": "0",
        }
    )
    database = Database(of.database_url, Clock())
    setup.prepare(database, of)
    setup.settle_admin(database, of, lambda password: None)
    sections.add(database, "politics", "Politics", "", "test")
    photo = io.BytesIO()
    Image.new("RGB", (40, 30), "navy").save(photo, "JPEG")
    key = pictures.store(database, of.media, photo.getvalue())
    database.engine.dispose()
    app = create_app(of)
    client = app.test_client()
    answer = client.post(
        "/newsdesk/sign-in", data={"user": "admin", "password": PASSWORD}, headers={"Origin": "http://localhost"}
    )
    assert answer.status_code == 303
    # The shelf looks at the log at most every 20 ms and may serve a document of the second before:
    # without it each poll is of what was stored last.
    app.extensions["picture"] = key
    app.extensions["fresh"] = lambda: create_app(of).test_client()
    return client


def encoded(fields: dict[str, str]) -> bytes:
    """What a browser, or a script that knows no Unicode, would send."""
    pairs = []
    for name, value in fields.items():
        raw = value.encode("utf-8", "surrogatepass")
        pairs.append(f"{name}=" + ("%" + raw.hex("%") if raw else ""))
    return "&".join(pairs).encode()


def publish(client: FlaskClient, fields: dict[str, str]) -> TestResponse:
    picture = {"picture_key": client.application.extensions["picture"], "picture_alt": "A square"}
    fixed = {"headline": "A headline", "section": "politics", "body": "Text.", **picture}
    return client.post(
        "/newsdesk/articles/new",
        data=encoded({**fixed, **fields, "action": "publish"}),
        content_type="application/x-www-form-urlencoded",
        headers={"Origin": "http://localhost"},
    )


@settings(
    max_examples=int(os.environ.get("FEEDSVC_TEST_EXAMPLES", "25")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    fields=st.fixed_dictionaries(
        dict.fromkeys(
            ("headline", "standfirst", "body", "authors", "topics", "slug", "picture_credit", "picture_alt"), texts
        )
    )
)
@example(fields={"headline": "x" * 1_000_000, "body": "Text."})
@example(fields={"headline": "Long", "body": "word " * 199_000})
@example(fields={"headline": "Links", "body": "\n\n".join(ODD), "standfirst": ODD[9], "topics": ODD[2]})
def test_no_input_breaks_a_feed(client, fields):
    answer = publish(client, fields)
    while answer.status_code == 422:
        refused = set(re.findall(r'<a href="#([a-z_]+)">', answer.text))
        assert refused & fields.keys(), answer.text
        # The rest has its place in the feeds.
        fields = {name: value for name, value in fields.items() if name not in refused}
        answer = publish(client, fields)
    assert answer.status_code == 303, answer.status_code
    fresh = client.application.extensions["fresh"]()
    for format in ("rss", "atom", "json"):
        document = fresh.get(f"/feeds/politics.{format}")
        assert document.status_code == 200
        if format == "json":
            newest = json.loads(document.data)["items"][0]
            content, address = newest["content_html"], newest["url"]
        else:
            etree.fromstring(document.data)
            feed = feedparser.parse(document.data, sanitize_html=False)
            assert not feed.bozo, feed.bozo_exception
            assert feed.entries[0].title
            content, address = feed.entries[0].content[0].value, feed.entries[0].link
        assert address.startswith("http://")
        for target in lxml.html.fromstring(f"<div>{content}</div>").xpath("//@href | //@src"):
            assert re.match("(https?|mailto|tel):", target), target
    page = fresh.get(
        answer.headers["Location"].replace("/newsdesk", "").partition("?")[0] + "/x", follow_redirects=True
    )
    assert page.status_code == 200
