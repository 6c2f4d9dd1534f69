"""Which language an answer speaks: the newsdesk that of the editor's browser, all else that of the site."""

import json
from collections.abc import Callable

from babel import negotiate_locale
from babel.numbers import format_decimal
from flask import Flask, Response, request

from feedsvc import texts
from feedsvc.web import ages
from feedsvc.web.newsroom import newsroom

NUMBERS_TRIED = 120
"""Whole numbers among which each language has every form that it uses for small ones."""


def install(app: Flask) -> None:
    """Settle the language of each request of `app` before anything is said, and give templates the texts.

    The catalogue of the site is read at once: a broken one is no surprise for readers. Raises `BrokenCatalogue`.
    """
    with texts.speaking(texts.language_for(app.extensions["feedsvc"].settings.site_language)):
        app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(texts._, texts.plural, newstyle=True)  # type: ignore[attr-defined]
    app.jinja_env.globals |= {"number": number, "language": texts.language}
    app.before_request(_begin)
    app.after_request(_tell_caches)
    app.teardown_request(_end)


def number(value: float) -> str:
    """A number as the language that is spoken writes it: “1,000”."""
    return format_decimal(value, locale=ages.locale_of(texts.language()))


def forms(said: Callable[[int], str]) -> str:
    """What is said of a number, in all forms that the language that is spoken has, for a script: JSON, category of its
    plurals (CLDR) -> text. `said` says it of a number, with a placeholder for it."""
    category = ages.locale_of(texts.language()).plural_form
    found: dict[str, str] = {}
    for n in range(NUMBERS_TRIED):
        found.setdefault(category(n), said(n))
    return json.dumps(found, ensure_ascii=False)


def _asked_for() -> str:
    if not _is_newsdesk():
        return texts.language_for(newsroom().settings.site_language)
    wanted = [tag for tag, quality in request.accept_languages if quality > 0]
    return texts.language_for(negotiate_locale(wanted, texts.languages(), sep="-") or texts.ENGLISH)


def _is_newsdesk() -> bool:
    return (request.path + "/").startswith("/newsdesk/")


def _begin() -> None:
    texts.use(_asked_for())


def _end(error: BaseException | None) -> None:
    # The thread goes on with other work, which says itself what it speaks.
    texts.use(texts.ENGLISH)


def _tell_caches(response: Response) -> Response:
    if _is_newsdesk():
        response.vary.add("Accept-Language")
    return response
