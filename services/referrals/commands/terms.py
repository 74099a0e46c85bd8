"""The deadlines of referrals that wait for an answer, counted in working days around a partner's closures."""

from datetime import date, datetime
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.referrals.domain.deadlines import Terms, deadlines
from services.referrals.tables import Partner, PartnerClosure, Referral, ReferralStep
from shared.contracts.words import ReferralState
from shared.mail import links

ANSWER_LINK = "answer"
"""The kind of link with which a partner accepts or declines."""
DEFAULT = Terms(reminder=3, escalation=7, expiry=14)
"""Working days (ours); a partner may have its own."""


async def set_deadlines(session: AsyncSession, referral: Referral, partner: Partner, asked_at: datetime) -> None:
    """Set when the partner is reminded, the team takes it up, and the referral expires; what has fired stays so."""
    # Who announces a closure meanwhile waits, and then finds this referral.
    await session.exec(select(Partner.id).where(Partner.id == partner.id).with_for_update(read=True))
    when = deadlines(asked_at, terms_of(partner), await closures_of(session, partner.id))
    referral.remind_at = when.remind_at if referral.reminded_at is None else None
    referral.escalate_at = when.escalate_at if referral.escalated_at is None else None
    referral.expire_at = when.expire_at


async def reset_deadlines(session: AsyncSession, partner: Partner) -> None:
    """The partner's closures or terms have changed: count anew from when each was asked, as far as not fired."""
    waiting = await session.exec(
        select(Referral)
        .where(Referral.partner_id == partner.id, Referral.state == ReferralState.REQUESTED)
        .order_by(col(Referral.id))
        .with_for_update()
    )
    for referral in waiting.all():
        asked = select(ReferralStep.recorded_at).where(
            ReferralStep.referral_id == referral.id, col(ReferralStep.what).in_(("requested", "resumed"))
        )
        last = (await session.exec(asked.order_by(col(ReferralStep.id).desc()).limit(1))).one()
        await set_deadlines(session, referral, partner, last)
        if referral.expire_at is not None:  # who comes back from a closure finds the link in the mail still good
            await links.extend(session, ANSWER_LINK, "referral_id", referral.id, referral.expire_at)
        session.add(referral)
    await session.flush()


def terms_of(partner: Partner) -> Terms:
    """The partner's own working days, or everybody's."""
    return Terms(
        partner.reminder_days or DEFAULT.reminder,
        partner.escalation_days or DEFAULT.escalation,
        partner.expiry_days or DEFAULT.expiry,
    )


async def closures_of(session: AsyncSession, partner_id: UUID) -> list[tuple[date, date]]:
    """From when to when the partner is closed."""
    query = select(col(PartnerClosure.from_on), col(PartnerClosure.to_on)).where(
        PartnerClosure.partner_id == partner_id
    )
    return [(first, last) for first, last in await session.execute(query)]
