"""A week's rota as a page shows it: what is promised, asked, proposed, and what stays empty."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.volunteers.domain.asking import AssignmentState, RequestState
from services.volunteers.domain.gap_words import gap_words
from services.volunteers.domain.matching import Obstacle
from services.volunteers.domain.people import BlockReason
from services.volunteers.domain.rota import Gap
from services.volunteers.queries.helpers import wanted_of
from services.volunteers.tables import Assignment, HelpRequest, RotaLine, RotaRun, StandingWish, Volunteer
from shared.days import day_of

_SHOWN = (RequestState.OPEN, RequestState.FILLED, RequestState.DONE, RequestState.UNFILLED)


@dataclass(frozen=True, slots=True)
class Slot:
    """One time at which somebody is needed. `gap`: why the last run leaves it empty, in words."""

    request: HelpRequest
    assignment: Assignment | None
    volunteer: Volunteer | None
    proposed: Volunteer | None
    gap: str


@dataclass(frozen=True, slots=True)
class WeekShown:
    """A week, day by day, with the newest run."""

    days: list[tuple[date, list[Slot]]]
    run: RotaRun | None
    to_ask: int
    """How many of the shown could be asked by the run's proposal."""


async def week_shown(
    session: AsyncSession, site: str | None, begins: datetime, ends: datetime, run: RotaRun | None
) -> WeekShown:
    """What is needed in a week, of one site or of all."""
    query = select(HelpRequest).where(
        col(HelpRequest.starts_at) >= begins,
        col(HelpRequest.starts_at) < ends,
        col(HelpRequest.state).in_(_SHOWN),
    )
    if site is not None:
        query = query.where(HelpRequest.site == site)
    requests = (await session.exec(query.order_by(col(HelpRequest.starts_at), col(HelpRequest.id)))).all()
    ids = [request.id for request in requests]
    who = await _who(session, ids)
    lines = await _lines(session, ids, run)
    days: dict[date, list[Slot]] = {}
    to_ask = 0
    for request in requests:
        assignment, volunteer = who.get(request.id, (None, None))
        line, proposed = lines.get(request.id, (None, None))
        still_open = request.state is RequestState.OPEN and assignment is None
        gap = _gap(request, line) if still_open and line is not None and line.gap is not None else ""
        slot = Slot(request, assignment, volunteer, proposed if still_open else None, gap)
        to_ask += slot.proposed is not None
        assert request.starts_at is not None  # noqa: S101  (the query says so)
        days.setdefault(day_of(request.starts_at), []).append(slot)
    return WeekShown(sorted(days.items()), run, to_ask)


async def standing_wishes(session: AsyncSession, site: str) -> list[str]:
    """The languages that a site always wants at its office hours."""
    found = await session.exec(
        select(StandingWish.language).where(StandingWish.site == site).order_by(col(StandingWish.language))
    )
    return list(found.all())


async def _who(session: AsyncSession, requests: list[UUID]) -> dict[UUID, tuple[Assignment, Volunteer]]:
    found = await session.exec(
        select(Assignment, Volunteer)
        .join(Volunteer, col(Volunteer.id) == Assignment.volunteer_id)
        .where(
            col(Assignment.request_id).in_(requests),
            col(Assignment.state).in_((AssignmentState.OFFERED, AssignmentState.ACCEPTED, AssignmentState.COMPLETED)),
        )
        .order_by(col(Assignment.state).desc())  # offered first, so that who has said yes is kept
    )
    return {assignment.request_id: (assignment, volunteer) for assignment, volunteer in found.all()}


async def _lines(
    session: AsyncSession, requests: list[UUID], run: RotaRun | None
) -> dict[UUID, tuple[RotaLine, Volunteer | None]]:
    if run is None:
        return {}
    found = await session.exec(
        select(RotaLine, Volunteer)
        .outerjoin(Volunteer, col(Volunteer.id) == RotaLine.volunteer_id)
        .where(RotaLine.run_id == run.id, col(RotaLine.request_id).in_(requests))
    )
    return {line.request_id: (line, volunteer) for line, volunteer in found.all()}


def _gap(request: HelpRequest, line: RotaLine) -> str:
    kept: dict[str, Any] = line.gap or {}
    gap = Gap(
        request.id,
        kept["able"],
        {Obstacle(word): count for word, count in kept["misses"].items()},
        {Obstacle(word): count for word, count in kept["nearly"].items()},
        {BlockReason(word): count for word, count in kept["blocks"].items()},
    )
    return gap_words(wanted_of(request), gap)
