"""What stands on a volunteer's own page, and in their calendar."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.volunteers.domain.asking import AssignmentState, VolunteerState
from services.volunteers.tables import (
    Absence,
    Assignment,
    Availability,
    Gathering,
    HelpRequest,
    Invitation,
    Mentorship,
    Volunteer,
    WeeklyBlock,
)
from shared.contracts.words import Weekday

LOOKS_BACK = timedelta(days=365)
_DAYS = tuple(Weekday)

Asked = tuple[Assignment, HelpRequest]


@dataclass(frozen=True, slots=True)
class OwnPage:
    """One's own: what is asked, promised and past; mentorships; times."""

    volunteer: Volunteer
    asked: list[Asked]
    coming: list[Asked]
    past: list[Asked]
    mentorships: Sequence[Mentorship]
    available: list[Availability]
    blocks: list[WeeklyBlock]
    absences: Sequence[Absence]


async def own_page(session: AsyncSession, volunteer: Volunteer, now: datetime) -> OwnPage:
    """Everything about oneself."""
    found = await session.exec(
        select(Assignment, HelpRequest)
        .join(HelpRequest, col(HelpRequest.id) == Assignment.request_id)
        .where(Assignment.volunteer_id == volunteer.id, col(Assignment.asked_at) > now - LOOKS_BACK)
        .order_by(col(Assignment.starts_at), col(Assignment.id))
    )
    rows = [(assignment, request) for assignment, request in found.all()]
    over = [row for row in rows if row[0].starts_at is not None and row[0].starts_at <= now]
    ahead = [row for row in rows if row not in over]
    done = (AssignmentState.ACCEPTED, AssignmentState.COMPLETED)
    mentorships = (
        select(Mentorship)
        .where(Mentorship.volunteer_id == volunteer.id, col(Mentorship.ended_on).is_(None))
        .order_by(col(Mentorship.started_on))
    )
    absences = select(Absence).where(Absence.volunteer_id == volunteer.id).order_by(col(Absence.from_on))
    available = select(Availability).where(Availability.volunteer_id == volunteer.id)
    blocks = select(WeeklyBlock).where(WeeklyBlock.volunteer_id == volunteer.id)
    return OwnPage(
        volunteer,
        asked=[row for row in ahead if row[0].state is AssignmentState.OFFERED],
        coming=[row for row in ahead if row[0].state is AssignmentState.ACCEPTED and row[0].starts_at is not None],
        past=[row for row in reversed(over) if row[0].state in done],
        mentorships=(await session.exec(mentorships)).all(),
        available=sorted((await session.exec(available)).all(), key=_of_the_week),
        blocks=sorted((await session.exec(blocks)).all(), key=_of_the_week),
        absences=(await session.exec(absences)).all(),
    )


def _of_the_week(span: Availability | WeeklyBlock) -> tuple[int, time]:
    return _DAYS.index(span.weekday), span.starts


async def calendar_of(
    session: AsyncSession, calendar_hash: str, now: datetime
) -> tuple[Volunteer, list[Asked], list[Gathering]] | None:
    """Who has this secret address, with what they have promised, what was called off lately, and their gatherings."""
    found = await session.exec(
        select(Volunteer).where(Volunteer.calendar_hash == calendar_hash, Volunteer.state == VolunteerState.ACTIVE)
    )
    volunteer = found.one_or_none()
    if volunteer is None:
        return None
    booked = (AssignmentState.ACCEPTED, AssignmentState.COMPLETED)
    recent = col(Assignment.ended_at) > now - timedelta(days=30)
    rows = await session.exec(
        select(Assignment, HelpRequest)
        .join(HelpRequest, col(HelpRequest.id) == Assignment.request_id)
        .where(
            Assignment.volunteer_id == volunteer.id,
            col(Assignment.starts_at).is_not(None),
            col(Assignment.starts_at) > now - LOOKS_BACK,
            col(Assignment.state).in_(booked) | ((col(Assignment.state) == AssignmentState.CANCELLED) & recent),
        )
        .order_by(col(Assignment.starts_at))
    )
    gatherings = await session.exec(
        select(Gathering)
        .join(Invitation, col(Invitation.gathering_id) == Gathering.id)
        .where(
            Invitation.volunteer_id == volunteer.id,
            col(Invitation.comes).is_(True),
            col(Gathering.starts_at) > now - LOOKS_BACK,
        )
        .order_by(col(Gathering.starts_at))
    )
    return volunteer, [(assignment, request) for assignment, request in rows.all()], list(gatherings.all())


async def asked_of(session: AsyncSession, volunteer_id: UUID, assignment_id: UUID) -> Assignment | None:
    """An assignment, if it is this volunteer's."""
    assignment = await session.get(Assignment, assignment_id)
    return assignment if assignment is not None and assignment.volunteer_id == volunteer_id else None
