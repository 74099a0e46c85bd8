"""What the network does for its volunteers: trainings, exchange meetings, thanks (report, 4.1, 4.3, 5)."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.types import Text
from sqlmodel import Field

from services.volunteers.tables.base import MOMENT, Base, now, one_of
from shared.contracts.words import GatheringKind
from shared.ids import uuid7


class Gathering(Base, table=True):
    """A training or an exchange meeting to which volunteers are invited."""

    __tablename__ = "gathering"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    kind: GatheringKind = Field(sa_type=one_of(GatheringKind, "kind"))
    site: str = Field(sa_type=Text)
    title: str = Field(sa_type=Text)
    about: str | None = Field(default=None, sa_type=Text)
    place: str = Field(sa_type=Text)
    starts_at: datetime = Field(sa_type=MOMENT)
    ends_at: datetime = Field(sa_type=MOMENT)
    revision: int = 0
    created_by: str = Field(sa_type=Text)
    created_at: datetime = Field(default_factory=now, sa_type=MOMENT)
    cancelled_at: datetime | None = Field(default=None, sa_type=MOMENT)

    __table_args__ = (
        CheckConstraint("title <> '' and place <> ''", name="words"),
        CheckConstraint("starts_at < ends_at", name="order"),
        Index("ix_gathering_of_site", "site", "starts_at"),
    )


class Invitation(Base, table=True):
    """Who is invited to a gathering, what they have answered, whether they were there."""

    __tablename__ = "invitation"

    gathering_id: UUID = Field(primary_key=True, foreign_key="gathering.id", ondelete="CASCADE")
    volunteer_id: UUID = Field(primary_key=True, foreign_key="volunteer.id", index=True, ondelete="CASCADE")
    invited_at: datetime = Field(sa_type=MOMENT)
    comes: bool | None = None
    attended: bool | None = None


class Thanks(Base, table=True):
    """A letter of thanks to a volunteer: when it was made and for which time."""

    __tablename__ = "thanks"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    volunteer_id: UUID = Field(foreign_key="volunteer.id", index=True, ondelete="CASCADE")
    on_day: date
    from_on: date
    until_on: date
    words: str | None = Field(default=None, sa_type=Text)

    __table_args__ = (CheckConstraint("until_on >= from_on", name="order"),)
