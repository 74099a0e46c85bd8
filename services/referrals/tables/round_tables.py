"""Round tables: who sits at them, when they meet, what is talked about and decided (report, 3.1a and 4.3)."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.types import Text
from sqlmodel import Field

from services.referrals.tables.base import MOMENT, Base, now, one_of
from shared.contracts.words import TableKind
from shared.ids import uuid7


class MeetingState(StrEnum):
    """Whether a meeting is still to come, took place, or does not take place."""

    PLANNED = "planned"
    HELD = "held"
    CANCELLED = "cancelled"


class AgendaSource(StrEnum):
    """Whether somebody wrote the item, or it was proposed from what the data shows."""

    OWN = "own"
    DATA = "data"


class Reply(StrEnum):
    """What somebody invited has answered."""

    YES = "yes"
    NO = "no"


class RoundTable(Base, table=True):
    """A thematic table of partners, the quarterly meeting of the main actors, or another body's working group.

    `site` is the one that it concerns, `city` for the whole network; `theme_slug` is what events call its theme.
    """

    __tablename__ = "round_table"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    kind: TableKind = Field(sa_type=one_of(TableKind, "kind"))
    theme: str = Field(sa_type=Text)
    theme_slug: str | None = Field(default=None, sa_type=Text)
    site: str = Field(sa_type=Text, index=True)
    description: str | None = Field(default=None, sa_type=Text)
    active: bool = True
    changed_at: datetime = Field(default_factory=now, sa_type=MOMENT)

    __table_args__ = (
        CheckConstraint("theme <> ''", name="theme"),
        CheckConstraint("theme_slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'", name="theme_slug"),
    )


class TableMember(Base, table=True):
    """Who sits at a table: a partner, or somebody else by a label, with the account that signs in as a guest."""

    __tablename__ = "round_table_member"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    table_id: UUID = Field(foreign_key="round_table.id", ondelete="CASCADE", index=True)
    partner_id: UUID | None = Field(default=None, foreign_key="partner.id", index=True)
    label: str | None = Field(default=None, sa_type=Text)
    guest_account: str | None = Field(default=None, sa_type=Text, index=True)
    email: str | None = Field(default=None, sa_type=Text)

    __table_args__ = (
        CheckConstraint("(partner_id is null) <> (label is null) and label <> ''", name="who"),
        CheckConstraint("partner_id is null or (guest_account is null and email is null)", name="partner"),
        UniqueConstraint("table_id", "partner_id", name="uq_round_table_member_partner"),
        UniqueConstraint("table_id", "guest_account", name="uq_round_table_member_guest"),
    )


class Meeting(Base, table=True):
    """A meeting of a table. `sequence` counts its changes for the calendars of those who were invited (RFC 5545)."""

    __tablename__ = "meeting"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    table_id: UUID = Field(foreign_key="round_table.id", ondelete="CASCADE")
    starts_at: datetime = Field(sa_type=MOMENT)
    ends_at: datetime = Field(sa_type=MOMENT)
    place: str = Field(sa_type=Text)
    state: MeetingState = Field(default=MeetingState.PLANNED, sa_type=one_of(MeetingState, "state"))
    sequence: int = 0
    minutes: str | None = Field(default=None, sa_type=Text)
    attended: int | None = None
    changed_at: datetime = Field(default_factory=now, sa_type=MOMENT)

    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="order"),
        CheckConstraint("place <> ''", name="place"),
        CheckConstraint("attended >= 0 and (attended is null or state = 'held')", name="attended"),
        Index("ix_meeting_table_id", "table_id", "starts_at"),
    )


class AgendaItem(Base, table=True):
    """What is to be talked about; `key` names the proposal that it came from, which is not proposed again."""

    __tablename__ = "agenda_item"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    meeting_id: UUID = Field(foreign_key="meeting.id", ondelete="CASCADE", index=True)
    position: int
    text: str = Field(sa_type=Text)
    source: AgendaSource = Field(default=AgendaSource.OWN, sa_type=one_of(AgendaSource, "source"))
    key: str | None = Field(default=None, sa_type=Text)

    __table_args__ = (
        CheckConstraint("text <> ''", name="text"),
        CheckConstraint("(source = 'data') = (key is not null)", name="key"),
        UniqueConstraint("meeting_id", "key", name="uq_agenda_item_key"),
    )


class Decision(Base, table=True):
    """What was decided, who does it, and by when."""

    __tablename__ = "decision"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    meeting_id: UUID = Field(foreign_key="meeting.id", ondelete="CASCADE", index=True)
    text: str = Field(sa_type=Text)
    owner: str = Field(sa_type=Text)
    due_on: date | None = None
    done_on: date | None = None

    __table_args__ = (CheckConstraint("text <> '' and owner <> ''", name="said"),)


class Invitation(Base, table=True):
    """A member is invited to a meeting, and what it answered."""

    __tablename__ = "invitation"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    meeting_id: UUID = Field(foreign_key="meeting.id", ondelete="CASCADE")
    member_id: UUID = Field(foreign_key="round_table_member.id", ondelete="CASCADE", index=True)
    invited_at: datetime = Field(default_factory=now, sa_type=MOMENT)
    answer: Reply | None = Field(default=None, sa_type=one_of(Reply, "answer"))
    answered_at: datetime | None = Field(default=None, sa_type=MOMENT)

    __table_args__ = (
        UniqueConstraint("meeting_id", "member_id", name="uq_invitation_member"),
        CheckConstraint("(answer is null) = (answered_at is null)", name="answered"),
    )
