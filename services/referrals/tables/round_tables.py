"""Round tables (report, §3.1a): members, meetings, agenda, decisions, invitations."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.types import Text
from sqlmodel import Field

from services.referrals.tables.base import MOMENT, Base, now, one_of
from shared.contracts.words import TableKind
from shared.ids import uuid7


class MeetingState(StrEnum):
    """Stand eines Treffens."""

    PLANNED = "planned"
    HELD = "held"
    CANCELLED = "cancelled"


class AgendaSource(StrEnum):
    """Where a point of the agenda comes from: somebody's own, or proposed by what the data shows."""

    OWN = "own"
    DATA = "data"


class Answer(StrEnum):
    """Antwort auf eine Einladung."""

    COMES = "comes"
    CANNOT = "cannot"


class RoundTable(Base, table=True):
    """A round table, the quarterly meeting, or another body's working group in which the team takes part."""

    __tablename__ = "round_table"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    kind: TableKind = Field(sa_type=one_of(TableKind, "kind"))
    slug: str | None = Field(default=None, sa_type=Text, unique=True)
    theme: str = Field(sa_type=Text)
    site: str = Field(sa_type=Text)
    description: str | None = Field(default=None, sa_type=Text)
    founded_on: date | None = None
    active: bool = True

    __table_args__ = (CheckConstraint("slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'", name="slug"),)


class RoundTableMember(Base, table=True):
    """A member: a partner, a guest by the name of the account, or somebody by a label (an office, a function)."""

    __tablename__ = "round_table_member"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    table_id: UUID = Field(foreign_key="round_table.id", ondelete="CASCADE", index=True)
    partner_id: UUID | None = Field(default=None, foreign_key="partner.id")
    guest_account: str | None = Field(default=None, sa_type=Text)
    label: str | None = Field(default=None, sa_type=Text)
    email: str | None = Field(default=None, sa_type=Text)

    __table_args__ = (
        CheckConstraint("num_nonnulls(partner_id, guest_account, label) = 1", name="is_one"),
        UniqueConstraint("table_id", "partner_id"),
        UniqueConstraint("table_id", "guest_account"),
    )


class Meeting(Base, table=True):
    """A meeting of a table; `sequence` is iCalendar's: it rises with each change that invited people must know."""

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    table_id: UUID = Field(foreign_key="round_table.id", index=True)
    at: datetime = Field(sa_type=MOMENT)
    ends_at: datetime = Field(sa_type=MOMENT)
    place: str = Field(sa_type=Text)
    minutes: str | None = Field(default=None, sa_type=Text)
    state: MeetingState = Field(default=MeetingState.PLANNED, sa_type=one_of(MeetingState, "state"))
    guests: int = 0
    sequence: int = 0
    changed_at: datetime = Field(default_factory=now, sa_type=MOMENT)

    __table_args__ = (
        CheckConstraint("ends_at > at", name="some_time"),
        CheckConstraint("guests >= 0 and sequence >= 0", name="counts"),
    )


class AgendaItem(Base, table=True):
    """A point of a meeting's agenda; `key` names what of the data it came from, so that it is proposed once."""

    __tablename__ = "agenda_item"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    meeting_id: UUID = Field(foreign_key="meeting.id", ondelete="CASCADE", index=True)
    position: int
    text: str = Field(sa_type=Text)
    source: AgendaSource = Field(default=AgendaSource.OWN, sa_type=one_of(AgendaSource, "source"))
    key: str | None = Field(default=None, sa_type=Text)

    __table_args__ = (UniqueConstraint("meeting_id", "key"),)


class Decision(Base, table=True):
    """What a meeting has decided: who does it, by when, and when it was done."""

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    meeting_id: UUID = Field(foreign_key="meeting.id", ondelete="CASCADE", index=True)
    text: str = Field(sa_type=Text)
    owner: str = Field(sa_type=Text)
    due_on: date | None = None
    done_on: date | None = None


class Invitation(Base, table=True):
    """A member was invited to a meeting, and what it answered."""

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    meeting_id: UUID = Field(foreign_key="meeting.id", ondelete="CASCADE")
    member_id: UUID = Field(foreign_key="round_table_member.id", ondelete="CASCADE")
    sent_at: datetime | None = Field(default=None, sa_type=MOMENT)
    answer: Answer | None = Field(default=None, sa_type=one_of(Answer, "answer"))

    __table_args__ = (UniqueConstraint("meeting_id", "member_id"),)
