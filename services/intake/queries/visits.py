"""First visits: owed, overdue, done."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import tuple_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.domain.days import day_of
from services.intake.domain.visits import OPEN, VisitState
from services.intake.tables import FirstVisit, Household, Residence


class VisitList(StrEnum):
    """Which first visits: still owed, owed and past their day, or ended."""

    OPEN = "open"
    OVERDUE = "overdue"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class VisitRow:
    """One line of the list; of a protected household without neighbourhood."""

    visit: FirstVisit
    household_id: UUID
    family_name: str
    languages: list[str]
    district: str
    neighbourhood: str | None
    days_overdue: int

    def is_for_week_of(self, today: date) -> bool:
        """Whether something is to happen until Sunday: it is due, or there is an appointment."""
        sunday = today + timedelta(days=6 - today.weekday())
        appointed = self.visit.at and day_of(self.visit.at)
        return self.visit.due_on <= sunday or (appointed is not None and today <= appointed <= sunday)

    def key(self, which: VisitList) -> tuple[date, UUID]:
        """The row's place in the order of a list."""
        if which is VisitList.DONE and self.visit.ended_on is not None:
            return self.visit.ended_on, self.visit.id
        return self.visit.due_on, self.visit.id


_LAST_RESIDENCE = (
    select(Residence.id)
    .where(Residence.household_id == Household.id)
    .order_by(col(Residence.moved_out).desc().nulls_first(), col(Residence.moved_in).desc().nulls_last())
    .limit(1)
    .correlate(Household)
    .scalar_subquery()
)


async def first_visits(
    session: AsyncSession,
    which: VisitList,
    today: date,
    *,
    after: tuple[date, UUID] | None = None,
    limit: int = 51,
) -> list[VisitRow]:
    """First visits by the day on which they are due, the longest overdue first; ended ones newest first."""
    ordered_by = col(FirstVisit.ended_on) if which is VisitList.DONE else col(FirstVisit.due_on)
    query = (
        select(FirstVisit, Household, Residence)
        .join(Household, col(Household.id) == FirstVisit.household_id)
        .join(Residence, col(Residence.id) == _LAST_RESIDENCE)
        .limit(limit)
    )
    key = (ordered_by, col(FirstVisit.id))
    if which is VisitList.DONE:
        ended = [VisitState.COMPLETED, VisitState.WAIVED, VisitState.REFUSED]
        query = query.where(col(FirstVisit.state).in_(ended)).order_by(key[0].desc(), key[1].desc())
        if after is not None:
            query = query.where(tuple_(*key) < tuple_(*after))
    else:
        query = query.where(col(FirstVisit.state).in_([*OPEN])).order_by(*key)
        if which is VisitList.OVERDUE:
            query = query.where(col(FirstVisit.due_on) < today)
        if after is not None:
            query = query.where(tuple_(*key) > tuple_(*after))
    return [_row(visit, household, residence, today) for visit, household, residence in await session.exec(query)]


def _row(visit: FirstVisit, household: Household, residence: Residence, today: date) -> VisitRow:
    return VisitRow(
        visit=visit,
        household_id=household.id,
        family_name=household.family_name,
        languages=household.languages,
        district=residence.district,
        neighbourhood=None if household.protected else residence.neighbourhood,
        days_overdue=visit.days_overdue(today),
    )
