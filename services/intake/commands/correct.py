"""What was entered wrongly in a file is put right."""

from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.commands.acting import Acting
from services.intake.commands.cases import lock_cases
from services.intake.commands.files import File, open_file, refresh_search, state_anew, write_down
from services.intake.commands.interpreters import retell_wishes
from services.intake.commands.letters import tell_next_site
from services.intake.commands.sites import registered_sites
from services.intake.domain.charge import neighbourhood_slug, require_own_district
from services.intake.domain.days import check_birth
from services.intake.inputs import Address, CorrectHousehold
from shared.refusals import Conflict, Invalid

_MAY_BE_EMPTY = frozenset({"phone", "case_number"})


async def correct_household(session: AsyncSession, by: Acting, household_id: UUID, wanted: CorrectHousehold) -> File:
    """Correct names, birth dates, contact data, languages, protection or a slip in the address.

    Others hear of it only if it changes what they may know (figures, tenancy, place). A move is not a correction.
    Of a file in transit the address alone may be protected (`protect_address`).
    """
    await lock_cases(session, [wanted.case_number])
    file = await open_file(session, household_id)
    if file.is_in_transit and wanted.protected and wanted.model_fields_set == {"protected"}:
        return await protect_address(session, by, household_id)
    file.require_open()
    _refuse_empty(wanted)
    before, home_before = file.state(by.today), file.home

    corrected = _correct_household(file, wanted)
    if wanted.address is not None:
        register = await registered_sites(session, by.site)
        require_own_district(register, by.site, wanted.address.district, "address.district")
        corrected += _correct_address(file, wanted.address)
    if wanted.tenancy is not None and wanted.tenancy is not file.residence.tenancy:
        file.residence.tenancy = wanted.tenancy
        corrected.append("tenancy")
    corrected += _correct_persons(file, wanted, by)
    if not corrected:
        raise Conflict("Die Berichtigung ändert nichts an der Akte.")

    session.add_all([file.household, file.residence, *file.persons])
    await refresh_search(session, file.household)
    write_down(session, by, household_id, "corrected", fields=sorted(set(corrected)))
    if file.home != home_before:
        await _tell_home(session, file)
    elif file.state(by.today) != before:
        await state_anew(session, file, by.today)
    await retell_wishes(session, by, file)
    return file


async def protect_address(session: AsyncSession, by: Acting, household_id: UUID) -> File:
    """The address must not become known from now on (domain rule 14); one that is protected stays so.

    Also in a closed file, and by the caretaker of one in transit, who tells the next site, which tells the others.
    """
    file = await open_file(session, household_id)
    file.require_in_charge(or_caretaker=True)
    if file.household.protected:
        return file
    home_before = file.home
    file.household.protected = True
    session.add(file.household)
    await refresh_search(session, file.household)
    write_down(session, by, household_id, "corrected", fields=["protected"])
    if file.is_in_transit:
        await tell_next_site(session, by, file.household, "address_protected")
    elif file.is_open and file.home != home_before:
        await _tell_home(session, file)
        await retell_wishes(session, by, file)
    return file


async def _tell_home(session: AsyncSession, file: File) -> None:
    """A slip in the district was wrong from the first day in this home, and so were the figures."""
    await state_anew(session, file, file.residence.moved_in or file.household.registered_on)


def _refuse_empty(wanted: CorrectHousehold) -> None:
    for field in wanted.model_fields_set - _MAY_BE_EMPTY:
        if getattr(wanted, field) is None:
            raise Invalid(field, "Dieses Feld kann nicht leer sein.")


def _set(row: Any, field: str, value: Any) -> bool:
    changed = bool(getattr(row, field) != value)
    setattr(row, field, value)
    return changed


def _correct_household(file: File, wanted: CorrectHousehold) -> list[str]:
    fields = ("family_name", "phone", "case_number", "languages", "protected")
    given = [field for field in fields if field in wanted.model_fields_set]
    return [field for field in given if _set(file.household, field, getattr(wanted, field))]


def _correct_address(file: File, address: Address) -> list[str]:
    named = address.neighbourhood
    values: dict[str, Any] = {
        "street": address.street,
        "postal_code": address.postal_code,
        "city": address.city,
        "district": address.district,
        "neighbourhood": named and neighbourhood_slug(address.district, named, "address.neighbourhood"),
    }
    changed = [field for field, value in values.items() if _set(file.residence, field, value)]
    return ["address"] if changed else []


def _correct_persons(file: File, wanted: CorrectHousehold, by: Acting) -> list[str]:
    corrected: list[str] = []
    for number, correction in enumerate(wanted.persons):
        if correction.person_id not in file.histories:
            raise Invalid(f"persons.{number}.person_id", "Diese Person gibt es in diesem Haushalt nicht.")
        person = file.person(correction.person_id)
        for field in correction.model_fields_set - {"person_id"}:
            value = getattr(correction, field)
            if value is None and field != "birth_date":
                raise Invalid(f"persons.{number}.{field}", "Dieses Feld kann nicht leer sein.")
            if field == "birth_date" and value is not None:
                check_birth(value, by.today, by.today, f"persons.{number}.birth_date")
            if _set(person, field, value):
                corrected.append(f"person_{field}")
    return corrected
