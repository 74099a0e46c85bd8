"""A household's file as the commands need it: locked, with its members, and what events say of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.commands.acting import Acting
from services.intake.domain.charge import Standing, site_name
from services.intake.domain.circles import History, persons_per_circle
from services.intake.domain.days import minors_on
from services.intake.domain.members import members_on
from services.intake.domain.sounds import sounds
from services.intake.queries.circles import histories_of
from services.intake.tables import Household, Person, Residence, Timeline
from shared.contracts.intake import HouseholdChanged
from shared.contracts.words import HouseholdChange
from shared.messaging import outbox
from shared.refusals import Conflict, Missing

_REFRESH_SEARCH = text(
    "update household h set search = fold(concat_ws(' ', h.family_name, h.case_number, "
    "(select string_agg(p.given_name || ' ' || p.family_name, ' ' order by p.position) "
    "from person p where p.household_id = h.id), "
    "case when not h.protected then (select r.street from residence r "
    "where r.household_id = h.id and r.moved_out is null) end)), sounds = :sounds where h.id = :id"
)
_NAMES = text(
    "select concat_ws(' ', h.family_name, (select string_agg(p.given_name || ' ' || p.family_name, ' ' "
    "order by p.position) from person p where p.household_id = h.id)) from household h where h.id = :id"
)


@dataclass(slots=True)
class File:
    """A locked file: nobody else changes this household until the transaction ends."""

    household: Household
    residence: Residence
    persons: list[Person]
    histories: dict[UUID, History]

    def figures(self, on: date) -> dict[str, Any]:
        """Persons, minors, languages and legal circles on a day, as events carry them."""
        members = members_on(self.persons, on)
        return {
            "persons": len(members),
            "minors": minors_on([person.birth_date for person in members], on),
            "languages": tuple(self.household.languages),
            "legal_circles": persons_per_circle([self.histories[person.id] for person in members], on),
        }

    def state(self, on: date, residence: Residence | None = None) -> dict[str, Any]:
        """Everything that events say of a household on a day; `residence` is where it lived then, if not today's."""
        return {
            **self.figures(on),
            "household_id": self.household.id,
            "on": on,
            **self._home(residence or self.residence),
            "charge": self.household.charge,
        }

    @property
    def place(self) -> dict[str, Any]:
        """District and neighbourhood; of a protected household the district alone."""
        return self._place(self.residence)

    @property
    def home(self) -> dict[str, Any]:
        """What others may know of where and how the household lives."""
        return self._home(self.residence)

    def _place(self, residence: Residence) -> dict[str, Any]:
        neighbourhood = None if self.household.protected else residence.neighbourhood
        return {"district": residence.district, "neighbourhood": neighbourhood}

    def _home(self, residence: Residence) -> dict[str, Any]:
        return {"tenancy": residence.tenancy, **self._place(residence)}

    @property
    def is_open(self) -> bool:
        """Whether the site still looks after this household."""
        return self.household.closed_on is None

    @property
    def is_in_charge(self) -> bool:
        """Whether this site has the file's number."""
        return self.household.standing is Standing.IN_CHARGE

    @property
    def is_in_transit(self) -> bool:
        """Whether this site looks after the family until the next one has the file."""
        return self.household.standing is Standing.CARETAKER

    def require_in_charge(self, *, or_caretaker: bool = False) -> None:
        """This site has the number; what is left to do in a closed file may still be done.

        `or_caretaker` for what protects the family: that cannot wait until the file has arrived.
        """
        if not self.is_in_charge and not (or_caretaker and self.is_in_transit):
            raise in_transit(self.household.handed_to)

    def require_open(self, *, or_caretaker: bool = False) -> None:
        """Nothing is changed in a file that was closed, or that this site does not have the number of any more."""
        self.require_in_charge(or_caretaker=or_caretaker)
        if not self.is_open:
            raise Conflict("Die Akte ist geschlossen. Es wurde nichts geändert.")

    def person(self, person_id: UUID) -> Person:
        """A member of this household."""
        for person in self.persons:
            if person.id == person_id:
                return person
        raise Missing("Die Person")


def in_transit(to_site: str | None) -> Conflict:
    """The file is changed by the site to which it goes."""
    return Conflict(
        f"Die Akte ist in Übergabe an {site_name(to_site or '')}. Geändert wird sie dort; hier wurde nichts geändert."
    )


async def open_file(session: AsyncSession, household_id: UUID) -> File:
    """Load and lock a household's file. Raises `Missing`."""
    household = (
        await session.exec(select(Household).where(Household.id == household_id).with_for_update())
    ).one_or_none()
    if household is None:
        raise Missing("Der Haushalt")
    residence = (
        await session.exec(
            select(Residence)
            .where(Residence.household_id == household_id)
            .order_by(col(Residence.moved_out).is_(None).desc(), col(Residence.moved_out).desc())
            .limit(1)
        )
    ).one()
    persons = (
        await session.exec(select(Person).where(Person.household_id == household_id).order_by(col(Person.position)))
    ).all()
    return File(household, residence, list(persons), await histories_of(session, list(persons)))


async def file_in_charge(session: AsyncSession, household_id: UUID | None) -> File | None:
    """The locked file in this site's charge, if there is one; of a household that was merged, the one that goes on."""
    found = await session.exec(
        select(func.coalesce(Household.merged_into, Household.id)).where(Household.id == household_id)
    )
    goes_on = found.one_or_none()
    if goes_on is None:
        return None
    file = await open_file(session, goes_on)
    return file if file.is_in_charge else None


async def state_anew(
    session: AsyncSession,
    file: File,
    on: date,
    change: HouseholdChange = HouseholdChange.DETAILS,
    *,
    also: Iterable[date] = (),
) -> None:
    """Tell the household's state from a day on, and again for the latest day for which it was told otherwise.

    What is entered late for an earlier day would else be outlived by what was said of a later one. `also` are later
    days from which something was told of a person who does not count on them.
    """
    for day in sorted({on, max(on, file.household.stated_on), *also}):
        said = change if day == on else HouseholdChange.DETAILS
        state = file.state(day, await _residence_on(session, file, day))
        await outbox.add(session, HouseholdChanged(change=said, **state))
    file.household.stated_on = max(file.household.stated_on, on)


async def _residence_on(session: AsyncSession, file: File, day: date) -> Residence:
    """Where the household lived on a day; before its first known home, and after its last, the nearest of them."""
    if file.residence.moved_in is None or file.residence.moved_in <= day:
        return file.residence
    found = await session.exec(
        select(Residence)
        .where(Residence.household_id == file.household.id)
        .order_by(col(Residence.moved_in).asc().nulls_first())
    )
    homes = list(found.all())
    return next((home for home in reversed(homes) if home.moved_in is None or home.moved_in <= day), homes[0])


async def refresh_search(session: AsyncSession, household: Household) -> None:
    """Keep what the search finds in step with the file."""
    await session.flush()
    names = (await session.execute(_NAMES, {"id": household.id})).scalar_one()
    await session.execute(_REFRESH_SEARCH, {"id": household.id, "sounds": sounds(names)})


def write_down(
    session: AsyncSession,
    by: Acting,
    household_id: UUID,
    kind: str,
    *,
    on: date | None = None,
    at: datetime | None = None,
    **details: Any,
) -> None:
    """A line in the file's timeline; what is None is left out."""
    session.add(
        Timeline(
            household_id=household_id,
            kind=kind,
            on=on or by.today,
            at=at,
            details={name: value for name, value in details.items() if value is not None},
            recorded_at=by.now,
            recorded_by=by.who,
        )
    )
