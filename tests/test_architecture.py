"""The house of the design: who may import whom. Read from the imports; the offender is named."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "feedsvc"

LIBRARIES_OF_ACTIONS = {
    "sqlalchemy",
    "crawleruseragents",
    "argon2",
    "PIL",
    "pillow_heif",
    "slugify",
    "feedparser",
    "lxml",
}

MAY_IMPORT = {
    "errors": set(),
    "texts": {"babel", "feedsvc.errors"},
    "priority": set(),
    "metrics": {"prometheus_client"},
    "settings": {"feedsvc.errors"},
    "domain": {"slugify", "feedsvc.errors", "feedsvc.texts"},
    "storage": {"sqlalchemy", "alembic", "feedsvc.domain", "feedsvc.errors", "feedsvc.texts"},
    "feeds": {
        "feedgen",
        "lxml",
        "brotli",
        "nh3",
        "markdown_it",
        "feedsvc.domain",
        "feedsvc.errors",
        "feedsvc.texts",
    },
    "poll": {"feedsvc.feeds.document", "feedsvc.feeds.delta", "feedsvc.metrics", "feedsvc.priority", "feedsvc.errors"},
    "sample": set(),
    "actions": LIBRARIES_OF_ACTIONS
    | {
        f"feedsvc.{part}" for part in ("domain", "storage", "feeds", "metrics", "settings", "errors", "texts", "sample")
    },
    "web": {"flask", "werkzeug", "wtforms", "babel", "markupsafe"}
    | {
        f"feedsvc.{part}"
        for part in ("actions", "storage", "domain", "feeds", "metrics", "settings", "errors", "texts")
    }
    | {"feedsvc.poll.conditional", "feedsvc.poll.shelf"},
    "jobs": {"apscheduler"} | {f"feedsvc.{part}" for part in ("actions", "storage", "settings", "priority", "errors")},
    "serve": {"granian", "feedsvc.errors", "feedsvc.settings"},
    "cli_import": {f"feedsvc.{part}" for part in ("actions", "storage", "settings", "errors", "cli_export")},
    "freeze": {"werkzeug", "feedsvc.create_app"}
    | {f"feedsvc.{part}" for part in ("actions", "storage", "domain", "settings", "errors")},
    "cli_export": {f"feedsvc.{part}" for part in ("actions", "storage", "settings", "errors", "freeze")},
    "cli_check": {f"feedsvc.{part}" for part in ("actions", "storage", "settings")},
    "cli_user": {f"feedsvc.{part}" for part in ("actions", "storage", "domain", "settings", "errors")},
    "cli": {f"feedsvc.{part}" for part in ("actions", "storage", "domain", "settings", "errors", "serve")}
    | {"feedsvc.cli_check", "feedsvc.cli_import", "feedsvc.cli_export", "feedsvc.cli_user", "feedsvc.jobs"},
    "__main__": {"feedsvc.cli"},
}


def modules() -> Iterator[tuple[str, Path]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        if path.parent.name != "versions":
            yield ".".join(path.relative_to(PACKAGE).with_suffix("").parts), path


def imports(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno} imports relatively; name the whole module"
            if node.module == "feedsvc":
                yield from ((node.lineno, f"feedsvc.{alias.name}") for alias in node.names)
            elif node.module.startswith("feedsvc."):
                yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)
            else:
                yield node.lineno, node.module


@pytest.mark.parametrize(("module", "path"), [pytest.param(m, p, id=m) for m, p in modules()])
def test_imports_point_one_way(module, path):
    room = module.partition(".")[0]
    if module == "__init__":
        return
    allowed = MAY_IMPORT[room] | {f"feedsvc.{room}"}
    for line, name in imports(path):
        top = name.partition(".")[0]
        is_ours = top == "feedsvc"
        is_allowed = (not is_ours and top in sys.stdlib_module_names) or any(
            name == one or name.startswith(f"{one}.") for one in allowed
        )
        assert is_allowed, f"feedsvc/{path.relative_to(PACKAGE)}:{line} may not import {name}"


def test_only_storage_writes_sql():
    for module, path in modules():
        if not module.startswith("storage"):
            for line, name in imports(path):
                assert name in ("sqlalchemy",) or not name.startswith("sqlalchemy."), f"{path}:{line} imports {name}"


def test_only_one_file_knows_feedgen():
    knowing = {module for module, path in modules() for _, name in imports(path) if name.startswith("feedgen")}
    assert knowing == {"feeds.rss_atom"}


def test_a_command_loads_what_it_needs_and_begins_at_once():
    heavy = ("granian", "apscheduler", "flask", "feedgen", "feedparser", "PIL", "lxml")
    script = f"import sys, feedsvc.cli; print(*set({heavy}) & sys.modules.keys())"
    loaded = subprocess.run(
        [sys.executable, "-c", script], cwd=PACKAGE.parent, capture_output=True, text=True, check=True
    )
    assert loaded.stdout.split() == []


def test_a_module_fits_in_one_reading():
    for _, path in modules():
        lines = len(path.read_text().splitlines())
        assert lines <= 400, f"{path.name} has {lines} lines: is it still one thing?"


def test_every_folder_says_what_it_is_for():
    for folder in sorted(path.parent for path in PACKAGE.rglob("__init__.py")):
        assert ast.get_docstring(ast.parse((folder / "__init__.py").read_text())), f"{folder} does not say it"
