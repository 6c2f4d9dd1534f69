"""What it is measured on, and what must be there to measure."""

import os
import platform
import re
import shutil
import subprocess
from importlib.metadata import version
from pathlib import Path

SERVER_CORE = 0
LOAD_CORE = 1

PROGRAMS = {"nginx": "nginx", "wrk": "wrk", "taskset": "util-linux"}
"""Program -> the Debian package that has it."""

LIBRARIES = ("granian", "flask", "sqlalchemy", "feedgen", "lxml", "brotli", "django")


def missing() -> str:
    """One sentence about what keeps this machine from measuring; empty if nothing does."""
    lacking = [package for program, package in PROGRAMS.items() if _found(program) is None]
    if lacking:
        return f"The bench needs {' and '.join(lacking)}. Install with: sudo apt install {' '.join(lacking)}"
    if len(os.sched_getaffinity(0)) < 2:
        return "The bench needs two cores: one for the servers, one for the load."
    return ""


def nginx() -> str:
    """The path of nginx, which Debian keeps out of the usual one's PATH."""
    return _found("nginx") or "nginx"


def describe() -> list[tuple[str, str]]:
    """What the figures depend on, a line each: (what, which)."""
    return [
        ("processor", f"{_processor()}, {os.cpu_count()} cores"),
        ("memory", f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB"),
        ("system", f"{_system()}, Linux {platform.release()}"),
        ("Python", platform.python_version()),
        ("nginx", _first_match([nginx(), "-v"], r"nginx/(\S+)")),
        ("wrk", _first_match(["wrk", "-v"], r"wrk (?:debian/)?(\S+)")),
        *((library, version(library)) for library in LIBRARIES),
        ("feedsvc", _commit()),
    ]


def load() -> float:
    """How many processes ran or waited for a processor, on average over the last minute."""
    return os.getloadavg()[0]


def _found(program: str) -> str | None:
    return shutil.which(program, path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin")


def _first_match(command: list[str], pattern: str) -> str:
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    found = re.search(pattern, said.stdout + said.stderr)
    return found[1] if found else "unknown"


def _processor() -> str:
    found = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    return found[1] if found else platform.machine()


def _system() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:
        return platform.system()


def _commit() -> str:
    at = Path(__file__).parent
    said = subprocess.run(["git", "log", "-1", "--format=%h"], cwd=at, capture_output=True, text=True, check=False)
    changed = subprocess.run(
        ["git", "status", "--porcelain", "feedsvc"], cwd=at.parent, capture_output=True, text=True, check=False
    )
    return (said.stdout.strip() or "unknown") + (" with changes" if changed.stdout.strip() else "")
