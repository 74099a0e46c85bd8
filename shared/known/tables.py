"""Columns of the tables in which a city's service keeps what it was told; its own classes inherit them."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import Text
from sqlmodel import Field, SQLModel

from shared.contracts.words import ClosingReason, District
from shared.tables import MOMENT, now, one_of

_TEXTS: Any = ARRAY(Text)


class SiteEntryColumns(SQLModel):
    """One entry of reporting's site register, as last told by site-opened; `sequence` tells old from new."""

    site: str = Field(sa_type=Text, primary_key=True)
    sequence: int = Field(sa_type=BigInteger)
    districts: list[str] = Field(sa_type=_TEXTS)
    interim_districts: list[str] = Field(sa_type=_TEXTS)
    public_keys: list[dict[str, Any]] = Field(sa_type=JSONB)
    office_hours: list[dict[str, Any]] = Field(sa_type=JSONB)
    closed_on: date | None = None


class KnownHouseholdColumns(SQLModel):
    """A household: which site is in charge of it, and what a match needs to know.

    `sequence` is that of the newest event told of it; `merge_sequence` of the newest merge or unmerge that it was
    absorbed or restored by, counted in the other file, which is `merged_with`. `closed` says why its file was closed.
    """

    household_id: UUID = Field(primary_key=True)
    site: str = Field(sa_type=Text)
    district: District = Field(sa_type=one_of(District, "district"))
    neighbourhood: str | None = Field(default=None, sa_type=Text)
    languages: list[str] = Field(default_factory=list, sa_type=_TEXTS)
    persons: int = 0
    minors: int = 0
    charge: int = 1
    sequence: int = Field(sa_type=BigInteger)
    closed: ClosingReason | None = Field(default=None, sa_type=one_of(ClosingReason, "closed"))
    merged_into: UUID | None = Field(default=None, index=True)
    merged_with: UUID | None = None
    merge_sequence: int = Field(default=0, sa_type=BigInteger)


class ErasedHouseholdColumns(SQLModel):
    """An id of a household or person that was erased: what comes late must not bring it back. No other id is here."""

    id: UUID = Field(primary_key=True)
    erasure_id: UUID
    at: datetime = Field(default_factory=now, sa_type=MOMENT)
