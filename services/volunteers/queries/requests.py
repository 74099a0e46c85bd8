"""Requests, assignments and mentorships as pages and calls show them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlmodel import col, func, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.volunteers.domain.asking import AssignmentState, RequestState
from services.volunteers.domain.matching import Miss, Proposal, closest_misses, rank
from services.volunteers.queries.helpers import helpers, wanted_of
from services.volunteers.tables import Assignment, HelpRequest, Mentorship, RequestStep, Volunteer
from shared.days import day_of
from shared.refusals import Missing


class Show(StrEnum):
    """Which requests a list shows."""

    WAITING = "waiting"
    """Somebody is looked for."""
    SUGGESTED = "suggested"
    FILLED = "filled"
    TO_FINISH = "to_finish"
    """Accepted, over, and nobody has said how long it took."""
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Line:
    """One request in a list, with whoever was asked last or comes."""

    request: HelpRequest
    assignment: Assignment | None
    volunteer: Volunteer | None
    asked: int
    """How many were asked for it as it is now."""


@dataclass(frozen=True, slots=True)
class RequestPage:
    """One request with everybody who was asked, everything that happened, and who could be asked next."""

    request: HelpRequest
    asked: list[tuple[Assignment, Volunteer]]
    steps: list[tuple[RequestStep, Volunteer | None]]
    proposals: list[tuple[Proposal, Volunteer]]
    misses: list[tuple[Miss, Volunteer]]
    mentorship: Mentorship | None


async def request_for(session: AsyncSession, request_id: UUID, site: str | None) -> HelpRequest:
    """A request of the site, or of any where none is named. Raises `Missing`."""
    request = await session.get(HelpRequest, request_id)
    if request is None or (site is not None and request.site != site):
        raise Missing("Die Anfrage")
    return request


def _shown(show: Show, now: datetime) -> Any:
    over = (RequestState.DONE, RequestState.UNFILLED, RequestState.WITHDRAWN)
    to_finish = (col(HelpRequest.state) == RequestState.FILLED) & (col(HelpRequest.ends_at) <= now)
    return {
        Show.WAITING: HelpRequest.state == RequestState.OPEN,
        Show.SUGGESTED: HelpRequest.state == RequestState.SUGGESTED,
        Show.FILLED: (col(HelpRequest.state) == RequestState.FILLED)
        & or_(col(HelpRequest.ends_at).is_(None), col(HelpRequest.ends_at) > now),
        Show.TO_FINISH: to_finish,
        Show.OVER: col(HelpRequest.state).in_(over),
    }[show]


async def counts(session: AsyncSession, site: str | None, now: datetime) -> dict[Show, int]:
    """How many requests each list shows."""
    found = {}
    for show in Show:
        query = select(func.count()).select_from(HelpRequest).where(_shown(show, now))
        if site is not None:
            query = query.where(HelpRequest.site == site)
        found[show] = (await session.exec(query)).one()
    return found


async def lines(
    session: AsyncSession,
    site: str | None,
    show: Show,
    now: datetime,
    *,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Line]:
    """Requests in the order of their time (the newest first of what is over), `limit` of them after a place."""
    at = func.coalesce(col(HelpRequest.starts_at), col(HelpRequest.created_at))
    query = select(HelpRequest).where(_shown(show, now))
    if site is not None:
        query = query.where(HelpRequest.site == site)
    key = (at, col(HelpRequest.id))
    if show is Show.OVER:
        query = query.order_by(key[0].desc(), key[1].desc())
        if after is not None:
            query = query.where((at < after[0]) | ((at == after[0]) & (col(HelpRequest.id) < after[1])))
    else:
        query = query.order_by(*key)
        if after is not None:
            query = query.where((at > after[0]) | ((at == after[0]) & (col(HelpRequest.id) > after[1])))
    requests = (await session.exec(query.limit(limit))).all()
    return await _with_assignments(session, requests)


async def _with_assignments(session: AsyncSession, requests: Sequence[HelpRequest]) -> list[Line]:
    rows = (
        await session.exec(
            select(Assignment, Volunteer)
            .join(Volunteer, col(Volunteer.id) == Assignment.volunteer_id)
            .where(col(Assignment.request_id).in_([request.id for request in requests]))
            .order_by(col(Assignment.asked_at))
        )
    ).all()
    of: dict[UUID, list[tuple[Assignment, Volunteer]]] = {}
    for assignment, volunteer in rows:
        of.setdefault(assignment.request_id, []).append((assignment, volunteer))
    shown = []
    for request in requests:
        asked = [row for row in of.get(request.id, []) if row[0].starts_at == request.starts_at]
        comes = [row for row in asked if row[0].state in (AssignmentState.ACCEPTED, AssignmentState.COMPLETED)]
        waiting = [row for row in asked if row[0].state is AssignmentState.OFFERED]
        assignment_of, whom = next(iter(comes or waiting), (None, None))
        shown.append(Line(request, assignment_of, whom, len(asked)))
    return shown


async def request_page(session: AsyncSession, request: HelpRequest, now: datetime, limit: int) -> RequestPage:
    """Everything about one request."""
    asked = (
        await session.exec(
            select(Assignment, Volunteer)
            .join(Volunteer, col(Volunteer.id) == Assignment.volunteer_id)
            .where(Assignment.request_id == request.id)
            .order_by(col(Assignment.asked_at).desc(), col(Assignment.id).desc())
        )
    ).all()
    steps = (
        await session.exec(
            select(RequestStep, Volunteer)
            .outerjoin(Volunteer, col(Volunteer.id) == RequestStep.volunteer_id)
            .where(RequestStep.request_id == request.id)
            .order_by(col(RequestStep.id).desc())
        )
    ).all()
    proposals: list[tuple[Proposal, Volunteer]] = []
    misses: list[tuple[Miss, Volunteer]] = []
    if request.state is RequestState.OPEN:
        before = {assignment.volunteer_id for assignment, _ in asked if assignment.starts_at == request.starts_at}
        proposals, misses = await _who_could(session, request, now, limit, before)
    mentorship = (await session.exec(select(Mentorship).where(Mentorship.request_id == request.id))).one_or_none()
    return RequestPage(request, list(asked), list(steps), proposals, misses, mentorship)


async def _who_could(
    session: AsyncSession, request: HelpRequest, now: datetime, limit: int, asked: Collection[UUID]
) -> tuple[list[tuple[Proposal, Volunteer]], list[tuple[Miss, Volunteer]]]:
    known = (await helpers(session, now, organisation=request.organisation)).values()
    wanted, today = wanted_of(request, asked), day_of(now)
    proposals = rank(known, wanted, today)[:limit]
    misses = closest_misses(known, wanted, today, limit)
    ids = {*(each.helper_id for each in proposals), *(each.helper_id for each in misses)}
    people = {person.id: person for person in await session.exec(select(Volunteer).where(col(Volunteer.id).in_(ids)))}
    return (
        [(proposal, people[proposal.helper_id]) for proposal in proposals],
        [(miss, people[miss.helper_id]) for miss in misses],
    )
