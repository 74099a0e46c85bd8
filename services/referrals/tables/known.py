"""What referrals knows from the sites' events: ids, districts, languages, needs, consents. No names."""

from datetime import date
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import Text
from sqlmodel import Field

from services.referrals.tables.base import TEXTS, Base, one_of
from shared.contracts.words import (
    BarrierKind,
    District,
    LegalCircle,
    NeedArea,
    Purpose,
    RecipientKind,
    Topic,
)
from shared.known import ErasedHouseholdColumns, KnownHouseholdColumns, SiteEntryColumns


class SiteEntry(SiteEntryColumns, Base, table=True):
    """One entry of reporting's site register."""

    __tablename__ = "site_register"


class KnownHousehold(KnownHouseholdColumns, Base, table=True):
    """A household: which site is in charge of it, and what a match needs to know."""

    __tablename__ = "known_household"


class KnownNeed(Base, table=True):
    """A need of a household, as last told; met needs stay for the agenda's figures."""

    __tablename__ = "known_need"

    need_id: UUID = Field(primary_key=True)
    household_id: UUID = Field(index=True)
    original_household_id: UUID | None = None
    person_id: UUID | None = None
    area: NeedArea = Field(sa_type=one_of(NeedArea, "area"))
    languages: list[str] = Field(default_factory=list, sa_type=TEXTS)
    times: list[dict[str, str]] = Field(default_factory=list, sa_type=JSONB)
    district: District = Field(sa_type=one_of(District, "district"))
    neighbourhood: str | None = Field(default=None, sa_type=Text)
    identified_on: date | None = None
    met_on: date | None = None
    sequence: int = Field(sa_type=BigInteger)


class KnownCircle(Base, table=True):
    """Into which legal circle a person comes on a day, as last told of that day; it may lie ahead."""

    __tablename__ = "known_circle"

    person_id: UUID = Field(primary_key=True)
    on_day: date = Field(primary_key=True)
    household_id: UUID = Field(index=True)
    circle: LegalCircle = Field(sa_type=one_of(LegalCircle, "circle"))
    sequence: int = Field(sa_type=BigInteger)


class KnownConsent(Base, table=True):
    """A consent of a household to one recipient. `withdrawn_on` wins, in whatever order the two events come."""

    __tablename__ = "known_consent"

    consent_id: UUID = Field(primary_key=True)
    household_id: UUID
    original_household_id: UUID | None = None
    person_id: UUID | None = None
    recipient_kind: RecipientKind = Field(sa_type=one_of(RecipientKind, "recipient_kind"))
    recipient_slug: str | None = Field(default=None, sa_type=Text)
    purpose: Purpose = Field(sa_type=one_of(Purpose, "purpose"))
    given_on: date | None = None
    withdrawn_on: date | None = None

    __table_args__ = (Index("ix_known_consent_to", "household_id", "recipient_slug"),)


class KnownBarrier(Base, table=True):
    """A structural barrier for the round tables: where and about what. It does not say whose."""

    __tablename__ = "known_barrier"

    barrier_id: UUID = Field(primary_key=True)
    site: str = Field(sa_type=Text)
    district: District = Field(sa_type=one_of(District, "district"))
    kind: BarrierKind = Field(sa_type=one_of(BarrierKind, "kind"))
    topic: Topic | None = Field(default=None, sa_type=one_of(Topic, "topic"))
    authority: str | None = Field(default=None, sa_type=Text)
    reach_ended: bool = False
    on_day: date = Field(index=True)


class ErasedHousehold(ErasedHouseholdColumns, Base, table=True):
    """An id of a household or person that was erased."""

    __tablename__ = "erased_household"


class PersonRef(Base, table=True):
    """What a partner calls a household or a person, made for that partner alone: random, so that no two compare."""

    __tablename__ = "person_ref"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    partner_id: UUID = Field(foreign_key="partner.id")
    household_id: UUID = Field(index=True)
    person_id: UUID | None = None

    __table_args__ = (UniqueConstraint("partner_id", "household_id", "person_id", postgresql_nulls_not_distinct=True),)
