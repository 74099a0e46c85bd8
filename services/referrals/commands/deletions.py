"""What is over, a partner is to delete, and says so: asked for until it did (GDPR Art. 17, 19)."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.referrals.commands import mails
from services.referrals.commands.acting import Acting
from services.referrals.commands.told import tell_partner
from services.referrals.domain.states import OPEN
from services.referrals.tables import DeletionRequest, Partner, PersonRef, Referral
from shared.contracts.referrals import DeletionConfirmed, DeletionRequested
from shared.contracts.words import CancelReason, DeletionReason
from shared.messaging import outbox
from shared.refusals import Missing
from shared.web.tokens import Role

REMINDED_EVERY = timedelta(days=7)
_BECAUSE = {
    CancelReason.CONSENT_WITHDRAWN.value: DeletionReason.CONSENT_WITHDRAWN,
    CancelReason.MOVED_AWAY.value: DeletionReason.MOVED_AWAY,
}


async def ask(
    session: AsyncSession, by: Acting, referral: Referral, partner: Partner, because: DeletionReason | None = None
) -> None:
    """Ask the partner to delete what it has about the referral's person; of somebody without a file it has nothing.

    A partner that helps the same person in another referral is asked when the last of them is over, unless the person
    is erased.
    """
    if referral.person_ref is None:
        return
    if because is not DeletionReason.ERASED and await still_helped(session, [referral.person_ref]):
        return
    reason = because or _BECAUSE.get(referral.reason or "", DeletionReason.OVER)
    row = insert(DeletionRequest).values(
        id=DeletionRequest.model_fields["id"].default_factory(),  # type: ignore[misc, call-arg]
        referral_id=referral.id,
        partner_id=partner.id,
        site=referral.site,
        person_ref=referral.person_ref,
        reason=reason,
        asked_at=by.now,
        remind_at=by.now + REMINDED_EVERY,
    )
    made = await session.execute(
        row.on_conflict_do_update(
            constraint="uq_deletion_request_referral_id_person_ref",
            set_={"reason": reason},
            where=col(DeletionRequest.confirmed_at).is_(None) & (col(DeletionRequest.reason) != reason),
        ).returning(col(DeletionRequest.id))
    )
    if (deletion_id := made.scalar_one_or_none()) is not None:
        request = await session.get_one(DeletionRequest, deletion_id, populate_existing=True)
        await tell(session, by, request, referral, partner)


async def still_helped(session: AsyncSession, person_refs: Sequence[UUID]) -> set[UUID]:
    """Those whom their partner helps in an open referral. Two that end at once wait here for each other."""
    await session.exec(
        select(PersonRef.id).where(col(PersonRef.id).in_(person_refs)).order_by(col(PersonRef.id)).with_for_update()
    )
    helped = await session.exec(
        select(Referral.person_ref).where(col(Referral.person_ref).in_(person_refs), col(Referral.state).in_(OPEN))
    )
    return {person_ref for person_ref in helped.all() if person_ref is not None}


async def tell(
    session: AsyncSession, by: Acting, request: DeletionRequest, referral: Referral, partner: Partner
) -> None:
    """Say that it is asked for: to our services, and to the partner."""
    ours, copy = pair(request, partner, by.today)
    await outbox.add(session, ours)
    await tell_partner(session, referral, partner, copy)
    await mails.about_deletions(session, [request], by.now)


def pair(request: DeletionRequest, partner: Partner, on: date) -> tuple[DeletionRequested, DeletionRequested]:
    """The event and the partner's copy of it."""
    common = {
        "deletion_id": request.id,
        "referral_id": request.referral_id,
        "site": request.site,
        "partner": partner.slug,
        "on": on,
        "reason": request.reason,
    }
    return DeletionRequested(**common), DeletionRequested(**common, person_ref=request.person_ref)


async def confirm(session: AsyncSession, by: Acting, deletion_id: UUID) -> DeletionRequest:
    """The partner has deleted it. Said twice, it counts once."""
    request = await session.get(DeletionRequest, deletion_id, with_for_update=True)
    partner = await session.get(Partner, request.partner_id) if request else None
    if request is None or partner is None or not _is_theirs(by, request, partner):
        raise Missing("Die Löschbitte")
    if request.confirmed_at is None:
        request.confirmed_at, request.confirmed_by, request.remind_at = by.now, by.who, None
        await mails.forget(session, "deletion_id", [request.id])
        if request.reason is DeletionReason.ERASED:
            request.person_ref = None  # it was kept for the asking alone
        session.add(request)
        await session.flush()
        await outbox.add(
            session,
            DeletionConfirmed(
                deletion_id=request.id,
                referral_id=request.referral_id,
                site=request.site,
                partner=partner.slug,
                on=by.today,
                reason=request.reason,
            ),
        )
    return request


def _is_theirs(by: Acting, request: DeletionRequest, partner: Partner) -> bool:
    return by.partner == partner.slug if by.role is not Role.TEAM else by.site == request.site


async def open_requests(session: AsyncSession, by: Acting) -> Sequence[tuple[DeletionRequest, str]]:
    """What partners have not confirmed yet: a partner's own, or a site's; the longest asked first."""
    query = (
        select(DeletionRequest, Partner.slug)
        .join(Partner)
        .where(
            col(DeletionRequest.confirmed_at).is_(None),
            DeletionRequest.site == by.site if by.role is Role.TEAM else Partner.slug == by.partner,
        )
        .order_by(col(DeletionRequest.asked_at), col(DeletionRequest.id))
        .limit(500)
    )
    return (await session.exec(query)).all()
