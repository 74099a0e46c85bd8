"""Volunteers who come to a family, as the volunteers' service tells it (report, 3.1a; network contract: grants).

Each event is one line of the timeline, whatever the order in which they come and however often. The newest one says
how the assignment or the mentorship stands. While it stands, the volunteer may look at what they must know: by the
consent that the family has given in advance or gives now, for exactly this volunteer.
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.commands import assignments
from services.intake.commands.acting import Acting
from services.intake.commands.consents import give_consent
from services.intake.commands.files import File, file_in_charge, write_down
from services.intake.commands.releases import end_releases
from services.intake.domain.volunteers import purpose_of
from services.intake.inputs import GiveConsent, Recipient
from services.intake.queries.assignments import awaiting_consent, said_of
from services.intake.tables import Timeline
from services.intake.tables.volunteers import Assignment
from shared.contracts import volunteers as told_by_volunteers
from shared.contracts.words import GrantEnd, RecipientKind, VolunteerKind
from shared.messaging import Publisher, Received

_WHO = "Ehrenamt"
"""Who has entered it, in the timeline and in the release."""
_ENDS = {
    told_by_volunteers.AssignmentCancelled: GrantEnd.REVOKED,
    told_by_volunteers.AssignmentCompleted: GrantEnd.COMPLETED,
    told_by_volunteers.MentorshipEnded: GrantEnd.COMPLETED,
}


@dataclass(frozen=True, slots=True)
class _Told:
    """One event, of an assignment or of a mentorship, which has no time and answers no wish of the site."""

    id: UUID
    kind: VolunteerKind
    sequence: int
    on: date
    line: str
    end: GrantEnd | None
    volunteer_id: UUID
    request_id: UUID | None = None
    at: datetime | None = None
    until: datetime | None = None
    reason: str | None = None


async def note_assignment(session: AsyncSession, event: Received[told_by_volunteers.Assignment], now: datetime) -> None:
    """Somebody comes, does not come after all, or was there; office hours and people without a file are left out."""
    data = event.data
    told = _Told(
        id=data.assignment_id,
        kind=data.kind,
        sequence=event.sequence,
        on=data.on,
        line=_line(data.event),
        end=_ENDS.get(type(data)),
        volunteer_id=data.volunteer_id,
        request_id=data.request_id,
        at=data.at,
        until=data.until,
    )
    await _note(session, data.site, data.household_id, told, now)


async def note_mentorship(session: AsyncSession, event: Received[told_by_volunteers.Mentorship], now: datetime) -> None:
    """A mentorship has begun or ended."""
    data = event.data
    told = _Told(
        id=data.mentorship_id,
        kind=VolunteerKind.MENTOR,
        sequence=event.sequence,
        on=data.on,
        line=_line(data.event),
        end=_ENDS.get(type(data)),
        volunteer_id=data.volunteer_id,
        reason=getattr(data, "reason", None),
    )
    await _note(session, data.site, data.household_id, told, now)


def _line(event: str) -> str:
    return event.replace("-", "_")


async def _note(session: AsyncSession, site: str, household_id: UUID | None, told: _Told, now: datetime) -> None:
    publisher: Publisher = session.info["publisher"]
    if site != publisher.site:
        return
    known = await session.exec(select(Assignment.household_id).where(Assignment.id == told.id))
    file = await file_in_charge(session, known.one_or_none() or household_id)  # files may have been parted since
    if file is None:
        return
    by = Acting(_WHO, publisher.site, now)
    assignment = await session.get(Assignment, told.id, with_for_update=True, populate_existing=True)
    if told.sequence not in await _told_before(session, told.id):
        _write_down(session, by, file, told)
    if assignment is not None and told.sequence <= assignment.sequence:
        return
    stood = assignment is not None and assignment.ended_on is None
    assignment = await _as_told(session, file, assignment, told)
    if told.end is not None:
        await end_releases(session, by, file, told.end, assignment_id=told.id)
        await assignments.settle_task(session, by, assignment)
    elif not stood and file.is_open and _is_opened(told):
        await _open(session, by, file, assignment)


def _is_opened(told: _Told) -> bool:
    """Who has agreed to be a mentor sees nothing before the mentorship has begun, which is told under its own id."""
    return told.kind is not VolunteerKind.MENTOR or told.request_id is None


async def _as_told(session: AsyncSession, file: File, known: Assignment | None, told: _Told) -> Assignment:
    assignment = known or Assignment(
        id=told.id,
        household_id=file.household.id,
        volunteer_id=told.volunteer_id,
        request_id=told.request_id,
        kind=told.kind,
        accepted_on=told.on,
        sequence=told.sequence,
    )
    assignment.sequence, assignment.at, assignment.until = told.sequence, told.at, told.until
    assignment.ended_on = told.on if told.end is not None else None
    if told.end is None:
        assignment.accepted_on = told.on
    session.add(assignment)
    await session.flush()
    return assignment


async def _open(session: AsyncSession, by: Acting, file: File, assignment: Assignment) -> None:
    """Let the volunteer look by the family's consent, given before or in advance; else say that it is missing."""
    consent = await assignments.consent_for(session, assignment)
    wish = await assignments.wish_of(session, assignment)
    if consent is not None:
        await assignments.let_look(session, by, file, assignment, consent)
    elif assignment not in await awaiting_consent(session, file.household.id, by.now):
        return
    elif wish is not None and wish.consent_on is not None:
        recipient = Recipient(kind=RecipientKind.VOLUNTEER, id=assignment.volunteer_id)
        wanted = GiveConsent(recipient=recipient, purpose=purpose_of(assignment.kind).value)
        await give_consent(session, by, file.household.id, wanted, on=wish.consent_on)
    else:
        await assignments.ask_for_consent(session, by, file, assignment)


async def _told_before(session: AsyncSession, assignment_id: UUID) -> set[int]:
    """The numbers of the events that the timeline tells of already."""
    found = await session.exec(
        select(Timeline).where(col(Timeline.details)["assignment_id"].astext == str(assignment_id))
    )
    return {line.details["sequence"] for line in found.all()}


def _write_down(session: AsyncSession, by: Acting, file: File, told: _Told) -> None:
    said = Assignment(
        id=told.id,
        household_id=file.household.id,
        volunteer_id=told.volunteer_id,
        kind=told.kind,
        at=told.at,
        accepted_on=told.on,
        sequence=told.sequence,
    )
    is_mentorship = told.request_id is None
    write_down(
        session,
        by,
        file.household.id,
        told.line,
        on=told.on,
        assignment=None if is_mentorship else said_of(said),
        mentorship_end=told.reason,
        assignment_id=str(told.id),
        sequence=told.sequence,
    )
