"""Whom the site needs of the city's volunteers, and who has said that they come."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, text
from sqlalchemy.types import Text
from sqlmodel import Field

from services.intake.tables.base import MOMENT, Base, belongs_to_file, now, one_of
from shared.contracts.words import InterpreterOccasion, VolunteerKind
from shared.ids import uuid7


class WishEnd(StrEnum):
    """Why nobody is needed any more; what was handed over is wished for anew by the next site."""

    OVER = "over"
    WITHDRAWN = "withdrawn"
    HANDED_OVER = "handed_over"


class InterpreterRequest(Base, table=True):
    """Dolmetschwunsch: somebody who speaks a language is needed from `at` until `until`.

    Told to the volunteers under this id, however often it changes. At office hours it belongs to no household.
    `consent_on` is the day on which the family agreed that whoever comes gets to know name, phone and address.
    """

    __tablename__ = "interpreter_request"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    occasion: InterpreterOccasion = Field(sa_type=one_of(InterpreterOccasion, "occasion"))
    household_id: UUID | None = Field(default=None, foreign_key="household.id", index=True)
    visit_id: UUID | None = Field(default=None, foreign_key="first_visit.id")
    language: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=MOMENT)
    until: datetime = Field(sa_type=MOMENT)
    woman_wanted: bool = False
    consent_on: date | None = None
    created_at: datetime = Field(default_factory=now, sa_type=MOMENT)
    created_by: str = Field(sa_type=Text)
    ended_at: datetime | None = Field(default=None, sa_type=MOMENT)
    ended_because: WishEnd | None = Field(default=None, sa_type=one_of(WishEnd, "ended_because"))

    __table_args__ = (
        CheckConstraint("until > at", name="until"),
        CheckConstraint("(occasion = 'office_hours') = (household_id is null)", name="household"),
        CheckConstraint("(occasion = 'first_visit') = (visit_id is not null)", name="visit"),
        CheckConstraint("consent_on is null or household_id is not null", name="consent"),
        CheckConstraint("(ended_at is null) = (ended_because is null)", name="ended"),
        Index("uq_interpreter_request_visit", "visit_id", unique=True, postgresql_where=text("ended_at is null")),
        Index("ix_interpreter_request_open", "at", "id", postgresql_where=text("ended_at is null")),
    )


class Assignment(Base, table=True):
    """Einsatz or Patenschaft of a volunteer for the household, as the volunteers' service last told it.

    `request_id` is the wish that it answers; a mentorship has none, and no time. `sequence` tells old from new.
    """

    id: UUID = Field(primary_key=True)
    household_id: UUID = Field(foreign_key="household.id", index=True)
    volunteer_id: UUID
    request_id: UUID | None = None
    kind: VolunteerKind = Field(sa_type=one_of(VolunteerKind, "kind"))
    at: datetime | None = Field(default=None, sa_type=MOMENT)
    until: datetime | None = Field(default=None, sa_type=MOMENT)
    accepted_on: date
    ended_on: date | None = None
    sequence: int = Field(sa_type=BigInteger)


belongs_to_file(InterpreterRequest)
belongs_to_file(Assignment)
