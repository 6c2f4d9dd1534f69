"""Read a list of feeds (OPML 1 and 2)."""

from lxml import etree

from feedsvc.errors import SourceRefused
from feedsvc.texts import _


def feeds_of(data: bytes) -> tuple[str, ...]:
    """The addresses of the feeds in a list, each once, in its order. Raises `SourceRefused` for a damaged one."""
    try:
        root = etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False))
    except etree.XMLSyntaxError as error:
        raise SourceRefused(
            _("This list of feeds is damaged (%(damage)s). Export it again.", damage=error.msg)
        ) from error
    urls = (outline.get("xmlUrl", "").strip() for outline in root.iter("outline"))
    return tuple(dict.fromkeys(url for url in urls if url))
