"""A household's data is removed: every id (GDPR Art. 17). The figures of who helped how long stay."""

import structlog
from sqlalchemy import ARRAY, Uuid, bindparam, text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.volunteers.commands.acting import Acting
from services.volunteers.commands.mentorships import end_for, running_of
from services.volunteers.commands.requests import ahead_of, end_request
from services.volunteers.tables import KnownHousehold
from shared.contracts.common import ErasureAcknowledged
from shared.contracts.intake import HouseholdErased
from shared.contracts.words import AssignmentCancelReason, MentorshipEnd, Service
from shared.messaging import Received, outbox

log = structlog.get_logger(__name__)

_ids = bindparam("ids", type_=ARRAY(Uuid))
_FORGET = [
    text(statement).bindparams(_ids)
    for statement in (
        # What was answered to a call may name the family; the key stays, so that the call is still done once.
        "update idempotency set body = ''::bytea where body is not null and exists ("
        "select from unnest(:ids) as erased(id) where position(erased.id::text in encode(body, 'escape')) > 0)",
        "update assignment set feedback = null, site_feedback = null, grant_id = null, grant_site = null "
        "where request_id in (select id from help_request where household_id = any(:ids) "
        "or original_household_id = any(:ids))",
        "update help_request set household_id = null, original_household_id = null, visit_id = null, title = "
        "case when kind in ('interpreter', 'mentor') then null else 'gelöscht' end, "
        "origin_id = null where household_id = any(:ids) or original_household_id = any(:ids)",
        "update mentorship set household_id = null, original_household_id = null, referral_id = null, feedback = null, "
        "site_feedback = null, grant_id = null, grant_site = null "
        "where household_id = any(:ids) or original_household_id = any(:ids)",
        "delete from conflict where household_id = any(:ids) or original_household_id = any(:ids)",
        "delete from known_household where household_id = any(:ids)",
    )
]
_ERASED = text(
    "insert into erased_household (id, erasure_id, at) select id, :erasure_id, now() from unnest(:ids) as erased(id) "
    "on conflict do nothing"
).bindparams(_ids)


async def erase_household(session: AsyncSession, by: Acting, event: Received[HouseholdErased]) -> None:
    """Remove what is known of it, and say so to the site that asked. Asked again, it is acknowledged again.

    A site that is not in charge is refused: no other may erase a family.
    """
    erased = event.data
    gone = [erased.household_id, *erased.merged_household_ids]
    known = await session.get(KnownHousehold, erased.household_id, with_for_update=True)
    if known is not None and known.sequence > 0 and known.site != event.site:
        log.warning("erasure_refused", asked_by=event.site, erasure_id=str(erased.erasure_id))
        return
    for household_id in gone:
        for request in await ahead_of(session, household_id):
            await end_request(session, by, request, AssignmentCancelReason.ERASED)
        for mentorship in await running_of(session, household_id=household_id):
            await end_for(session, by, mentorship, MentorshipEnd.ERASED)
    await session.flush()
    ids = [*gone, *erased.person_ids]
    for statement in _FORGET:
        await session.execute(statement, {"ids": ids})
    await session.execute(_ERASED, {"ids": ids, "erasure_id": erased.erasure_id})
    session.expire_all()
    acknowledged = ErasureAcknowledged(
        erasure_id=erased.erasure_id, household_id=erased.household_id, site=event.site, service=Service.VOLUNTEERS
    )
    await outbox.add(session, acknowledged)
