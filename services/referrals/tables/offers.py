"""What partners offer, the days on which it took place, and how often the directory has changed."""

from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import DDL, BigInteger, CheckConstraint, Index, UniqueConstraint, event, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import Text
from sqlmodel import Field

from services.referrals.tables.base import MOMENT, TEXTS, Base, metadata, now, one_of
from services.referrals.tables.partners import Partner, PartnerClosure
from shared.contracts.words import OfferKind
from shared.ids import uuid7


class Offer(Base, table=True):
    """An offer of one partner. Texts are kept per language, German at least.

    `districts` are those that it serves (none: the whole city), `district` and `neighbourhood` where it takes place.
    The schedule is a recurrence rule (RFC 5545) with times of Europe/Berlin.
    """

    __tablename__ = "offer"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    partner_id: UUID = Field(foreign_key="partner.id", index=True)
    kind: OfferKind = Field(sa_type=one_of(OfferKind, "kind"))
    title: dict[str, str] = Field(sa_type=JSONB)
    description: dict[str, str] = Field(default_factory=dict, sa_type=JSONB)
    street: str | None = Field(default=None, sa_type=Text)
    postal_code: str | None = Field(default=None, sa_type=Text)
    district: str | None = Field(default=None, sa_type=Text)
    neighbourhood: str | None = Field(default=None, sa_type=Text)
    districts: list[str] = Field(default_factory=list, sa_type=TEXTS)
    languages: list[str] = Field(default_factory=list, sa_type=TEXTS)
    level: str | None = Field(default=None, sa_type=Text)
    audiences: list[str] = Field(default_factory=list, sa_type=TEXTS)
    min_age: int | None = None
    max_age: int | None = None
    accessible: bool | None = None
    cost_cents: int | None = None
    places: int | None = None
    free: int | None = None
    waiting: int = 0
    childcare: bool = False
    legal_advice: bool = False
    for_circles: list[str] = Field(default_factory=list, sa_type=TEXTS)
    """An authority's alone: who comes into one of these legal circles is referred to it, on a statutory basis."""
    rrule: str | None = Field(default=None, sa_type=Text)
    starts_at: time | None = None
    ends_at: time | None = None
    first_on: date | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    confirmed_on: date
    asked_on: date | None = None
    withdrawn_on: date | None = None
    published_at: datetime = Field(default_factory=now, sa_type=MOMENT)
    changed_at: datetime = Field(default_factory=now, sa_type=MOMENT)

    __table_args__ = (
        CheckConstraint("coalesce(title ->> 'de', '') <> ''", name="title"),
        CheckConstraint("level in ('alpha', 'a1', 'a2', 'b1', 'b2', 'c1')", name="level"),
        CheckConstraint("min_age >= 0 and max_age <= 120 and min_age <= max_age", name="ages"),
        CheckConstraint("cost_cents >= 0", name="cost"),
        CheckConstraint("places >= 0", name="places"),
        CheckConstraint("free is null or (places is not null and free between 0 and places)", name="free"),
        CheckConstraint("waiting >= 0", name="waiting"),
        CheckConstraint("not legal_advice or kind = 'counselling'", name="legal_advice"),
        CheckConstraint(
            "(rrule is null) = (starts_at is null) and (rrule is null) = (ends_at is null) and starts_at < ends_at",
            name="schedule",
        ),
        CheckConstraint("valid_from <= valid_until", name="validity"),
        Index("ix_offer_kind", "kind", postgresql_where=text("withdrawn_on is null")),
        Index("ix_offer_confirmed_on", "confirmed_on", postgresql_where=text("withdrawn_on is null")),
        Index("ix_offer_changed_at", "changed_at", "id"),
    )


class OfferSession(Base, table=True):
    """A day on which an offer took place: how many took part, or how many visitors came (report, 5)."""

    __tablename__ = "offer_session"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    offer_id: UUID = Field(foreign_key="offer.id", ondelete="CASCADE")
    on_day: date
    attended: int | None = None
    visitors: int | None = None

    __table_args__ = (
        UniqueConstraint("offer_id", "on_day", name="uq_offer_session_offer_id"),
        CheckConstraint("attended >= 0 and visitors >= 0", name="counts"),
        CheckConstraint("attended is not null or visitors is not null", name="counted"),
    )


class DirectoryVersion(Base, table=True):
    """How often partners, closures and offers have changed: who keeps them in memory knows when to read again."""

    __tablename__ = "directory_version"

    id: int = Field(default=1, primary_key=True)
    version: int = Field(default=0, sa_type=BigInteger)

    __table_args__ = (CheckConstraint("id = 1", name="one"),)


DIRECTORY_CHANGED = """
create function directory_changed() returns trigger language plpgsql as
$$
begin
    update directory_version set version = version + 1;
    return null;
end
$$
"""
ONE_DIRECTORY = "insert into directory_version (id, version) values (1, 0)"
COUNT_CHANGES = (
    "create trigger {table}_directory_changed after insert or update or delete on {table} "
    "for each statement execute function directory_changed()"
)
DIRECTORY_TABLES = (Partner.__tablename__, PartnerClosure.__tablename__, Offer.__tablename__)


def _also(target: Any, when: str, statement: str) -> None:
    event.listen(target, when, DDL(statement))  # type: ignore[no-untyped-call]


_also(metadata, "before_create", DIRECTORY_CHANGED)
_also(metadata.tables["directory_version"], "after_create", ONE_DIRECTORY)
for _table in DIRECTORY_TABLES:
    _also(metadata.tables[_table], "after_create", COUNT_CHANGES.format(table=_table))
