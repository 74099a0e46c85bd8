"""What is done with and for a household: first visits, needs, contacts, consents."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.types import Text
from sqlmodel import Field

from services.intake.domain import visits
from services.intake.domain.visits import VisitState
from services.intake.tables.base import MOMENT, Base, Forget, belongs_to_file, now, one_of
from shared.contracts.words import Channel, NeedArea, Purpose, RecipientKind, TargetGroup, Topic
from shared.ids import uuid7

_OPEN = text("state in ('owed', 'scheduled', 'missed')")


class FirstVisit(Base, visits.FirstVisit, table=True):
    """A first visit owed by a move; the rules are those of `domain.visits.FirstVisit`."""

    __tablename__ = "first_visit"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    household_id: UUID = Field(foreign_key="household.id", index=True)
    state: VisitState = Field(sa_type=one_of(VisitState, "state"))
    moved_on: date
    due_on: date
    at: datetime | None = Field(default=None, sa_type=MOMENT)
    language: str | None = Field(default=None, sa_type=Text)
    interpreter_wanted: bool | None = None
    ended_on: date | None = None
    note: str | None = Field(default=None, sa_type=Text)
    created_at: datetime = Field(default_factory=now, sa_type=MOMENT)

    __table_args__ = (
        CheckConstraint("due_on >= moved_on", name="due"),
        CheckConstraint("(state in ('owed', 'scheduled', 'missed')) = (ended_on is null)", name="ended"),
        CheckConstraint("state not in ('scheduled', 'missed', 'completed') or at is not null", name="at"),
        Index("uq_first_visit_open", "household_id", unique=True, postgresql_where=_OPEN),
        Index("ix_first_visit_open_due", "due_on", "id", postgresql_where=_OPEN),
    )


class Need(Base, table=True):
    """Integrationsbedarf in one of the six areas (§3.1b); the note stays in the site."""

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    household_id: UUID = Field(foreign_key="household.id", index=True)
    person_id: UUID | None = Field(default=None, foreign_key="person.id")
    area: NeedArea = Field(sa_type=one_of(NeedArea, "area"))
    languages: list[str] = Field(default_factory=list, sa_type=ARRAY(Text))  # type: ignore[call-overload]
    times: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSONB)
    note: str | None = Field(default=None, sa_type=Text)
    identified_on: date
    met_on: date | None = None

    __table_args__ = (CheckConstraint("met_on >= identified_on", name="met"),)


class Contact(Base, table=True):
    """Kontakt: somebody of one of the three target groups was in touch (§3, §4); often without a name."""

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    target_group: TargetGroup = Field(sa_type=one_of(TargetGroup, "target_group"))
    channel: Channel = Field(sa_type=one_of(Channel, "channel"))
    topic: Topic | None = Field(default=None, sa_type=one_of(Topic, "topic"))
    language: str | None = Field(default=None, sa_type=Text)
    household_id: UUID | None = Field(default=None, foreign_key="household.id", index=True)
    person_id: UUID | None = Field(default=None, foreign_key="person.id")
    partner: str | None = Field(default=None, sa_type=Text)
    counterpart_id: UUID | None = None
    at: datetime = Field(sa_type=MOMENT)
    void: bool = False
    """Corrected away: kept, because it was published, but it no longer counts."""
    recorded_at: datetime = Field(default_factory=now, sa_type=MOMENT)
    recorded_by: str = Field(sa_type=Text)
    corrected_at: datetime | None = Field(default=None, sa_type=MOMENT)

    __table_args__ = (
        CheckConstraint("person_id is null or household_id is not null", name="person"),
        Index("ix_contact_at", "at", "id"),
    )


class Consent(Base, table=True):
    """Einwilligung: this very recipient may see data of the household for this purpose, until withdrawn.

    With a `person_id` it is that member's own, else the whole household's.
    """

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    household_id: UUID = Field(foreign_key="household.id", index=True)
    person_id: UUID | None = Field(default=None, foreign_key="person.id")
    recipient_kind: RecipientKind = Field(sa_type=one_of(RecipientKind, "recipient_kind"))
    recipient_slug: str | None = Field(default=None, sa_type=Text)
    recipient_id: UUID | None = None
    purpose: Purpose = Field(sa_type=one_of(Purpose, "purpose"))
    purpose_in_words: str | None = Field(default=None, sa_type=Text)
    given_on: date
    withdrawn_on: date | None = None

    __table_args__ = (
        CheckConstraint("(recipient_slug is null) <> (recipient_id is null)", name="recipient"),
        CheckConstraint("withdrawn_on >= given_on", name="withdrawn"),
    )


belongs_to_file(FirstVisit)
belongs_to_file(Need)
belongs_to_file(Contact, forget=Forget.UNLINK)  # a contact stays in the figures of the site's own work
belongs_to_file(Consent)
