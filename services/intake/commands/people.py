"""Births, deaths, joining and leaving: who belongs to a household from which day on (report, §2.3; rule 15)."""

from datetime import date
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.commands.acting import Acting
from services.intake.commands.authorities import keep_authorities_told
from services.intake.commands.files import File, open_file, refresh_search, state_anew, write_down
from services.intake.commands.interpreters import end_wishes, retell_wishes
from services.intake.commands.releases import end_releases
from services.intake.commands.visits import drop_open_visit
from services.intake.domain.circles import History
from services.intake.domain.days import german
from services.intake.domain.people import CHANGE_OF, check_joins, check_leaves, end_of
from services.intake.inputs import AddPerson, RemovePerson
from services.intake.tables import Person
from shared.contracts.intake import HouseholdClosed
from shared.contracts.words import GrantEnd, HouseholdChange
from shared.messaging import outbox
from shared.refusals import Conflict


async def add_person(session: AsyncSession, by: Acting, household_id: UUID, wanted: AddPerson) -> Person:
    """Somebody is born into the household or joins it, from a day on that has come. Raises `Invalid`, `Conflict`."""
    file = await open_file(session, household_id)
    file.require_open()
    born = check_joins(wanted.came_by, wanted.on, wanted.birth_date, by.today)
    person = Person(
        household_id=household_id,
        position=1 + max((other.position for other in file.persons), default=-1),
        given_name=wanted.given_name,
        family_name=wanted.family_name,
        birth_date=born,
        first_legal_circle=wanted.legal_circle,
        joined_on=wanted.on,
        created_as=wanted.came_by,
    )
    session.add(person)
    file.persons.append(person)
    file.histories[person.id] = History(wanted.legal_circle)
    await refresh_search(session, file.household)
    await state_anew(session, file, wanted.on, CHANGE_OF[wanted.came_by])
    await keep_authorities_told(session, by, file, person)
    await retell_wishes(session, by, file)
    write_down(session, by, household_id, f"person_{wanted.came_by}", on=wanted.on, person_id=str(person.id))
    return person


async def remove_person(
    session: AsyncSession, by: Acting, household_id: UUID, person_id: UUID, wanted: RemovePerson
) -> File:
    """Somebody has died or left; the person stays in the file with that day. With the last one the file is closed.

    Who was entered by mistake leaves on the day of joining, and so never counted.
    """
    file = await open_file(session, household_id)
    file.require_open()
    person = file.person(person_id)
    check_leaves(person, person.birth_date, wanted.on, by.today)
    person.left_on, person.left_because = wanted.on, wanted.because
    session.add(person)
    await state_anew(session, file, wanted.on, CHANGE_OF[wanted.because], also=_told_after(file, person))
    await keep_authorities_told(session, by, file, person)
    await retell_wishes(session, by, file)
    await end_releases(session, by, file, GrantEnd.REVOKED, person_id=person_id)
    write_down(session, by, household_id, f"person_{wanted.because}", on=wanted.on, person_id=str(person_id))
    await _close_if_empty(session, by, file)
    return file


async def return_person(session: AsyncSession, by: Acting, household_id: UUID, person_id: UUID) -> Person:
    """It was entered by mistake that somebody had died or left: the person belongs to the household throughout."""
    file = await open_file(session, household_id)
    file.require_open()
    person = file.person(person_id)
    if person.left_on is None:
        raise Conflict("Die Person gehört zum Haushalt.")
    left_on, later = person.left_on, _told_after(file, person)
    person.left_on = person.left_because = None
    session.add(person)
    await state_anew(session, file, left_on, HouseholdChange.DETAILS, also=later)
    await keep_authorities_told(session, by, file, person)
    await retell_wishes(session, by, file)
    note = f"Eingetragen war der {german(left_on)}."
    write_down(session, by, household_id, "person_returned", note=note, person_id=str(person_id))
    return person


def _told_after(file: File, person: Person) -> list[date]:
    """The days of legal circles that were told, on which the person does not belong to the household any more."""
    return [day for day in file.histories[person.id].changes if person.left_on is not None and day > person.left_on]


async def _close_if_empty(session: AsyncSession, by: Acting, file: File) -> None:
    """Nobody is left whom the file is about."""
    end = end_of(file.persons)
    if end is None:
        return
    left_on, reason = end
    household = file.household
    household.closed_on, household.closing_reason = max(left_on, household.stated_on), reason
    session.add(household)
    await drop_open_visit(session, by, file, household.closed_on)
    await outbox.add(
        session,
        HouseholdClosed(
            household_id=household.id,
            reason=reason,
            on=household.closed_on,
            district=file.residence.district,
            charge=household.charge,
        ),
    )
    write_down(session, by, household.id, "closed", on=household.closed_on, reason=reason)
    await end_releases(session, by, file, GrantEnd.HOUSEHOLD_CLOSED)
    await end_wishes(session, by, file)
