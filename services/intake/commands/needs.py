"""Needs in the six areas of the needs assessment (report, §3.1b)."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.commands.acting import Acting
from services.intake.commands.files import File, open_file, write_down
from services.intake.domain.days import check_day, german
from services.intake.inputs import IdentifyNeed
from services.intake.tables import Need
from shared.contracts.intake import NeedIdentified, NeedMet
from shared.messaging import outbox
from shared.refusals import Conflict, Invalid, Missing


async def identify_need(session: AsyncSession, by: Acting, household_id: UUID, wanted: IdentifyNeed) -> Need:
    """Enter what the household, or one of its members, needs. The note stays with the site."""
    file = await open_file(session, household_id)
    file.require_open()
    if wanted.person_id is not None and wanted.person_id not in file.histories:
        raise Invalid("person_id", "Diese Person gibt es in diesem Haushalt nicht.")
    on = check_day(wanted.on or by.today, by.today)
    need = Need(
        household_id=household_id,
        person_id=wanted.person_id,
        area=wanted.area,
        languages=wanted.languages,
        times=[window.model_dump(mode="json", by_alias=True) for window in wanted.times],
        note=wanted.note,
        identified_on=on,
    )
    session.add(need)
    await outbox.add(session, NeedIdentified(**_state(file, need, on)))
    write_down(session, by, household_id, "need_identified", on=on, area=need.area, note=need.note)
    return need


async def meet_need(session: AsyncSession, by: Acting, need_id: UUID, on: date | None) -> Need:
    """The need has been met."""
    household_id = (await session.exec(select(Need.household_id).where(Need.id == need_id))).one_or_none()
    if household_id is None:
        raise Missing("Der Bedarf")
    file = await open_file(session, household_id)
    file.require_in_charge()
    need = (await session.exec(select(Need).where(Need.id == need_id))).one()
    if need.met_on is not None:
        raise Conflict(f"Der Bedarf ist schon seit dem {german(need.met_on)} gedeckt.")
    need.met_on = check_day(on or by.today, by.today)
    if need.met_on < need.identified_on:
        raise Invalid("on", f"Der Tag liegt vor dem {german(need.identified_on)}, an dem der Bedarf erkannt wurde.")
    session.add(need)
    await outbox.add(session, NeedMet(**_state(file, need, need.met_on)))
    write_down(session, by, household_id, "need_met", on=need.met_on, area=need.area)
    return need


def _state(file: File, need: Need, on: date) -> dict[str, Any]:
    return {
        "household_id": need.household_id,
        "need_id": need.id,
        "person_id": need.person_id,
        "on": on,
        "area": need.area,
        "languages": tuple(need.languages),
        "times": tuple(need.times),
        **file.place,
    }
