"""What sites tell of a household reaches its open referrals at once: a withdrawn consent, a move, a closed file.

Nothing here depends on the order in which the events came: it compares the open referrals with what is known now.
"""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import update
from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.referrals.commands.acting import Acting
from services.referrals.commands.consents import active_consent
from services.referrals.commands.households import current_id
from services.referrals.commands.referrals import cancel
from services.referrals.commands.told import as_it_stands, tell, tell_how_it_ended
from services.referrals.domain.matching import serves
from services.referrals.domain.states import OPEN, OVER
from services.referrals.tables import DeletionRequest, KnownConsent, KnownHousehold, Offer, Partner, Referral
from shared.contracts.words import CancelCause, ClosingReason, District, LegalBasis

LOOKS_BACK = timedelta(days=30)
"""As long as a team may still ask somebody else (ours)."""

_CLOSED = {
    ClosingReason.MOVED_AWAY: CancelCause.MOVED_AWAY,
    ClosingReason.DECLINED: CancelCause.HOUSEHOLD_DECLINED,
}


async def follow_household(session: AsyncSession, by: Acting, household_id: UUID) -> None:
    """Its open referrals go on where the household is now, or end with what became of it."""
    household = await session.get(KnownHousehold, await current_id(session, household_id), populate_existing=True)
    if household is None or household.sequence == 0 or household.closed is ClosingReason.MERGED:
        return
    referrals = await _open(session, household.household_id)
    for referral in referrals:
        if household.closed is not None:
            await cancel(session, by, referral.id, _CLOSED.get(household.closed, CancelCause.FILE_CLOSED))
        elif not await _still_served(session, referral, household.district):
            await cancel(session, by, referral.id, CancelCause.MOVED_AWAY)
        else:
            await _go_along(session, by, referral, household)
    _mark_doubled(session, referrals)
    await session.flush()
    for referral in await _ended_elsewhere(session, by, household):
        await tell_how_it_ended(session, referral, household.site)
        waiting = update(DeletionRequest).where(
            col(DeletionRequest.referral_id) == referral.id, col(DeletionRequest.confirmed_at).is_(None)
        )
        await session.execute(waiting.values(site=household.site))


async def follow_consents(session: AsyncSession, by: Acting, household_id: UUID) -> None:
    """Open referrals that rest on a consent that is withdrawn end, unless another one allows them."""
    for referral in await _open(session, await current_id(session, household_id)):
        if referral.basis is not LegalBasis.CONSENT or referral.consent_id is None or referral.household_id is None:
            continue
        consent = await session.get(KnownConsent, referral.consent_id, populate_existing=True)
        if consent is None or consent.withdrawn_on is None:
            continue
        partner = await session.get_one(Partner, referral.partner_id)
        other = await active_consent(session, referral.household_id, referral.person_id, partner.slug)
        if other is None:
            await cancel(session, by, referral.id, CancelCause.CONSENT_WITHDRAWN)
        else:
            referral.consent_id = other.consent_id
            session.add(referral)
    await session.flush()


async def _open(session: AsyncSession, household_id: UUID) -> Sequence[Referral]:
    found = await session.exec(
        select(Referral)
        .where(Referral.household_id == household_id, col(Referral.state).in_(OPEN))
        .order_by(col(Referral.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return found.all()


async def _ended_elsewhere(session: AsyncSession, by: Acting, household: KnownHousehold) -> Sequence[Referral]:
    """What ended while the file was on its way, or lately: the site that has it now goes on with it."""
    found = await session.exec(
        select(Referral)
        .where(
            Referral.household_id == household.household_id,
            Referral.site != household.site,
            col(Referral.state).in_(OVER),
            or_(col(Referral.ended_at) >= by.now - LOOKS_BACK, col(Referral.grant_id).is_not(None)),
        )
        .order_by(col(Referral.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return found.all()


async def _still_served(session: AsyncSession, referral: Referral, district: District) -> bool:
    """Whether the offer serves the district in which the household lives now (ours); the same one was served before."""
    if referral.district == district:
        return True
    offer = await session.get(Offer, referral.offer_id)
    if offer is None:
        return True
    place = District(offer.district) if offer.district is not None else None
    return serves(frozenset(map(District, offer.districts)), place, district)


async def _go_along(session: AsyncSession, by: Acting, referral: Referral, household: KnownHousehold) -> None:
    if referral.district != household.district:
        referral.district, referral.moved = household.district, True
    if referral.site != household.site:
        # The new site opens the contact data again; it learns here of what it has taken over.
        referral.site = household.site
        session.add(referral)
        await session.flush()
        partner = await session.get_one(Partner, referral.partner_id)
        event, more = as_it_stands(referral)
        await tell(session, referral, partner, event, by.today, **more)
    session.add(referral)


def _mark_doubled(session: AsyncSession, referrals: Sequence[Referral]) -> None:
    """After a merge two may lead to one offer: the team decides which goes on."""
    going_on = [referral for referral in referrals if referral.state in OPEN]
    for referral in going_on:
        about = (referral.offer_id, referral.person_id)
        same = [other for other in going_on if (other.offer_id, other.person_id) == about]
        if referral.doubled != (doubled := len(same) > 1 and referral.original_household_id is not None):
            referral.doubled = doubled
            session.add(referral)
