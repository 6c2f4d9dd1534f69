"""What the tables have in common."""

from typing import Any

from sqlalchemy import Boolean, Column, MetaData

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def flag(name: str, **options: Any) -> Column[bool]:
    """A column that is true or false, and never neither."""
    return Column(name, Boolean(create_constraint=True, name=name), nullable=False, **options)
