"""Which release of a site belongs to an assignment or a mentorship; the data itself stays with the site."""

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.volunteers.commands import mails
from services.volunteers.commands.acting import Acting
from services.volunteers.commands.assignments import cancel
from services.volunteers.commands.mails import MailKind
from services.volunteers.commands.mentorships import end_for
from services.volunteers.domain.asking import AssignmentState
from services.volunteers.tables import Assignment, HelpRequest, Mentorship, Volunteer
from shared.contracts.intake import GrantEnded
from shared.contracts.intake.agreements import Grant
from shared.contracts.words import AssignmentCancelReason, GrantEnd, MentorshipEnd, RecipientKind
from shared.messaging import Received


async def take_grant(session: AsyncSession, by: Acting, event: Received[Grant]) -> None:
    """A release was issued or has ended. The newest word counts, in whatever order the two come.

    Of a family that takes its consent back nobody comes any more: the assignment is called off with it.
    """
    told = event.data
    if told.recipient.kind is not RecipientKind.VOLUNTEER or told.assignment_id is None:
        return
    thing = await _locked(session, told)
    if thing is None or thing.volunteer_id != told.recipient.id or event.sequence <= thing.grant_sequence:
        return
    thing.grant_sequence = event.sequence
    session.add(thing)
    if isinstance(told, GrantEnded):
        if thing.grant_id in (None, told.grant_id):
            thing.grant_id = thing.grant_site = None
        await session.flush()
        if told.reason is GrantEnd.CONSENT_WITHDRAWN:
            await _not_wanted(session, by, thing)
        return
    thing.grant_id, thing.grant_site = told.grant_id, event.site
    await session.flush()
    over = thing.ended_on if isinstance(thing, Mentorship) else thing.ended_at
    if over is None:
        name = "mentorship_id" if isinstance(thing, Mentorship) else "assignment_id"
        volunteer = await session.get_one(Volunteer, thing.volunteer_id)
        await mails.write(session, MailKind.WHERE, volunteer, **{name: thing.id})


async def _locked(session: AsyncSession, told: Grant) -> Assignment | Mentorship | None:
    """The assignment or the mentorship: both go by the number under which the site was told of them."""
    request = await session.exec(
        select(HelpRequest)
        .join(Assignment, col(Assignment.request_id) == HelpRequest.id)
        .where(Assignment.id == told.assignment_id)
        .with_for_update(of=HelpRequest)
    )
    request.one_or_none()  # locked before the assignment, as everywhere
    assignment = await session.get(Assignment, told.assignment_id, with_for_update=True, populate_existing=True)
    if assignment is not None:
        return assignment
    return await session.get(Mentorship, told.assignment_id, with_for_update=True, populate_existing=True)


async def _not_wanted(session: AsyncSession, by: Acting, thing: Assignment | Mentorship) -> None:
    if isinstance(thing, Mentorship):
        if thing.ended_on is None:
            await end_for(session, by, thing, MentorshipEnd.HOUSEHOLD)
    elif thing.state is AssignmentState.ACCEPTED:
        await cancel(session, by, thing.id, AssignmentCancelReason.NOT_ALLOWED)
