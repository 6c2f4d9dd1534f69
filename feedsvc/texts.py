"""What people read, in the language that is spoken: English as it stands in the code, others by a catalogue.

A catalogue is a file `translations/<language>.po`; one more file is one more language. Nobody is asked who speaks what
here: a request, or whoever makes a document, says it with `use` or `speaking`. What says nothing speaks English.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

from feedsvc.errors import BrokenCatalogue

ENGLISH = "en"

FOLDER = Path(__file__).parent / "translations"

_spoken: ContextVar[str] = ContextVar("spoken", default=ENGLISH)


def N_(text: str) -> str:  # noqa: N802 - the name that gettext's tools look for
    """The same text, marked for the catalogues: what is a constant is translated where it is used."""
    return text


def _(text: str, /, **values: object) -> str:
    """A text in the language that is spoken, `%(name)s` replaced by `values`; without any, `%` stands for itself."""
    said = _catalogue(_spoken.get()).gettext(text)
    return said % values if values else said


def ngettext(one: str, many: str, n: int, /, **values: object) -> str:
    """A text in the form that goes with a number, which `%(n)s` shows unless `values` say it better."""
    return plural(one, many, n) % {"n": n, **values}


def plural(one: str, many: str, n: int) -> str:
    """A text in the form that goes with a number, its placeholders as they are: templates replace them themselves."""
    return _catalogue(_spoken.get()).ngettext(one, many, n)


def number(value: int) -> str:
    """A whole number as the language that is spoken writes it: “1,000”."""
    spoken = _spoken.get()
    if spoken == ENGLISH:
        return f"{value:,}"
    from babel.numbers import format_decimal

    return format_decimal(value, locale=spoken.replace("-", "_"))


def language() -> str:
    """The language that is spoken: `en`, or one of the catalogues."""
    return _spoken.get()


def use(language: str) -> None:
    """Speak one of `languages()` from here on, in this thread or task. Raises `BrokenCatalogue`."""
    _catalogue(language)
    _spoken.set(language)


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Speak one of `languages()` for a while. Raises `BrokenCatalogue`."""
    _catalogue(language)
    token = _spoken.set(language)
    try:
        yield
    finally:
        _spoken.reset(token)


@cache
def languages() -> tuple[str, ...]:
    """The languages that can be spoken, as tags (BCP 47): English first."""
    return ENGLISH, *sorted(path.stem.replace("_", "-") for path in FOLDER.glob("*.po"))


def language_for(tag: str) -> str:
    """The language to speak where that of a tag is asked for: `de-AT` -> `de`; English if there is no catalogue."""
    known = {language.lower(): language for language in languages()}
    wanted = tag.lower()
    while wanted not in known and wanted:
        wanted = wanted.rpartition("-")[0]
    return known.get(wanted, ENGLISH)


@cache
def _catalogue(language: str) -> NullTranslations:
    """The texts of a language, read once. Whoever speaks English needs no Babel."""
    if language == ENGLISH:
        return NullTranslations()
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import PoFileError, read_po

    path = FOLDER / f"{language.replace('-', '_')}.po"
    try:
        with path.open("rb") as file:
            catalogue = read_po(file, locale=path.stem, abort_invalid=True)
    except (OSError, ValueError, PoFileError) as error:
        raise BrokenCatalogue(
            f"The catalogue {path} cannot be read: {error}. Mend it, or remove it.", language
        ) from error
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)
