"""After a change of somebody in the register: what a hard rule stands against by now ends, in the same transaction."""

from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.volunteers.commands.acting import Acting
from services.volunteers.commands.assignments import NOT_ALLOWED, recheck
from services.volunteers.commands.mentorships import end_for, running_of
from services.volunteers.domain.asking import STANDING
from services.volunteers.domain.matching import obstacles
from services.volunteers.domain.people import Helper
from services.volunteers.queries.helpers import helpers, wanted_of
from services.volunteers.queries.visible import volunteer_for
from services.volunteers.tables import Assignment, HelpRequest, Mentorship, Volunteer
from shared.contracts.words import MentorshipEnd


async def hold(session: AsyncSession, by: Acting, volunteer_id: UUID) -> Volunteer:
    """Lock a volunteer in the order in which answers do: what they were asked for first, then themselves.

    Raises `Missing` for one whom the one who acts does not see.
    """
    await volunteer_for(session, by, volunteer_id)
    standing = select(Assignment.request_id).where(
        Assignment.volunteer_id == volunteer_id, col(Assignment.state).in_(STANDING)
    )
    await session.exec(
        select(HelpRequest.id).where(col(HelpRequest.id).in_(standing)).order_by(col(HelpRequest.id)).with_for_update()
    )
    return await volunteer_for(session, by, volunteer_id, lock=True)


async def keep_rules(session: AsyncSession, by: Acting, volunteer_id: UUID) -> None:
    """A certificate, an undertaking, a conflict or what they help with has changed: end what may not be any more.

    Mentorships first, which close their requests; else calling off the yes would open these again.
    """
    await session.flush()
    by = by.everywhere()
    helper = (await helpers(session, by.now, ids=[volunteer_id])).get(volunteer_id)
    for mentorship in await running_of(session, volunteer_id=volunteer_id):
        if helper is None or await _may_not_be(session, by, helper, mentorship):
            await end_for(session, by, mentorship, MentorshipEnd.NOT_ALLOWED)
    await recheck(session, by, volunteer_id=volunteer_id)


async def _may_not_be(session: AsyncSession, by: Acting, helper: Helper, mentorship: Mentorship) -> bool:
    no_certificate = helper.certificate_until is None or helper.certificate_until < by.today
    if (mentorship.minors and no_certificate) or not helper.confidentiality:
        return True
    if mentorship.household_id in helper.conflicts:
        return True
    if mentorship.request_id is None:
        return False
    request = await session.get_one(HelpRequest, mentorship.request_id)
    return bool(NOT_ALLOWED & set(obstacles(helper, wanted_of(request), by.today)))
