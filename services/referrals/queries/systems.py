"""What a partner's own system was sent, and which of its commands were refused."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Row
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.referrals.tables import Partner, PartnerAccess, RefusedCommand, ToldToPartner

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
