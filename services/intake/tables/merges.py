"""Files that turned out to be one family, and what it takes to part them again."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import Text
from sqlmodel import Field

from services.intake.tables.base import MOMENT, Base, belongs_to_file, now
from shared.ids import uuid7


class Merge(Base, table=True):
    """`absorbed_id` has gone into `kept_id`. The row goes when the merge is undone; the timelines keep both."""

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    kept_id: UUID = Field(foreign_key="household.id", index=True)
    absorbed_id: UUID = Field(foreign_key="household.id", unique=True)
    at: datetime = Field(default_factory=now, sa_type=MOMENT)
    by: str = Field(sa_type=Text)
    moved: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)
    """By table: the ids of the rows that changed files, with whom they were about before if that changed, too."""
    filled: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)
    """By field of the kept file: what stood there before, and what stands there since."""

    __table_args__ = (CheckConstraint("kept_id <> absorbed_id", name="two"),)


belongs_to_file(Merge, column="kept_id")
