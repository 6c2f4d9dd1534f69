"""All that people read stands in the catalogues, and every catalogue says all of it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from feedsvc import texts
from feedsvc.errors import BrokenCatalogue

FEEDSVC = Path(texts.__file__).parent
TEMPLATES = FEEDSVC / "web" / "templates"
CATALOGUES = sorted(texts.FOLDER.glob("*.po"))

SAID_ALIKE = {"RSS", "Atom", "JSON", "OPML", "410 Gone ·", "· 410 Gone"}

PLACEHOLDER = re.compile(r"%\(\w+\)s|\{\w+\}")


@pytest.fixture(scope="module")
def said() -> set[str | tuple[str, ...]]:
    """Every text that is marked in code and templates."""
    mapping = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
    return {found[2] for found in extract_from_dir(FEEDSVC, mapping)}


def read(path: Path) -> dict:
    with path.open("rb") as file:
        return {message.id: message for message in read_po(file, locale=path.stem, abort_invalid=True) if message.id}


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
def test_a_catalogue_says_every_text_and_no_other(path, said):
    catalogue = read(path)
    assert catalogue.keys() == said, "make catalogue writes them anew; then translate"
    for message in catalogue.values():
        strings = [message.string] if isinstance(message.string, str) else message.string
        assert all(strings), f"not translated: {message.id}"
        assert not message.fuzzy, f"only guessed: {message.id}"


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
def test_a_translation_has_the_placeholders_and_tags_of_its_text(path):
    for message in read(path).values():
        forms = [message.id] if isinstance(message.id, str) else message.id
        strings = [message.string] if isinstance(message.string, str) else message.string
        for form, string in zip([forms[0], *[forms[-1]] * (len(strings) - 1)], strings, strict=True):
            for part in (PLACEHOLDER, re.compile(r"<[^>]+>")):
                assert sorted(part.findall(string)) == sorted(part.findall(form)), form


def templates() -> list[str]:
    return sorted(path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html"))


@pytest.mark.parametrize("name", templates())
def test_every_word_of_a_template_comes_from_the_catalogue(name):
    text = (TEMPLATES / name).read_text()
    text = re.sub(r"\{%-?\s*trans\b.*?endtrans\s*-?%\}", "", text, flags=re.DOTALL)
    text = re.sub(r"\{#.*?#\}|\{%.*?%\}", "", text, flags=re.DOTALL)
    # What is said by an expression must not be English there: text in quotes with a capital letter and a space.
    bare = [
        quoted
        for expression in re.findall(r"\{\{(.*?)\}\}", text, flags=re.DOTALL)
        for quoted in re.findall(r"\"([^\"]*)\"", re.sub(r"_\(\s*(\"[^\"]*\"|'[^']*')", "", expression))
        if re.search(r"[A-Z][a-z]+( |$)", quoted)
    ]
    text = re.sub(r"\{\{.*?\}\}", "", text, flags=re.DOTALL)
    shown = re.findall(r"(?:\baria-label|\btitle|\bplaceholder|\balt)=\"([^\"]+)\"", text)
    shown += re.findall(r"\bdata-[\w-]+=\"([^\"]*\w \w[^\"]*|[A-Z]\w+)\"", text)
    # Macros give attributes without a tag around them.
    text = re.sub(r"\b(?:aria|data)-[\w-]+(?:=\"[^\"]*\")?", "", re.sub(r"<[^>]*>", "\n", text))
    shown += text.split("\n")
    words = [line.strip() for line in [*shown, *bare] if re.search(r"[^\W\d_]{2}", line)]
    assert [line for line in words if line not in SAID_ALIKE and not re.fullmatch(r"\W*(RSS|Atom)\W*", line)] == []


ROOMS = ("actions", "domain", "feeds", "web")

COMMAND_LINE = {
    *(f"actions.{name}" for name in ("backup", "backup_file", "export", "restore", "setup", "take_over", "upkeep")),
    *("actions.importing.table", "actions.mirror", "actions.mirror_files", "actions.press", "actions.schedule"),
    *(f"actions.check.{name}" for name in ("documents", "file", "finding", "heads", "mirror", "pictures", "search")),
    *("actions.check.pages", "actions.check.stories", "actions.trend"),
}
"""Modules that speak to the command line, or to those who look after the site, alone: in English."""

REFUSALS = {"abort", "Conflict", "Forbidden", "Invalid", "NotAllowed", "NotPermitted", "NotFound", "PictureRefused"}
REFUSALS |= {"SignInRefused", "SourceRefused", "BadRequest"}
"""What people read whose message it is, wherever it is made."""

SENTENCE = re.compile(r"[A-Z“{].* .*[.!?]")


def sentences(path: Path) -> Iterator[tuple[int, str]]:
    """The lines of a module, and the text there, that people read and that no catalogue has."""
    tree = ast.parse(path.read_text())
    is_marked: set[int] = set()
    for node in ast.walk(tree):
        is_docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        name = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
        is_log = isinstance(node, ast.Call) and ast.unparse(node.func).startswith(("_log.", "current_app.logger."))
        if is_docstring or is_log or name in ("_", "N_", "ngettext", "StorageError"):
            is_marked |= {id(inner) for inner in ast.walk(node)}
        elif name in REFUSALS and node.args:
            message = node.args[-1] if name == "abort" else node.args[0]
            parts = message.values if isinstance(message, ast.Dict) else [message]
            for part in parts:
                if isinstance(part, ast.Constant | ast.JoinedStr) and isinstance(getattr(part, "value", ""), str):
                    yield part.lineno, ast.unparse(part)
    for node in ast.walk(tree):
        if id(node) in is_marked or not isinstance(node, ast.Constant | ast.JoinedStr):
            continue
        pieces = node.values if isinstance(node, ast.JoinedStr) else [node]
        text = "".join(str(one.value) if isinstance(one, ast.Constant) else "{}" for one in pieces)
        if SENTENCE.fullmatch(text):
            yield node.lineno, text


def modules() -> list[str]:
    paths = sorted(path for room in ROOMS for path in (FEEDSVC / room).rglob("*.py"))
    return [".".join(path.relative_to(FEEDSVC).with_suffix("").parts) for path in paths]


def test_modules_that_say_nothing_here_are_there():
    assert set(modules()) >= COMMAND_LINE


@pytest.mark.parametrize("module", [name for name in modules() if name not in COMMAND_LINE])
def test_every_sentence_of_code_comes_from_the_catalogue(module):
    found = sentences(FEEDSVC / f"{module.replace('.', '/')}.py")
    assert [(line, text) for line, text in found] == []


def test_what_says_nothing_speaks_english():
    assert texts.language() == "en"
    assert texts._("Subscribe") == "Subscribe"
    assert texts.ngettext("%(n)s story", "%(n)s stories", 2) == "2 stories"


def test_a_language_is_spoken_for_a_while():
    with texts.speaking("de"):
        assert texts._("Subscribe") == "Abonnieren"
        assert texts._("Subscribe: %(feed)s", feed="100 %") == "Abonnieren: 100 %"
    assert texts._("Subscribe") == "Subscribe"


@pytest.mark.parametrize(
    ("tag", "language"),
    [("de", "de"), ("de-AT", "de"), ("DE-de-1996", "de"), ("en-CA", "en"), ("fr", "en"), ("", "en")],
)
def test_a_tag_leads_to_the_nearest_language(tag, language):
    assert texts.language_for(tag) == language


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Another folder of catalogues."""
    monkeypatch.setattr(texts, "FOLDER", tmp_path)
    for kept in (texts.languages, texts._catalogue):
        kept.cache_clear()
    yield tmp_path
    for kept in (texts.languages, texts._catalogue):
        kept.cache_clear()


def test_a_file_more_is_a_language_more(folder):
    (folder / "pt_BR.po").write_text('msgid "Subscribe"\nmsgstr "Assinar"\n')
    assert texts.languages() == ("en", "pt-BR")
    with texts.speaking(texts.language_for("pt-br")):
        assert texts._("Subscribe") == "Assinar"
        assert texts._("Feeds") == "Feeds"


def test_a_broken_catalogue_is_named(folder):
    (folder / "de.po").write_bytes(b'msgid "\xff"')
    with pytest.raises(BrokenCatalogue, match=r"de\.po cannot be read"), texts.speaking("de"):
        pass
