"""The register: who helps with what, where and when (report, 3.1a, 3.1c)."""

from datetime import date, datetime, time
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.types import Text, Time
from sqlmodel import Field

from services.volunteers.domain.asking import VolunteerState
from services.volunteers.domain.people import BlockReason, SkillLevel
from services.volunteers.tables.base import MOMENT, TEXTS, Base, Via, now, one_of
from shared.contracts.words import District, Weekday
from shared.ids import uuid7


class Volunteer(Base, table=True):
    """Somebody who helps.

    `districts`: where (none: the whole city). `skills`, `wishes` and `limits` are their own words, `note` is the
    team's. Of the certificate of good conduct two days alone are kept: when it was looked at, and until when that
    counts (§ 72a SGB VIII, domain rule 9). `resting_until`: nobody asks before, after a hard assignment; `call_since`:
    the team is to call. Of the calendar's secret address the SHA-256 alone is kept. `erased_on`: who they were is
    removed, and the row stays for the figures.
    """

    __tablename__ = "volunteer"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    state: VolunteerState = Field(default=VolunteerState.UNCONFIRMED, sa_type=one_of(VolunteerState, "state"))
    given_name: str = Field(sa_type=Text)
    family_name: str = Field(sa_type=Text)
    email: str | None = Field(default=None, sa_type=Text)
    phone: str | None = Field(default=None, sa_type=Text)
    mail_language: str = Field(default="de", sa_type=Text)
    organisation: str | None = Field(default=None, sa_type=Text)
    kinds: list[str] = Field(default_factory=list, sa_type=TEXTS)
    districts: list[str] = Field(default_factory=list, sa_type=TEXTS)
    home_district: District | None = Field(default=None, sa_type=one_of(District, "home_district"))
    skills: str | None = Field(default=None, sa_type=Text)
    wishes: str | None = Field(default=None, sa_type=Text)
    limits: str | None = Field(default=None, sa_type=Text)
    note: str | None = Field(default=None, sa_type=Text)
    woman: bool | None = None
    driving_licence: bool = False
    car: bool = False
    max_a_month: int = 4
    certificate_inspected_on: date | None = None
    certificate_due_on: date | None = None
    confidentiality_on: date | None = None
    paused_until: date | None = None
    resting_until: date | None = None
    call_since: datetime | None = Field(default=None, sa_type=MOMENT)
    calendar_hash: str | None = Field(default=None, sa_type=Text, unique=True)
    via: Via = Field(sa_type=one_of(Via, "via"))
    registered_at: datetime = Field(default_factory=now, sa_type=MOMENT)
    confirmed_at: datetime | None = Field(default=None, sa_type=MOMENT)
    changed_at: datetime = Field(default_factory=now, sa_type=MOMENT)
    left_on: date | None = None
    erased_on: date | None = None

    __table_args__ = (
        CheckConstraint("given_name <> '' and family_name <> ''", name="name"),
        CheckConstraint("email like '%@%'", name="email"),
        CheckConstraint("email is not null or phone is not null or erased_on is not null", name="reachable"),
        CheckConstraint("mail_language in ('de', 'en', 'ar', 'fa')", name="mail_language"),
        CheckConstraint("max_a_month between 0 and 60", name="max_a_month"),
        CheckConstraint("(certificate_inspected_on is null) = (certificate_due_on is null)", name="certificate"),
        CheckConstraint("certificate_due_on >= certificate_inspected_on", name="certificate_days"),
        CheckConstraint("(state = 'left') = (left_on is not null)", name="left"),
        CheckConstraint("erased_on is null or state = 'left'", name="erased"),
        Index("uq_volunteer_email", text("lower(email)"), unique=True, postgresql_where=text("state <> 'left'")),
    )

    @property
    def name(self) -> str:
        """As one is called."""
        return f"{self.given_name} {self.family_name}"


class VolunteerLanguage(Base, table=True):
    """A language and what somebody can do in it; German as well."""

    __tablename__ = "volunteer_language"

    volunteer_id: UUID = Field(foreign_key="volunteer.id", primary_key=True, ondelete="CASCADE")
    language: str = Field(primary_key=True, sa_type=Text)
    level: SkillLevel = Field(sa_type=one_of(SkillLevel, "level"))
    understands: bool = True
    speaks: bool = True
    reads: bool = False
    writes: bool = False
    dialects: str | None = Field(default=None, sa_type=Text)


class Availability(Base, table=True):
    """When somebody can come, every week; local time."""

    __tablename__ = "availability"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    volunteer_id: UUID = Field(foreign_key="volunteer.id", index=True, ondelete="CASCADE")
    weekday: Weekday = Field(sa_type=one_of(Weekday, "weekday"))
    starts: time = Field(sa_type=Time)
    ends: time = Field(sa_type=Time)

    __table_args__ = (CheckConstraint("starts < ends or ends = '00:00'", name="order"),)


class WeeklyBlock(Base, table=True):
    """When somebody cannot come though it lies within their times: the integration course every morning (report, 5).

    Without a `reason` they have said with a no that they are not to be asked for such times.
    """

    __tablename__ = "weekly_block"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    volunteer_id: UUID = Field(foreign_key="volunteer.id", index=True, ondelete="CASCADE")
    weekday: Weekday = Field(sa_type=one_of(Weekday, "weekday"))
    starts: time = Field(sa_type=Time)
    ends: time = Field(sa_type=Time)
    reason: BlockReason | None = Field(default=None, sa_type=one_of(BlockReason, "reason"))

    __table_args__ = (CheckConstraint("starts < ends or ends = '00:00'", name="order"),)


class Absence(Base, table=True):
    """Days on which somebody is away, the first and the last included."""

    __tablename__ = "absence"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    volunteer_id: UUID = Field(foreign_key="volunteer.id", index=True, ondelete="CASCADE")
    from_on: date
    until_on: date

    __table_args__ = (CheckConstraint("until_on >= from_on", name="order"),)


class Conflict(Base, table=True):
    """A volunteer and a household that are not to meet; named by either side, without a reason."""

    __tablename__ = "conflict"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    volunteer_id: UUID = Field(foreign_key="volunteer.id", index=True, ondelete="CASCADE")
    household_id: UUID = Field(index=True)
    original_household_id: UUID | None = None
    by_volunteer: bool
    named_on: date
