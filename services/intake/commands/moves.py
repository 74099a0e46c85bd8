"""A household moves, which starts everything (domain rule 1; report, §2.1b)."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.commands.acting import Acting
from services.intake.commands.files import File, open_file, refresh_search, state_anew, write_down
from services.intake.commands.handovers import hand_over
from services.intake.commands.interpreters import end_wishes, retell_wishes
from services.intake.commands.letters import add_supplement
from services.intake.commands.register import moved_event, residence_at
from services.intake.commands.releases import end_releases
from services.intake.commands.sites import registered_sites
from services.intake.commands.visits import drop_open_visit, owe_first_visit
from services.intake.domain.charge import Standing, require_served
from services.intake.domain.days import check_moved_on, german
from services.intake.inputs import Address, MoveHousehold
from services.intake.tables import FirstVisit
from shared.contracts.intake import HouseholdClosed, HouseholdMoved
from shared.contracts.words import ClosingReason, GrantEnd, Tenancy
from shared.letters import steps
from shared.messaging import outbox
from shared.refusals import Invalid


@dataclass(frozen=True, slots=True)
class Moved:
    """What a move has led to: a first visit that this site owes, or another site that has the file or gets it."""

    visit: FirstVisit | None = None
    handed_to: str | None = None


async def move_household(session: AsyncSession, by: Acting, household_id: UUID, wanted: MoveHousehold) -> Moved:
    """Move a household within the city, or let it leave the city.

    The site of the destination owes a first visit at the new address; an open one at the old address is overtaken by
    it. If that is another site, the file goes there; if the file has gone already, the move goes after it. Raises
    `Invalid` for a day before the last move, `Conflict` for a closed file and a district that no site serves.
    """
    file = await open_file(session, household_id)
    if file.household.standing is not Standing.IN_CHARGE:
        return await _tell_the_next_site(session, by, file, wanted)
    file.require_open()
    if wanted.left_city:
        await _leave_city(session, by, file, wanted)
        return Moved()
    address, tenancy, moved_on = _complete(file, wanted, by.today)
    to_site = require_served(await registered_sites(session, by.site), address.district)
    steps.reached("S1")

    left = file.residence
    arrived = residence_at(file.household, address, tenancy, moved_on)
    left.moved_out = moved_on
    session.add(left)
    await session.flush()  # first out, then in: the database allows one current home at a time
    session.add(arrived)
    file.residence = arrived
    await refresh_search(session, file.household)
    await drop_open_visit(session, by, file, moved_on)

    await outbox.add(session, moved_event(file, by.site, moved_on, left, to_site))
    write_down(session, by, household_id, "moved", on=moved_on, district=arrived.district, from_district=left.district)
    if moved_on < file.household.stated_on:
        # Entered late: what was told for a later day named the old address and would outlive this move.
        await state_anew(session, file, file.household.stated_on)
    file.household.stated_on = max(file.household.stated_on, moved_on)
    if to_site != by.site:
        await hand_over(session, by, file, to_site, moved_on)
        return Moved(handed_to=to_site)
    await retell_wishes(session, by, file)
    return Moved(visit=await owe_first_visit(session, by, file, moved_on))


async def _tell_the_next_site(session: AsyncSession, by: Acting, file: File, wanted: MoveHousehold) -> Moved:
    """The family moves on before its file has arrived: only the site that gets the number may enter it."""
    household, to_site = file.household, file.household.handed_to
    assert to_site is not None  # noqa: S101  (the database allows no other)
    if wanted.left_city:
        moved_on = _leaving_on(file, wanted, by.today)
    else:
        address, tenancy, moved_on = _complete(file, wanted, by.today)
        residence_at(household, address, tenancy, moved_on)  # what is wrong with the address is said here
    content = {"what": "move", "by": by.who, "wanted": wanted.model_dump(mode="json")}
    await add_supplement(session, by, to_site, household.id, household.charge + 1, content)
    write_down(session, by, household.id, "move_told", on=moved_on, site=to_site)
    return Moved(handed_to=to_site)


def _complete(file: File, wanted: MoveHousehold, today: date) -> tuple[Address, Tenancy, date]:
    """Where to, how and when. Raises `Invalid` for what is missing and for a day that cannot be."""
    if wanted.address is None or wanted.tenancy is None or wanted.moved_on is None:
        raise _lacking(wanted)
    _check_day(file, wanted.moved_on, today)
    return wanted.address, wanted.tenancy, wanted.moved_on


def _leaving_on(file: File, wanted: MoveHousehold, today: date) -> date:
    """The day on which the household has left the city."""
    if wanted.address is not None or wanted.tenancy is not None:
        raise Invalid("address", "Wer die Stadt verlässt, hat hier keine neue Adresse. Bitte eines von beiden angeben.")
    moved_on = wanted.moved_on or today
    _check_day(file, moved_on, today)
    if moved_on > today:
        raise Invalid(
            "moved_on", "Ein Wegzug wird eingetragen, wenn er stattgefunden hat; bis dahin bleibt die Akte offen."
        )
    return moved_on


async def _leave_city(session: AsyncSession, by: Acting, file: File, wanted: MoveHousehold) -> None:
    moved_on = _leaving_on(file, wanted, by.today)
    household, left = file.household, file.residence
    left.moved_out = moved_on
    household.closed_on = max(moved_on, household.stated_on)
    household.closing_reason = ClosingReason.MOVED_AWAY
    session.add_all([left, household])
    await drop_open_visit(session, by, file, moved_on)

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
    await end_releases(session, by, file, GrantEnd.HOUSEHOLD_CLOSED)
    await end_wishes(session, by, file)


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
