"""Webhooks: what is addressed to a partner is sent to its web server, in order per referral, until it has arrived."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, Identity, Index, LargeBinary, text
from sqlalchemy.types import Text
from sqlmodel import Field

from services.referrals.tables.base import MOMENT, Base, now, one_of


class DeliveryState(StrEnum):
    """How it stands with one delivery."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"


class Webhook(Base, table=True):
    """Where a partner wants to be told, and the secret with which it knows that it was us.

    The secret before signs as well until `former_until`, so that the partner can change over at leisure.
    """

    __tablename__ = "webhook"

    partner_id: UUID = Field(primary_key=True, foreign_key="partner.id")
    url: str = Field(sa_type=Text)
    secret: str = Field(sa_type=Text)
    former_secret: str | None = Field(default=None, sa_type=Text)
    former_until: datetime | None = Field(default=None, sa_type=MOMENT)
    set_at: datetime = Field(default_factory=now, sa_type=MOMENT)


class WebhookDelivery(Base, table=True):
    """One message to one partner; `answer` is the status, or a word for why there was none."""

    __tablename__ = "webhook_delivery"

    event_id: UUID = Field(primary_key=True)
    position: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), nullable=False))
    partner_id: UUID = Field(foreign_key="partner.id")
    referral_id: UUID | None = Field(default=None, index=True)
    event: str = Field(sa_type=Text)
    body: bytes = Field(sa_type=LargeBinary)
    state: DeliveryState = Field(default=DeliveryState.WAITING, sa_type=one_of(DeliveryState, "state"))
    attempts: int = 0
    next_try_at: datetime = Field(default_factory=now, sa_type=MOMENT)
    added_at: datetime = Field(default_factory=now, sa_type=MOMENT)
    settled_at: datetime | None = Field(default=None, sa_type=MOMENT)
    answer: str | None = Field(default=None, sa_type=Text)

    __table_args__: Any = (
        Index("ix_webhook_delivery_waiting", "partner_id", "position", postgresql_where=text("state = 'waiting'")),
        Index("ix_webhook_delivery_of_partner", "partner_id", "added_at"),
    )
