"""Volunteers' assignments for a family, and interpreters who are wished for."""

from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID

from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.domain.days import BERLIN
from services.intake.tables.releases import Release
from services.intake.tables.volunteers import Assignment, InterpreterRequest
from shared.contracts.words import GrantEnd, InterpreterOccasion, VolunteerKind
from shared.web.german import clock, day
from shared.web.words import word


def said_of(assignment: Assignment) -> str:
    """What the volunteer is asked for: „Dolmetschen am 24.11.2026, 10:00 Uhr"."""
    at = assignment.at
    return word(assignment.kind) if at is None else f"{word(assignment.kind)} am {day(at)}, {clock(at)} Uhr"


@dataclass(frozen=True, slots=True)
class VolunteersOfFile:
    """The part of the file's page: who is asked for, who comes, and for whom the family's consent is missing."""

    wishes: list[InterpreterRequest]
    assignments: list[Assignment]
    waiting: list[Assignment]


async def section(session: AsyncSession, household_id: UUID, today: date) -> VolunteersOfFile:
    """Its part of the file's page; who has agreed to be a mentor and is one by now stands there once."""
    since = datetime.combine(today, time(), BERLIN)
    standing = await session.exec(
        select(Assignment)
        .where(
            Assignment.household_id == household_id,
            col(Assignment.ended_on).is_(None),
            or_(col(Assignment.until).is_(None), col(Assignment.until) > since),
        )
        .order_by(col(Assignment.at).nulls_last(), col(Assignment.id))
    )
    rows = list(standing.all())
    mentors = {each.volunteer_id for each in rows if each.kind is VolunteerKind.MENTOR and each.request_id is None}
    shown = [
        each
        for each in rows
        if each.kind is not VolunteerKind.MENTOR or each.request_id is None or each.volunteer_id not in mentors
    ]
    waiting = await awaiting_consent(session, household_id, since)
    return VolunteersOfFile(await wishes_of(session, household_id, since), shown, waiting)


async def awaiting_consent(session: AsyncSession, household_id: UUID, now: datetime) -> list[Assignment]:
    """Assignments that are not over and for which nothing was opened yet, the earliest first.

    Who has agreed to be a mentor sees nothing before the mentorship has begun; that is told under its own id.
    """
    had_release = select(Release.assignment_id).where(
        Release.household_id == household_id,
        col(Release.assignment_id).is_not(None),
        col(Release.end_reason).is_distinct_from(GrantEnd.HANDED_OVER),
    )
    found = await session.exec(
        select(Assignment)
        .where(
            Assignment.household_id == household_id,
            col(Assignment.ended_on).is_(None),
            or_(col(Assignment.until).is_(None), col(Assignment.until) > now),
            or_(Assignment.kind != VolunteerKind.MENTOR, col(Assignment.request_id).is_(None)),
            col(Assignment.id).not_in(had_release),
        )
        .order_by(col(Assignment.at).nulls_last(), col(Assignment.id))
    )
    return list(found.all())


async def wishes_for_office_hours(session: AsyncSession, now: datetime) -> list[InterpreterRequest]:
    """What was asked of the volunteers for the office hours to come, the earliest first."""
    found = await session.exec(
        select(InterpreterRequest)
        .where(
            InterpreterRequest.occasion == InterpreterOccasion.OFFICE_HOURS,
            col(InterpreterRequest.ended_at).is_(None),
            col(InterpreterRequest.until) > now,
        )
        .order_by(col(InterpreterRequest.at), col(InterpreterRequest.id))
    )
    return list(found.all())


async def wishes_of(session: AsyncSession, household_id: UUID, now: datetime) -> list[InterpreterRequest]:
    """What was asked of the volunteers for a family and lies ahead, the earliest first."""
    found = await session.exec(
        select(InterpreterRequest)
        .where(
            InterpreterRequest.household_id == household_id,
            col(InterpreterRequest.ended_at).is_(None),
            col(InterpreterRequest.until) > now,
        )
        .order_by(col(InterpreterRequest.at), col(InterpreterRequest.id))
    )
    return list(found.all())


async def wish_of_visit(session: AsyncSession, visit_id: UUID) -> InterpreterRequest | None:
    """The wish that stands for an announced visit."""
    found = await session.exec(
        select(InterpreterRequest).where(
            InterpreterRequest.visit_id == visit_id, col(InterpreterRequest.ended_at).is_(None)
        )
    )
    return found.one_or_none()
