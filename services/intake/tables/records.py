"""What is only ever written down: a file's timeline, the log of looks at personal data; and the site register."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, Identity, Index
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.types import Text, Uuid
from sqlmodel import Field

from services.intake.tables.base import MOMENT, Base, append_only, belongs_to_file, now, one_of


class Timeline(Base, table=True):
    """What happened in a household's file, newest last; written by the commands in the transaction of the change.

    `on` is the day it counts for, `at` the moment where one is known, `details` what the line says besides its kind.
    """

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    household_id: UUID = Field(foreign_key="household.id")
    kind: str = Field(sa_type=Text)
    on: date
    at: datetime | None = Field(default=None, sa_type=MOMENT)
    details: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)
    recorded_at: datetime = Field(default_factory=now, sa_type=MOMENT)
    recorded_by: str = Field(sa_type=Text)

    __table_args__ = (Index("ix_timeline_file", "household_id", "on", "id"),)


class Look(StrEnum):
    """Einsicht: what was looked at."""

    FILE = "file"
    ADDRESS = "address"
    SEARCH = "search"
    LIST = "list"
    EXPORT = "export"
    ACCESS_LOG = "access_log"
    RELEASE = "release"
    FRAGMENT = "fragment"
    PRINT = "print"
    LETTER = "letter"


class Via(StrEnum):
    """Weg der Einsicht."""

    PAGE = "page"
    API = "api"
    LINK = "link"


class AccessLog(Base, table=True):
    """Who looked at whose personal data, when, at what and why (GDPR Art. 5(2), 32)."""

    __tablename__ = "access_log"

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    at: datetime = Field(default_factory=now, sa_type=MOMENT)
    who: str = Field(sa_type=Text)
    role: str = Field(sa_type=Text)
    look: Look = Field(sa_type=one_of(Look, "look"))
    why: str = Field(sa_type=Text)
    """The screen or call from which it was looked at, or the reason that was given for a protected address."""
    via: Via = Field(sa_type=one_of(Via, "via"))
    households: list[UUID] = Field(sa_type=ARRAY(Uuid))  # type: ignore[call-overload]

    __table_args__ = (
        Index("ix_access_log_at", "at", "id"),
        Index("ix_access_log_households", "households", postgresql_using="gin"),
    )


class SiteEntry(Base, table=True):
    """One entry of reporting's site register, as last told by site-opened; `sequence` tells old from new."""

    __tablename__ = "site_register"

    site: str = Field(sa_type=Text, primary_key=True)
    sequence: int = Field(sa_type=BigInteger)
    districts: list[str] = Field(sa_type=ARRAY(Text))  # type: ignore[call-overload]
    interim_districts: list[str] = Field(sa_type=ARRAY(Text))  # type: ignore[call-overload]
    public_keys: list[dict[str, Any]] = Field(sa_type=JSONB)
    office_hours: list[dict[str, Any]] = Field(sa_type=JSONB)
    closed_on: date | None = None


append_only(Timeline)
append_only(AccessLog)
belongs_to_file(Timeline)
