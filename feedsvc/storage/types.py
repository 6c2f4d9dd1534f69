"""The types of columns that differ between databases: moments, numbers, and text that decides order."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, String, Text, TypeDecorator


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


Number = BigInteger().with_variant(Integer(), "sqlite")
"""A whole number of 64 bits, which SQLite calls INTEGER."""


def ordered_text(length: int | None = None) -> String:
    """Text that decides order: compared bytewise, whatever the locale of the database."""
    kind = Text if length is None else String
    return kind(length).with_variant(kind(length, collation="C"), "postgresql")
