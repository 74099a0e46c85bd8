"""Erasures: what was asked for, who has acknowledged it, and what the deletion periods removed. Ids alone."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.types import Text, Uuid
from sqlmodel import Field

from services.intake.domain.erasures import Because
from services.intake.tables.base import MOMENT, Base, Forget, belongs_to_file, now, one_of
from shared.ids import uuid7


class Erasure(Base, table=True):
    """A household that was erased (Löschung; GDPR Art. 17). The row stays: by it no letter brings the file back.

    `site` has asked for it. `expected` are the sources whose acknowledgement it waits for: of its own erasures only,
    and there `asked_at` is when they were last asked, `completed_at` when the last one had answered.
    """

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    household_id: UUID = Field(unique=True)
    person_ids: list[UUID] = Field(sa_type=ARRAY(Uuid))  # type: ignore[call-overload]
    merged_household_ids: list[UUID] = Field(sa_type=ARRAY(Uuid))  # type: ignore[call-overload]
    site: str = Field(sa_type=Text)
    because: Because | None = Field(default=None, sa_type=one_of(Because, "because"))
    erased_at: datetime = Field(default_factory=now, sa_type=MOMENT)
    erased_by: str | None = Field(default=None, sa_type=Text)
    expected: list[str] = Field(sa_type=ARRAY(Text))  # type: ignore[call-overload]
    asked_at: datetime = Field(default_factory=now, sa_type=MOMENT)
    completed_at: datetime | None = Field(default=None, sa_type=MOMENT)

    __table_args__ = (
        CheckConstraint("completed_at >= erased_at", name="order"),
        Index("ix_erasure_erased_at", "erased_at", "id"),
        Index("ix_erasure_open", "asked_at", postgresql_where=text("completed_at is null")),
    )


class ErasureAcknowledgement(Base, table=True):
    """A service has erased what it held; `source` says which one of which site.

    Or somebody has decided to wait for it no longer: then who and why.
    """

    __tablename__ = "erasure_acknowledgement"

    erasure_id: UUID = Field(foreign_key="erasure.id", primary_key=True)
    source: str = Field(sa_type=Text, primary_key=True)
    at: datetime = Field(default_factory=now, sa_type=MOMENT)
    waived_by: str | None = Field(default=None, sa_type=Text)
    why: str | None = Field(default=None, sa_type=Text)

    __table_args__ = (CheckConstraint("(waived_by is null) = (why is null)", name="waived"),)


class DeletionRun(Base, table=True):
    """Löschlauf: what the deletion periods have removed at one time, by kind of record."""

    __tablename__ = "deletion_run"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    at: datetime = Field(default_factory=now, sa_type=MOMENT, index=True)
    by: str = Field(sa_type=Text)
    counts: dict[str, int] = Field(sa_type=JSONB)  # type: ignore[call-overload]


belongs_to_file(Erasure, forget=Forget.KEEP, travels=False)
belongs_to_file(ErasureAcknowledgement, "erasure_id", forget=Forget.KEEP, travels=False)
