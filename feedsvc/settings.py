"""Every setting once: its name, default, unit, and one sentence.

A setting is read from the environment variable `FEEDSVC_<NAME>`, else from `<NAME> = …` in `instance/config.py`, else
it has its default. A value that cannot be used raises `WrongSetting`, which names the setting and says what it takes.
"""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_network
from pathlib import Path
from runpy import run_path
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from feedsvc.errors import WrongSetting

_NOT_IN_URL = re.compile(r"[\s\\\x00-\x1f\x7f-\x9f]")
_BARE_PERCENT = re.compile("%(?![0-9A-Fa-f]{2})")
_PATH_SAFE = "/:@!$&'()*+,;=~%"
_NOT_IN_FILES = re.compile(r"[\x00-\x1f]")
_HOST_NAME = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?")

STANDARD_PORTS = {"http": 80, "https": 443}
URL_CHARACTERS = 1_000

PROJECT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Setting:
    """One line of the table: how a value is read, and what it is for."""

    name: str
    default: str
    what: str
    read: Callable[[str], Any]


def _whole(least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not re.fullmatch(r"\d{1,9}", text) or not least <= int(text) <= most:
            raise ValueError(f"a whole number from {least} to {most}")
        return int(text)

    return read


def _decimal(least: float, most: float) -> Callable[[str], float]:
    def read(text: str) -> float:
        if not re.fullmatch(r"\d{1,6}(\.\d{1,6})?", text, re.ASCII) or not least <= float(text) <= most:
            raise ValueError(f"a number from {least:g} to {most:g}")
        return float(text)

    return read


def _switch(text: str) -> bool:
    if text not in ("0", "1"):
        raise ValueError("1 (on) or 0 (off)")
    return text == "1"


def _text(text: str) -> str:
    if any(ord(c) < 32 for c in text):
        raise ValueError("one line of text")
    return text.strip()


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in _text(text).split(",") if name.strip())


def _folder(text: str) -> str:
    if "?" in text:
        raise ValueError("a folder without “?” in its path")
    return _text(text)


def _served_folder(text: str) -> Path | None:
    """A folder that another program reads too, so it does not depend on where either was started."""
    path = Path(text)
    if text and (not path.is_absolute() or ".." in path.parts or path == Path("/") or _NOT_IN_FILES.search(text)):
        raise ValueError("the whole path of a folder of its own, such as /srv/feedsvc/mirror, or nothing")
    return path if text else None


def _url(text: str) -> str:
    """The one way to write an address, as every other one is written for feeds (RFC 3986 §6.2)."""
    if not text:
        return ""
    try:
        return _canonical(text)
    except ValueError as error:
        raise ValueError("an address such as https://news.example.org, with no user, query or fragment") from error


def _canonical(text: str) -> str:
    parts = urlsplit(text)
    path = parts.path.rstrip("/")
    is_more = "@" in parts.netloc or "?" in text or "#" in text or _NOT_IN_URL.search(text)
    # What links are joined to would lose such parts of a path.
    is_crooked = {"", ".", ".."} & set(path.split("/")[1:])
    if parts.scheme not in STANDARD_PORTS or not parts.hostname or is_more or is_crooked or parts.port == 0:
        raise ValueError(text)
    host = _ascii_host(parts.hostname)
    host = f"[{host}]" if ":" in host else host
    netloc = host if parts.port in (None, STANDARD_PORTS[parts.scheme]) else f"{host}:{parts.port}"
    url = urlunsplit((parts.scheme, netloc, quote(_BARE_PERCENT.sub("%25", path), safe=_PATH_SAFE), "", ""))
    if len(url) > URL_CHARACTERS:
        raise ValueError(text)
    return url


def _host(text: str) -> str:
    try:
        return _ascii_host(text.lower())
    except ValueError as error:
        raise ValueError("an IP address or host name, such as 127.0.0.1 or 0.0.0.0") from error


def _ascii_host(host: str) -> str:
    """An IPv6 address without brackets, or a name or IPv4 address as IDNA (RFC 3490)."""
    if ":" in host and "%" not in host:
        return str(IPv6Address(host))
    host = host.encode("idna").decode()
    if not _HOST_NAME.fullmatch(host):
        raise ValueError(host)
    return host


def _language(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", text):
        raise ValueError("a language tag such as en or en-CA")
    return text


def _time_zone(text: str) -> ZoneInfo:
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("a time zone such as UTC or America/Toronto") from error


def _networks(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    try:
        return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise ValueError("addresses or networks, separated by commas, such as 127.0.0.1, 10.0.0.0/8") from error


SETTINGS = (
    Setting("BASE_URL", "", "Where readers find the site; absolute links begin with it. Follows HOST and PORT.", _url),
    Setting("SITE_TITLE", "The Evening Post", "The newsroom's name.", _text),
    Setting("SITE_DESCRIPTION", "News from here and elsewhere", "One sentence on what the site is.", _text),
    Setting("SITE_LANGUAGE", "en", "The language of the stories (BCP 47).", _language),
    Setting("SITE_LOGO", "", "Address of a square logo for feed readers; our icon if empty.", _url),
    Setting("COPYRIGHT", "", "The copyright line of feeds and pages; © and the newsroom's name if empty.", _text),
    Setting("TIME_ZONE", "UTC", "The time zone in which pages show times.", _time_zone),
    Setting(
        "DATABASE_URL", "", "The database, sqlite:/// or postgresql://; SQLite in the instance folder if empty.", _text
    ),
    Setting("INSTANCE_PATH", "", "The folder of the database, media and secrets; `instance/` if empty.", _folder),
    Setting("MIRROR_DIR", "", "The folder in which documents lie as files for nginx; none if empty.", _served_folder),
    Setting("HOST", "127.0.0.1", "The address that the service listens on.", _host),
    Setting("PORT", "8000", "The port that the service listens on.", _whole(1, 65535)),
    Setting("WORKERS", "1", "Processes that answer requests.", _whole(1, 64)),
    Setting("THREADS", "4", "Threads of each process.", _whole(1, 64)),
    Setting("FEED_ENTRIES", "50", "Stories in a feed's document: the newest.", _whole(1, 200)),
    Setting("FEED_HOURS", "48", "Hours for which a story stays in a document, beyond that number.", _whole(0, 24 * 90)),
    Setting("FEED_MAX_AGE", "60", "Seconds for which caches may keep a document.", _whole(0, 86_400)),
    Setting("FEED_TTL", "15", "Minutes between polls that RSS suggests.", _whole(1, 1_440)),
    Setting(
        "RENDER_INTERVAL",
        "0.25",
        "Seconds between two makings of a document whose feed changes again and again; removals do not wait.",
        _decimal(0, 0.8),
    ),
    Setting("SHELF_MEGABYTES", "256", "Memory for the documents that a process holds ready.", _whole(1, 1_000_000)),
    Setting("NOTICE_DAYS", "14", "Days for which the notice of a withdrawn story stands in feeds.", _whole(1, 365)),
    Setting(
        "TOMBSTONE_DAYS",
        "30",
        "Days for which Atom documents tell that a story left, after its notice.",
        _whole(1, 365),
    ),
    Setting("DELTAS", "1", "Whether clients that ask for it get only what changed (RFC 3229).", _switch),
    Setting("DELTA_DAYS", "30", "Days for which changes are told so; older copies get the document.", _whole(1, 365)),
    Setting(
        "DELTA_AGENTS",
        "newsboat, python-reader",
        "Names in a User-Agent of clients that get changes even where it names a library that cannot take them.",
        _names,
    ),
    Setting("SCHEDULER", "1", "Whether the service may run the clock; 0 where `scheduler` runs apart.", _switch),
    Setting("TRENDING_HALF_LIFE", "6", "Hours after which a reading counts half.", _decimal(0.1, 720)),
    Setting("TRENDING_GRAVITY", "1.5", "How fast a story falls with age: an exponent.", _decimal(0, 10)),
    Setting("TRENDING_WINDOW", "30", "Days for which a story can be in the trending order.", _whole(1, 3_650)),
    Setting("TRENDING_REFRESH", "60", "Seconds between two makings of the trending order.", _whole(1, 86_400)),
    Setting("RISING_MIN_READINGS", "20", "Readings that a story needs to be rising.", _whole(1, 1_000_000)),
    Setting("TRUSTED_PROXIES", "", "Proxies whose X-Forwarded-For is believed; none if empty.", _networks),
    Setting("OPERATIONS_TOKEN", "", "Bearer token that opens /metrics and /healthz in full from elsewhere.", _text),
    Setting("ADMIN_PASSWORD", "", "Password for `admin`, set at each start; one is made if empty.", _text),
)


SECRET = ("OPERATIONS_TOKEN", "ADMIN_PASSWORD")
"""Their values are not told in messages."""


class Settings:
    """All settings, read and checked. Each is an attribute named like the setting in small letters."""

    base_url: str
    site_title: str
    site_description: str
    site_language: str
    site_logo: str
    copyright: str
    time_zone: ZoneInfo
    database_url: str
    instance_path: str
    mirror_dir: Path | None
    host: str
    port: int
    workers: int
    threads: int
    feed_entries: int
    feed_hours: int
    feed_max_age: int
    feed_ttl: int
    render_interval: float
    shelf_megabytes: int
    notice_days: int
    tombstone_days: int
    deltas: bool
    delta_days: int
    delta_agents: tuple[str, ...]
    scheduler: bool
    trending_half_life: float
    trending_gravity: float
    trending_window: int
    trending_refresh: int
    rising_min_readings: int
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...]
    operations_token: str
    admin_password: str

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        environment = os.environ if environment is None else environment
        known = {f"FEEDSVC_{setting.name}" for setting in SETTINGS}
        for name in environment:
            if name.startswith("FEEDSVC_") and name not in known and not name.startswith("FEEDSVC_TEST_"):
                raise WrongSetting(f"{name} is no setting of feedsvc. The README lists them all.", name)
        place = environment.get("FEEDSVC_INSTANCE_PATH", "").strip()
        self.instance = Path(place) if place else PROJECT / "instance"
        configured = self._configured()
        for setting in SETTINGS:
            name = f"FEEDSVC_{setting.name}"
            text = environment.get(name, configured.get(setting.name, setting.default))
            try:
                text.encode()
                setattr(self, setting.name.lower(), setting.read(text.strip()))
            except UnicodeEncodeError as error:
                raise WrongSetting(f"{name} takes text in UTF-8, and it holds other bytes.", name) from error
            except ValueError as error:
                given = "" if setting.name in SECRET else f", not “{text}”"
                raise WrongSetting(f"{name} takes {error}{given}.", name) from error
        if not self.base_url:
            host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104 - replaced, not bound
            self.base_url = _url(f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}")
        self.site_logo = self.site_logo or f"{self.base_url}/static/apple-touch-icon.png"
        self.copyright = self.copyright or f"© {self.site_title}"
        if not self.database_url:
            self.database_url = f"sqlite:///{(self.instance / 'feedsvc.sqlite').absolute()}"

    def _configured(self) -> dict[str, str]:
        path = self.instance / "config.py"
        try:
            values = run_path(str(path)) if path.is_file() else {}
        except OSError as error:
            raise WrongSetting(
                f"{path} cannot be read ({error.strerror}). Give this user the right to read it, or set "
                "FEEDSVC_INSTANCE_PATH to another folder.",
                str(path),
            ) from error
        except (Exception, SystemExit) as error:  # the file is Python and may raise anything
            raise WrongSetting(f"{path} cannot be read: {type(error).__name__}: {error}", str(path)) from error
        values = {name: value for name, value in values.items() if name.isupper()}
        known = {setting.name for setting in SETTINGS} - {"INSTANCE_PATH"}
        for name in values:
            if name not in known:
                raise WrongSetting(f"{name} in {path} is no setting of feedsvc. The README lists them all.", name)
            if type(values[name]) not in (str, int, float, type(None)):
                raise WrongSetting(f"{name} in {path} must be text in quotes, or a number.", name)
        return {name: str(value) for name, value in values.items() if value is not None}

    @cached_property
    def media(self) -> Path:
        """The folder of the pictures."""
        return self.instance / "media"

    @property
    def is_https(self) -> bool:
        """Whether readers and editors come over TLS."""
        return self.base_url.startswith("https://")
