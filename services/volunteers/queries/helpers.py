"""Volunteers as the rules of matching see them, put together from the register with a handful of statements."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.volunteers.domain.asking import STANDING, AssignmentState, VolunteerState
from services.volunteers.domain.people import Absence as Away
from services.volunteers.domain.people import Block, Helper, Interval, Skill, Span, Wanted
from services.volunteers.tables import (
    Absence,
    Assignment,
    Availability,
    Conflict,
    HelpRequest,
    Mentorship,
    MentorshipHours,
    Volunteer,
    VolunteerLanguage,
    WeeklyBlock,
)
from shared.contracts.words import District, VolunteerKind
from shared.days import BERLIN, day_of

RECENT = timedelta(days=90)
"""For so long back it is looked at how much somebody has helped (ours)."""
LOOKS_BACK = timedelta(days=62)
"""For so long back it is counted how often somebody was asked: this month and the one before."""
WENT_WELL = 4
"""From this rating on it was a good match (ours)."""

Row = TypeVar("Row")


def wanted_of(request: HelpRequest, asked_before: Collection[UUID] = ()) -> Wanted:
    """A request as the rules see it; `asked_before`: who was asked for it already."""
    during = None
    if request.starts_at is not None and request.ends_at is not None:
        during = Interval(request.starts_at, request.ends_at)
    return Wanted(
        id=request.id,
        kind=request.kind,
        language=request.language,
        during=during,
        district=request.district,
        minors=request.minors,
        woman_wanted=request.woman_wanted,
        household=request.household_id,
        car_wanted=request.car_wanted,
        asked_before=frozenset(asked_before),
    )


async def helpers(
    session: AsyncSession,
    now: datetime,
    *,
    ids: Collection[UUID] | None = None,
    organisation: str | None = None,
    without: UUID | None = None,
    asked_is_busy: bool = False,
) -> dict[UUID, Helper]:
    """All that are at work, by id; or those of these ids, or of this association.

    `without` is an assignment that does not count as booked: the one that is about to be decided. `asked_is_busy`:
    whoever is being asked for a time is not asked for another thing at that time before they have answered.
    """
    query = select(Volunteer).where(Volunteer.state == VolunteerState.ACTIVE).execution_options(populate_existing=True)
    if ids is not None:
        query = query.where(col(Volunteer.id).in_(ids))
    if organisation is not None:
        query = query.where(Volunteer.organisation == organisation)
    people = (await session.exec(query)).all()
    of = [person.id for person in people]
    languages = await _by_volunteer(session, VolunteerLanguage, of)
    available = await _by_volunteer(session, Availability, of)
    blocks = await _by_volunteer(session, WeeklyBlock, of)
    absences = await _by_volunteer(session, Absence, of)
    conflicts = await _by_volunteer(session, Conflict, of)
    history = await _history(session, of, now)
    mentoring = await _mentoring(session, of, now)
    return {
        person.id: _helper(
            person,
            languages=languages[person.id],
            available=available[person.id],
            blocks=blocks[person.id],
            absences=absences[person.id],
            conflicts=conflicts[person.id],
            history=[row for row in history[person.id] if row.id != without],
            mentoring_minutes=mentoring[person.id],
            asked_is_busy=asked_is_busy,
            now=now,
        )
        for person in people
    }


def _helper(
    person: Volunteer,
    *,
    languages: Iterable[Any],
    available: Iterable[Any],
    blocks: Iterable[Any],
    absences: Iterable[Any],
    conflicts: Iterable[Any],
    history: list[Any],
    mentoring_minutes: int,
    asked_is_busy: bool,
    now: datetime,
) -> Helper:
    busy = STANDING if asked_is_busy else {AssignmentState.ACCEPTED}
    booked = [row for row in history if row.state in busy and row.starts_at is not None]
    done = [row for row in history if row.state is AssignmentState.COMPLETED]
    return Helper(
        id=person.id,
        kinds=frozenset(map(VolunteerKind, person.kinds)),
        languages={
            known.language: Skill(known.understands, known.speaks, known.reads, known.writes, known.level)
            for known in languages
        },
        districts=frozenset(map(District, person.districts)),
        home_district=person.home_district,
        available=tuple(Span(each.weekday, each.starts, each.ends) for each in available),
        blocks=tuple(
            Block(each.weekday, each.starts, each.ends, each.reason) for each in blocks if each.reason is not None
        ),
        absences=tuple(Away(each.from_on, each.until_on) for each in absences),
        woman=person.woman,
        certificate_until=person.certificate_due_on,
        confidentiality=person.confidentiality_on is not None,
        conflicts=frozenset(each.household_id for each in conflicts),
        busy=tuple(Interval(row.starts_at, row.ends_at) for row in booked),
        max_a_month=person.max_a_month,
        asked_in=Counter((local.year, local.month) for row in history for local in [row.asked_at.astimezone(BERLIN)]),
        paused_until=person.paused_until,
        resting_until=person.resting_until,
        refused_times=tuple(Span(each.weekday, each.starts, each.ends) for each in blocks if each.reason is None),
        minutes_recent=mentoring_minutes
        + sum(row.minutes or 0 for row in done if (row.starts_at or row.ended_at) >= now - RECENT),
        good_with=frozenset(
            row.household_id
            for row in done
            if row.household_id and min(row.rating or WENT_WELL, row.site_rating or 1) >= WENT_WELL
        ),
        car=person.car,
    )


async def _by_volunteer(session: AsyncSession, table: Any, of: list[UUID]) -> dict[UUID, list[Any]]:
    found: dict[UUID, list[Any]] = defaultdict(list)
    for row in (await session.exec(select(table).where(col(table.volunteer_id).in_(of)))).all():
        found[row.volunteer_id].append(row)
    return found


async def _history(session: AsyncSession, of: list[UUID], now: datetime) -> dict[UUID, list[Any]]:
    """What they were asked lately, what they have accepted, and what went well at any time."""
    rows = await session.execute(
        select(  # type: ignore[call-overload, misc]
            Assignment.id,
            Assignment.volunteer_id,
            Assignment.state,
            Assignment.asked_at,
            Assignment.starts_at,
            Assignment.ends_at,
            Assignment.ended_at,
            Assignment.minutes,
            Assignment.rating,
            Assignment.site_rating,
            HelpRequest.household_id,
        )
        .join(HelpRequest, col(HelpRequest.id) == Assignment.request_id)
        .where(
            col(Assignment.volunteer_id).in_(of),
            (col(Assignment.asked_at) >= now - LOOKS_BACK)
            | (col(Assignment.state) == AssignmentState.ACCEPTED)
            | (
                (col(Assignment.state) == AssignmentState.COMPLETED)
                & ((col(Assignment.ended_at) >= now - RECENT) | (col(Assignment.site_rating) >= WENT_WELL))
            ),
        )
    )
    found: dict[UUID, list[Any]] = defaultdict(list)
    for row in rows.all():
        found[row.volunteer_id].append(row)
    return found


async def _mentoring(session: AsyncSession, of: list[UUID], now: datetime) -> Counter[UUID]:
    rows = await session.execute(
        select(Mentorship.volunteer_id, MentorshipHours.minutes)  # type: ignore[call-overload, misc]
        .join(MentorshipHours, col(MentorshipHours.mentorship_id) == Mentorship.id)
        .where(col(Mentorship.volunteer_id).in_(of), col(MentorshipHours.on_day) >= day_of(now - RECENT))
    )
    minutes: Counter[UUID] = Counter()
    for volunteer_id, noted in rows.all():
        minutes[volunteer_id] += noted
    return minutes
