"""The team's care for its own work: follow-up tasks, safety notes and the child-protection path (domain rule 15)."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.types import Text
from sqlmodel import Field

from services.intake.domain.care import ProtectionStep
from services.intake.tables.base import MOMENT, Base, belongs_to_file, now, one_of
from shared.ids import uuid7


class FollowUp(Base, table=True):
    """Wiedervorlage: something to do for a household on a day; without `for_whom` it is the owner's."""

    __tablename__ = "follow_up"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    household_id: UUID = Field(foreign_key="household.id", index=True)
    due_on: date
    what: str = Field(sa_type=Text)
    for_whom: str | None = Field(default=None, sa_type=Text)
    created_at: datetime = Field(default_factory=now, sa_type=MOMENT)
    created_by: str = Field(sa_type=Text)
    done_on: date | None = None
    done_by: str | None = Field(default=None, sa_type=Text)

    __table_args__ = (
        CheckConstraint("what <> ''", name="what"),
        CheckConstraint("(done_on is null) = (done_by is null)", name="done"),
        Index("ix_follow_up_open", "due_on", "id", postgresql_where=text("done_on is null")),
    )


class SafetyNote(Base, table=True):
    """Sicherheitshinweis: what a colleague must know before a home visit; one a household, the latest."""

    __tablename__ = "safety_note"

    household_id: UUID = Field(foreign_key="household.id", primary_key=True)
    text: str = Field(sa_type=Text)
    by: str = Field(sa_type=Text)
    at: datetime = Field(default_factory=now, sa_type=MOMENT)

    __table_args__ = (CheckConstraint("text <> ''", name="text"),)


class ChildProtection(Base, table=True):
    """Kinderschutz: a child of the household may be in danger (§ 8a SGB VIII); one path at a time."""

    __tablename__ = "child_protection"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    household_id: UUID = Field(foreign_key="household.id", index=True)
    opened_on: date
    opened_by: str = Field(sa_type=Text)
    closed_on: date | None = None
    closed_by: str | None = Field(default=None, sa_type=Text)
    result: str | None = Field(default=None, sa_type=Text)

    __table_args__ = (
        CheckConstraint("(closed_on is null) = (closed_by is null)", name="closed"),
        CheckConstraint("closed_on is null or result is not null", name="result"),
        Index("uq_child_protection_open", "household_id", unique=True, postgresql_where=text("closed_on is null")),
    )


class ChildProtectionStep(Base, table=True):
    """A step of the path that was taken: when, by whom, and what it led to."""

    __tablename__ = "child_protection_step"

    path_id: UUID = Field(foreign_key="child_protection.id", primary_key=True)
    step: ProtectionStep = Field(sa_type=one_of(ProtectionStep, "step"), primary_key=True)
    household_id: UUID = Field(foreign_key="household.id", index=True)
    done_on: date
    done_by: str = Field(sa_type=Text)
    note: str | None = Field(default=None, sa_type=Text)
    recorded_at: datetime = Field(default_factory=now, sa_type=MOMENT)
    recorded_by: str = Field(sa_type=Text)


belongs_to_file(FollowUp)
belongs_to_file(SafetyNote)
belongs_to_file(ChildProtection)
belongs_to_file(ChildProtectionStep)
