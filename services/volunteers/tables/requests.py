"""What somebody is needed for, who was asked, who comes, and who stands by whom (report, 3.1a)."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Column, Identity, Index, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import JSONB, ExcludeConstraint
from sqlalchemy.types import Text
from sqlmodel import Field

from services.volunteers.domain.asking import AssignmentState, Origin, RequestState
from services.volunteers.tables.base import MOMENT, TEXTS, Base, Via, now, one_of
from shared.contracts.words import (
    AssignmentCancelReason,
    AssignmentDeclineReason,
    District,
    InterpreterOccasion,
    MentorshipEnd,
    VolunteerKind,
)
from shared.ids import uuid7


class HelpRequest(Base, table=True):
    """Somebody is needed: for a time, or without one as a mentor.

    `title` is read by those who are asked: what it is, without names and addresses. `minors`: children are there, so
    nobody without a certificate may come. `organisation`: the association whose volunteers are meant, where a referral
    says so. `asks_by_itself`: one after the other is asked until somebody says yes; `ask_at` is when the next one is.
    `origin_id` is what it arose from: a need, a referral. `sequence` is that of the newest event told of it.
    """

    __tablename__ = "help_request"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    kind: VolunteerKind = Field(sa_type=one_of(VolunteerKind, "kind"))
    occasion: InterpreterOccasion | None = Field(default=None, sa_type=one_of(InterpreterOccasion, "occasion"))
    title: str | None = Field(default=None, sa_type=Text)
    site: str = Field(sa_type=Text)
    district: District | None = Field(default=None, sa_type=one_of(District, "district"))
    neighbourhood: str | None = Field(default=None, sa_type=Text)
    household_id: UUID | None = Field(default=None, index=True)
    original_household_id: UUID | None = None
    visit_id: UUID | None = Field(default=None, index=True)
    language: str | None = Field(default=None, sa_type=Text)
    starts_at: datetime | None = Field(default=None, sa_type=MOMENT)
    ends_at: datetime | None = Field(default=None, sa_type=MOMENT)
    woman_wanted: bool = False
    minors: bool = False
    car_wanted: bool = False
    organisation: str | None = Field(default=None, sa_type=Text)
    state: RequestState = Field(default=RequestState.OPEN, sa_type=one_of(RequestState, "state"))
    asks_by_itself: bool = True
    ask_at: datetime | None = Field(default=None, sa_type=MOMENT)
    origin: Origin = Field(sa_type=one_of(Origin, "origin"))
    origin_id: UUID | None = None
    sequence: int = Field(default=0, sa_type=BigInteger)
    created_at: datetime = Field(default_factory=now, sa_type=MOMENT)
    created_by: str = Field(sa_type=Text)
    filled_at: datetime | None = Field(default=None, sa_type=MOMENT)
    closed_at: datetime | None = Field(default=None, sa_type=MOMENT)

    __table_args__ = (
        CheckConstraint("(starts_at is null) = (ends_at is null)", name="both_times"),
        CheckConstraint("starts_at < ends_at", name="order"),
        CheckConstraint("starts_at is not null or kind = 'mentor'", name="time"),
        CheckConstraint(
            "kind <> 'mentor' or household_id is not null or state in ('withdrawn', 'done', 'unfilled')", name="mentor"
        ),
        CheckConstraint("kind <> 'interpreter' or language is not null", name="language"),
        CheckConstraint("title is not null or kind in ('interpreter', 'mentor')", name="title"),
        CheckConstraint("(state in ('done', 'unfilled', 'withdrawn')) = (closed_at is not null)", name="closed"),
        CheckConstraint("ask_at is null or state = 'open'", name="ask_at"),
        Index("uq_help_request_origin", "origin", "origin_id", "kind", unique=True),
        Index(
            "uq_help_request_standing",
            "site",
            "starts_at",
            "language",
            unique=True,
            postgresql_where=text("origin = 'standing'"),
        ),
        Index("ix_help_request_ask_at", "ask_at", postgresql_where=text("ask_at is not null")),
        Index("ix_help_request_of_site", "site", "starts_at"),
    )


class Assignment(Base, table=True):
    """One volunteer who was asked for a request, and what became of it.

    Ratings and strain are from 1 to 5: how well it fitted, as the volunteer and as the team saw it; how hard it was.
    """

    __tablename__ = "assignment"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    request_id: UUID = Field(foreign_key="help_request.id")
    volunteer_id: UUID = Field(foreign_key="volunteer.id", index=True)
    kind: VolunteerKind = Field(sa_type=one_of(VolunteerKind, "kind"))
    starts_at: datetime | None = Field(default=None, sa_type=MOMENT)
    ends_at: datetime | None = Field(default=None, sa_type=MOMENT)
    state: AssignmentState = Field(default=AssignmentState.OFFERED, sa_type=one_of(AssignmentState, "state"))
    reasons: list[str] = Field(default_factory=list, sa_type=TEXTS)
    asked_at: datetime = Field(sa_type=MOMENT)
    asked_by: str = Field(sa_type=Text)
    answer_by: datetime | None = Field(default=None, sa_type=MOMENT)
    answered_at: datetime | None = Field(default=None, sa_type=MOMENT)
    answered_via: Via | None = Field(default=None, sa_type=one_of(Via, "answered_via"))
    decline_reason: AssignmentDeclineReason | None = Field(
        default=None, sa_type=one_of(AssignmentDeclineReason, "decline_reason")
    )
    cancel_reason: AssignmentCancelReason | None = Field(
        default=None, sa_type=one_of(AssignmentCancelReason, "cancel_reason")
    )
    ended_at: datetime | None = Field(default=None, sa_type=MOMENT)
    reminded_at: datetime | None = Field(default=None, sa_type=MOMENT)
    asked_how_it_was_at: datetime | None = Field(default=None, sa_type=MOMENT)
    minutes: int | None = None
    rating: int | None = None
    strain: int | None = None
    feedback: str | None = Field(default=None, sa_type=Text)
    site_rating: int | None = None
    site_feedback: str | None = Field(default=None, sa_type=Text)
    grant_id: UUID | None = None
    grant_site: str | None = Field(default=None, sa_type=Text)
    grant_sequence: int = Field(default=0, sa_type=BigInteger)

    __table_args__ = (
        CheckConstraint("(state = 'offered') = (answer_by is not null)", name="answer_by"),
        CheckConstraint("(state = 'declined') = (decline_reason is not null)", name="why_declined"),
        CheckConstraint("(state = 'cancelled') = (cancel_reason is not null)", name="why_cancelled"),
        CheckConstraint("(state in ('offered', 'accepted')) = (ended_at is null)", name="ended"),
        CheckConstraint("(state = 'completed') = (minutes is not null)", name="minutes"),
        CheckConstraint("minutes between 0 and 1440", name="minutes_of_a_day"),
        CheckConstraint(
            "coalesce(rating, 1) between 1 and 5 and coalesce(strain, 1) between 1 and 5 "
            "and coalesce(site_rating, 1) between 1 and 5",
            name="ratings",
        ),
        # Nobody is asked twice for the same thing; a visit that was put off is another one.
        UniqueConstraint(
            "request_id",
            "volunteer_id",
            "starts_at",
            name="uq_assignment_asked_once",
            postgresql_nulls_not_distinct=True,
        ),
        Index(
            "uq_assignment_one_comes",
            "request_id",
            unique=True,
            postgresql_where=text("state in ('accepted', 'completed')"),
        ),
        Index("ix_assignment_answer_by", "answer_by", postgresql_where=text("answer_by is not null")),
        ExcludeConstraint(
            (Column("volunteer_id"), "="),
            (func.tstzrange(Column("starts_at"), Column("ends_at")), "&&"),
            name="ex_assignment_double_booking",
            using="gist",
            # A range without ends would be for ever.
            where=text("state in ('accepted', 'completed') and starts_at is not null"),
        ),
    )


class RequestStep(Base, table=True):
    """What happened to a request, for whoever looks later: asked, declined, accepted, withdrawn …"""

    __tablename__ = "request_step"

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    request_id: UUID = Field(foreign_key="help_request.id", index=True, ondelete="CASCADE")
    volunteer_id: UUID | None = Field(default=None, foreign_key="volunteer.id", ondelete="SET NULL")
    what: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=MOMENT)
    by: str = Field(sa_type=Text)
    via: Via = Field(sa_type=one_of(Via, "via"))


class Mentorship(Base, table=True):
    """A volunteer stands by one household (Patenschaft; report, 3.1a). `minors`: children live there."""

    __tablename__ = "mentorship"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    volunteer_id: UUID = Field(foreign_key="volunteer.id", index=True)
    household_id: UUID | None = Field(default=None, index=True)
    original_household_id: UUID | None = None
    request_id: UUID | None = Field(default=None, foreign_key="help_request.id", unique=True)
    referral_id: UUID | None = None
    site: str = Field(sa_type=Text)
    district: District | None = Field(default=None, sa_type=one_of(District, "district"))
    organisation: str | None = Field(default=None, sa_type=Text)
    minors: bool
    started_on: date
    ended_on: date | None = None
    end_reason: MentorshipEnd | None = Field(default=None, sa_type=one_of(MentorshipEnd, "end_reason"))
    rating: int | None = None
    feedback: str | None = Field(default=None, sa_type=Text)
    site_rating: int | None = None
    site_feedback: str | None = Field(default=None, sa_type=Text)
    grant_id: UUID | None = None
    grant_site: str | None = Field(default=None, sa_type=Text)
    grant_sequence: int = Field(default=0, sa_type=BigInteger)

    __table_args__ = (
        CheckConstraint("(ended_on is null) = (end_reason is null)", name="ended"),
        CheckConstraint("ended_on >= started_on", name="order"),
        CheckConstraint("household_id is not null or ended_on is not null", name="household"),
        CheckConstraint(
            "coalesce(rating, 1) between 1 and 5 and coalesce(site_rating, 1) between 1 and 5", name="ratings"
        ),
        Index(
            "uq_mentorship_running",
            "volunteer_id",
            "household_id",
            unique=True,
            postgresql_where=text("ended_on is null"),
        ),
    )


class MentorshipHours(Base, table=True):
    """What a mentor has noted: so long on that day."""

    __tablename__ = "mentorship_hours"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    mentorship_id: UUID = Field(foreign_key="mentorship.id", index=True, ondelete="CASCADE")
    on_day: date
    minutes: int

    __table_args__ = (CheckConstraint("minutes between 1 and 1440", name="minutes"),)


class StandingWish(Base, table=True):
    """A language that a site wants at each of its office hours (report, 3.1b: Arabic and Persian in the pilot)."""

    __tablename__ = "standing_wish"

    site: str = Field(primary_key=True, sa_type=Text)
    language: str = Field(primary_key=True, sa_type=Text)


class RotaRun(Base, table=True):
    """A computed week over all sites: whether it is the best one, and how far from it at most."""

    __tablename__ = "rota_run"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    week: date = Field(index=True)
    computed_at: datetime = Field(sa_type=MOMENT)
    computed_by: str = Field(sa_type=Text)
    optimal: bool
    gap: float
    seconds: float

    __table_args__ = (CheckConstraint("extract(isodow from week) = 1", name="monday"),)


class RotaLine(Base, table=True):
    """What a run proposes for a request: a volunteer, or nobody; then `gap` counts what keeps those who are able to."""

    __tablename__ = "rota_line"

    run_id: UUID = Field(primary_key=True, foreign_key="rota_run.id", ondelete="CASCADE")
    request_id: UUID = Field(primary_key=True, foreign_key="help_request.id", ondelete="CASCADE")
    volunteer_id: UUID | None = Field(default=None, foreign_key="volunteer.id", index=True, ondelete="CASCADE")
    gap: dict[str, Any] | None = Field(default=None, sa_type=JSONB)
