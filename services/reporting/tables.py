"""The reporting database: archive, projections, register of sites, accounts, and the tables of delivery.

Everything but the archive, the register, the accounts and the notices is a projection: made by the consumers from
events, and made again from the archive by `lokal archive rebuild`.
"""

from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Computed,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    SmallInteger,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from shared.messaging import delivery_tables
from shared.web.accounts import account_tables
from shared.web.idempotency import idempotency_table


class Base(SQLModel, registry=registry()):
    """The registry of this service alone."""


metadata = Base.metadata
delivery_tables(metadata)
account_tables(metadata)
idempotency_table(metadata)


def _moment(*, nullable: bool = False) -> Any:
    return Column(DateTime(timezone=True), nullable=nullable)


def _local(expression: str) -> str:
    return expression.format(at="(at at time zone 'Europe/Berlin')")


class ArchivedEvent(Base, table=True):
    """Every event as it was received, from which all projections can be made again."""

    __tablename__ = "event_archive"
    __table_args__: ClassVar[Any] = (Index("event_archive_type", "type", "position"),)

    # Not "always": a rebuild copies the positions, so that the order of arrival stays the same.
    position: int = Field(sa_column=Column(BigInteger, Identity(always=False), primary_key=True))
    id: UUID = Field(unique=True)
    type: str = Field(sa_type=Text)
    source: str = Field(sa_type=Text)
    site: str = Field(sa_type=Text)
    subject: str = Field(sa_type=Text)
    sequence: int = Field(sa_type=BigInteger)
    time: datetime = Field(sa_column=_moment())
    body: bytes = Field(sa_type=LargeBinary)


class Contact(Base, table=True):
    """A contact as the event with the highest sequence tells it; a void one stays, so that it cannot come back."""

    __tablename__ = "contact"
    __table_args__: ClassVar[Any] = (Index("contact_day", "day", "site", postgresql_where=text("not void")),)

    contact_id: UUID = Field(primary_key=True)
    sequence: int = Field(sa_type=BigInteger)
    site: str = Field(sa_type=Text)
    target_group: str = Field(sa_type=Text)
    channel: str = Field(sa_type=Text)
    topic: str | None = Field(default=None, sa_type=Text)
    language: str | None = Field(default=None, sa_type=Text)
    household_id: UUID | None = None
    person_id: UUID | None = None
    partner: str | None = Field(default=None, sa_type=Text)
    counterpart_id: UUID | None = None
    at: datetime = Field(sa_column=_moment())
    void: bool
    # Days and hours are Dortmund's, whatever the time zone of a connection.
    day: date = Field(sa_column=Column(Date, Computed(_local("({at})::date"), persisted=True), nullable=False))
    weekday: int = Field(
        sa_column=Column(SmallInteger, Computed(_local("extract(isodow from {at})"), persisted=True), nullable=False)
    )
    hour: int = Field(
        sa_column=Column(SmallInteger, Computed(_local("extract(hour from {at})"), persisted=True), nullable=False)
    )


class HouseholdFact(Base, table=True):
    """One event of a household's file, as far as it matters here; the four tables below follow from these."""

    __tablename__ = "household_fact"
    __table_args__: ClassVar[Any] = (Index("household_fact_household", "household_id", "sequence"),)

    event_id: UUID = Field(primary_key=True)
    household_id: UUID
    sequence: int = Field(sa_type=BigInteger)
    kind: str = Field(sa_type=Text)
    on: date
    site: str = Field(sa_type=Text)
    district: str | None = Field(default=None, sa_type=Text)
    asylblg: int | None = None
    sgb2: int | None = None
    sgb12: int | None = None
    none: int | None = None
    person_id: UUID | None = None
    circle_from: str | None = Field(default=None, sa_type=Text)
    circle_to: str | None = Field(default=None, sa_type=Text)
    visit_id: UUID | None = None
    due_on: date | None = None
    reason: str | None = Field(default=None, sa_type=Text)


class Household(Base, table=True):
    """A household: when and by which site it was registered. Its row is locked while what follows is derived anew."""

    __tablename__ = "household"
    __table_args__: ClassVar[Any] = (Index("household_registered", "registered_on"),)

    household_id: UUID = Field(primary_key=True)
    registered_on: date | None = None
    registered_site: str | None = Field(default=None, sa_type=Text)
    persons: int = 0
    counted: bool = False


class HouseholdPeriod(Base, table=True):
    """In which district a household lived, whose it was, and its persons per legal circle, from day to day."""

    __tablename__ = "household_period"
    __table_args__: ClassVar[Any] = (
        CheckConstraint('"end" is null or "end" > begin', name="household_period_is_some_days"),
        CheckConstraint("least(asylblg, sgb2, sgb12, none) >= 0", name="household_period_counts_persons"),
        Index("household_period_days", "begin", "end"),
    )

    household_id: UUID = Field(primary_key=True)
    begin: date = Field(primary_key=True)
    end: date | None = None
    site: str = Field(sa_type=Text)
    district: str = Field(sa_type=Text)
    asylblg: int
    sgb2: int
    sgb12: int
    none: int


class FirstVisit(Base, table=True):
    """A first visit: owed, due, and how it was settled."""

    __tablename__ = "first_visit"
    __table_args__: ClassVar[Any] = (
        CheckConstraint("(settled_on is null) = (outcome is null)", name="first_visit_is_settled_somehow"),
        Index("first_visit_settled", "settled_on"),
    )

    household_id: UUID = Field(primary_key=True)
    visit_id: UUID = Field(primary_key=True)
    site: str = Field(sa_type=Text)
    district: str = Field(sa_type=Text)
    owed_on: date
    due_on: date
    settled_on: date | None = None
    outcome: str | None = Field(default=None, sa_type=Text)


class Need(Base, table=True):
    """A need: its area, since when it is known and since when it is met."""

    __tablename__ = "need"
    __table_args__: ClassVar[Any] = (Index("need_identified", "identified_on"),)

    need_id: UUID = Field(primary_key=True)
    sequence: int = Field(sa_type=BigInteger)
    household_id: UUID
    site: str = Field(sa_type=Text)
    district: str = Field(sa_type=Text)
    area: str = Field(sa_type=Text)
    identified_on: date | None = None
    met_on: date | None = None


class Referral(Base, table=True):
    """A referral as the event with the highest sequence tells it; of whom it is about nothing stands here."""

    __tablename__ = "referral"
    __table_args__: ClassVar[Any] = (Index("referral_requested", "requested_on"),)

    referral_id: UUID = Field(primary_key=True)
    sequence: int = Field(sa_type=BigInteger)
    site: str = Field(sa_type=Text)
    partner: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text)
    reason: str | None = Field(default=None, sa_type=Text)
    requested_on: date | None = None
    days_to_answer: int | None = None
    """Calendar days from the question to the partner's answer; None: there was none."""


class Assignment(Base, table=True):
    """What became of asking one volunteer, as the event with the highest sequence tells it; no household stands here.

    `day` is the one for which they were asked (Europe/Berlin), or on which they were, where no time was set.
    """

    __tablename__ = "assignment"
    __table_args__: ClassVar[Any] = (Index("assignment_day", "day", "site"),)

    assignment_id: UUID = Field(primary_key=True)
    sequence: int = Field(sa_type=BigInteger)
    site: str = Field(sa_type=Text)
    volunteer_id: UUID
    kind: str = Field(sa_type=Text)
    language: str | None = Field(default=None, sa_type=Text)
    state: str = Field(sa_type=Text)
    day: date
    minutes: int | None = None


class Mentorship(Base, table=True):
    """A mentorship: from when to when. Neither the volunteer nor the household stands here."""

    __tablename__ = "mentorship"

    mentorship_id: UUID = Field(primary_key=True)
    sequence: int = Field(sa_type=BigInteger)
    site: str = Field(sa_type=Text)
    started_on: date | None = None
    ended_on: date | None = None


class Volunteer(Base, table=True):
    """A volunteer of the register: from when to when."""

    __tablename__ = "volunteer"

    volunteer_id: UUID = Field(primary_key=True)
    sequence: int = Field(sa_type=BigInteger)
    registered_on: date | None = None
    left_on: date | None = None


class Training(Base, table=True):
    """Somebody's part in a training or an exchange meeting; no minutes: it was entered by mistake."""

    __tablename__ = "training"

    gathering_id: UUID = Field(primary_key=True)
    volunteer_id: UUID = Field(primary_key=True)
    sequence: int = Field(sa_type=BigInteger)
    kind: str = Field(sa_type=Text)
    day: date
    minutes: int


class ErasedHousehold(Base, table=True):
    """An id of a household, person or volunteer that was erased: what comes late must not bring it back.

    No other id stands here.

    Not a projection: it moves to a new database as it is, and tells a rebuild what was erased already.
    """

    __tablename__ = "erased_household"

    id: UUID = Field(primary_key=True)
    erasure_id: UUID
    by_holder: bool
    """Whether the site that asked was in charge of the household; False where nothing was known of it."""
    at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False, server_default=text("now()")))


class Site(Base, table=True):
    """A site that works, or the city's own stack: whose signatures to trust, and when its doors are open."""

    __tablename__ = "site"

    slug: str = Field(sa_type=Text, primary_key=True)
    public_keys: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
    office_hours: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
    opened_on: date | None = None


class SiteDistrict(Base, table=True):
    """Which site serves a district, for good or in the meantime; the key makes it exactly one."""

    __tablename__ = "site_district"

    district: str = Field(sa_type=Text, primary_key=True)
    site: str = Field(sa_column=Column(Text, ForeignKey("site.slug"), nullable=False))
    interim: bool


class PlannedSite(Base, table=True):
    """A site of the roll-out: its region, who shall run it, who pays, and how far it has come (report, §6).

    A row in `site` opens it: a trigger of the database lets the state follow, and refuses it before the grant. Another
    one keeps a region whose grant is not approved from being opened under another name.
    """

    __tablename__ = "planned_site"
    __table_args__: ClassVar[Any] = (
        CheckConstraint("state in ('planned', 'released', 'open', 'extended')", name="planned_site_state"),
        CheckConstraint("(partner_state = 'none') = (partner is null)", name="planned_site_partner_state"),
        CheckConstraint("(partner is null) = (partner_name is null)", name="planned_site_partner_has_a_name"),
        CheckConstraint(
            "opened_on is null or state not in ('planned', 'released')", name="planned_site_opened_when_open"
        ),
        CheckConstraint("(extended_on is null) = (state <> 'extended')", name="planned_site_extended_when_extended"),
        CheckConstraint("(extended_on is null) = (extended_until is null)", name="planned_site_extended_until_a_day"),
        CheckConstraint(
            "extended_on is null or extension_funding is not null", name="planned_site_extended_by_something"
        ),
        CheckConstraint(
            "funding <> 'amif' or state = 'planned' or "
            "(approved_on is not null and (opened_on is null or opened_on >= approved_on))",
            name="planned_site_opens_after_the_grant",
        ),
        CheckConstraint(
            "extended_on is null or extension_funding <> 'amif' or "
            "(extension_approved_on is not null and extended_on >= extension_approved_on)",
            name="planned_site_is_extended_after_the_grant",
        ),
    )

    slug: str = Field(sa_type=Text, primary_key=True)
    districts: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    partner: str | None = Field(default=None, sa_type=Text)
    partner_name: str | None = Field(default=None, sa_type=Text)
    partner_state: str = Field(sa_type=Text)
    planned_for: date | None = None
    funding: str = Field(sa_type=Text)
    approved_on: date | None = None
    state: str = Field(sa_type=Text)
    opened_on: date | None = None
    """None for a site that was open before it was planned, when nobody has said since when."""
    extension_funding: str | None = Field(default=None, sa_type=Text)
    """Who is to pay for what comes after the time for which it was opened."""
    extension_approved_on: date | None = None
    extended_on: date | None = None
    extended_until: date | None = None


class Notice(Base, table=True):
    """What readers of the figures of some days must know about them, said by those who entered the data."""

    __tablename__ = "notice"
    __table_args__: ClassVar[Any] = (CheckConstraint("until >= begin", name="notice_is_about_days"),)

    slug: str = Field(sa_type=Text, primary_key=True)
    begin: date
    until: date
    text: str = Field(sa_type=Text)
