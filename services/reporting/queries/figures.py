"""The figures of a period: the true counts, by site (report, §3, §4).

Every household and every person is counted at one site only, so that the sites' counts add up to the city's.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import TextClause, text
from sqlmodel.ext.asyncio.session import AsyncSession


class Figure(StrEnum):
    """What is counted."""

    CONTACTS = "contacts"
    OFFICE_HOUR_USES = "office_hour_uses"
    OFFICE_HOUR_PEOPLE = "office_hour_people"
    HOST_SOCIETY_PEOPLE = "host_society_people"
    PARTNERS_CONTACTED = "partners_contacted"
    HOUSEHOLDS_REGISTERED = "households_registered"
    PERSONS_REGISTERED = "persons_registered"
    HOUSEHOLDS_REACHED = "households_reached"
    FIRST_VISITS_DONE = "first_visits_done"
    HOUSEHOLDS_MET_ELSEWHERE = "households_met_elsewhere"
    FIRST_VISITS_REFUSED = "first_visits_refused"
    FIRST_VISITS_OPEN = "first_visits_open"
    FIRST_VISITS_OVERDUE = "first_visits_overdue"
    PERSONS = "persons"
    ASSIGNMENTS = "assignments"
    ASSIGNMENT_HOURS = "assignment_hours"
    VOLUNTEERS_HELPING = "volunteers_helping"
    VOLUNTEERS_REGISTERED = "volunteers_registered"
    TRAININGS_ATTENDED = "trainings_attended"
    MENTORSHIPS_RUNNING = "mentorships_running"


PEOPLE = frozenset(Figure) - {
    Figure.CONTACTS,
    Figure.OFFICE_HOUR_USES,
    Figure.PARTNERS_CONTACTED,
    Figure.ASSIGNMENTS,
    Figure.ASSIGNMENT_HOURS,
    Figure.VOLUNTEERS_HELPING,
    Figure.VOLUNTEERS_REGISTERED,
    Figure.TRAININGS_ATTENDED,
}
"""Figures that count households or persons in files; the others count contacts, organisations and who helps."""

Counts = dict[Figure, Counter[str]]
"""Per figure the count of each site."""


@dataclass(frozen=True, slots=True)
class _Question:
    sql: TextClause
    figures: tuple[Figure, ...] = field()


# A household that two sites have reached is the first one's; a visit counts more than a meeting.
_QUESTIONS = (
    _Question(
        text(
            "select site, count(*), count(*) filter (where channel = 'office_hours'), "
            "count(distinct coalesce(person_id, counterpart_id)) filter (where channel = 'office_hours'), "
            "count(distinct coalesce(person_id, counterpart_id)) filter (where target_group = 'host_society') "
            "from contact where not void and day between :begin and :until group by site"
        ),
        (Figure.CONTACTS, Figure.OFFICE_HOUR_USES, Figure.OFFICE_HOUR_PEOPLE, Figure.HOST_SOCIETY_PEOPLE),
    ),
    _Question(
        text(
            "select registered_site, count(*), coalesce(sum(persons), 0) from household "
            "where counted and registered_on between :begin and :until group by registered_site"
        ),
        (Figure.HOUSEHOLDS_REGISTERED, Figure.PERSONS_REGISTERED),
    ),
    _Question(
        text(
            "with reached as (select distinct on (household_id) site, outcome from first_visit "
            "where outcome in ('completed', 'waived') and settled_on between :begin and :until "
            "order by household_id, outcome = 'completed' desc, settled_on, visit_id) "
            "select site, count(*), count(*) filter (where outcome = 'completed'), "
            "count(*) filter (where outcome = 'waived') from reached group by site"
        ),
        (Figure.HOUSEHOLDS_REACHED, Figure.FIRST_VISITS_DONE, Figure.HOUSEHOLDS_MET_ELSEWHERE),
    ),
    _Question(
        text(
            "select site, count(*) filter (where outcome = 'refused' and settled_on between :begin and :until), "
            "count(*) filter (where owed_on <= :state and (settled_on is null or settled_on > :state)), "
            "count(*) filter (where due_on < :state and owed_on <= :state "
            "and (settled_on is null or settled_on > :state)) from first_visit group by site"
        ),
        (Figure.FIRST_VISITS_REFUSED, Figure.FIRST_VISITS_OPEN, Figure.FIRST_VISITS_OVERDUE),
    ),
    _Question(
        text(
            "select site, count(*) from assignment "
            "where state = 'completed' and kind <> 'mentor' and day between :begin and :until group by site"
        ),
        (Figure.ASSIGNMENTS,),
    ),
    _Question(
        text(
            "select site, count(*) from mentorship where started_on <= :state "
            "and (ended_on is null or ended_on > :state) group by site"
        ),
        (Figure.MENTORSHIPS_RUNNING,),
    ),
)


async def figures_by_site(session: AsyncSession, begin: date, until: date, today: date) -> Counts:
    """All figures per site, from `begin` to `until`, both inclusive; but those that do not add up over the sites.

    These are persons, partners, hours and volunteers. Open and overdue visits and running mentorships are those at the
    end of the period, or of `today` if that comes first.
    """
    counts: Counts = {figure: Counter() for figure in Figure}
    values: dict[str, Any] = {"begin": begin, "until": until, "state": min(until, today)}
    for question in _QUESTIONS:
        names = set(question.sql.compile().params)
        for site, *numbers in await session.execute(question.sql, {n: v for n, v in values.items() if n in names}):
            for figure, number in zip(question.figures, numbers, strict=True):
                counts[figure][site] = int(number)
    return counts


async def partners_contacted(session: AsyncSession, begin: date, until: date, site: str | None) -> int:
    """Different partners with whom there was contact; several sites may know the same one, so they do not add up."""
    found = await session.execute(
        text(
            "select count(distinct partner) from contact where not void and day between :begin and :until "
            "and (cast(:site as text) is null or site = :site)"
        ),
        {"begin": begin, "until": until, "site": site},
    )
    return int(found.scalar_one())
