"""What the pages of one referral, and of one partner, show."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.referrals.tables import (
    DeletionRequest,
    KnownConsent,
    Offer,
    Partner,
    Referral,
    ReferralAppointment,
    ReferralContact,
    ReferralStep,
)
from shared.contracts.words import Purpose, ReferralState
from shared.refusals import Missing

SHOWN_AFTER_THE_END = timedelta(days=30)
"""So long a partner's page shows what is over (ours)."""
_GOING_ON = (ReferralState.ACCEPTED, ReferralState.IN_PROGRESS, ReferralState.ON_HOLD)


@dataclass(frozen=True, slots=True)
class ReferralFile:
    """One referral with all that stands on its page."""

    referral: Referral
    partner: Partner
    offer: Offer | None
    steps: Sequence[ReferralStep]
    successor: UUID | None
    deletions: Sequence[DeletionRequest]
    contact: ReferralContact | None = None
    appointments: Sequence[ReferralAppointment] = ()


@dataclass(frozen=True, slots=True)
class OwnRow:
    """One line of a partner's page."""

    referral: Referral
    title: str | None


@dataclass(frozen=True, slots=True)
class OwnReferrals:
    """A partner's referrals: what it has not answered, what goes on, what is over, and what it is to delete."""

    waiting: Sequence[OwnRow]
    going_on: Sequence[OwnRow]
    over: Sequence[OwnRow]
    to_delete: int


async def referral_file(session: AsyncSession, referral: Referral) -> ReferralFile:
    """What stands on the page of a referral that the caller may see."""
    partner = (await session.exec(select(Partner).where(Partner.id == referral.partner_id))).one()
    offer = None
    if referral.offer_id is not None:
        offer = (await session.exec(select(Offer).where(Offer.id == referral.offer_id))).one_or_none()
    steps = select(ReferralStep).where(ReferralStep.referral_id == referral.id).order_by(col(ReferralStep.id).desc())
    deletions = select(DeletionRequest).where(DeletionRequest.referral_id == referral.id)
    successor = await session.exec(select(Referral.id).where(Referral.replaces == referral.id))
    contact, appointments = await answer_of(session, referral.id)
    return ReferralFile(
        referral=referral,
        partner=partner,
        offer=offer,
        steps=(await session.exec(steps)).all(),
        successor=successor.one_or_none(),
        deletions=(await session.exec(deletions)).all(),
        contact=contact,
        appointments=appointments,
    )


async def answer_of(
    session: AsyncSession, referral_id: UUID
) -> tuple[ReferralContact | None, Sequence[ReferralAppointment]]:
    """With whom the family meets at the partner, and when."""
    appointments = select(ReferralAppointment).where(ReferralAppointment.referral_id == referral_id)
    found = await session.exec(appointments.order_by(col(ReferralAppointment.at)))
    return await session.get(ReferralContact, referral_id), found.all()


async def own_referrals(session: AsyncSession, partner: str, now: datetime, limit: int = 200) -> OwnReferrals:
    """A partner's own referrals, the longest waiting first. Raises `Missing` for an account without a partner."""
    partner_id = await partner_named(session, partner)
    query = (
        select(Referral, Offer.title)
        .outerjoin(Offer, col(Offer.id) == Referral.offer_id)
        .where(Referral.partner_id == partner_id)
        .limit(limit)
    )
    by_age = (col(Referral.requested_at), col(Referral.id))
    waiting = query.where(Referral.state == ReferralState.REQUESTED).order_by(*by_age)
    going_on = query.where(col(Referral.state).in_(_GOING_ON)).order_by(*by_age)
    over = query.where(
        col(Referral.ended_at) >= now - SHOWN_AFTER_THE_END, col(Referral.requested_at).is_not(None)
    ).order_by(col(Referral.ended_at).desc(), col(Referral.id))
    open_requests = select(DeletionRequest.id).where(
        DeletionRequest.partner_id == partner_id, col(DeletionRequest.confirmed_at).is_(None)
    )
    return OwnReferrals(
        waiting=await _own_rows(session, waiting),
        going_on=await _own_rows(session, going_on),
        over=await _own_rows(session, over),
        to_delete=len((await session.exec(open_requests)).all()),
    )


async def _own_rows(session: AsyncSession, query: Any) -> list[OwnRow]:
    return [OwnRow(referral, title and title["de"]) for referral, title in await session.exec(query)]


async def open_deletions(session: AsyncSession, partner: str) -> Sequence[tuple[DeletionRequest, Referral]]:
    """What a partner is still to delete, the longest asked first."""
    query = (
        select(DeletionRequest, Referral)
        .join(Referral, col(Referral.id) == DeletionRequest.referral_id)
        .where(
            DeletionRequest.partner_id == await partner_named(session, partner),
            col(DeletionRequest.confirmed_at).is_(None),
        )
        .order_by(col(DeletionRequest.asked_at), col(DeletionRequest.id))
    )
    return (await session.exec(query)).all()


async def partner_named(session: AsyncSession, slug: str) -> UUID:
    """The id of a partner. Raises `Missing` where nobody has this name."""
    found = (await session.exec(select(Partner.id).where(Partner.slug == slug))).one_or_none()
    if found is None:
        raise Missing("Der Partner")
    return found


async def partner_names(session: AsyncSession, slugs: Collection[str]) -> dict[str, str]:
    """The names of partners by their slugs."""
    query = select(Partner.slug, Partner.name).where(col(Partner.slug).in_(slugs))
    return dict((await session.exec(query)).all())


async def consented_to(session: AsyncSession, household_id: UUID, person_id: UUID | None) -> frozenset[str]:
    """The partners and authorities to which this household, or this person of it, may be referred by consent."""
    query = select(KnownConsent.recipient_slug, KnownConsent.person_id).where(
        KnownConsent.household_id == household_id,
        KnownConsent.purpose == Purpose.REFERRAL,
        col(KnownConsent.given_on).is_not(None),
        col(KnownConsent.withdrawn_on).is_(None),
        col(KnownConsent.recipient_slug).is_not(None),
    )
    return frozenset(slug for slug, of_person in await session.exec(query) if slug and of_person in (None, person_id))
