"""Partners of the network: who they are, whom one reaches there, when closed, what was agreed (report, 3.1a)."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import Text
from sqlmodel import Field

from services.referrals.tables.base import MOMENT, TEXTS, Base, now, one_of
from shared.contracts.words import NeedArea, PartnerKind, Topic
from shared.ids import uuid7


class Partner(Base, table=True):
    """An association, a parish, an initiative, an authority or an institution.

    `sites` are those that it works with, `districts` and `neighbourhoods` those that it serves (none: the whole
    city). The three terms are working days without an answer; without them the service's own count.
    """

    __tablename__ = "partner"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    slug: str = Field(sa_type=Text, unique=True)
    name: str = Field(sa_type=Text)
    kind: PartnerKind = Field(sa_type=one_of(PartnerKind, "kind"))
    description: dict[str, str] = Field(default_factory=dict, sa_type=JSONB)
    website: str | None = Field(default=None, sa_type=Text)
    email: str | None = Field(default=None, sa_type=Text)
    phone: str | None = Field(default=None, sa_type=Text)
    street: str | None = Field(default=None, sa_type=Text)
    postal_code: str | None = Field(default=None, sa_type=Text)
    city: str | None = Field(default=None, sa_type=Text)
    sites: list[str] = Field(default_factory=list, sa_type=TEXTS)
    all_sites: bool = False
    districts: list[str] = Field(default_factory=list, sa_type=TEXTS)
    neighbourhoods: list[str] = Field(default_factory=list, sa_type=TEXTS)
    languages: list[str] = Field(default_factory=list, sa_type=TEXTS)
    wants_mail: bool = True
    reminder_days: int | None = None
    escalation_days: int | None = None
    expiry_days: int | None = None
    confirmed_on: date
    asked_on: date | None = None
    active: bool = True
    registered_at: datetime = Field(default_factory=now, sa_type=MOMENT)
    changed_at: datetime = Field(default_factory=now, sa_type=MOMENT)

    __table_args__ = (
        CheckConstraint("slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'", name="slug"),
        CheckConstraint("name <> ''", name="name"),
        CheckConstraint("not (all_sites and sites <> '{}')", name="sites"),
        CheckConstraint(
            "coalesce(reminder_days, 1) between 1 and 60 and coalesce(escalation_days, 1) between 1 and 60 "
            "and coalesce(expiry_days, 1) between 1 and 60",
            name="terms",
        ),
        CheckConstraint(
            "reminder_days < escalation_days and escalation_days < expiry_days and reminder_days < expiry_days",
            name="order_of_terms",
        ),
    )


class PartnerContact(Base, table=True):
    """Whom one reaches at a partner; `substitute_for` names the one whom this person stands in for."""

    __tablename__ = "partner_contact"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    partner_id: UUID = Field(foreign_key="partner.id", ondelete="CASCADE", index=True)
    name: str = Field(sa_type=Text)
    role: str | None = Field(default=None, sa_type=Text)
    phone: str | None = Field(default=None, sa_type=Text)
    email: str | None = Field(default=None, sa_type=Text)
    substitute_for: UUID | None = Field(default=None, foreign_key="partner_contact.id", ondelete="CASCADE")
    position: int = 0

    __table_args__ = (
        CheckConstraint("name <> ''", name="name"),
        CheckConstraint("phone is not null or email is not null", name="reachable"),
        CheckConstraint("substitute_for <> id", name="substitute"),
    )


class PartnerClosure(Base, table=True):
    """Days on which a partner is closed, the first and the last included: terms do not run meanwhile."""

    __tablename__ = "partner_closure"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    partner_id: UUID = Field(foreign_key="partner.id", ondelete="CASCADE")
    from_on: date
    to_on: date

    __table_args__ = (
        CheckConstraint("to_on >= from_on", name="order"),
        Index("ix_partner_closure_partner_id", "partner_id", "to_on"),
    )


class Cooperation(Base, table=True):
    """What a site has agreed with a partner, and since when (report, 3.1a: 32 cases led to cooperation)."""

    __tablename__ = "cooperation"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    partner_id: UUID = Field(foreign_key="partner.id", ondelete="CASCADE", index=True)
    site: str = Field(sa_type=Text)
    agreed_on: date
    until: date | None = None
    subject: str = Field(sa_type=Text)
    area: NeedArea | None = Field(default=None, sa_type=one_of(NeedArea, "area"))
    topic: Topic | None = Field(default=None, sa_type=one_of(Topic, "topic"))

    __table_args__ = (
        CheckConstraint("subject <> ''", name="subject"),
        CheckConstraint("until >= agreed_on", name="order"),
    )
