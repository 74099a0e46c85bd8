"""Lists of referrals: a site's, or a partner's own."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.referrals.commands.acting import Acting
from services.referrals.tables import Partner, Referral
from shared.contracts.words import ReferralState
from shared.web.pagination import PageRequest
from shared.web.tokens import Role


async def list_referrals(
    session: AsyncSession, by: Acting, page: PageRequest, state: ReferralState | None, partner: str | None
) -> Sequence[Any]:
    """Referral and partner's slug, the newest first; one more than the page holds, if there are more."""
    query = select(Referral, Partner.slug).join(Partner)
    if by.role is Role.TEAM:
        query = query.where(Referral.site == by.site)
    else:
        query = query.where(Partner.slug == by.partner, Referral.state != ReferralState.DRAFT)
    if state is not None:
        query = query.where(Referral.state == state)
    if partner is not None:
        query = query.where(Partner.slug == partner)
    if (after := page.after(UUID)) is not None:
        query = query.where(col(Referral.id) < after[0])
    return (await session.exec(query.order_by(col(Referral.id).desc()).limit(page.limit + 1))).all()
