"""Mentorships as pages show them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.volunteers.tables import Mentorship, MentorshipHours, Volunteer


@dataclass(frozen=True, slots=True)
class MentorshipLine:
    """One mentorship with its mentor and what was noted of it."""

    mentorship: Mentorship
    volunteer: Volunteer
    minutes: int


async def mentorship_lines(
    session: AsyncSession, site: str, *, running: bool, after: tuple[date, UUID] | None, limit: int
) -> list[MentorshipLine]:
    """A site's mentorships, the longest running first; or those that have ended, the latest first."""
    query = select(Mentorship, Volunteer).join(Volunteer, col(Volunteer.id) == Mentorship.volunteer_id)
    query = query.where(Mentorship.site == site)
    if running:
        key = (col(Mentorship.started_on), col(Mentorship.id))
        query = query.where(col(Mentorship.ended_on).is_(None)).order_by(*key)
        if after is not None:
            query = query.where((key[0] > after[0]) | ((key[0] == after[0]) & (key[1] > after[1])))
    else:
        ended = col(Mentorship.ended_on)
        query = query.where(ended.is_not(None)).order_by(ended.desc(), col(Mentorship.id).desc())
        if after is not None:
            query = query.where((ended < after[0]) | ((ended == after[0]) & (col(Mentorship.id) < after[1])))
    rows = (await session.exec(query.limit(limit))).all()
    minutes = await _minutes(session, [mentorship.id for mentorship, _ in rows])
    return [MentorshipLine(mentorship, volunteer, minutes.get(mentorship.id, 0)) for mentorship, volunteer in rows]


async def hours_of(session: AsyncSession, mentorship_id: UUID) -> Sequence[MentorshipHours]:
    """What the mentor has noted, the newest first."""
    found = await session.exec(
        select(MentorshipHours)
        .where(MentorshipHours.mentorship_id == mentorship_id)
        .order_by(col(MentorshipHours.on_day).desc(), col(MentorshipHours.id).desc())
    )
    return found.all()


async def _minutes(session: AsyncSession, ids: list[UUID]) -> dict[UUID, int]:
    found = await session.exec(
        select(MentorshipHours.mentorship_id, func.sum(MentorshipHours.minutes))
        .where(col(MentorshipHours.mentorship_id).in_(ids))
        .group_by(col(MentorshipHours.mentorship_id))
    )
    return {mentorship_id: int(minutes) for mentorship_id, minutes in found.all()}
