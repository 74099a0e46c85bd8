"""The languages that a site wants at each of its office hours become requests for the weeks to come (report, 3.1b)."""

from datetime import datetime, time, timedelta
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.volunteers.commands.acting import Acting
from services.volunteers.commands.assignments import end_standing
from services.volunteers.commands.known import register
from services.volunteers.commands.told import write_step
from services.volunteers.domain.asking import Origin, RequestState
from services.volunteers.tables import HelpRequest, StandingWish
from shared.contracts.words import (
    AssignmentCancelReason,
    District,
    InterpreterOccasion,
    VolunteerKind,
    Weekday,
)
from shared.days import BERLIN, is_working_day
from shared.ids import uuid7

AHEAD = timedelta(days=14)
"""So far ahead it is known that somebody is needed (ours)."""
ASKED_BEFORE = timedelta(days=5)
"""Until then the team may fill a week by its rota; from then on one after the other is asked (ours)."""
_WEEKDAYS = tuple(Weekday)


async def want_always(session: AsyncSession, by: Acting, language: str) -> None:
    """The team's site wants this language at each of its office hours."""
    assert by.site is not None  # noqa: S101  (only teams do)
    await session.execute(insert(StandingWish).values(site=by.site, language=language).on_conflict_do_nothing())
    await open_standing(session, by)


async def want_no_longer(session: AsyncSession, by: Acting, language: str) -> None:
    """Not any more; what nobody has promised yet is taken back."""
    assert by.site is not None  # noqa: S101  (only teams do)
    await session.execute(
        delete(StandingWish).where(col(StandingWish.site) == by.site, col(StandingWish.language) == language)
    )
    found = await session.exec(
        select(HelpRequest)
        .where(
            HelpRequest.site == by.site,
            HelpRequest.origin == Origin.STANDING,
            HelpRequest.language == language,
            HelpRequest.state == RequestState.OPEN,
        )
        .with_for_update()
    )
    for request in found.all():
        await _withdraw(session, by, request)


async def open_standing(session: AsyncSession, by: Acting) -> None:
    """Open what is missing, and take back what lies outside of the office hours as they are now."""
    wishes = (await session.exec(select(StandingWish))).all()
    if not wishes:
        return
    sites = {entry.site: entry for entry in await register.at_work(session)}
    known = {
        (request.site, request.starts_at, request.language)
        for request in (
            await session.exec(
                select(HelpRequest).where(HelpRequest.origin == Origin.STANDING, col(HelpRequest.starts_at) > by.now)
            )
        ).all()
    }
    for wish in wishes:
        entry = sites.get(wish.site)
        if entry is None:
            continue
        for starts_at, ends_at in sessions_of(entry.office_hours, by.now):
            if (wish.site, starts_at, wish.language) not in known:
                await _open(session, by, wish, entry.districts, starts_at, ends_at)


def sessions_of(office_hours: list[dict[str, str]], now: datetime) -> list[tuple[datetime, datetime]]:
    """Beginning and end of the office hours of the days that come; none on holidays."""
    today = now.astimezone(BERLIN).date()
    found = []
    for ahead in range(AHEAD.days + 1):
        day = today + timedelta(days=ahead)
        if not is_working_day(day):
            continue
        for hours in office_hours:
            if _WEEKDAYS[day.weekday()] == hours["weekday"]:
                starts = datetime.combine(day, time.fromisoformat(hours["from"]), BERLIN)
                if starts > now:
                    found.append((starts, datetime.combine(day, time.fromisoformat(hours["to"]), BERLIN)))
    return found


async def _open(
    session: AsyncSession,
    by: Acting,
    wish: StandingWish,
    districts: list[str],
    starts_at: datetime,
    ends_at: datetime,
) -> None:
    number: UUID = uuid7()
    row = insert(HelpRequest).values(
        id=number,
        kind=VolunteerKind.INTERPRETER,
        occasion=InterpreterOccasion.OFFICE_HOURS,
        site=wish.site,
        district=District(districts[0]) if districts else None,
        language=wish.language,
        starts_at=starts_at,
        ends_at=ends_at,
        woman_wanted=False,
        minors=False,
        car_wanted=False,
        state=RequestState.OPEN,
        asks_by_itself=True,
        ask_at=max(by.now, starts_at - ASKED_BEFORE),
        origin=Origin.STANDING,
        sequence=0,
        created_at=by.now,
        created_by=by.who,
    )
    opened = await session.execute(row.on_conflict_do_nothing().returning(col(HelpRequest.id)))
    if opened.first() is not None:
        write_step(session, by, number, "opened")


async def _withdraw(session: AsyncSession, by: Acting, request: HelpRequest) -> None:
    request.state, request.closed_at, request.ask_at = RequestState.WITHDRAWN, by.now, None
    session.add(request)
    await session.flush()
    await end_standing(session, by, request, AssignmentCancelReason.WITHDRAWN)
    write_step(session, by, request.id, "withdrawn")
