"""A change of legal circle reaches the authority that is in charge from then on (report, §3.1b, §5; recommendation 1).

An authority's offer says for which circles it is there. Who comes into one of them is referred to it on a statutory
basis, once for each change, announced ones at once: the authority prepares, and answers with a contact person and an
appointment. Where no authority is in the network, nobody is told, and the desk tells it as before.
"""

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.referrals.commands.acting import Acting
from services.referrals.commands.households import current_id, is_erased
from services.referrals.commands.referrals import cancel, draft_referral, send_referral
from services.referrals.domain.matching import serves
from services.referrals.inputs import Basis, DraftReferral
from services.referrals.tables import (
    CircleReferral,
    KnownCircle,
    KnownHousehold,
    Offer,
    Partner,
    Referral,
    ReferralStep,
    Via,
)
from shared.contracts.intake import LegalCircleChanged
from shared.contracts.words import CancelCause, District, LegalBasis, PartnerKind, ReferralState, Topic
from shared.messaging import Received
from shared.web.german import day as in_german
from shared.web.words import word

LOOKS_BACK = timedelta(days=31)
"""Older changes are history: of these the authorities have heard long ago (ours)."""


async def take_circle(session: AsyncSession, event: Received[LegalCircleChanged]) -> None:
    """A person comes into a legal circle on a day; the newest word of that day counts, a second one corrects it."""
    data = event.data
    if await is_erased(session, data.household_id, data.person_id):
        return
    values = {"household_id": data.household_id, "circle": data.to, "sequence": event.sequence}
    row = insert(KnownCircle).values(person_id=data.person_id, on_day=data.on, **values)
    newest = or_(
        col(KnownCircle.household_id) != row.excluded.household_id, col(KnownCircle.sequence) < row.excluded.sequence
    )
    await session.execute(row.on_conflict_do_update(index_elements=["person_id", "on_day"], set_=values, where=newest))


async def refer_by_circle(session: AsyncSession, now: datetime, household_id: UUID) -> None:
    """Ask the authorities that its people's changes lead to; take back what a change before has led to."""
    changes = await session.exec(
        select(KnownCircle)
        .where(KnownCircle.household_id == household_id)
        .order_by(col(KnownCircle.person_id), col(KnownCircle.on_day))
    )
    for change in changes.all():
        household = await session.get(KnownHousehold, await current_id(session, change.household_id))
        if household is None or household.sequence == 0 or household.closed is not None:
            continue  # not known here yet: its next event asks again
        by = Acting("lokal willkommen", None, household.site, None, now, Via.EVENT)
        await _take_back(session, by, change)
        if change.on_day < by.today - LOOKS_BACK:
            continue
        for offer in await _in_charge(session, change, household.district):
            await _refer(session, by, change, household, offer)


async def _in_charge(session: AsyncSession, change: KnownCircle, district: District) -> list[Offer]:
    """The authorities' offers for this circle that are there for the district."""
    found = await session.exec(
        select(Offer)
        .join(Partner)
        .where(
            Partner.kind == PartnerKind.AUTHORITY,
            col(Partner.active),
            col(Offer.withdrawn_on).is_(None),
            col(Offer.for_circles).contains([change.circle.value]),
        )
        .order_by(col(Offer.id))
    )
    return [offer for offer in found.all() if _serves(offer, district)]


def _serves(offer: Offer, district: District) -> bool:
    place = District(offer.district) if offer.district is not None else None
    return serves(frozenset(map(District, offer.districts)), place, district)


async def _refer(
    session: AsyncSession, by: Acting, change: KnownCircle, household: KnownHousehold, offer: Offer
) -> None:
    key = (change.person_id, change.circle, change.on_day, offer.id)
    before = await session.get(CircleReferral, key, populate_existing=True)
    if before is not None and not await _was_taken_back(session, before.referral_id):
        return
    wanted = DraftReferral(
        household_id=household.household_id,
        person_id=change.person_id,
        topic=Topic.APPLICATION_HELP,
        offer_id=offer.id,
        legal_basis=Basis(kind=LegalBasis.STATUTORY, reference=_reference(change.circle.value, change.on_day)),
    )
    draft = await draft_referral(session, by, wanted)
    referral = await send_referral(session, by, draft.id)
    if before is not None:
        before.referral_id = referral.id
        session.add(before)
        await session.flush()
        return
    session.add(
        CircleReferral(
            person_id=change.person_id,
            circle=change.circle,
            on_day=change.on_day,
            offer_id=offer.id,
            referral_id=referral.id,
        )
    )
    await session.flush()


async def _was_taken_back(session: AsyncSession, referral_id: UUID) -> bool:
    """The service itself has cancelled it: a correction, a move; what the team cancels stays so."""
    found = await session.exec(
        select(ReferralStep.id).where(
            ReferralStep.referral_id == referral_id, ReferralStep.what == "cancelled", ReferralStep.via == Via.EVENT
        )
    )
    return found.first() is not None


async def _take_back(session: AsyncSession, by: Acting, change: KnownCircle) -> None:
    """The change was corrected: what was asked for another circle on that day and not answered is taken back."""
    unanswered = or_(col(Referral.state) == ReferralState.REQUESTED, col(Referral.held_from) == ReferralState.REQUESTED)
    former = await session.exec(
        select(Referral)
        .join(CircleReferral, col(CircleReferral.referral_id) == Referral.id)
        .where(
            CircleReferral.person_id == change.person_id,
            CircleReferral.on_day == change.on_day,
            CircleReferral.circle != change.circle,
            unanswered,
        )
        .order_by(col(Referral.id))
        .with_for_update(of=Referral)
        .execution_options(populate_existing=True)
    )
    for referral in former.all():
        await cancel(session, by, referral.id, CancelCause.SENDER)


def _reference(circle: str, on: date) -> str:
    return f"Wechsel des Rechtskreises zum {in_german(on)}: {word(circle, 'LegalCircle')}"
