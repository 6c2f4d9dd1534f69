"""What may stand in a feed: characters, lines, URLs, and the one way from Markdown to HTML.

Everything here takes any `str`, raises nothing, and costs time in proportion to the length of its input.
"""

import html
import re
import sys
import unicodedata
from collections.abc import Iterable
from urllib.parse import SplitResult, quote, urljoin, urlsplit, urlunsplit

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

from feedsvc.feeds.kept import Kept

LINE_CHARACTERS = 500
URL_CHARACTERS = 4000
MARKDOWN_CHARACTERS = 2_000_000
HTML_BYTES = 2_000_000
"""libxml2 reads no text node over 10 MB; escaping in XML can make five bytes of one."""
HTML_DEPTH = 60
"""Elements inside each other. libxml2 reads 256; readers put the text into pages of their own."""

EXCERPT_READS = 20
"""Characters that are read for one of an excerpt: markup, pictures and sub-headings may stand before its words."""

# XML 1.0 §2.2 without what it discourages: DEL, the C1 controls and the noncharacters of every plane.
_PLANES = "".join(f"{chr(plane << 16)}-{chr((plane << 16) + 0xFFFD)}" for plane in range(1, 17))
_DISALLOWED = re.compile(f"[^\t\n -~\u00a0-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd{_PLANES}]")
# Not \s: a no-break space in a headline is there for a reason.
_SPACES = re.compile("[\t\n \u2028\u2029]+")

_URL_SAFE = "/:@!$&'()*+,;=~%"
_BARE_PERCENT = re.compile("%(?![0-9A-Fa-f]{2})")
_HOST = re.compile(r"[a-z0-9._-]+|\[[0-9a-f:.]+\]")
_MEDIA_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._~-]*")

_PHRASES = {"a", "br", "code", "em", "img", "s", "strong"}
_BLOCKS = {"blockquote", "figcaption", "figure", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "ul"}
_TABLES = {"table", "tbody", "td", "th", "thead", "tr"}
_SANITIZER = nh3.Cleaner(
    tags=_PHRASES | _BLOCKS | _TABLES,
    attributes={"a": {"href", "title"}, "img": {"src", "alt", "title"}, "ol": {"start"}},
    url_schemes={"http", "https", "mailto", "tel"},
    link_rel=None,
)
_ASIDE = re.compile("<(figure|h[2-6])>.*?</\\1>", re.DOTALL)
_BLOCK_END = re.compile("</(?:p|h[2-6]|li|pre|td|th|figcaption)>|<[bh]r>")
_TAG = re.compile("<[^>]*>")


def clean(text: str) -> str:
    """Make any text fit to stand in XML 1.0, JSON and HTML: drop what they cannot hold.

    Lone surrogates, control characters and noncharacters go; CR LF and CR become LF (XML 1.0 §2.11).
    """
    return _DISALLOWED.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def clean_line(text: str, characters: int = LINE_CHARACTERS) -> str:
    """Make one clean line of any text, for titles and names: white space collapsed, at most so many characters.

    What is longer is cut at a word and ends in an ellipsis.
    """
    return _cut(_SPACES.sub(" ", clean(text)).strip(), characters)


def excerpt(markdown: str, characters: int = 300) -> str:
    """Give the beginning of a story's Markdown as one plain line, cut at a word, for summaries and descriptions.

    Pictures and sub-headings are passed over, unless there is nothing else. Reads no more than EXCERPT_READS times
    the characters.
    """
    story = to_html(markdown[: characters * EXCERPT_READS], "http://localhost")
    for told in (_ASIDE.sub(" ", story), story):
        line = clean_line(html.unescape(_TAG.sub("", _BLOCK_END.sub(" ", told))), characters)
        if line:
            return line
    return ""


def web_url(url: str, base_url: str) -> str | None:
    """Make a URL absolute and fit to publish, or say None where it cannot be.

    http, https, mailto and tel only, without user names; host names as IDNA, all else percent-encoded
    (RFC 3986). What begins with one slash starts at `base_url`, which may have a path; fragments alone lead
    nowhere in a feed and are refused.
    """
    given = re.sub("[\t\n]", "", clean(url)).strip()
    if not given or given.startswith("#") or len(given) > URL_CHARACTERS:
        return None
    if given.startswith("/") and not given.startswith("//"):
        given = f".{given}"
    try:
        parts = urlsplit(given)
        if not parts.scheme:
            parts = urlsplit(urljoin(f"{base_url}/", given))
        netloc = _netloc(parts) if parts.scheme in ("http", "https") else parts.netloc
    except ValueError:
        return None
    if parts.scheme in ("mailto", "tel"):
        if netloc or not parts.path:
            return None
    elif parts.scheme not in ("http", "https"):
        return None
    encoded = urlunsplit(
        (parts.scheme, netloc, _encode(parts.path), _encode(parts.query, "?"), _encode(parts.fragment, "?"))
    )
    return encoded if len(encoded) <= URL_CHARACTERS else None


def is_web_address(url: str) -> bool:
    """Whether a text is a whole http or https URL that can be published."""
    return url.lower().startswith(("http://", "https://")) and web_url(url, "") is not None


def to_html(markdown: str, base_url: str) -> str:
    """Turn a story's Markdown into HTML for feeds and pages, sanitised, every URL absolute.

    Raw HTML is shown as text. `#` and `##` become h2, so that nothing outranks the page's h1. Pictures stay
    pictures only below `<base_url>/media/`, as our pages load nothing from elsewhere: others become links.
    A picture alone in its paragraph becomes a figure, its Markdown title the caption. Links that cannot be
    published lose the link and keep the text. At most HTML_BYTES come out and HTML_DEPTH elements stand
    inside each other; what is beyond is left out.
    """
    return _kept((markdown[:MARKDOWN_CHARACTERS], base_url))


def link_urls(markdown: str) -> tuple[str, ...]:
    """The addresses of a story's links, as they are written, each once."""
    found: dict[str, None] = {}
    for token in _MARKDOWN.parse(clean(markdown[:MARKDOWN_CHARACTERS])):
        for inner in token.children or ():
            if inner.type == "link_open":
                found[str(inner.attrs.get("href", ""))] = None
    return tuple(found)


def _to_html(question: tuple[str, str]) -> str:
    markdown, base_url = question
    tokens = _MARKDOWN.parse(clean(markdown))
    fitted = _Fitting(base_url).fit(tokens)
    written = _RENDERER.render(fitted, _MARKDOWN.options, {})
    # Cleaned again, as `&#12;` has become its character by now.
    return clean(_SANITIZER.clean(written)).strip()


# A story stands in several feeds, formats and pages, one change makes them all anew, and anybody may ask for its page.
_kept = Kept(_to_html, 16 * 1024 * 1024, lambda question, made: sys.getsizeof(question[0]) + sys.getsizeof(made) + 250)


class _Markdown(MarkdownIt):
    """CommonMark with tables. URLs pass as they are written: `_Fitting` checks every one."""

    def __init__(self) -> None:
        # Time grows with the nesting that is looked for: 100,000 brackets take 2 s at 24 levels, 8 s at 100.
        super().__init__("js-default", {"maxNesting": 24})
        # The rules are compiled at their first use, which is not thread-safe.
        self.render("ready")

    def validateLink(self, url: str) -> bool:  # noqa: N802
        return True

    def normalizeLink(self, url: str) -> str:  # noqa: N802
        return url

    def normalizeLinkText(self, link: str) -> str:  # noqa: N802
        return link


_MARKDOWN = _Markdown()
_RENDERER = RendererHTML()


class _Fitting:
    """One walk over a document's tokens that keeps what may be published, within the limits of size and depth."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self.room_bytes = HTML_BYTES
        self.depth = 0
        self.in_link = False

    def fit(self, tokens: Iterable[Token]) -> list[Token]:
        """Give the tokens that are kept, opening and closing ones in pairs."""
        kept: list[Token] = []
        opened: list[bool] = []
        for token in tokens:
            if token.tag == "h1":
                token.tag = "h2"
            if token.nesting == 1:
                opened.append(self._opens(token))
                if opened[-1]:
                    kept.append(token)
            elif token.nesting == -1:
                if opened.pop():
                    self._close(token, kept)
            elif token.type == "inline":
                token.children = self.fit(token.children or [])
                kept.append(token)
            elif token.type == "image":
                kept += self._picture(token)
            else:
                kept += self._within(token)
        return kept

    def _opens(self, token: Token) -> bool:
        if token.type == "link_open":
            url = web_url(str(token.attrs["href"]), self.base_url)
            if url is None:
                return False
            token.attrs["href"] = url
        if self.depth >= HTML_DEPTH or not self._spend(token):
            return False
        self.depth += 1
        self.in_link = self.in_link or token.type == "link_open"
        return True

    def _close(self, token: Token, kept: list[Token]) -> None:
        self.depth -= 1
        if token.type == "link_close":
            self.in_link = False
        elif token.type == "paragraph_close":
            _make_figure(kept[-2], kept[-1], token)
        kept.append(token)

    def _picture(self, token: Token) -> list[Token]:
        alt = _RENDERER.renderInlineAsText(token.children, _MARKDOWN.options, {})
        url = web_url(str(token.attrs["src"]), self.base_url)
        if url is None or (self.in_link and not self._is_ours(url)):
            return self._within(_text(alt))
        if not self._is_ours(url):
            link = Token("link_open", "a", 1, attrs={"href": url})
            return self.fit([link, _text(alt or url), Token("link_close", "a", -1)])
        token.attrs["src"] = url
        token.children = [_text(alt)]
        return self._within(token)

    def _is_ours(self, url: str) -> bool:
        media = f"{self.base_url}/media/"
        return url.startswith(media) and bool(_MEDIA_NAME.fullmatch(url, len(media)))

    def _within(self, token: Token) -> list[Token]:
        room_bytes = self.room_bytes - 100
        if self._spend(token):
            return [token]
        if room_bytes > 0 and token.type != "image":
            # No character takes more than six bytes, `&quot;`.
            token.content = f"{token.content[: room_bytes // 6]}…"
            return [token]
        return []

    def _spend(self, token: Token) -> bool:
        """Take the bytes of a token from the room, or close the room: a text that goes on after a hole misleads."""
        written = f"{token.content}{''.join(map(str, token.attrs.values()))}"
        tags_bytes = 1 if token.type in ("text", "softbreak") else 2 * len(token.tag) + 30
        self.room_bytes -= len(html.escape(written).encode()) + tags_bytes
        if self.room_bytes < 0:
            self.room_bytes = 0
            return False
        return True


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)


def _make_figure(opening: Token, inline: Token, closing: Token) -> None:
    """Make a figure of a paragraph that holds one picture and nothing else."""
    children = inline.children or []
    if [child.type for child in children] == ["image"] and not opening.hidden:
        opening.tag = closing.tag = "figure"
        caption = children[0].attrs.pop("title", "")
        if caption:
            caption_opening = Token("figcaption_open", "figcaption", 1)
            children += [caption_opening, _text(str(caption)), Token("figcaption_close", "figcaption", -1)]


def _netloc(parts: SplitResult) -> str:
    """The authority of a web address in ASCII; ValueError where there is none to be published."""
    host = parts.hostname or ""
    ascii_host = f"[{host}]" if ":" in host else host.encode("idna").decode()
    if "@" in parts.netloc or not _HOST.fullmatch(ascii_host):
        raise ValueError(parts.netloc)
    return ascii_host if parts.port is None else f"{ascii_host}:{parts.port}"


def _encode(part: str, also_safe: str = "") -> str:
    return quote(_BARE_PERCENT.sub("%25", part), safe=_URL_SAFE + also_safe)


def _cut(text: str, characters: int) -> str:
    """Shorten a line at a word; where words are long, or unknown, between characters that belong together."""
    if len(text) <= characters:
        return text
    end = characters - 1
    space = text.rfind(" ", characters // 2, end + 1)
    if space > 0:
        end = space
    else:
        while end > characters // 2 and _joins(text[end - 1], text[end]):
            end -= 1
    return f"{text[:end].rstrip(' ,;:–—-')}…"


def _joins(before: str, after: str) -> bool:
    """Whether a cut between two characters would break an accent, an emoji sequence or a flag."""
    flags = all("\U0001f1e6" <= character <= "\U0001f1ff" for character in (before, after))
    return before == "\u200d" or flags or unicodedata.category(after) in ("Mn", "Mc", "Me", "Cf", "Sk")
