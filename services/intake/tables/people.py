"""What a household meets on its way: authorities in charge, barriers and integration agreements."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Text
from sqlmodel import Field

from services.intake.domain.agreements import Side
from services.intake.domain.authorities import Authority, Told
from services.intake.tables.base import MOMENT, Base, belongs_to_file, now, one_of
from shared.contracts.words import BarrierKind, Topic
from shared.ids import uuid7


class AuthorityNotice(Base, table=True):
    """What an authority must hear of a person, and whether it has acknowledged it (report, §5; domain rule 6)."""

    __tablename__ = "authority_notice"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    household_id: UUID = Field(foreign_key="household.id", index=True)
    person_id: UUID = Field(foreign_key="person.id")
    authority: Authority = Field(sa_type=one_of(Authority, "authority"))
    told: Told = Field(sa_type=one_of(Told, "told"))
    on: date
    """From which day it holds."""
    recorded_at: datetime = Field(default_factory=now, sa_type=MOMENT)
    acknowledged_on: date | None = None
    acknowledged_by: str | None = Field(default=None, sa_type=Text)
    """The member of the team who entered it."""

    __table_args__ = (
        CheckConstraint("(acknowledged_on is null) = (acknowledged_by is null)", name="acknowledged"),
        Index(
            "uq_authority_notice",
            "person_id",
            "on",
            "authority",
            "told",
            unique=True,
            postgresql_where=text("told <> 'recalled'"),
        ),
        Index("ix_authority_notice_open", "on", "id", postgresql_where=text("acknowledged_on is null")),
    )


class WithoutBenefits(Base, table=True):
    """Ohne Leistungen: why no authority is in charge of a person, which is else taken for a gap (ours)."""

    __tablename__ = "without_benefits"

    person_id: UUID = Field(foreign_key="person.id", primary_key=True)
    since: date = Field(primary_key=True)
    """The day on which the person came to be without benefits; the day of the file, if it always was."""
    household_id: UUID = Field(foreign_key="household.id", index=True)
    reason: str = Field(sa_type=Text)
    recorded_at: datetime = Field(default_factory=now, sa_type=MOMENT)
    recorded_by: str = Field(sa_type=Text)


class Barrier(Base, table=True):
    """Integrationshemmnis: what stands in the way, in the person or in the structures (report, §2.2, §4.1)."""

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    household_id: UUID = Field(foreign_key="household.id", index=True)
    person_id: UUID | None = Field(default=None, foreign_key="person.id")
    need_id: UUID | None = Field(default=None, foreign_key="need.id")
    kind: BarrierKind = Field(sa_type=one_of(BarrierKind, "kind"))
    topic: Topic | None = Field(default=None, sa_type=one_of(Topic, "topic"))
    authority: str | None = Field(default=None, sa_type=Text)
    reach_ended: bool = False
    """The team could not get any further there."""
    note: str | None = Field(default=None, sa_type=Text)
    recorded_on: date
    recorded_by: str = Field(sa_type=Text)

    __table_args__ = (
        CheckConstraint("kind = 'structural' or (authority is null and not reach_ended)", name="individual"),
        CheckConstraint("kind = 'individual' or authority is not null or topic is not null", name="structural"),
    )


class Agreement(Base, table=True):
    """Integrationsvereinbarung between household and site; voluntary, and ended by either at any time (§2.2)."""

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    household_id: UUID = Field(foreign_key="household.id", index=True)
    concluded_on: date
    review_on: date | None = None
    """When both sides look at the goals next."""
    areas: list[str] = Field(default_factory=list, sa_type=ARRAY(Text))  # type: ignore[call-overload]
    withdrawn_on: date | None = None
    recorded_by: str = Field(sa_type=Text)

    __table_args__ = (CheckConstraint("withdrawn_on >= concluded_on", name="withdrawn"),)


class AgreementGoal(Base, table=True):
    """What one side undertakes, in its own words, which stay with the site."""

    __tablename__ = "agreement_goal"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    household_id: UUID = Field(foreign_key="household.id", index=True)
    agreement_id: UUID = Field(foreign_key="agreement.id")
    side: Side = Field(sa_type=one_of(Side, "side"))
    position: int
    words: str = Field(sa_type=Text)
    reached_on: date | None = None

    __table_args__ = (
        CheckConstraint("words <> ''", name="words"),
        Index("uq_agreement_goal_position", "agreement_id", "side", "position", unique=True),
    )


class AgreementReview(Base, table=True):
    """Both sides have looked at what became of the goals."""

    __tablename__ = "agreement_review"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    household_id: UUID = Field(foreign_key="household.id", index=True)
    agreement_id: UUID = Field(foreign_key="agreement.id", index=True)
    on: date
    note: str | None = Field(default=None, sa_type=Text)
    recorded_by: str = Field(sa_type=Text)


for _table in (AuthorityNotice, WithoutBenefits, Barrier, Agreement, AgreementGoal, AgreementReview):
    belongs_to_file(_table)
