"""What a partner's own system was sent, and which of its commands were refused."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.referrals.tables import (
    Partner,
    PartnerAccess,
    RefusedCommand,
    ToldToPartner,
    Webhook,
    WebhookDelivery,
)

SHOWN = 50


async def access_of(session: AsyncSession, slug: str) -> PartnerAccess | None:
    """The entry of a partner's system; None if there never was one."""
    query = select(PartnerAccess).join(Partner).where(Partner.slug == slug)
    return (await session.exec(query)).one_or_none()


async def told(session: AsyncSession, slug: str) -> Sequence[Row[tuple[datetime, str, UUID | None]]]:
    """When what was sent to a partner about which referral, the newest first."""
    query = select(ToldToPartner.at, ToldToPartner.event, ToldToPartner.referral_id).join(Partner)
    newest = query.where(Partner.slug == slug).order_by(col(ToldToPartner.at).desc()).limit(SHOWN)
    return (await session.execute(newest)).all()


async def refused(session: AsyncSession, slug: str) -> Sequence[RefusedCommand]:
    """The partner's commands that were refused, the newest first."""
    query = select(RefusedCommand).join(Partner).where(Partner.slug == slug)
    return (await session.exec(query.order_by(col(RefusedCommand.id).desc()).limit(SHOWN))).all()


async def webhook_of(session: AsyncSession, slug: str) -> Webhook | None:
    """Where the partner wants to be told."""
    return (await session.exec(select(Webhook).join(Partner).where(Partner.slug == slug))).one_or_none()


async def deliveries(session: AsyncSession, slug: str) -> Sequence[Row[Any]]:
    """What was sent to the partner's webhook and how it went, the newest first; without what it says."""
    shown = (
        WebhookDelivery.event_id,
        WebhookDelivery.event,
        WebhookDelivery.referral_id,
        WebhookDelivery.state,
        WebhookDelivery.attempts,
        WebhookDelivery.answer,
        WebhookDelivery.added_at,
        WebhookDelivery.next_try_at,
        WebhookDelivery.settled_at,
    )
    query = select(*shown).join(Partner).where(Partner.slug == slug)  # type: ignore[call-overload]
    newest = query.order_by(col(WebhookDelivery.added_at).desc(), col(WebhookDelivery.event_id).desc()).limit(SHOWN)
    return list((await session.execute(newest)).all())
