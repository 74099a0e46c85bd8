"""Mails to partners, waiting or sent, and the links in them."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.types import Text
from sqlmodel import Field

from services.referrals.tables.base import MOMENT, Base, now, one_of
from shared.ids import uuid7


class MailKind(StrEnum):
    """What a mail is about."""

    REQUESTED = "requested"
    REMINDED = "reminded"
    ESCALATED = "escalated"
    CANCELLED = "cancelled"
    CONTACT = "contact"
    """The contact data can be looked at."""
    DELETION = "deletion"
    CONFIRM = "confirm"
    """Partner and offers are to be confirmed, after 90 days."""
    INVITATION = "invitation"


class MailState(StrEnum):
    """What became of a mail; `dropped`: nobody may be told any more."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"
    DROPPED = "dropped"


class LinkKind(StrEnum):
    """What a link in a mail opens."""

    ANSWER = "answer"
    CONTACT = "contact"


class Mail(Base, table=True):
    """A mail to a partner; it holds no personal data of those who are referred.

    `code` is the link's, in clear until the mail is sent: only then it is nobody's but the recipient's.
    """

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    kind: MailKind = Field(sa_type=one_of(MailKind, "kind"))
    to_address: str = Field(sa_type=Text)
    partner_id: UUID | None = Field(default=None, foreign_key="partner.id", ondelete="CASCADE")
    referral_id: UUID | None = Field(default=None, foreign_key="referral.id", index=True)
    meeting_id: UUID | None = Field(default=None, foreign_key="meeting.id", ondelete="CASCADE")
    code: str | None = Field(default=None, sa_type=Text)
    state: MailState = Field(default=MailState.WAITING, sa_type=one_of(MailState, "state"))
    attempts: int = 0
    next_try_at: datetime = Field(default_factory=now, sa_type=MOMENT)
    created_at: datetime = Field(default_factory=now, sa_type=MOMENT)
    sent_at: datetime | None = Field(default=None, sa_type=MOMENT)
    error_code: str | None = Field(default=None, sa_type=Text)

    __table_args__ = (
        CheckConstraint("(sent_at is not null) = (state = 'sent')", name="sent"),
        CheckConstraint("code is null or state = 'waiting'", name="code_while_waiting"),
        Index("ix_mail_waiting", "next_try_at", "created_at", postgresql_where=text("state = 'waiting'")),
    )


class MailLink(Base, table=True):
    """A link that works once, until it expires; only its hash is kept (SHA-256 of 128 random bits)."""

    __tablename__ = "mail_link"

    hash: str = Field(sa_type=Text, primary_key=True)
    referral_id: UUID = Field(foreign_key="referral.id", index=True)
    kind: LinkKind = Field(sa_type=one_of(LinkKind, "kind"))
    expires_at: datetime = Field(sa_type=MOMENT)
    used_at: datetime | None = Field(default=None, sa_type=MOMENT)
