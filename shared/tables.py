"""What the services' tables have in common: names of constraints, moments, columns that hold a word of a list."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import DateTime, Enum, MetaData

MOMENT: Any = DateTime(timezone=True)
"""A point in time; without the zone PostgreSQL would forget what was meant."""


def new_metadata() -> MetaData:
    """Metadata of one service's own, with names for all constraints and indexes.

    SQLModel's global metadata would collide with another service's as soon as one test imports both.
    """
    return MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)


def one_of(words: type[StrEnum], name: str) -> Any:
    """A column that holds one of these words, guarded by a check constraint of the database."""
    return Enum(
        words,
        name=name,
        length=32,
        native_enum=False,
        create_constraint=True,
        values_callable=lambda words: [word.value for word in words],
    )
