"""The handing over of files between sites: letters on their way, letters that came, and where files went.

These rows stay when a file is given up: what they hold besides ids is taken out as soon as the letter is answered.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Column, Identity, Index, LargeBinary, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import Text
from sqlmodel import Field

from services.intake.domain.handovers import Outcome, SupplementState
from services.intake.tables.base import MOMENT, Base, Forget, belongs_to_file, now, one_of
from shared.contracts.words import District
from shared.ids import uuid7
from shared.letters import LetterKind, LetterState, RefusedBecause


class LetterOut(Base, table=True):
    """A letter that was written here, in the transaction of what it tells of; the courier carries it.

    `content` is in the clear: it never leaves this database but sealed, and goes when the letter is answered.
    """

    __tablename__ = "letter_out"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    kind: LetterKind = Field(sa_type=one_of(LetterKind, "kind"))
    to_site: str = Field(sa_type=Text)
    household_id: UUID | None = Field(default=None, index=True)
    charge: int | None = None
    """The number that comes with the letter, of a handover; of a supplement, the number that the file left with."""
    content: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True))  # type: ignore[call-overload]
    state: LetterState = Field(default=LetterState.WAITING, sa_type=one_of(LetterState, "state"))
    made_at: datetime = Field(default_factory=now, sa_type=MOMENT)
    made_by: str = Field(sa_type=Text)
    sent_at: datetime | None = Field(default=None, sa_type=MOMENT)
    tries: int = 0
    """How often the broker has taken it."""
    confirmed_at: datetime | None = Field(default=None, sa_type=MOMENT)
    why: str | None = Field(default=None, sa_type=Text)
    """Why the other site has refused it: a word of the protocol or a sentence for people."""

    __table_args__ = (
        CheckConstraint("kind <> 'handover' or (household_id is not null and charge >= 2)", name="handover"),
        CheckConstraint("state <> 'waiting' or content is not null", name="content"),
        Index("ix_letter_out_waiting", "made_at", "id", postgresql_where=text("state = 'waiting'")),
        Index(
            "uq_letter_out_given_up",
            "household_id",
            "charge",
            unique=True,
            postgresql_where=text("kind = 'handover'"),
        ),  # a number is given up once
    )


class LetterIn(Base, table=True):
    """A letter that was accepted or answered; it has its effect once, however often it comes."""

    __tablename__ = "letter_in"

    letter_id: UUID = Field(primary_key=True)
    from_site: str = Field(sa_type=Text, primary_key=True)
    kind: LetterKind = Field(sa_type=one_of(LetterKind, "kind"))
    household_id: UUID | None = Field(default=None, index=True)
    charge: int | None = None
    outcome: Outcome = Field(sa_type=one_of(Outcome, "outcome"))
    digest: bytes = Field(sa_type=LargeBinary)
    received_at: datetime = Field(default_factory=now, sa_type=MOMENT)
    repeats: int = 0


class LetterRefused(Base, table=True):
    """A letter that was not accepted; nothing of what it says."""

    __tablename__ = "letter_refused"

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    at: datetime = Field(default_factory=now, sa_type=MOMENT, index=True)
    reason: RefusedBecause = Field(sa_type=one_of(RefusedBecause, "reason"))
    claimed_site: str | None = Field(default=None, sa_type=Text)
    digest: bytes = Field(sa_type=LargeBinary)
    """SHA-256 of the sealed bytes, by which operations find the dead letter."""


class PassedOn(Base, table=True):
    """What a site still knows of a file that it has given up: its number, and where it went."""

    __tablename__ = "passed_on"

    household_id: UUID = Field(primary_key=True)
    charge: int
    """The number with which the file left."""
    to_site: str = Field(sa_type=Text)
    confirmed_at: datetime = Field(default_factory=now, sa_type=MOMENT, index=True)

    __table_args__ = (CheckConstraint("charge >= 2", name="charge"),)


class ContactPassedOn(Base, table=True):
    """A contact that stays here as the site's work, while the site that has the file counts its events on.

    It says where, and not whose it was.
    """

    __tablename__ = "contact_passed_on"

    contact_id: UUID = Field(primary_key=True, foreign_key="contact.id", ondelete="CASCADE")
    to_site: str = Field(sa_type=Text)


class LeavingDistrict(Base, table=True):
    """A district that this site looked after until it got a site of its own: its files go there by themselves."""

    __tablename__ = "leaving_district"

    district: str = Field(primary_key=True, sa_type=Text)
    to_site: str | None = Field(default=None, sa_type=Text)
    """None while the register has told only that the district is not this site's any more."""
    since: datetime = Field(default_factory=now, sa_type=MOMENT)
    handed_over: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    """How many files have gone since; how many are left is counted where they are."""

    __table_args__ = (CheckConstraint("handed_over >= 0", name="handed_over"),)


class Supplement(Base, table=True):
    """What another site adds to a file that it has handed over; `charge` is the number that the file left it with."""

    id: UUID = Field(primary_key=True)
    household_id: UUID = Field(index=True)
    charge: int
    from_site: str = Field(sa_type=Text)
    content: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True))  # type: ignore[call-overload]
    state: SupplementState = Field(sa_type=one_of(SupplementState, "state"))
    why: str | None = Field(default=None, sa_type=Text)
    parked_at: datetime = Field(default_factory=now, sa_type=MOMENT)

    __table_args__ = (CheckConstraint("(state = 'parked') = (content is not null)", name="content"),)


class Expected(Base, table=True):
    """A file that another site has announced, until its letter comes; for the desk alone, nothing is decided by it."""

    household_id: UUID = Field(primary_key=True)
    charge: int
    """The number with which it comes."""
    from_site: str = Field(sa_type=Text)
    district: District = Field(sa_type=one_of(District, "district"))
    since: datetime = Field(default_factory=now, sa_type=MOMENT)


for _kept in (LetterOut, LetterIn, PassedOn, Supplement, Expected):
    belongs_to_file(_kept, forget=Forget.KEEP, travels=False)
belongs_to_file(ContactPassedOn, "contact_id", travels=False)  # when the file is here again, its contacts are, too
