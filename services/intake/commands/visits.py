"""First visits: owed by a move, announced, made (report, §2.2, §3.1b)."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.commands.acting import Acting
from services.intake.commands.contacts import contact_of_visit
from services.intake.commands.files import File, open_file, write_down
from services.intake.commands.interpreters import end_wish_of_visit, wish_for_visit
from services.intake.domain.days import day_of
from services.intake.domain.visits import OPEN, VisitState, due_after
from services.intake.inputs import Appointment, VisitDone, VisitEnded, VisitMissed
from services.intake.tables import FirstVisit
from shared.contracts.intake import (
    FirstVisitCompleted,
    FirstVisitMissed,
    FirstVisitOwed,
    FirstVisitRefused,
    FirstVisitRescheduled,
    FirstVisitScheduled,
    FirstVisitWaived,
)
from shared.messaging import outbox
from shared.refusals import Missing


async def owe_first_visit(session: AsyncSession, by: Acting, file: File, moved_on: date) -> FirstVisit:
    """A move owes the household a first visit."""
    visit = FirstVisit(
        household_id=file.household.id,
        state=VisitState.OWED,
        moved_on=moved_on,
        due_on=due_after(moved_on, by.first_visit_due_days),
        created_at=by.now,
    )
    session.add(visit)
    await outbox.add(session, FirstVisitOwed(**_state(file, visit, moved_on)))
    return visit


async def drop_open_visit(session: AsyncSession, by: Acting, file: File, on: date) -> None:
    """The open visit, if there is one, was to the address that the household leaves."""
    open_visit = await session.exec(
        select(FirstVisit).where(FirstVisit.household_id == file.household.id, col(FirstVisit.state).in_([*OPEN]))
    )
    if (visit := open_visit.one_or_none()) is not None:
        visit.drop(on)
        session.add(visit)
        await session.flush()  # before the next one is owed: the database allows one open visit a household
        await end_wish_of_visit(session, by, file, visit)


async def schedule_first_visit(session: AsyncSession, by: Acting, visit_id: UUID, wanted: Appointment) -> FirstVisit:
    """Announce the visit with date, time and language."""
    file, visit = await _open_visit(session, visit_id)
    visit.schedule(wanted.at, wanted.language, wanted.interpreter_wanted, by.now)
    await outbox.add(session, FirstVisitScheduled(**_state(file, visit, by.today)))
    await wish_for_visit(session, by, file, visit, wanted)
    _write_down(session, by, visit, "visit_scheduled", on=by.today)
    return visit


async def reschedule_first_visit(session: AsyncSession, by: Acting, visit_id: UUID, wanted: Appointment) -> FirstVisit:
    """Give the visit another date."""
    file, visit = await _open_visit(session, visit_id)
    visit.reschedule(wanted.at, wanted.language, wanted.interpreter_wanted, by.now)
    await outbox.add(session, FirstVisitRescheduled(**_state(file, visit, by.today)))
    await wish_for_visit(session, by, file, visit, wanted)
    _write_down(session, by, visit, "visit_rescheduled", on=by.today)
    return visit


async def complete_first_visit(session: AsyncSession, by: Acting, visit_id: UUID, done: VisitDone) -> FirstVisit:
    """The household was visited; the visit counts as a contact, too, so that none is forgotten (domain rule 3)."""
    file, visit = await _open_visit(session, visit_id)
    visit.complete(done.at, by.now)
    visit.language = done.language or visit.language
    visit.note = done.note
    at, on = visit.at, visit.ended_on
    assert at is not None  # noqa: S101  (complete() has just said so)
    assert on is not None  # noqa: S101
    await outbox.add(session, FirstVisitCompleted(**_state(file, visit, on)))
    await end_wish_of_visit(session, by, file, visit)
    _write_down(session, by, visit, "visit_completed", on=on, note=done.note)
    await contact_of_visit(session, by, visit.household_id, at, visit.language)
    return visit


async def miss_first_visit(session: AsyncSession, by: Acting, visit_id: UUID, missed: VisitMissed) -> FirstVisit:
    """Nobody was at home; the visit is still owed."""
    file, visit = await _open_visit(session, visit_id)
    visit.miss(by.now)
    assert visit.at is not None  # noqa: S101  (only an announced visit can be missed)
    await outbox.add(session, FirstVisitMissed(**_state(file, visit, day_of(visit.at))))
    await end_wish_of_visit(session, by, file, visit)
    _write_down(session, by, visit, "visit_missed", on=day_of(visit.at), note=missed.note)
    return visit


async def refuse_first_visit(session: AsyncSession, by: Acting, visit_id: UUID, ended: VisitEnded) -> FirstVisit:
    """The household does not want to be visited."""
    file, visit = await _open_visit(session, visit_id)
    visit.refuse(ended.on, by.now)
    assert visit.ended_on is not None  # noqa: S101
    await outbox.add(session, FirstVisitRefused(**_state(file, visit, visit.ended_on)))
    await end_wish_of_visit(session, by, file, visit)
    _write_down(session, by, visit, "visit_refused", on=visit.ended_on, note=ended.note)
    return visit


async def waive_first_visit(session: AsyncSession, by: Acting, visit_id: UUID, ended: VisitEnded) -> FirstVisit:
    """The family was met elsewhere, for instance at the office hours."""
    file, visit = await _open_visit(session, visit_id)
    visit.waive(ended.on, by.now)
    assert visit.ended_on is not None  # noqa: S101
    await outbox.add(session, FirstVisitWaived(**_state(file, visit, visit.ended_on)))
    await end_wish_of_visit(session, by, file, visit)
    _write_down(session, by, visit, "visit_waived", on=visit.ended_on, note=ended.note)
    return visit


async def _open_visit(session: AsyncSession, visit_id: UUID) -> tuple[File, FirstVisit]:
    """The visit in its locked file: read only after the lock, since a colleague may just be changing it."""
    household_id = (await session.exec(select(FirstVisit.household_id).where(FirstVisit.id == visit_id))).one_or_none()
    if household_id is None:
        raise Missing("Der Erstbesuch")
    file = await open_file(session, household_id)
    file.require_in_charge()
    return file, (await session.exec(select(FirstVisit).where(FirstVisit.id == visit_id))).one()


def _state(file: File, visit: FirstVisit, on: date) -> dict[str, Any]:
    return {
        "household_id": visit.household_id,
        "visit_id": visit.id,
        "on": on,
        "due_on": visit.due_on,
        "at": visit.at,
        "language": visit.language,
        "interpreter_wanted": visit.interpreter_wanted,
        "outcome": visit.outcome,
        "district": file.residence.district,
    }


def _write_down(
    session: AsyncSession, by: Acting, visit: FirstVisit, kind: str, *, on: date, note: str | None = None
) -> None:
    write_down(
        session,
        by,
        visit.household_id,
        kind,
        on=on,
        at=visit.at if visit.state in (VisitState.SCHEDULED, VisitState.MISSED, VisitState.COMPLETED) else None,
        language=visit.language,
        interpreter_wanted=visit.interpreter_wanted,
        note=note,
    )
