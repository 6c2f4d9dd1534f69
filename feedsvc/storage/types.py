"""The types of columns that differ between databases: moments, numbers, and text that decides order."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, String, Text, TypeDecorator
from sqlalchemy.dialects.postgresql import TSVECTOR


class Moment(TypeDecorator[datetime]):
    """An aware moment in UTC. SQLite stores fixed-width text, so that the order of texts is the order of times."""

    impl = String(26)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(String(26))
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a moment needs a time zone: {value!r}")
        value = value.astimezone(UTC)
        # Not strftime: whether it pads the years before 1000 depends on the C library.
        return value.replace(tzinfo=None).isoformat(timespec="microseconds") if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if isinstance(value, str):
            return datetime.fromisoformat(value).replace(tzinfo=UTC)
        return value.astimezone(UTC)  # type: ignore[no-any-return]


class Words(TypeDecorator[str]):
    """Words that were folded, with spaces between them: text that FTS5 reads on SQLite, a tsvector on PostgreSQL.

    They hold no quotes and no backslashes, see `domain.query.words_of`.
    """

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else TSVECTOR())

    def process_bind_param(self, value: str | None, dialect: Dialect) -> Any:
        if value is None or dialect.name == "sqlite":
            return value
        places: dict[str, list[str]] = {}
        for place, word in enumerate(value.split(), 1):
            places.setdefault(word, []).append(str(place))
        # https://www.postgresql.org/docs/current/textsearch-limitations.html: it keeps 255 places of a word.
        return " ".join(f"'{word}':{','.join(at[:255])}" for word, at in places.items())


Number = BigInteger().with_variant(Integer(), "sqlite")
"""A whole number of 64 bits, which SQLite calls INTEGER."""


def ordered_text(length: int | None = None) -> String:
    """Text that decides order: compared bytewise, whatever the locale of the database."""
    kind = Text if length is None else String
    return kind(length).with_variant(kind(length, collation="C"), "postgresql")
