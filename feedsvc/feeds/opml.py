"""A list of feeds as OPML 2.0, which every feed reader can import."""

from collections.abc import Sequence
from dataclasses import dataclass

from lxml import etree

from feedsvc.feeds.text import clean_line

MEDIA_TYPE = "text/x-opml; charset=utf-8"


@dataclass(frozen=True)
class Outline:
    """One feed in the list: its title, the address of its RSS document, and of its page."""

    title: str
    xml_url: str
    html_url: str
    description: str = ""


def to_opml(title: str, groups: Sequence[tuple[str, Sequence[Outline]]]) -> bytes:
    """The document (opml.org/spec2.opml): `groups` are headings with their feeds; those without a feed are left out.

    A group without a heading stands at the top level.
    """
    root = etree.Element("opml", version="2.0")
    head = etree.SubElement(root, "head")
    etree.SubElement(head, "title").text = clean_line(title)
    etree.SubElement(head, "docs").text = "http://opml.org/spec2.opml"
    body = etree.SubElement(root, "body")
    for heading, outlines in groups:
        if not outlines:
            continue
        parent = etree.SubElement(body, "outline", text=heading) if heading else body
        for outline in outlines:
            name = clean_line(outline.title)
            attributes = {
                "type": "rss",
                "text": name,
                "title": name,
                "description": clean_line(outline.description),
                "xmlUrl": outline.xml_url,
                "htmlUrl": outline.html_url,
                "version": "RSS2",
            }
            etree.SubElement(parent, "outline", {key: value for key, value in attributes.items() if value})
    written: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return written
