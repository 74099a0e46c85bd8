"""One household's file, with all that belongs to it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.domain.charge import site_name
from services.intake.domain.circles import History, persons_per_circle
from services.intake.domain.days import minors_on
from services.intake.domain.members import members_on
from services.intake.queries import (
    agreements,
    assignments,
    barriers,
    care,
    erasures,
    handovers,
    merges,
    people,
    releases,
)
from services.intake.queries.circles import histories_of
from services.intake.tables import (
    Consent,
    FirstVisit,
    Household,
    Need,
    Person,
    Residence,
    Timeline,
)
from services.intake.tables.handovers import PassedOn
from shared.contracts.words import LegalCircle
from shared.refusals import Missing, MovedOn

SECTIONS: Mapping[str, Callable[[AsyncSession, UUID, date], Awaitable[Any]]] = {
    "handover": handovers.section,
    "people": people.section,
    "barriers": barriers.section,
    "agreements": agreements.section,
    "consents": releases.section,
    "volunteers": assignments.section,
    "care": care.section,
    "erasure": erasures.section,
    "merge": merges.section,
}
"""What each part of the file's page asks for, by the name of its template in `templates/file`."""


@dataclass(frozen=True, slots=True)
class HouseholdFile:
    """Everything that the file's page and the file's call show."""

    household: Household
    residences: list[Residence]
    persons: list[Person]
    histories: dict[UUID, History]
    visits: list[FirstVisit]
    needs: list[Need]
    consents: list[Consent]
    timeline: list[Timeline]
    sections: dict[str, Any] = field(default_factory=dict)
    """By the names in `SECTIONS`; empty where only the file itself was asked for."""

    @property
    def residence(self) -> Residence:
        """The current home, or the last one before the household left the city."""
        return self.residences[0]

    @property
    def open_visit(self) -> FirstVisit | None:
        """The first visit that is still owed."""
        return next((visit for visit in self.visits if visit.is_open), None)

    def circles_on(self, day: date) -> dict[LegalCircle, int]:
        """Persons per legal circle."""
        return persons_per_circle([self.histories[person.id] for person in self.members_on(day)], day)

    def minors_on(self, day: date) -> int:
        """How many are under 18."""
        return minors_on([person.birth_date for person in self.members_on(day)], day)

    def members_on(self, day: date) -> list[Person]:
        """Who belongs to the household on a day."""
        return members_on(self.persons, day)


async def household_file(
    session: AsyncSession, household_id: UUID, *, sections_on: date | None = None
) -> HouseholdFile:
    """The file, newest entries first; with its sections as of a day, if one is given. Raises `Missing`."""
    household = await require_household(session, household_id)
    residences = await session.exec(
        select(Residence)
        .where(Residence.household_id == household_id)
        .order_by(col(Residence.moved_out).desc().nulls_first(), col(Residence.moved_in).desc().nulls_last())
    )
    persons = list(
        (
            await session.exec(select(Person).where(Person.household_id == household_id).order_by(col(Person.position)))
        ).all()
    )
    visits = await session.exec(
        select(FirstVisit).where(FirstVisit.household_id == household_id).order_by(col(FirstVisit.id).desc())
    )
    needs = await session.exec(
        select(Need)
        .where(Need.household_id == household_id)
        .order_by(col(Need.met_on).desc().nulls_first(), col(Need.id))
    )
    consents = await session.exec(
        select(Consent)
        .where(Consent.household_id == household_id)
        .order_by(col(Consent.withdrawn_on).desc().nulls_first(), col(Consent.id))
    )
    timeline = await session.exec(
        select(Timeline)
        .where(Timeline.household_id == household_id)
        .order_by(col(Timeline.on).desc(), col(Timeline.id).desc())
    )
    return HouseholdFile(
        household,
        list(residences.all()),
        persons,
        await histories_of(session, persons),
        list(visits.all()),
        list(needs.all()),
        list(consents.all()),
        list(timeline.all()),
        {name: await section(session, household_id, sections_on) for name, section in SECTIONS.items()}
        if sections_on is not None
        else {},
    )


async def require_household(session: AsyncSession, household_id: UUID) -> Household:
    """The household alone, without its file. Raises `Missing`."""
    household = await session.get(Household, household_id)
    if household is None:
        if gone := await session.get(PassedOn, household_id):
            raise MovedOn("Der Haushalt", site_name(gone.to_site))
        raise Missing("Der Haushalt")
    return household
