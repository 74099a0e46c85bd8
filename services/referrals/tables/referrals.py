"""Referrals, every step of them, what partners were told of them, and what partners must delete."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Column, Identity, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import Text
from sqlmodel import Field

from services.referrals.tables.base import APPEND_ONLY, MOMENT, NOT_EMPTIED, STATES, TEXTS, Base, guarded, now, one_of
from shared.contracts.words import (
    DeletionReason,
    District,
    LegalBasis,
    LegalCircle,
    NeedArea,
    OfferKind,
    ReferralOutcome,
    ReferralState,
    Topic,
)
from shared.ids import uuid7

OPEN_STATES = "('requested', 'accepted', 'in_progress', 'on_hold')"
_OPEN = text(f"state in {OPEN_STATES}")
_WITHOUT_HELP = text("state in ('declined', 'expired', 'failed') and waived_at is null")
_DECLINE = "('no_capacity', 'not_eligible', 'out_of_area', 'language_unavailable', 'other')"
_CANCEL = "('consent_withdrawn', 'household_declined', 'moved_away', 'sender', 'file_closed', 'erased')"


class Via(StrEnum):
    """Which way a step came."""

    PAGE = "page"
    API = "api"
    MAIL = "mail"
    TIMER = "timer"
    EVENT = "event"


class Referral(Base, table=True):
    """A referral (Vermittlung): one household, person or contact, one partner.

    `site` is the site in charge, whose team alone sees it besides the partner. The partner knows the person by
    `person_ref`. The three moments are when the timers act next; the three after them, when they did. `told_by` is who
    entered a partner's answer in its place. After an erasure nothing says any more whom it was about.
    """

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    site: str = Field(sa_type=Text)
    partner_id: UUID = Field(foreign_key="partner.id")
    offer_id: UUID | None = Field(default=None, foreign_key="offer.id", index=True)
    kind: OfferKind = Field(sa_type=one_of(OfferKind, "kind"))
    area: NeedArea | None = Field(default=None, sa_type=one_of(NeedArea, "area"))
    topic: Topic | None = Field(default=None, sa_type=one_of(Topic, "topic"))
    state: ReferralState = Field(default=ReferralState.DRAFT, sa_type=one_of(ReferralState, "state"))
    held_from: ReferralState | None = Field(default=None, sa_type=one_of(ReferralState, "held_from"))
    position: int | None = None
    household_id: UUID | None = Field(default=None, index=True)
    original_household_id: UUID | None = None
    person_id: UUID | None = None
    contact_id: UUID | None = None
    need_id: UUID | None = None
    person_ref: UUID | None = None
    slip_code: str | None = Field(default=None, sa_type=Text, unique=True)
    basis: LegalBasis | None = Field(default=None, sa_type=one_of(LegalBasis, "basis"))
    basis_reference: str | None = Field(default=None, sa_type=Text)
    consent_id: UUID | None = Field(default=None, index=True)
    replaces: UUID | None = Field(default=None, foreign_key="referral.id", unique=True)
    grant_id: UUID | None = Field(default=None, index=True)
    grant_site: str | None = Field(default=None, sa_type=Text)
    district: District | None = Field(default=None, sa_type=one_of(District, "district"))
    languages: list[str] = Field(default_factory=list, sa_type=TEXTS)
    times: list[dict[str, str]] = Field(default_factory=list, sa_type=JSONB)
    created_at: datetime = Field(default_factory=now, sa_type=MOMENT)
    created_by: str = Field(sa_type=Text)
    requested_at: datetime | None = Field(default=None, sa_type=MOMENT)
    answered_at: datetime | None = Field(default=None, sa_type=MOMENT)
    ended_at: datetime | None = Field(default=None, sa_type=MOMENT)
    reason: str | None = Field(default=None, sa_type=Text)
    outcome: ReferralOutcome | None = Field(default=None, sa_type=one_of(ReferralOutcome, "outcome"))
    told_by: str | None = Field(default=None, sa_type=Text)
    remind_at: datetime | None = Field(default=None, sa_type=MOMENT)
    escalate_at: datetime | None = Field(default=None, sa_type=MOMENT)
    expire_at: datetime | None = Field(default=None, sa_type=MOMENT)
    reminded_at: datetime | None = Field(default=None, sa_type=MOMENT)
    escalated_at: datetime | None = Field(default=None, sa_type=MOMENT)
    took_place: bool = False
    """One of the offer's free places was taken when it was accepted; given back if nobody comes after all."""
    waived_at: datetime | None = Field(default=None, sa_type=MOMENT)
    """When the team has decided to ask nobody else."""
    moved: bool = False
    """The household has moved since it was sent; the offer serves the new district as well."""
    doubled: bool = False
    """After a merge two open referrals lead to one offer; the team decides which goes on."""

    __table_args__ = (
        CheckConstraint("household_id is null or contact_id is null", name="household_or_contact"),
        CheckConstraint("area is not null or topic is not null", name="about_something"),
        CheckConstraint("(held_from is not null) = (state = 'on_hold')", name="held"),
        CheckConstraint("position is null or (state = 'on_hold' and position >= 1)", name="waits"),
        CheckConstraint("(requested_at is null) = (state = 'draft')", name="requested"),
        CheckConstraint(
            "(ended_at is not null) = (state in ('completed', 'declined', 'expired', 'failed', 'cancelled'))",
            name="ended",
        ),
        CheckConstraint(
            f"case state when 'declined' then coalesce(reason in {_DECLINE}, false) "
            f"when 'cancelled' then coalesce(reason in {_CANCEL}, false) else reason is null end",
            name="reason",
        ),
        CheckConstraint("(outcome is not null) = (state in ('completed', 'failed'))", name="outcome_at_end"),
        CheckConstraint(
            "state = 'draft' or basis is not null or slip_code is not null",
            name="lawful",
        ),
        CheckConstraint("basis is null or slip_code is null", name="anonymous_without_basis"),
        CheckConstraint("consent_id is null or basis = 'consent'", name="consent_is_basis"),
        CheckConstraint(
            "state = 'draft' or basis is distinct from 'consent' or consent_id is not null or household_id is null",
            name="consent_kept",
        ),
        CheckConstraint(
            "state = 'draft' or basis is null or basis = 'consent' or basis_reference is not null "
            "or household_id is null",
            name="reference",
        ),
        CheckConstraint("length(basis_reference) <= 100", name="reference_short"),
        CheckConstraint("waived_at is null or state in ('declined', 'expired', 'failed')", name="waived"),
        CheckConstraint("num_nulls(grant_id, grant_site) in (0, 2)", name="grant_whole"),
        CheckConstraint(
            "state = 'requested' or num_nonnulls(remind_at, escalate_at, expire_at) = 0", name="timed_while_requested"
        ),
        Index("ix_referral_board", "site", "state", "requested_at", postgresql_where=_OPEN),
        Index("ix_referral_without_help", "site", "ended_at", postgresql_where=_WITHOUT_HELP),
        Index("ix_referral_of_partner", "partner_id", "state"),
        Index("ix_referral_helped", "person_ref", postgresql_where=_OPEN),
        Index("ix_referral_to_remind", "remind_at", postgresql_where=text("remind_at is not null")),
        Index("ix_referral_to_escalate", "escalate_at", postgresql_where=text("escalate_at is not null")),
        Index("ix_referral_to_expire", "expire_at", postgresql_where=text("expire_at is not null")),
    )


class CircleReferral(Base, table=True):
    """The one referral to each authority that a person's change of legal circle has led to."""

    __tablename__ = "circle_referral"

    person_id: UUID = Field(primary_key=True)
    circle: LegalCircle = Field(sa_type=one_of(LegalCircle, "circle"), primary_key=True)
    on_day: date = Field(primary_key=True)
    offer_id: UUID = Field(foreign_key="offer.id", primary_key=True)
    referral_id: UUID = Field(foreign_key="referral.id", unique=True)


class ReferralContact(Base, table=True):
    """Whom the family turns to at the partner, as named with its yes: an employee at work."""

    __tablename__ = "referral_contact"

    referral_id: UUID = Field(foreign_key="referral.id", primary_key=True)
    name: str = Field(sa_type=Text)
    phone: str | None = Field(default=None, sa_type=Text)
    email: str | None = Field(default=None, sa_type=Text)
    room: str | None = Field(default=None, sa_type=Text)


class ReferralAppointment(Base, table=True):
    """When the partner expects the family, and where."""

    __tablename__ = "referral_appointment"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    referral_id: UUID = Field(foreign_key="referral.id", index=True)
    at: datetime = Field(sa_type=MOMENT)
    place: str | None = Field(default=None, sa_type=Text)


class EndedGrant(Base, table=True):
    """A site's release for a referral that has ended, so that its beginning, should it come later, opens nothing."""

    __tablename__ = "ended_grant"

    grant_id: UUID = Field(primary_key=True)
    referral_id: UUID = Field(foreign_key="referral.id", index=True)


class ReferralStep(Base, table=True):
    """One step of a referral, as it was made; never changed."""

    __tablename__ = "referral_step"

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    referral_id: UUID = Field(foreign_key="referral.id", index=True)
    what: str = Field(sa_type=Text)
    """The event's last word: requested, reminded, accepted …"""
    at: datetime = Field(sa_type=MOMENT)
    recorded_at: datetime = Field(default_factory=now, sa_type=MOMENT)
    by: str = Field(sa_type=Text)
    via: Via = Field(sa_type=one_of(Via, "via"))
    reason: str | None = Field(default=None, sa_type=Text)
    outcome: ReferralOutcome | None = Field(default=None, sa_type=one_of(ReferralOutcome, "outcome"))


class ToldToPartner(Base, table=True):
    """A copy of an event that went to the referral's partner: what the partner has, and must be told to delete.

    The answer to a refused command is about no referral.
    """

    __tablename__ = "told_to_partner"

    event_id: UUID = Field(primary_key=True)
    referral_id: UUID | None = Field(default=None, foreign_key="referral.id", index=True)
    partner_id: UUID = Field(foreign_key="partner.id")
    event: str = Field(sa_type=Text)
    at: datetime = Field(default_factory=now, sa_type=MOMENT)


class DeletionRequest(Base, table=True):
    """A partner is to delete what it has about a referral's person, until it has said that it did.

    After an erasure the confirmation takes `person_ref` along: nothing says any more whom it was about.
    """

    __tablename__ = "deletion_request"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    referral_id: UUID = Field(foreign_key="referral.id")
    partner_id: UUID = Field(foreign_key="partner.id")
    site: str = Field(sa_type=Text)
    person_ref: UUID | None = None
    reason: DeletionReason = Field(sa_type=one_of(DeletionReason, "reason"))
    asked_at: datetime = Field(default_factory=now, sa_type=MOMENT)
    remind_at: datetime | None = Field(default=None, sa_type=MOMENT)
    reminded_at: datetime | None = Field(default=None, sa_type=MOMENT)
    confirmed_at: datetime | None = Field(default=None, sa_type=MOMENT)
    confirmed_by: str | None = Field(default=None, sa_type=Text)

    __table_args__ = (
        UniqueConstraint("referral_id", "person_ref", postgresql_nulls_not_distinct=True),
        CheckConstraint("num_nulls(confirmed_at, confirmed_by) in (0, 2)", name="confirmed_whole"),
        Index("ix_deletion_request_open", "partner_id", "asked_at", postgresql_where=text("confirmed_at is null")),
    )


guarded(Referral, STATES)
guarded(ReferralStep, APPEND_ONLY, NOT_EMPTIED)
