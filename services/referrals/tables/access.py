"""Partners' own systems: who is connected to the broker, and which of their commands were refused."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Column, Identity, Index
from sqlalchemy.types import Text
from sqlmodel import Field

from services.referrals.tables.base import MOMENT, TEXTS, Base, now, one_of
from shared.contracts.words import RefusalReason


class PartnerAccess(Base, table=True):
    """A partner's system may read its queue and send commands, until it is revoked. The broker alone has the password.

    `sites`: whose public events it gets besides those of the city and those addressed to it.
    """

    __tablename__ = "partner_access"

    partner_id: UUID = Field(primary_key=True, foreign_key="partner.id")
    sites: list[str] = Field(default_factory=list, sa_type=TEXTS)
    all_sites: bool = False
    granted_at: datetime = Field(default_factory=now, sa_type=MOMENT)
    rotated_at: datetime | None = Field(default=None, sa_type=MOMENT)
    revoked_at: datetime | None = Field(default=None, sa_type=MOMENT)

    __table_args__ = (CheckConstraint("not (all_sites and sites <> '{}')", name="sites"),)


class FormerMajor(Base, table=True):
    """A partner's program still reads this event in a former major; without a row it reads the newest."""

    __tablename__ = "former_major"

    partner_id: UUID = Field(primary_key=True, foreign_key="partner.id")
    event: str = Field(primary_key=True, sa_type=Text)
    major: int
    since: datetime = Field(default_factory=now, sa_type=MOMENT)

    __table_args__ = (CheckConstraint("major > 0", name="major"),)


class RefusedCommand(Base, table=True):
    """A command that was not carried out, as the partner was told; kept for some weeks, for whoever looks."""

    __tablename__ = "refused_command"

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    partner_id: UUID = Field(foreign_key="partner.id")
    command_id: UUID | None = None
    command: str | None = Field(default=None, sa_type=Text)
    reason: RefusalReason = Field(sa_type=one_of(RefusalReason, "reason"))
    fields: list[str] = Field(default_factory=list, sa_type=TEXTS)
    at: datetime = Field(default_factory=now, sa_type=MOMENT)

    __table_args__ = (Index("ix_refused_command_of_partner", "partner_id", "at"),)
