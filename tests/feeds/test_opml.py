import pytest
from lxml import etree

from feedsvc.feeds.opml import Outline, to_opml
from tests.feeds.conftest import SCHEMAS

ALL = Outline("All <of> it & more\x00\ud800", "http://127.0.0.1/feeds/all.rss", "http://127.0.0.1/", "Everything")
TECH = Outline("Tech", "http://127.0.0.1/feeds/tech.rss", "http://127.0.0.1/tech")


@pytest.mark.schemas
def test_a_list_of_feeds_is_valid_opml():
    schema = etree.XMLSchema(etree.parse(SCHEMAS / "opml-2.0.xsd"))
    document = etree.fromstring(to_opml("Feeds", [("", [ALL]), ("Sections", [TECH])]))
    assert schema.validate(document), schema.error_log


def test_groups_are_headings_and_empty_ones_are_left_out():
    body = etree.fromstring(to_opml("Feeds", [("", [ALL]), ("Sections", [TECH]), ("Topics", [])])).find("body")
    assert [one.get("text") for one in body] == ["All <of> it & more", "Sections"]
    assert [one.get("xmlUrl") for one in body[1]] == [TECH.xml_url]
