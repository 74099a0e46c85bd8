"""What becomes of requests and mentorships when a household changes, moves, is handed over or closed."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.volunteers.commands.acting import Acting
from services.volunteers.commands.assignments import recheck
from services.volunteers.commands.known import households
from services.volunteers.commands.mentorships import end_for, running_of
from services.volunteers.commands.requests import ahead_of, end_request
from services.volunteers.commands.told import tell_mentorship
from services.volunteers.domain.asking import Origin
from services.volunteers.tables import HelpRequest, KnownHousehold, Mentorship, Volunteer
from shared.contracts import volunteers as events
from shared.contracts.words import AssignmentCancelReason, ClosingReason, MentorshipEnd


async def follow_household(session: AsyncSession, by: Acting, household_id: UUID) -> None:
    """Bring what lies ahead of a household to what is known of it now; said again, it changes nothing."""
    current = await households.current_id(session, household_id)
    household = await session.get(KnownHousehold, current, populate_existing=True)
    if household is None or household.site == "":
        return
    if household.closed is not None and household.closed is not ClosingReason.MERGED:
        await _end_all(session, by, household)
        return
    for request in await ahead_of(session, current):
        await _keep_up(session, by, request, household)
    for mentorship in await running_of(session, household_id=current):
        await _go_along(session, by, mentorship, household)


async def _end_all(session: AsyncSession, by: Acting, household: KnownHousehold) -> None:
    for request in await ahead_of(session, household.household_id):
        await end_request(session, by, request, AssignmentCancelReason.WITHDRAWN)
    moved = household.closed is ClosingReason.MOVED_AWAY
    for mentorship in await running_of(session, household_id=household.household_id):
        await end_for(session, by, mentorship, MentorshipEnd.MOVED_AWAY if moved else MentorshipEnd.FILE_CLOSED)


async def _keep_up(session: AsyncSession, by: Acting, request: HelpRequest, household: KnownHousehold) -> None:
    """What the site itself wishes it tells anew after a move; the rest goes along to site and district."""
    if request.origin is not Origin.SITE:
        request.site, request.district = household.site, household.district
        request.neighbourhood = household.neighbourhood
    more_minors = household.minors > 0 and not request.minors
    request.minors = request.minors or household.minors > 0
    session.add(request)
    await session.flush()
    if more_minors:
        await recheck(session, by, request=request)


async def _go_along(session: AsyncSession, by: Acting, mentorship: Mentorship, household: KnownHousehold) -> None:
    """The mentor stays when the family moves within the city; the new site hears of the mentorship, and opens again."""
    if household.minors > 0 and not mentorship.minors and not await _has_certificate(session, by, mentorship):
        await end_for(session, by, mentorship, MentorshipEnd.NOT_ALLOWED)
        return
    mentorship.minors = mentorship.minors or household.minors > 0
    mentorship.district = household.district
    moved = mentorship.site != household.site
    mentorship.site = household.site
    session.add(mentorship)
    await session.flush()
    if moved:
        await tell_mentorship(session, mentorship, events.MentorshipStarted, mentorship.started_on)


async def _has_certificate(session: AsyncSession, by: Acting, mentorship: Mentorship) -> bool:
    volunteer = await session.get_one(Volunteer, mentorship.volunteer_id)
    return volunteer.certificate_due_on is not None and volunteer.certificate_due_on >= by.today
