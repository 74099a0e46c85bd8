"""How much somebody has helped in a period: for the certificate of hours, for letters of thanks and for care."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.volunteers.domain.asking import AssignmentState
from services.volunteers.tables import Assignment, Gathering, Invitation, Mentorship, MentorshipHours
from shared.contracts.words import VolunteerKind
from shared.days import day_of


@dataclass(frozen=True, slots=True)
class Helped:
    """One way of helping: how often, and how many minutes in all."""

    kind: VolunteerKind
    times: int
    minutes: int


@dataclass(frozen=True, slots=True)
class Hours:
    """What somebody has done from one day to another, both inclusive; no household is in it.

    `helped` are assignments that were completed; `mentorships` those that ran on one of these days.
    """

    begin: date
    until: date
    helped: Sequence[Helped]
    mentorships: int
    mentorship_minutes: int
    gatherings: Sequence[Gathering]

    @property
    def times(self) -> int:
        """How many assignments."""
        return sum(each.times for each in self.helped)

    @property
    def minutes(self) -> int:
        """Of assignments and mentorships; trainings are for the volunteers, and no help."""
        return sum(each.minutes for each in self.helped) + self.mentorship_minutes

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to thank for."""
        return not (self.helped or self.mentorships or self.gatherings)


async def hours_of(session: AsyncSession, volunteer_id: UUID, begin: date, until: date) -> Hours:
    """What a volunteer has done in these days."""
    return (await hours_of_all(session, [volunteer_id], begin, until))[volunteer_id]


async def hours_of_all(session: AsyncSession, ids: Collection[UUID], begin: date, until: date) -> dict[UUID, Hours]:
    """The same for many, in four statements."""
    helped = await session.exec(
        select(Assignment.volunteer_id, Assignment.kind, func.count(), func.sum(Assignment.minutes))
        .where(col(Assignment.volunteer_id).in_(ids), counts_as_help(), between(begin, until))
        .group_by(col(Assignment.volunteer_id), col(Assignment.kind))
        .order_by(col(Assignment.kind))
    )
    found: dict[UUID, list[Helped]] = {each: [] for each in ids}
    for volunteer_id, kind, times, minutes in helped:
        found[volunteer_id].append(Helped(VolunteerKind(kind), times, int(minutes or 0)))
    ran = await session.exec(
        select(Mentorship.volunteer_id, func.count())
        .where(
            col(Mentorship.volunteer_id).in_(ids),
            col(Mentorship.started_on) <= until,
            or_(col(Mentorship.ended_on).is_(None), col(Mentorship.ended_on) >= begin),
        )
        .group_by(col(Mentorship.volunteer_id))
    )
    mentorships = dict(ran.all())
    noted = await session.exec(
        select(Mentorship.volunteer_id, func.sum(MentorshipHours.minutes))
        .join(MentorshipHours, col(MentorshipHours.mentorship_id) == col(Mentorship.id))
        .where(
            col(Mentorship.volunteer_id).in_(ids),
            col(MentorshipHours.on_day) >= begin,
            col(MentorshipHours.on_day) <= until,
        )
        .group_by(col(Mentorship.volunteer_id))
    )
    mentoring = {volunteer_id: int(minutes) for volunteer_id, minutes in noted}
    was_there = await session.exec(
        select(Invitation.volunteer_id, Gathering)
        .join(Gathering, col(Gathering.id) == col(Invitation.gathering_id))
        .where(col(Invitation.volunteer_id).in_(ids), col(Invitation.attended).is_(True))
        .order_by(col(Gathering.starts_at))
    )
    gatherings: dict[UUID, list[Gathering]] = {each: [] for each in ids}
    for volunteer_id, gathering in was_there:
        if begin <= day_of(gathering.starts_at) <= until:
            gatherings[volunteer_id].append(gathering)
    return {
        each: Hours(begin, until, found[each], mentorships.get(each, 0), mentoring.get(each, 0), gatherings[each])
        for each in ids
    }


def counts_as_help() -> ColumnElement[bool]:
    """Somebody was there. A mentor's yes is the beginning of a mentorship, whose hours are noted by themselves."""
    return and_(col(Assignment.state) == AssignmentState.COMPLETED, col(Assignment.kind) != VolunteerKind.MENTOR)


def between(begin: date, until: date) -> ColumnElement[bool]:
    """Assignments that began on one of these days."""
    local = func.timezone("Europe/Berlin", col(Assignment.starts_at))
    return and_(local >= begin, local < until + timedelta(days=1))
