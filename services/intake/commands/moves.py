"""A household moves, which starts everything (domain rule 1; report, §2.1b)."""

from datetime import date
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.commands.acting import Acting
from services.intake.commands.files import File, open_file, refresh_search, state_anew, write_down
from services.intake.commands.register import moved_event, residence_at
from services.intake.commands.sites import registered_sites
from services.intake.commands.visits import drop_open_visit, owe_first_visit
from services.intake.domain.charge import require_own_district
from services.intake.domain.days import check_moved_on, german
from services.intake.inputs import MoveHousehold
from services.intake.tables import FirstVisit
from shared.contracts.intake import HouseholdClosed, HouseholdMoved
from shared.contracts.words import ClosingReason
from shared.messaging import outbox
from shared.refusals import Invalid


async def move_household(
    session: AsyncSession, by: Acting, household_id: UUID, wanted: MoveHousehold
) -> FirstVisit | None:
    """Move a household within the site's districts, or let it leave the city.

    Owes a first visit at the new address; an open one at the old address is overtaken by it. Raises `Invalid` for a
    day before the last move or a destination that another site serves, `Conflict` for a closed file.
    """
    file = await open_file(session, household_id)
    file.require_open()
    if wanted.left_city:
        await _leave_city(session, by, file, wanted)
        return None
    moved_on = wanted.moved_on
    if wanted.address is None or wanted.tenancy is None or moved_on is None:
        raise _lacking(wanted)
    require_own_district(await registered_sites(session, by.site), by.site, wanted.address.district, "address.district")
    _check_day(file, moved_on, by.today)

    left = file.residence
    arrived = residence_at(file.household, wanted.address, wanted.tenancy, moved_on)
    left.moved_out = moved_on
    session.add(left)
    await session.flush()  # first out, then in: the database allows one current home at a time
    session.add(arrived)
    file.residence = arrived
    await refresh_search(session, file.household)
    await drop_open_visit(session, file, moved_on)

    await outbox.add(session, moved_event(file, by.site, moved_on, left))
    write_down(session, by, household_id, "moved", on=moved_on, district=arrived.district, from_district=left.district)
    if moved_on < file.household.stated_on:
        # Entered late: what was told for a later day named the old address and would outlive this move.
        await state_anew(session, file, file.household.stated_on)
    file.household.stated_on = max(file.household.stated_on, moved_on)
    return await owe_first_visit(session, by, file, moved_on)


async def _leave_city(session: AsyncSession, by: Acting, file: File, wanted: MoveHousehold) -> None:
    if wanted.address is not None or wanted.tenancy is not None:
        raise Invalid("address", "Wer die Stadt verlässt, hat hier keine neue Adresse. Bitte eines von beiden angeben.")
    moved_on = wanted.moved_on or by.today
    _check_day(file, moved_on, by.today)
    if moved_on > by.today:
        raise Invalid(
            "moved_on", "Ein Wegzug wird eingetragen, wenn er stattgefunden hat; bis dahin bleibt die Akte offen."
        )
    household, left = file.household, file.residence
    left.moved_out = moved_on
    household.closed_on = max(moved_on, household.stated_on)
    household.closing_reason = ClosingReason.MOVED_AWAY
    session.add_all([left, household])
    await drop_open_visit(session, file, moved_on)

    await outbox.add(
        session,
        HouseholdMoved(
            household_id=household.id,
            from_district=left.district,
            from_site=by.site,
            left_city=True,
            from_tenancy=left.tenancy,
            to_tenancy=left.tenancy,
            moved_on=moved_on,
            **file.figures(moved_on),
        ),
    )
    await outbox.add(
        session,
        HouseholdClosed(
            household_id=household.id,
            reason=ClosingReason.MOVED_AWAY,
            on=household.closed_on,
            district=left.district,
            charge=household.charge,
        ),
    )
    write_down(session, by, household.id, "left_city", on=moved_on)


def _lacking(wanted: MoveHousehold) -> Invalid:
    missing = [
        (path, text)
        for path, value, text in (
            ("address", wanted.address, "Die neue Adresse fehlt."),
            ("tenancy", wanted.tenancy, "Die Wohnform fehlt."),
            ("moved_on", wanted.moved_on, "Der Tag des Umzugs fehlt."),
        )
        if value is None
    ]
    return Invalid(*missing[0], more=missing[1:])


def _check_day(file: File, moved_on: date, today: date) -> None:
    check_moved_on(moved_on, today)
    moved_in = file.residence.moved_in
    if moved_in is not None and moved_on < moved_in:
        raise Invalid("moved_on", f"Der Umzug liegt vor dem Einzug in die jetzige Wohnung am {german(moved_in)}.")
