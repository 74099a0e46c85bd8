"""The week's rota over all sites: computed, kept as a proposal, asked by each site's team (report, 3.1b, 5)."""

import asyncio
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.volunteers.commands.acting import Acting
from services.volunteers.commands.assignments import ask
from services.volunteers.domain.asking import AssignmentState, RequestState
from services.volunteers.domain.rota import Gap, plan
from services.volunteers.queries.helpers import helpers, wanted_of
from services.volunteers.tables import Assignment, HelpRequest, RotaLine, RotaRun
from shared.days import BERLIN
from shared.refusals import Conflict, Invalid

WEEK = timedelta(days=7)


def monday_of(day: date) -> date:
    """The first day of its week."""
    return day - timedelta(days=day.weekday())


def bounds(monday: date) -> tuple[datetime, datetime]:
    """From when to when a week lasts in Dortmund."""
    return datetime.combine(monday, time(), BERLIN), datetime.combine(monday + WEEK, time(), BERLIN)


async def compute(session: AsyncSession, by: Acting, monday: date, seconds: float) -> RotaRun:
    """Find who could come where, for everything in a week for which nobody is asked at the moment.

    Whoever has promised something is left to it, and who has been asked for the same before is not proposed again.
    """
    if monday.weekday() != 0:
        raise Invalid("week", "Eine Woche beginnt am Montag.")
    slots = await _open_slots(session, by, monday)
    known = await helpers(session, by.now, asked_is_busy=True)
    asked = await _asked(session, [slot.id for slot in slots])
    wanted = [wanted_of(slot, asked.get(slot.id, ())) for slot in slots]
    # In a thread: the solver lets go of the interpreter, so that others are answered meanwhile.
    rota = await asyncio.to_thread(plan, list(known.values()), wanted, today=by.today, seconds=seconds)
    run = RotaRun(
        week=monday,
        computed_at=by.now,
        computed_by=by.who,
        optimal=rota.optimal,
        gap=rota.gap,
        seconds=rota.seconds,
    )
    session.add(run)
    await session.flush()
    gaps = {gap.slot_id: gap for gap in rota.empty}
    for slot in slots:
        gap = gaps.get(slot.id)
        session.add(
            RotaLine(
                run_id=run.id,
                request_id=slot.id,
                volunteer_id=rota.assigned.get(slot.id),
                gap=_kept(gap) if gap is not None else None,
            )
        )
    await session.flush()
    return run


async def ask_proposed(session: AsyncSession, by: Acting, run_id: UUID, hours: float) -> tuple[int, int]:
    """Ask everybody whom a run proposes for the own site; how many were asked, and how many could not be any more."""
    found = await session.exec(
        select(RotaLine)
        .join(HelpRequest, col(HelpRequest.id) == RotaLine.request_id)
        .where(RotaLine.run_id == run_id, col(RotaLine.volunteer_id).is_not(None), HelpRequest.site == by.site)
        .order_by(col(HelpRequest.starts_at), col(HelpRequest.id))
    )
    asked = missed = 0
    for line in found.all():
        assert line.volunteer_id is not None  # noqa: S101  (the query says so)
        try:
            async with session.begin_nested():
                await ask(session, by, line.request_id, line.volunteer_id, hours)
            asked += 1
        except Conflict:
            missed += 1
    return asked, missed


async def latest_run(session: AsyncSession, monday: date) -> RotaRun | None:
    """The newest run of a week."""
    found = await session.exec(
        select(RotaRun).where(RotaRun.week == monday).order_by(col(RotaRun.computed_at).desc()).limit(1)
    )
    return found.first()


async def _open_slots(session: AsyncSession, by: Acting, monday: date) -> list[HelpRequest]:
    begins, ends = bounds(monday)
    waiting = (
        select(Assignment.id)
        .where(Assignment.request_id == HelpRequest.id, Assignment.state == AssignmentState.OFFERED)
        .exists()
    )
    found = await session.exec(
        select(HelpRequest)
        .where(
            HelpRequest.state == RequestState.OPEN,
            col(HelpRequest.starts_at) >= max(begins, by.now),
            col(HelpRequest.starts_at) < ends,
            ~waiting,
        )
        .order_by(col(HelpRequest.starts_at), col(HelpRequest.id))
    )
    return list(found.all())


async def _asked(session: AsyncSession, requests: list[UUID]) -> dict[UUID, frozenset[UUID]]:
    rows = await session.exec(
        select(Assignment.request_id, Assignment.volunteer_id)
        .join(HelpRequest, col(HelpRequest.id) == Assignment.request_id)
        .where(
            col(Assignment.request_id).in_(requests),
            col(Assignment.starts_at).is_not_distinct_from(col(HelpRequest.starts_at)),
        )
    )
    asked: dict[UUID, set[UUID]] = {}
    for request_id, volunteer_id in rows.all():
        asked.setdefault(request_id, set()).add(volunteer_id)
    return {request_id: frozenset(them) for request_id, them in asked.items()}


def _kept(gap: Gap) -> dict[str, object]:
    return {
        "able": gap.able,
        "misses": {obstacle.value: count for obstacle, count in gap.misses.items()},
        "nearly": {obstacle.value: count for obstacle, count in gap.nearly.items()},
        "blocks": {reason.value: count for reason, count in gap.blocks.items()},
    }
