"""Which recipient may see what of a household, and who has looked."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Column, Identity, Index, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Text
from sqlmodel import Field

from services.intake.tables.base import MOMENT, Base, append_only, belongs_to_file, now, one_of
from shared.contracts.words import GrantEnd, LegalBasis, Purpose, RecipientKind
from shared.ids import uuid7


class Release(Base, table=True):
    """Freigabe: this recipient may look at these fields of the household, until it ends. `grant` is a word of SQL.

    With a `person_id` it is about that member. `reference` says what a basis other than consent rests on, `needed`
    what the recipient is asked for; both stay with the site. `replaces` is the release of another site that was ended
    by handing the file over.
    """

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    household_id: UUID = Field(foreign_key="household.id", index=True)
    person_id: UUID | None = Field(default=None, foreign_key="person.id")
    recipient_kind: RecipientKind = Field(sa_type=one_of(RecipientKind, "recipient_kind"))
    recipient_slug: str | None = Field(default=None, sa_type=Text)
    recipient_id: UUID | None = None
    purpose: Purpose = Field(sa_type=one_of(Purpose, "purpose"))
    needed: str | None = Field(default=None, sa_type=Text)
    basis: LegalBasis = Field(sa_type=one_of(LegalBasis, "basis"))
    consent_id: UUID | None = Field(default=None, foreign_key="consent.id")
    reference: str | None = Field(default=None, sa_type=Text)
    referral_id: UUID | None = None
    assignment_id: UUID | None = None
    fields: list[str] = Field(sa_type=ARRAY(Text))  # type: ignore[call-overload]
    ends_on: date | None = None
    """The last day; None: until the referral or the consent ends."""
    issued_at: datetime = Field(default_factory=now, sa_type=MOMENT)
    issued_by: str = Field(sa_type=Text)
    ended_at: datetime | None = Field(default=None, sa_type=MOMENT)
    end_reason: GrantEnd | None = Field(default=None, sa_type=one_of(GrantEnd, "end_reason"))
    replaces: UUID | None = Field(default=None, foreign_key="release.id", unique=True)

    __table_args__ = (
        CheckConstraint("(recipient_slug is null) <> (recipient_id is null)", name="recipient"),
        CheckConstraint("(basis = 'consent') = (consent_id is not null)", name="consent"),
        CheckConstraint("basis = 'consent' or reference is not null", name="reference"),
        CheckConstraint("(ended_at is null) = (end_reason is null)", name="ended"),
        Index("ix_release_open", "ends_on", postgresql_where=text("ended_at is null")),
    )


class ReleaseCode(Base, table=True):
    """A one-time code that opens a release from a mail; only its hash is kept (SHA-256 of 128 random bits)."""

    __tablename__ = "release_code"

    hash: str = Field(sa_type=Text, primary_key=True)
    release_id: UUID = Field(foreign_key="release.id", index=True)
    household_id: UUID = Field(foreign_key="household.id", index=True)
    expires_at: datetime = Field(sa_type=MOMENT)
    used_at: datetime | None = Field(default=None, sa_type=MOMENT)


class ReleaseLook(Base, table=True):
    """The ledger: who looked at a release, when, at which fields, on which basis."""

    __tablename__ = "release_look"

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    release_id: UUID = Field(foreign_key="release.id", index=True)
    household_id: UUID = Field(foreign_key="household.id", index=True)
    at: datetime = Field(default_factory=now, sa_type=MOMENT)
    who: str = Field(sa_type=Text)
    fields: list[str] = Field(sa_type=ARRAY(Text))  # type: ignore[call-overload]
    basis: LegalBasis = Field(sa_type=one_of(LegalBasis, "basis"))


append_only(ReleaseLook)
belongs_to_file(Release)
belongs_to_file(ReleaseCode, travels=False)  # a code leads to this site's page
belongs_to_file(ReleaseLook)
