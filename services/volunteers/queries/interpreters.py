"""Who can interpret at a moment: who is there already, and who may be called (report, 3.1b)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.volunteers.domain.asking import AssignmentState
from services.volunteers.domain.matching import rank, spoken
from services.volunteers.domain.people import Interval, Wanted
from services.volunteers.queries.helpers import helpers
from services.volunteers.tables import Assignment, HelpRequest, SiteEntry, Volunteer
from shared.contracts.words import District, VolunteerKind
from shared.days import day_of

FOR_NOW = timedelta(hours=1)
"""So long somebody must be free to be called (ours)."""


@dataclass(frozen=True, slots=True)
class Interpreter:
    """Somebody who interprets; `is_there`: they have promised to be at this site at that moment."""

    volunteer: Volunteer
    languages: list[str]
    is_there: bool


async def interpreters(
    session: AsyncSession, site: str, at: datetime, language: str | None, limit: int = 50
) -> list[Interpreter]:
    """Those who are there first, then those who can come, the best first."""
    there = await _there(session, site, at)
    known = await helpers(session, at)
    entry = await session.get(SiteEntry, site)
    district = District(entry.districts[0]) if entry is not None and entry.districts else None
    during = Interval(at, at + FOR_NOW)
    wanted = Wanted(UUID(int=0), VolunteerKind.INTERPRETER, language, during, district, False, False, None)
    order = [proposal.helper_id for proposal in rank(known.values(), wanted, day_of(at))]
    if language is None:
        # Nobody in particular is looked for: whoever interprets anything and is free.
        order = [number for number in order if any(tag != "de" for tag in known[number].languages)]
    ids = [*there, *(number for number in order if number not in there)]
    if language is not None:
        ids = [number for number in ids if number in known and spoken(known[number].languages, language) is not None]
    found = await session.exec(select(Volunteer).where(col(Volunteer.id).in_(ids)))
    people = {person.id: person for person in found.all()}
    return [
        Interpreter(
            people[number],
            [tag for tag, skill in known[number].languages.items() if skill.speaks and tag != "de"],
            number in there,
        )
        for number in ids[:limit]
        if number in people and number in known
    ]


async def _there(session: AsyncSession, site: str, at: datetime) -> list[UUID]:
    found = await session.exec(
        select(Assignment.volunteer_id)
        .join(HelpRequest, col(HelpRequest.id) == Assignment.request_id)
        .where(
            HelpRequest.site == site,
            col(HelpRequest.household_id).is_(None),
            Assignment.kind == VolunteerKind.INTERPRETER,
            col(Assignment.state).in_((AssignmentState.ACCEPTED, AssignmentState.COMPLETED)),
            col(Assignment.starts_at) <= at,
            col(Assignment.ends_at) > at,
        )
    )
    return list(found.all())
