"""Asking volunteers and what becomes of it: yes, no, no answer, called off, done (report, 3.1a).

The request is locked first, then the volunteer: whoever answers, asks or withdraws at the same moment waits.
"""

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.exc import DBAPIError
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.volunteers.commands import mails
from services.volunteers.commands.acting import Acting
from services.volunteers.commands.mails import MailKind
from services.volunteers.commands.mentorships import begin_mentorship
from services.volunteers.commands.told import tell_assignment, write_step
from services.volunteers.domain.asking import (
    REST,
    STANDING,
    STRAINED,
    AssignmentState,
    RequestState,
    VolunteerState,
    answer_by,
)
from services.volunteers.domain.matching import Obstacle, Reason, obstacles, rank
from services.volunteers.domain.words import why_not
from services.volunteers.inputs import HowItWas, SiteRating
from services.volunteers.queries.helpers import helpers, wanted_of
from services.volunteers.tables import Assignment, HelpRequest, Volunteer, WeeklyBlock
from shared.contracts import volunteers as events
from shared.contracts.words import (
    AssignmentCancelReason,
    AssignmentDeclineReason,
    VolunteerKind,
    Weekday,
)
from shared.days import BERLIN, day_of
from shared.refusals import Conflict, Missing

_ANSWERS_LATE = frozenset({Obstacle.ASKED_ENOUGH, Obstacle.RESTING, Obstacle.REFUSED_TIME, Obstacle.PAUSED})
"""Rules about being asked: who was asked before may still say yes."""
_WEEKDAYS = tuple(Weekday)


async def ask(
    session: AsyncSession,
    by: Acting,
    request_id: UUID,
    volunteer_id: UUID,
    hours: float,
    reasons: tuple[Reason, ...] = (),
) -> Assignment:
    """Ask one volunteer. Raises `Conflict` where a hard rule stands against it, or they were asked before."""
    request = await _request(session, by, request_id)
    if request.state is RequestState.SUGGESTED:
        raise Conflict("Bitte zuerst entscheiden, ob für diesen Vorschlag jemand gesucht wird.")
    if request.state is not RequestState.OPEN:
        raise Conflict("Für diese Anfrage wird niemand mehr gesucht.")
    if request.starts_at is not None and request.starts_at <= by.now:
        raise Conflict("Der Termin hat schon begonnen.")
    volunteer = await _volunteer(session, volunteer_id)
    if await _was_asked(session, request, volunteer_id):
        raise Conflict("Diese Person ist dafür schon gefragt worden.")
    known = await helpers(session, by.now, ids=[volunteer_id], organisation=request.organisation)
    if volunteer_id not in known:
        raise Conflict("Diese Person gehört nicht zu dem Verein, der die Vermittlung angenommen hat.")
    if against := obstacles(known[volunteer_id], wanted_of(request), by.today):
        raise Conflict(f"Diese Person kann nicht gefragt werden: {why_not(against)}.")
    assignment = Assignment(
        request_id=request.id,
        volunteer_id=volunteer_id,
        kind=request.kind,
        starts_at=request.starts_at,
        ends_at=request.ends_at,
        reasons=[reason.value for reason in reasons],
        asked_at=by.now,
        asked_by=by.who,
        answer_by=answer_by(by.now, request.starts_at, hours),
    )
    session.add(assignment)
    request.ask_at = None
    session.add(request)
    await session.flush()
    await mails.write(session, MailKind.ASKED, volunteer, assignment_id=assignment.id)
    await tell_assignment(session, request, assignment, events.AssignmentOffered, by.today)
    write_step(session, by, request.id, "asked", volunteer_id)
    return assignment


async def ask_next(session: AsyncSession, by: Acting, request: HelpRequest, hours: float) -> Assignment | None:
    """Ask the best of those who were not asked yet; None if there is nobody left, which the team then sees.

    Only who can be asked by mail: the others the team calls.
    """
    asked = await _asked_ids(session, request)
    known = await helpers(session, by.now, organisation=request.organisation, asked_is_busy=True)
    with_mail = await session.exec(
        select(Volunteer.id).where(col(Volunteer.id).in_(known), col(Volunteer.email).is_not(None))
    )
    candidates = [known[volunteer_id] for volunteer_id in with_mail.all()]
    for proposal in rank(candidates, wanted_of(request, asked), by.today):
        try:
            async with session.begin_nested():
                return await ask(session, by, request.id, proposal.helper_id, hours, proposal.reasons)
        except Conflict:
            continue  # something has changed since it was read: the next one
    request.ask_at = None
    session.add(request)
    write_step(session, by, request.id, "nobody_left")
    await session.flush()
    return None


async def accept(session: AsyncSession, by: Acting, assignment_id: UUID) -> Assignment:
    """The volunteer comes. Raises `Conflict` if it is settled already or a hard rule stands against it by now."""
    request, assignment, volunteer = await _locked(session, by, assignment_id)
    if assignment.state is AssignmentState.ACCEPTED:
        return assignment
    if assignment.state is not AssignmentState.OFFERED or request.state is not RequestState.OPEN:
        raise Conflict("Diese Anfrage hat sich inzwischen erledigt.")
    if request.starts_at is not None and request.starts_at <= by.now:
        raise Conflict("Der Termin hat schon begonnen.")
    known = await helpers(session, by.now, ids=[volunteer.id], without=assignment.id)
    against = [
        obstacle
        for obstacle in (obstacles(known[volunteer.id], wanted_of(request), by.today) if volunteer.id in known else ())
        if obstacle not in _ANSWERS_LATE
    ]
    if volunteer.id not in known or against:
        raise Conflict(f"Das geht leider nicht mehr: {why_not(against) or 'nicht mehr im Verzeichnis'}.")
    assignment.state, assignment.answer_by = AssignmentState.ACCEPTED, None
    assignment.answered_at, assignment.answered_via = by.now, by.via
    session.add(assignment)
    try:
        async with session.begin_nested():
            await session.flush()
    except DBAPIError as error:  # the database's own guard: two answers in the same moment
        raise Conflict("Das geht leider nicht mehr: zu dieser Zeit ist schon etwas zugesagt.") from error
    request.state, request.filled_at, request.ask_at = RequestState.FILLED, by.now, None
    session.add(request)
    await session.flush()
    await _not_needed(session, by, request, but=assignment.id)
    waited = max(timedelta(), by.now - request.created_at)
    await tell_assignment(
        session,
        request,
        assignment,
        events.AssignmentAccepted,
        by.today,
        minutes_to_match=int(waited.total_seconds() // 60),
    )
    write_step(session, by, request.id, "accepted", volunteer.id)
    if request.kind is VolunteerKind.MENTOR:
        await begin_mentorship(session, by, request, volunteer)
    return assignment


async def decline(
    session: AsyncSession, by: Acting, assignment_id: UUID, *, not_such_times: bool = False
) -> Assignment:
    """The volunteer does not come; with `not_such_times` they are not asked for that time of the week again."""
    request, assignment, _ = await _locked(session, by, assignment_id)
    if assignment.state is AssignmentState.ACCEPTED:
        return await cancel(session, by, assignment_id, AssignmentCancelReason.VOLUNTEER)
    if assignment.state is not AssignmentState.OFFERED:
        raise Conflict("Diese Anfrage hat sich inzwischen erledigt.")
    reason = AssignmentDeclineReason.NO
    if not_such_times and assignment.starts_at is not None and assignment.ends_at is not None:
        reason = AssignmentDeclineReason.NOT_AT_SUCH_TIMES
        _keep_free(session, assignment.volunteer_id, assignment.starts_at, assignment.ends_at)
    assignment.answered_at, assignment.answered_via = by.now, by.via
    await _decline(session, by, request, assignment, reason)
    await _go_on(session, by, request)
    return assignment


async def no_answer(session: AsyncSession, by: Acting, assignment: Assignment) -> None:
    """The time to answer is over: the next one is asked. It is not their no."""
    request = await _request(session, by, assignment.request_id)
    await session.refresh(assignment, with_for_update=True)
    if assignment.state is not AssignmentState.OFFERED:
        return
    await _decline(session, by, request, assignment, AssignmentDeclineReason.NO_ANSWER)
    await _go_on(session, by, request)


async def cancel(session: AsyncSession, by: Acting, assignment_id: UUID, reason: AssignmentCancelReason) -> Assignment:
    """What was accepted does not take place. Where the volunteer cannot come, another one is looked for."""
    request, assignment, _ = await _locked(session, by, assignment_id)
    if assignment.state is not AssignmentState.ACCEPTED:
        raise Conflict("Dieser Einsatz ist nicht mehr offen.")
    await _cancel(session, by, request, assignment, reason)
    if request.state is RequestState.FILLED:
        if reason is AssignmentCancelReason.DID_NOT_TAKE_PLACE:
            request.state, request.closed_at = RequestState.UNFILLED, by.now
        else:
            request.state, request.filled_at = RequestState.OPEN, None
            await _go_on(session, by, request)
        session.add(request)
        await session.flush()
    return assignment


async def complete(session: AsyncSession, by: Acting, assignment_id: UUID, how: HowItWas) -> Assignment:
    """The volunteer was there; said again, it is corrected. A hard one lets them rest, and the team is told to call."""
    request, assignment, volunteer = await _locked(session, by, assignment_id)
    if assignment.state not in (AssignmentState.ACCEPTED, AssignmentState.COMPLETED) or assignment.starts_at is None:
        raise Conflict("Nur ein zugesagter Einsatz kann abgeschlossen werden.")
    if assignment.starts_at > by.now:
        raise Conflict("Der Einsatz hat noch nicht begonnen.")
    before = (assignment.state, assignment.minutes)
    assignment.state = AssignmentState.COMPLETED
    assignment.minutes = how.minutes
    assignment.ended_at = assignment.ended_at or by.now
    for name in ("rating", "strain", "feedback"):
        if getattr(how, name) is not None:
            setattr(assignment, name, getattr(how, name))
    session.add(assignment)
    request.state, request.closed_at = RequestState.DONE, request.closed_at or by.now
    session.add(request)
    await session.flush()
    if how.strain is not None and how.strain >= STRAINED:
        volunteer.resting_until = max(volunteer.resting_until or date.min, by.today + REST)
        volunteer.call_since = volunteer.call_since or by.now
        session.add(volunteer)
    if before != (assignment.state, assignment.minutes):
        await _tell_completed(session, by, request, assignment)
        write_step(session, by, request.id, "completed", volunteer.id)
    return assignment


async def complete_visit(session: AsyncSession, by: Acting, visit_id: UUID, at: datetime | None) -> None:
    """A first visit was made: whoever had promised to interpret was there, as long as planned until they say more."""
    found = await session.exec(
        select(Assignment.id)
        .join(HelpRequest, col(HelpRequest.id) == Assignment.request_id)
        .where(HelpRequest.visit_id == visit_id, Assignment.state == AssignmentState.ACCEPTED)
    )
    for assignment_id in found.all():
        request, assignment, volunteer = await _locked(session, by, assignment_id)
        if (
            assignment.state is not AssignmentState.ACCEPTED
            or assignment.starts_at is None
            or assignment.ends_at is None
        ):
            continue
        if at is not None and abs(at - assignment.starts_at) > timedelta(days=1):
            continue  # it was made at another time, without them
        assignment.state, assignment.ended_at = AssignmentState.COMPLETED, by.now
        assignment.minutes = int((assignment.ends_at - assignment.starts_at).total_seconds() // 60)
        request.state, request.closed_at = RequestState.DONE, by.now
        session.add(assignment)
        session.add(request)
        await session.flush()
        await _tell_completed(session, by, request, assignment)
        write_step(session, by, request.id, "completed", volunteer.id)


async def rate_by_site(session: AsyncSession, by: Acting, assignment_id: UUID, rating: SiteRating) -> Assignment:
    """How the team has found it: whether the two fitted."""
    _, assignment, _ = await _locked(session, by, assignment_id)
    if assignment.state is not AssignmentState.COMPLETED:
        raise Conflict("Nur ein abgeschlossener Einsatz kann bewertet werden.")
    assignment.site_rating, assignment.site_feedback = rating.rating, rating.feedback
    session.add(assignment)
    await session.flush()
    return assignment


async def end_standing(session: AsyncSession, by: Acting, request: HelpRequest, reason: AssignmentCancelReason) -> None:
    """Whoever was asked for a request, or has said yes, is told that it is settled."""
    await _not_needed(session, by, request)
    for assignment in await _of(session, request, AssignmentState.ACCEPTED):
        await _cancel(session, by, request, assignment, reason)


async def recheck(
    session: AsyncSession, by: Acting, *, request: HelpRequest | None = None, volunteer_id: UUID | None = None
) -> None:
    """A certificate, a conflict or a household has changed: what a hard rule stands against by now is called off."""
    query = select(Assignment).where(col(Assignment.state).in_(STANDING)).order_by(col(Assignment.id))
    query = (
        query.where(Assignment.request_id == request.id)
        if request
        else query.where(Assignment.volunteer_id == volunteer_id)
    )
    for assignment in (await session.exec(query)).all():
        theirs = await _request(session, by, assignment.request_id)
        known = await helpers(session, by.now, ids=[assignment.volunteer_id], without=assignment.id)
        helper = known.get(assignment.volunteer_id)
        against = set(obstacles(helper, wanted_of(theirs), by.today)) if helper else {Obstacle.KIND}
        if not against & NOT_ALLOWED:
            continue
        if assignment.state is AssignmentState.OFFERED:
            await _decline(session, by, theirs, assignment, AssignmentDeclineReason.OVERTAKEN)
            await _go_on(session, by, theirs)
        else:
            await cancel(session, by, assignment.id, AssignmentCancelReason.NOT_ALLOWED)


NOT_ALLOWED = frozenset(
    {Obstacle.KIND, Obstacle.CERTIFICATE, Obstacle.CONFIDENTIALITY, Obstacle.CONFLICT, Obstacle.WOMAN}
)
"""What may not be, however it was agreed before; other times and districts are theirs to arrange."""


async def _request(session: AsyncSession, by: Acting, request_id: UUID) -> HelpRequest:
    found = await session.exec(
        select(HelpRequest)
        .where(HelpRequest.id == request_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    request = found.one_or_none()
    if request is None or (by.site is not None and request.site != by.site):
        raise Missing("Die Anfrage")
    return request


async def _volunteer(session: AsyncSession, volunteer_id: UUID) -> Volunteer:
    found = await session.exec(
        select(Volunteer)
        .where(Volunteer.id == volunteer_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    volunteer = found.one_or_none()
    if volunteer is None or volunteer.state is not VolunteerState.ACTIVE:
        raise Conflict("Diese Person hilft zurzeit nicht mit.")
    return volunteer


async def _locked(session: AsyncSession, by: Acting, assignment_id: UUID) -> tuple[HelpRequest, Assignment, Volunteer]:
    """The assignment with its request and volunteer; one of another site, or of another volunteer, is `Missing`."""
    known = await session.get(Assignment, assignment_id)
    if known is None or (by.volunteer_id is not None and known.volunteer_id != by.volunteer_id):
        raise Missing("Der Einsatz")
    request = await _request(session, by, known.request_id)
    volunteer = (
        await session.exec(
            select(Volunteer)
            .where(Volunteer.id == known.volunteer_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    ).one()
    await session.refresh(known, with_for_update=True)
    return request, known, volunteer


async def _was_asked(session: AsyncSession, request: HelpRequest, volunteer_id: UUID) -> bool:
    return volunteer_id in await _asked_ids(session, request)


async def _asked_ids(session: AsyncSession, request: HelpRequest) -> set[UUID]:
    found = await session.exec(
        select(Assignment.volunteer_id).where(
            Assignment.request_id == request.id,
            col(Assignment.starts_at).is_not_distinct_from(request.starts_at),
        )
    )
    return set(found.all())


async def _of(session: AsyncSession, request: HelpRequest, state: AssignmentState) -> list[Assignment]:
    found = await session.exec(
        select(Assignment)
        .where(Assignment.request_id == request.id, Assignment.state == state)
        .order_by(col(Assignment.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return list(found.all())


async def _not_needed(session: AsyncSession, by: Acting, request: HelpRequest, but: UUID | None = None) -> None:
    for assignment in await _of(session, request, AssignmentState.OFFERED):
        if assignment.id != but:
            await _decline(session, by, request, assignment, AssignmentDeclineReason.OVERTAKEN)
            volunteer = await session.get_one(Volunteer, assignment.volunteer_id)
            await mails.write(session, MailKind.NOT_NEEDED, volunteer, assignment_id=assignment.id)


async def _decline(
    session: AsyncSession, by: Acting, request: HelpRequest, assignment: Assignment, reason: AssignmentDeclineReason
) -> None:
    assignment.state, assignment.decline_reason = AssignmentState.DECLINED, reason
    assignment.answer_by, assignment.ended_at = None, by.now
    session.add(assignment)
    await session.flush()
    await mails.forget(session, "assignment_id", assignment.id)
    await tell_assignment(session, request, assignment, events.AssignmentDeclined, by.today, reason=reason)
    write_step(session, by, request.id, f"declined_{reason.value}", assignment.volunteer_id)


async def _cancel(
    session: AsyncSession, by: Acting, request: HelpRequest, assignment: Assignment, reason: AssignmentCancelReason
) -> None:
    assignment.state, assignment.cancel_reason, assignment.ended_at = AssignmentState.CANCELLED, reason, by.now
    session.add(assignment)
    await session.flush()
    await mails.forget(session, "assignment_id", assignment.id)
    if reason is not AssignmentCancelReason.VOLUNTEER:
        volunteer = await session.get_one(Volunteer, assignment.volunteer_id)
        await mails.write(session, MailKind.CANCELLED, volunteer, assignment_id=assignment.id)
    await tell_assignment(session, request, assignment, events.AssignmentCancelled, by.today, reason=reason)
    write_step(session, by, request.id, f"cancelled_{reason.value}", assignment.volunteer_id)


async def _tell_completed(session: AsyncSession, by: Acting, request: HelpRequest, assignment: Assignment) -> None:
    on = day_of(assignment.starts_at) if assignment.starts_at else by.today
    await mails.forget(session, "assignment_id", assignment.id)
    await tell_assignment(session, request, assignment, events.AssignmentCompleted, on, minutes=assignment.minutes or 0)


async def _go_on(session: AsyncSession, by: Acting, request: HelpRequest) -> None:
    """The next one is to be asked, unless somebody else has been asked meanwhile or the team does it by hand."""
    if request.state is RequestState.OPEN and request.asks_by_itself:
        waiting = await _of(session, request, AssignmentState.OFFERED)
        request.ask_at = None if waiting else by.now
    session.add(request)
    await session.flush()


def _keep_free(session: AsyncSession, volunteer_id: UUID, starts_at: datetime, ends_at: datetime) -> None:
    starts, ends = starts_at.astimezone(BERLIN), ends_at.astimezone(BERLIN)
    if starts.date() == ends.date():
        session.add(
            WeeklyBlock(
                volunteer_id=volunteer_id,
                weekday=_WEEKDAYS[starts.weekday()],
                starts=starts.time().replace(tzinfo=None),
                ends=ends.time().replace(tzinfo=None),
            )
        )
