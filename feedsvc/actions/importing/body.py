"""Foreign HTML becomes a story's Markdown: links made absolute, pictures kept in their places, frames made links."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from html import unescape
from urllib.parse import urljoin

from lxml import etree
from lxml.html import HtmlElement, fragment_fromstring, tostring

from feedsvc.actions.importing.found import FoundPicture
from feedsvc.feeds import paste
from feedsvc.feeds.text import clean, clean_line, web_url
from feedsvc.texts import _

_FRAMES = {"iframe", "embed", "object", "video", "audio"}
_LAZY = ("data-src", "data-lazy-src", "data-original")
_TAG = re.compile(r"</?[a-zA-Z!][^>]*>")
_BLOCK_TAG = re.compile(r"</?(?:p|div|br|hr|li|ul|ol|h[1-6]|tr|td|th|blockquote)\b[^>]*>", re.IGNORECASE)
_YOUTUBE = re.compile(r"https?://(?:www\.)?youtube(?:-nocookie)?\.com/embed/([A-Za-z0-9_-]+).*")
_SIZE = re.compile(r"-\d+x\d+(?=\.\w+$)")
_BLANK_LINES = re.compile(r"\n{3,}")


@dataclass(frozen=True)
class Body:
    """A story's Markdown with a mark where each picture stands; `notes` are sentences on what became of the rest."""

    markdown: str
    pictures: tuple[tuple[str, FoundPicture], ...] = ()
    notes: tuple[str, ...] = ()

    def with_pictures(self, paths: Mapping[str, str]) -> str:
        """The Markdown with those pictures whose URLs have a path here; the places of the others are closed."""
        markdown = self.markdown
        for mark, picture in self.pictures:
            path = paths.get(picture.url)
            alt = re.sub(r"([\\\[\]*_`<&])", r"\\\1", clean_line(picture.alt))
            markdown = markdown.replace(mark, f"![{alt}]({path})" if path else "")
        return _BLANK_LINES.sub("\n\n", markdown).strip()

    def without(self, lead: FoundPicture | None) -> "Body":
        """The body without a first picture that is the lead picture already, in whatever size."""
        if lead is None or not self.pictures or plain_url(self.pictures[0][1].url) != plain_url(lead.url):
            return self
        (mark, _first), *others = self.pictures
        return Body(_BLANK_LINES.sub("\n\n", self.markdown.replace(mark, "")).strip(), tuple(others), self.notes)


def plain(text: str) -> str:
    """One line of what may be HTML or text: tags go, character references are read."""
    if "<" in text or "&" in text:
        text = unescape(_TAG.sub("", _BLOCK_TAG.sub(" ", text)))
    return clean_line(text, len(text))


def joined(base_url: str, url: str) -> str:
    """A URL made absolute; empty where it cannot be."""
    try:
        return urljoin(base_url, url)
    except ValueError:
        return ""


def plain_url(url: str) -> str:
    """A picture's URL without its query and without the size that WordPress puts into names."""
    return _SIZE.sub("", url.partition("?")[0])


def body_of(html: str, base_url: str) -> Body:
    """Make Markdown of foreign HTML, whose relative links begin at `base_url`; takes any text, never raises."""
    html = clean(html)
    if not html.strip():
        return Body("")
    try:
        root = fragment_fromstring(html, create_parent="div")
    except (etree.LxmlError, ValueError):
        return Body(paste.from_html(html).markdown, notes=(_("Its HTML is damaged: pictures were not looked for."),))
    for element in root.xpath("//noscript | //template | //comment()"):
        element.drop_tree()
    made = _Made(f"q{sha256(html.encode()).hexdigest()[:10]}", base_url)
    for element in list(root.iter()):
        if isinstance(element, HtmlElement):
            made.treat(element)
    markdown = paste.from_html(tostring(root, encoding="unicode")).markdown
    lost = [picture.url for mark, picture in made.pictures if mark not in markdown]
    notes = [
        *made.notes,
        *(_("The place of the picture %(url)s was not found: the text is without it.", url=url) for url in lost),
    ]
    kept = tuple((mark, picture) for mark, picture in made.pictures if picture.url not in lost)
    return Body(markdown, kept, tuple(notes))


class _Made:
    def __init__(self, token: str, base_url: str) -> None:
        self.pictures: list[tuple[str, FoundPicture]] = []
        self.notes: list[str] = []
        self._token, self._base_url = token, base_url

    def treat(self, element: HtmlElement) -> None:
        if element.tag == "img":
            self._picture(element)
        elif element.tag in _FRAMES:
            self._frame(element)
        elif element.tag == "a" and (href := element.get("href")) and not href.startswith("#"):
            element.set("href", self._absolute(href) or "")

    def _picture(self, element: HtmlElement) -> None:
        lazy = next((element.get(name) for name in _LAZY if element.get(name)), "")
        src = lazy or element.get("src") or ""
        if {element.get("width"), element.get("height")} & {"0", "1"}:
            # Those that count readers show nothing.
            element.drop_tree()
            return
        url = self._absolute(src)
        if url is None or not url.startswith(("http:", "https:")):
            self.notes.append(_("A picture was left out, as it has no web address: “%(address)s”.", address=src[:60]))
            element.drop_tree()
            return
        # The stop keeps a lone mark from being taken for a sub-heading.
        mark = f"{self._token}n{len(self.pictures)}q."
        self.pictures.append((mark, FoundPicture(url, plain(element.get("alt") or ""))))
        parent = element.getparent()
        self._replace(element, mark)
        if parent is not None and parent.tag == "a" and len(parent) == 1 and not _text_beside(parent, element):
            # Such a link only leads to the picture's larger copy.
            parent.drop_tag()

    def _frame(self, element: HtmlElement) -> None:
        src = element.get("src") or element.get("data") or next(iter(element.xpath(".//source/@src")), "")
        url = self._absolute(src)
        if url is None:
            self.notes.append(_("An embedded %(element)s without an address was left out.", element=element.tag))
            element.drop_tree()
            return
        url = _YOUTUBE.sub(r"https://www.youtube.com/watch?v=\1", url)
        self.notes.append(_("An embedded %(element)s was replaced by a link to %(url)s.", element=element.tag, url=url))
        self._replace(element, "")
        link = etree.SubElement(element, "a", {"href": url})
        link.text = url

    def _replace(self, element: HtmlElement, text: str) -> None:
        for child in list(element):
            element.remove(child)
        element.attrib.clear()
        element.tag, element.text = "p", text

    def _absolute(self, url: str) -> str | None:
        try:
            joined = urljoin(self._base_url, url.strip())
        except ValueError:
            return None
        return web_url(joined, "") if joined.lower().startswith(("http:", "https:", "mailto:", "tel:")) else None


def _text_beside(parent: HtmlElement, element: HtmlElement) -> bool:
    return bool((parent.text or "").strip() or (element.tail or "").strip())
