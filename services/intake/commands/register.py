"""A household gets a file."""

from datetime import date
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.commands.acting import Acting
from services.intake.commands.cases import lock_cases
from services.intake.commands.files import File, refresh_search, write_down
from services.intake.commands.sites import registered_sites
from services.intake.commands.visits import owe_first_visit
from services.intake.domain.charge import neighbourhood_slug, require_own_district
from services.intake.domain.circles import History
from services.intake.domain.days import check_birth, check_moved_on
from services.intake.inputs import Address, PersonInput, RegisterHousehold
from services.intake.tables import FirstVisit, Household, Person, Residence
from shared.contracts.intake import HouseholdMoved, HouseholdRegistered
from shared.contracts.words import LegalCircle, Tenancy
from shared.ids import uuid7
from shared.messaging import outbox
from shared.refusals import Invalid


async def register_household(
    session: AsyncSession, by: Acting, wanted: RegisterHousehold, household_id: UUID | None = None
) -> tuple[File, FirstVisit | None]:
    """Open a file; with a moving date the move is told, too, and a first visit is owed (domain rule 1).

    `household_id` is the new file's id, if it has to be known beforehand. Raises `Invalid` for dates that cannot be, a
    neighbourhood outside the district, and a district that another site serves; `NotKnownYet` before the site register
    has arrived.
    """
    require_own_district(await registered_sites(session, by.site), by.site, wanted.address.district, "address.district")
    since = _check_days(wanted, by.today)
    await lock_cases(session, [wanted.case_number])

    household = Household(
        id=household_id or uuid7(),
        family_name=wanted.family_name,
        phone=wanted.phone,
        case_number=wanted.case_number,
        languages=wanted.languages,
        protected=wanted.protected,
        registered_on=since,
        stated_on=since,
        created_at=by.now,
    )
    session.add(household)
    await session.flush()
    residence = residence_at(household, wanted.address, wanted.tenancy, wanted.moved_on)
    persons = [_person(household, number, person, wanted.legal_circle) for number, person in enumerate(wanted.persons)]
    session.add_all([residence, *persons])
    await refresh_search(session, household)

    file = File(household, residence, persons, {one.id: History(one.first_legal_circle) for one in persons})
    await outbox.add(session, HouseholdRegistered(**file.state(since)))
    write_down(session, by, household.id, "registered", persons=len(persons))
    if wanted.moved_on is None:
        return file, None
    await outbox.add(session, moved_event(file, by.site, wanted.moved_on))
    write_down(session, by, household.id, "moved", on=wanted.moved_on, district=residence.district)
    return file, await owe_first_visit(session, by, file, wanted.moved_on)


def _check_days(wanted: RegisterHousehold, today: date) -> date:
    """From when the household counts."""
    if wanted.moved_on is not None:
        check_moved_on(wanted.moved_on, today)
    since = wanted.moved_on or today
    for number, person in enumerate(wanted.persons):
        if person.birth_date is not None:
            check_birth(person.birth_date, since, today, f"persons.{number}.birth_date")
    return since


def _person(household: Household, number: int, person: PersonInput, otherwise: LegalCircle | None) -> Person:
    circle = person.legal_circle or otherwise
    if circle is None:
        raise Invalid(
            f"persons.{number}.legal_circle",
            "Der Rechtskreis fehlt; er kann hier oder für den ganzen Haushalt angegeben werden.",
        )
    return Person(
        household_id=household.id,
        position=number,
        given_name=person.given_name,
        family_name=person.family_name,
        birth_date=person.birth_date,
        first_legal_circle=circle,
    )


def residence_at(household: Household, address: Address, tenancy: Tenancy, moved_in: date | None) -> Residence:
    """A home of the household; the neighbourhood is kept as its slug."""
    named = address.neighbourhood
    return Residence(
        household_id=household.id,
        street=address.street,
        postal_code=address.postal_code,
        city=address.city,
        district=address.district,
        neighbourhood=named and neighbourhood_slug(address.district, named, "address.neighbourhood"),
        tenancy=tenancy,
        moved_in=moved_in,
    )


def moved_event(
    file: File, site: str, moved_on: date, left: Residence | None = None, to_site: str | None = None
) -> HouseholdMoved:
    """The household lives at the file's residence since that day; `left` is where it lived before, as far as known.

    `to_site` is the site of the new district, if it is not the one that says so.
    """
    return HouseholdMoved(
        household_id=file.household.id,
        from_district=left and left.district,
        from_site=left and site,
        from_tenancy=left.tenancy if left else Tenancy.SHELTER,
        to_district=file.residence.district,
        to_site=to_site or site,
        to_tenancy=file.residence.tenancy,
        to_neighbourhood=file.place["neighbourhood"],
        left_city=False,
        moved_on=moved_on,
        **file.figures(moved_on),
    )
