"""Mentorships: a volunteer stands by one household (Patenschaft; report, 3.1a)."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.exc import DBAPIError
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.volunteers.commands import mails
from services.volunteers.commands.acting import Acting
from services.volunteers.commands.mails import MailKind
from services.volunteers.commands.told import tell_assignment, tell_mentorship, write_step
from services.volunteers.domain.asking import AssignmentState, Origin, RequestState
from services.volunteers.inputs import EndMentorship, NoteHours, SiteRating
from services.volunteers.tables import Assignment, HelpRequest, KnownHousehold, Mentorship, MentorshipHours, Volunteer
from shared.contracts import volunteers as events
from shared.contracts.words import MentorshipEnd
from shared.refusals import Conflict, Invalid, Missing


async def begin_mentorship(session: AsyncSession, by: Acting, request: HelpRequest, volunteer: Volunteer) -> Mentorship:
    """From today on the volunteer stands by the household. Raises `Conflict` where a rule is against it."""
    assert request.household_id is not None  # noqa: S101  (the database's guard: a mentor is for a household)
    household = await session.get(KnownHousehold, request.household_id, populate_existing=True)
    mentorship = Mentorship(
        volunteer_id=volunteer.id,
        household_id=request.household_id,
        original_household_id=request.original_household_id,
        request_id=request.id,
        referral_id=request.origin_id if request.origin is Origin.REFERRAL else None,
        site=request.site,
        district=request.district,
        organisation=volunteer.organisation,
        minors=request.minors or bool(household and household.minors > 0),
        started_on=by.today,
    )
    session.add(mentorship)
    try:
        async with session.begin_nested():
            await session.flush()
    except DBAPIError as error:  # the database's own guard
        raise Conflict("Diese Patenschaft kann nicht beginnen: es gibt sie schon, oder ein Nachweis fehlt.") from error
    await tell_mentorship(session, mentorship, events.MentorshipStarted, by.today)
    write_step(session, by, request.id, "mentorship_started", volunteer.id)
    return mentorship


async def mentorship_of(session: AsyncSession, by: Acting, mentorship_id: UUID) -> Mentorship:
    """A locked mentorship. Raises `Missing`, also for another site's team and for another volunteer."""
    found = await session.exec(
        select(Mentorship)
        .where(Mentorship.id == mentorship_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    mentorship = found.one_or_none()
    if (
        mentorship is None
        or (by.site is not None and mentorship.site != by.site)
        or (by.volunteer_id is not None and mentorship.volunteer_id != by.volunteer_id)
    ):
        raise Missing("Die Patenschaft")
    return mentorship


async def note_hours(session: AsyncSession, by: Acting, mentorship_id: UUID, noted: NoteHours) -> MentorshipHours:
    """So long the mentor was with the household on that day. Raises `Invalid` for days outside of the mentorship."""
    mentorship = await mentorship_of(session, by, mentorship_id)
    if noted.on > by.today:
        raise Invalid("on", "Der Tag liegt in der Zukunft.")
    if noted.on < mentorship.started_on or (mentorship.ended_on is not None and noted.on > mentorship.ended_on):
        raise Invalid("on", "An diesem Tag gab es die Patenschaft nicht.")
    hours = MentorshipHours(mentorship_id=mentorship.id, on_day=noted.on, minutes=noted.minutes)
    session.add(hours)
    await session.flush()
    return hours


async def end_mentorship(session: AsyncSession, by: Acting, mentorship_id: UUID, end: EndMentorship) -> Mentorship:
    """It ends, with a reason."""
    mentorship = await mentorship_of(session, by, mentorship_id)
    if mentorship.ended_on is not None:
        raise Conflict("Diese Patenschaft ist schon beendet.")
    if by.volunteer_id is not None:
        mentorship.rating, mentorship.feedback = end.rating, end.feedback
    else:
        mentorship.site_rating, mentorship.site_feedback = end.rating, end.feedback
    await end_for(session, by, mentorship, end.reason)
    return mentorship


async def end_for(session: AsyncSession, by: Acting, mentorship: Mentorship, reason: MentorshipEnd) -> None:
    """End a running mentorship; what was opened for it is closed by the site, which hears of it."""
    mentorship.ended_on, mentorship.end_reason = max(by.today, mentorship.started_on), reason
    session.add(mentorship)
    await session.flush()
    minutes = await minutes_of(session, mentorship.id)
    await mails.forget(session, "mentorship_id", mentorship.id)
    volunteer = await session.get_one(Volunteer, mentorship.volunteer_id)
    if by.volunteer_id is None:
        await mails.write(session, MailKind.MENTORSHIP_ENDED, volunteer, mentorship_id=mentorship.id)
    await tell_mentorship(
        session, mentorship, events.MentorshipEnded, mentorship.ended_on, reason=reason, minutes=minutes
    )
    await _close_request(session, by, mentorship)


async def rate_mentorship(session: AsyncSession, by: Acting, mentorship_id: UUID, rating: SiteRating) -> Mentorship:
    """How it was, after its end: by the volunteer on their page, or by the team."""
    mentorship = await mentorship_of(session, by, mentorship_id)
    if mentorship.ended_on is None:
        raise Conflict("Die Patenschaft läuft noch.")
    if by.volunteer_id is not None:
        mentorship.rating, mentorship.feedback = rating.rating, rating.feedback
    else:
        mentorship.site_rating, mentorship.site_feedback = rating.rating, rating.feedback
    session.add(mentorship)
    await session.flush()
    return mentorship


async def running_of(
    session: AsyncSession, *, household_id: UUID | None = None, volunteer_id: UUID | None = None
) -> Sequence[Mentorship]:
    """The running mentorships of a household or a volunteer, locked."""
    query = select(Mentorship).where(col(Mentorship.ended_on).is_(None)).order_by(col(Mentorship.id))
    if household_id is not None:
        query = query.where(Mentorship.household_id == household_id)
    if volunteer_id is not None:
        query = query.where(Mentorship.volunteer_id == volunteer_id)
    return (await session.exec(query.with_for_update().execution_options(populate_existing=True))).all()


async def minutes_of(session: AsyncSession, mentorship_id: UUID) -> int:
    """What the mentor has noted in all."""
    total = await session.exec(
        select(func.coalesce(func.sum(MentorshipHours.minutes), 0)).where(
            MentorshipHours.mentorship_id == mentorship_id
        )
    )
    return int(total.one())


async def _close_request(session: AsyncSession, by: Acting, mentorship: Mentorship) -> None:
    """The request from which it came is done; the assignment that was its yes ends with it."""
    if mentorship.request_id is None:
        return
    request = await session.get_one(HelpRequest, mentorship.request_id, with_for_update=True)
    if request.state is not RequestState.FILLED:
        return
    request.state, request.closed_at = RequestState.DONE, by.now
    session.add(request)
    found = await session.exec(
        select(Assignment).where(Assignment.request_id == request.id, Assignment.state == AssignmentState.ACCEPTED)
    )
    for assignment in found.all():
        assignment.state, assignment.minutes, assignment.ended_at = AssignmentState.COMPLETED, 0, by.now
        session.add(assignment)
        await session.flush()
        # Its hours are the mentorship's: counted there, and not once more here.
        await tell_assignment(session, request, assignment, events.AssignmentCompleted, by.today, minutes=0)
    write_step(session, by, request.id, "mentorship_ended", mentorship.volunteer_id)
    await session.flush()
