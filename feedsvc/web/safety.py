"""What protects every page: where an unsafe request comes from, how much it carries, what a browser may do with it."""

from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

from flask import Flask, Response, abort, request

from feedsvc.web.newsroom import newsroom

BODY_BYTES = 64 * 1024
"""The most that a request may carry."""

NEWSDESK_BODY_BYTES = 45 * 1024 * 1024
"""The most that a form of the newsdesk may carry: a picture that is refused as too large is refused in the form, where
what was typed is kept, and a story of a million characters takes up to 12 MB percent-encoded."""

TEXT_FIELD_BYTES = 16 * 1024 * 1024
"""The most that one text field of a multipart form may hold."""

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})

DEFAULT_PORTS = {"http": 80, "https": 443}

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
        "manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}

Address = IPv4Address | IPv6Address


def install(app: Flask) -> None:
    """Check every request of `app` before its body is read, and give every answer the headers that protect it."""
    app.config["MAX_CONTENT_LENGTH"] = BODY_BYTES
    app.config["MAX_FORM_MEMORY_SIZE"] = TEXT_FIELD_BYTES
    app.before_request(check_origin)
    app.before_request(check_size)
    app.after_request(protect)


def check_origin() -> None:
    """Answer 403 to an unsafe request that another site's page may have sent.

    The browser says `Sec-Fetch-Site: same-origin` (or `none`: typed by hand); where it says nothing, as scripts do,
    the `Origin` must be that of the address asked for, or of the site (Fetch Metadata; RFC 6454).
    """
    if request.method in SAFE_METHODS:
        return
    site = request.headers.get("Sec-Fetch-Site")
    if site in ("same-origin", "none"):
        return
    if site is None:
        origin = _host_and_port(request.headers.get("Origin", ""))
        if origin and origin in (request.host.lower(), _host_and_port(newsroom().settings.base_url)):
            return
    abort(
        403,
        "This request was not sent by a page of this site, so nothing was done. Open the page here and try again. "
        "A script must send an Origin header with this site's address.",
    )


def check_size() -> None:
    """Answer 413 to a request that announces more than it may carry, and 411 to one that does not say how much: what is
    cut off at a limit would pass for the whole."""
    if request.content_length is None and "Transfer-Encoding" in request.headers:
        abort(411, "Say how long the request is, in a Content-Length header. Nothing of it was read.")
    limit = NEWSDESK_BODY_BYTES if request.path.startswith("/newsdesk/") else BODY_BYTES
    limit_body(limit)


def limit_body(limit_bytes: int) -> None:
    """Answer 413 to this request if its body is larger, before any of it is read."""
    request.max_content_length = limit_bytes
    if (request.content_length or 0) > limit_bytes:
        abort(
            413,
            f"That is more than {limit_bytes // 1024:,} kB, and nothing of it was read. Go back: what you typed is "
            "still in the form. Choose a smaller picture, or shorten the text.",
        )


def protect(response: Response) -> Response:
    """Add the headers that tell a browser what this site never does; pages of the newsdesk are not kept anywhere."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.path == "/newsdesk" or request.path.startswith("/newsdesk/"):
        response.headers["Cache-Control"] = "no-store"
    return response


def client_address() -> str:
    """The address of the client: that of the connection, or what a trusted proxy says of it.

    `X-Forwarded-For` is read from its right end: the first address that is no trusted proxy is the client's. What
    stands to the left of it, or what is no address, was written by the client and is not believed.
    """
    believed = request.remote_addr or ""
    address = _address(believed)
    told = [entry for line in request.headers.getlist("X-Forwarded-For") for entry in line.split(",")]
    while told and address is not None and _is_trusted(address):
        address = _address(told.pop().strip())
        if address is not None:
            believed = str(address)
    return believed


def _is_trusted(address: Address) -> bool:
    return any(address in network for network in newsroom().settings.trusted_proxies)


def _address(text: str) -> Address | None:
    """An address, written as proxies write it: also `[2001:db8::1]:8080` and `192.0.2.1:8080`."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    with suppress(ValueError):
        address = ip_address(text)
        return getattr(address, "ipv4_mapped", None) or address
    return None


def _host_and_port(origin: str) -> str:
    """What a Host header says for this origin: without the port where it is the scheme's own; empty if it is none."""
    with suppress(ValueError):
        parts = urlsplit(origin)
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
        is_plain = parts.port is None or parts.port == DEFAULT_PORTS.get(parts.scheme)
        return host if is_plain else f"{host}:{parts.port}"
    return ""
