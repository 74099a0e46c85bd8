"""A household's personal data is removed: every id and every pseudonym (GDPR Art. 17).

The figures of its referrals stay, without anything that leads to somebody.
"""

from collections.abc import Sequence
from uuid import UUID

import structlog
from sqlalchemy import ARRAY, Uuid, bindparam, text
from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.referrals.commands import deletions
from services.referrals.commands.acting import Acting
from services.referrals.commands.referrals import cancel
from services.referrals.domain.states import OPEN
from services.referrals.tables import KnownHousehold, Partner, Referral
from shared.contracts.common import ErasureAcknowledged
from shared.contracts.intake import HouseholdErased
from shared.contracts.words import CancelCause, DeletionReason, ReferralState, Service
from shared.messaging import Received, outbox

log = structlog.get_logger(__name__)

_ids = bindparam("ids", type_=ARRAY(Uuid))
_theirs = bindparam("theirs", type_=ARRAY(Uuid))
_FORGET_IN_REFERRALS = [
    text(statement).bindparams(_theirs)
    for statement in (
        # What a partner has confirmed before is asked for no more; the pseudonym went with the data.
        "update deletion_request set person_ref = null where confirmed_at is not null and referral_id = any(:theirs)",
        "delete from referral_contact where referral_id = any(:theirs)",
        "delete from referral_appointment where referral_id = any(:theirs)",
        "delete from circle_referral where referral_id = any(:theirs)",
        "delete from ended_grant where referral_id = any(:theirs)",
        # That it is to delete, the partner must still hear.
        "delete from webhook_delivery where referral_id = any(:theirs) and event <> 'deletion-requested'",
        "delete from person_ref where id in (select person_ref from referral where id = any(:theirs))",
        "update referral set household_id = null, original_household_id = null, person_id = null, need_id = null, "
        "person_ref = null, consent_id = null, basis_reference = null, languages = '{}', times = '[]', "
        "grant_id = null, grant_site = null where id = any(:theirs)",
    )
]
_FORGET = [
    text(statement).bindparams(_ids)
    for statement in (
        # What was answered to a call may name the family; the key stays, so that the call is still done once.
        "update idempotency set body = ''::bytea where body is not null and exists ("
        "select from unnest(:ids) as erased(id) where position(erased.id::text in encode(body, 'escape')) > 0)",
        "delete from person_ref where household_id = any(:ids)",
        "delete from known_circle where household_id = any(:ids) or person_id = any(:ids)",
        "delete from known_need where household_id = any(:ids) or original_household_id = any(:ids)",
        "delete from known_consent where household_id = any(:ids) or original_household_id = any(:ids)",
        "delete from known_household where household_id = any(:ids)",
    )
]
_ERASED = text(
    "insert into erased_household (id, erasure_id, at) select id, :erasure_id, now() from unnest(:ids) as erased(id) "
    "on conflict do nothing"
).bindparams(_ids)


async def erase_household(session: AsyncSession, by: Acting, event: Received[HouseholdErased]) -> None:
    """Remove what is known of it, have the partners delete theirs, and say so to the site that asked.

    A site that is not in charge is refused: no other may erase a family. Asked again, it is acknowledged again.
    """
    erased = event.data
    households = [erased.household_id, *erased.merged_household_ids]
    # Who is sending a referral of it holds the row: the erasure waits, and then finds the referral.
    known = await session.get(KnownHousehold, erased.household_id, with_for_update=True)
    if known is not None and known.sequence > 0 and known.site != event.site:
        log.warning("erasure_refused", asked_by=event.site, erasure_id=str(erased.erasure_id))
        return
    theirs = await _end_referrals(session, by, households)
    for statement in _FORGET_IN_REFERRALS:
        await session.execute(statement, {"theirs": theirs})
    ids = [*households, *erased.person_ids]
    for statement in _FORGET:
        await session.execute(statement, {"ids": ids})
    await session.execute(_ERASED, {"ids": ids, "erasure_id": erased.erasure_id})
    acknowledged = ErasureAcknowledged(
        erasure_id=erased.erasure_id, household_id=erased.household_id, site=event.site, service=Service.REFERRALS
    )
    await outbox.add(session, acknowledged)


async def _end_referrals(session: AsyncSession, by: Acting, households: Sequence[UUID]) -> list[UUID]:
    theirs = await session.exec(
        select(Referral)
        .where(or_(col(Referral.household_id).in_(households), col(Referral.original_household_id).in_(households)))
        .order_by(col(Referral.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    referrals = theirs.all()
    ids = [referral.id for referral in referrals]
    for referral in referrals:
        if referral.state is ReferralState.DRAFT:
            await session.delete(referral)
            continue
        if referral.state in OPEN:
            await cancel(session, by, referral.id, CancelCause.ERASED)
        partner = await session.get_one(Partner, referral.partner_id)
        await deletions.ask(session, by, referral, partner, DeletionReason.ERASED)
    await session.flush()
    session.expire_all()
    return ids
