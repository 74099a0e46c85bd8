"""The team's care for its own work (domain rule 15): owner and substitute, tasks, safety note, child protection.

Nothing of it leaves the site but with the file itself: there are no events.
"""

from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.commands.acting import Acting
from services.intake.commands.files import open_file, write_down
from services.intake.domain.care import check_due, check_substitute, check_team
from services.intake.domain.days import check_day, german
from services.intake.inputs import AddTask, AssignFile, CloseProtection, TakeProtectionStep, WriteSafetyNote
from services.intake.queries.care import team
from services.intake.tables.care import ChildProtection, ChildProtectionStep, FollowUp, SafetyNote
from shared.refusals import Conflict, Missing


async def assign_file(session: AsyncSession, by: Acting, household_id: UUID, wanted: AssignFile) -> None:
    """Say who looks after the file, and who does so while the owner is away."""
    file = await open_file(session, household_id)
    file.require_open()
    check_substitute(wanted.owner, wanted.substitute)
    check_team(await _accounts(session, by), owner=wanted.owner, substitute=wanted.substitute)
    changed = [name for name in ("owner", "substitute") if getattr(file.household, name) != getattr(wanted, name)]
    if changed:
        file.household.owner, file.household.substitute = wanted.owner, wanted.substitute
        session.add(file.household)
        write_down(session, by, household_id, "assigned", fields=changed)


async def add_task(session: AsyncSession, by: Acting, household_id: UUID, wanted: AddTask) -> FollowUp:
    """Note what is to be done for the household, and when."""
    file = await open_file(session, household_id)
    file.require_open()
    check_team(await _accounts(session, by), for_whom=wanted.for_whom)
    task = FollowUp(
        household_id=household_id,
        due_on=check_due(wanted.due_on, by.today),
        what=wanted.what,
        for_whom=wanted.for_whom,
        created_at=by.now,
        created_by=by.who,
    )
    session.add(task)
    write_down(session, by, household_id, "task_added", note=f"{task.what} ({german(task.due_on)})")
    return task


async def complete_task(session: AsyncSession, by: Acting, task_id: UUID) -> FollowUp:
    """The task is done; also in a file that was closed meanwhile."""
    household_id = (await session.exec(select(FollowUp.household_id).where(FollowUp.id == task_id))).one_or_none()
    if household_id is None:
        raise Missing("Die Aufgabe")
    file = await open_file(session, household_id)
    file.require_in_charge()
    task = (await session.exec(select(FollowUp).where(FollowUp.id == task_id))).one()
    if task.done_on is not None:
        raise Conflict(f"Die Aufgabe ist schon am {german(task.done_on)} erledigt worden.")
    task.done_on, task.done_by = by.today, by.who
    session.add(task)
    write_down(session, by, household_id, "task_done", note=task.what)
    return task


async def write_safety_note(session: AsyncSession, by: Acting, household_id: UUID, wanted: WriteSafetyNote) -> None:
    """Keep what a colleague must know before a home visit, instead of what was known so far; or take it away.

    The timeline says that it was written, not what: an outdated warning must not follow a family for years.
    """
    file = await open_file(session, household_id)
    file.require_open()
    note = await session.get(SafetyNote, household_id)
    if wanted.text is None:
        if note is not None:
            await session.delete(note)
            write_down(session, by, household_id, "safety_note_gone")
        return
    note = note or SafetyNote(household_id=household_id, text="", by=by.who)
    note.text, note.by, note.at = wanted.text, by.who, by.now
    session.add(note)
    write_down(session, by, household_id, "safety_note")


async def open_protection(session: AsyncSession, by: Acting, household_id: UUID) -> ChildProtection:
    """A child of the household may be in danger: begin the path."""
    file = await open_file(session, household_id)
    file.require_in_charge()
    if await _open_path(session, household_id) is not None:
        raise Conflict("Für diesen Haushalt läuft schon ein Weg zum Kinderschutz. Bitte dort weiterarbeiten.")
    path = ChildProtection(household_id=household_id, opened_on=by.today, opened_by=by.who)
    session.add(path)
    write_down(session, by, household_id, "child_protection")
    return path


async def take_protection_step(
    session: AsyncSession, by: Acting, household_id: UUID, wanted: TakeProtectionStep
) -> ChildProtectionStep:
    """Note a step with date and by whom. Each is noted once; what was noted stays as it was written."""
    path = await _path_in_file(session, household_id)
    if await session.get(ChildProtectionStep, (path.id, wanted.step)) is not None:
        raise Conflict("Dieser Schritt ist schon eingetragen und bleibt, wie er geschrieben wurde.")
    check_team(await _accounts(session, by), done_by=wanted.done_by)
    step = ChildProtectionStep(
        path_id=path.id,
        step=wanted.step,
        household_id=household_id,
        done_on=check_day(wanted.on or by.today, by.today),
        done_by=wanted.done_by or by.who,
        note=wanted.note,
        recorded_at=by.now,
        recorded_by=by.who,
    )
    session.add(step)
    write_down(session, by, household_id, f"child_{wanted.step.value}", on=step.done_on)
    return step


async def close_protection(
    session: AsyncSession, by: Acting, household_id: UUID, wanted: CloseProtection
) -> ChildProtection:
    """End the path, with its result."""
    path = await _path_in_file(session, household_id)
    path.closed_on, path.closed_by, path.result = by.today, by.who, wanted.result
    session.add(path)
    write_down(session, by, household_id, "child_closed")
    return path


async def _path_in_file(session: AsyncSession, household_id: UUID) -> ChildProtection:
    file = await open_file(session, household_id)
    file.require_in_charge()
    path = await _open_path(session, household_id)
    if path is None:
        raise Conflict("Für diesen Haushalt läuft kein Weg zum Kinderschutz. Bitte ihn zuerst beginnen.")
    return path


async def _open_path(session: AsyncSession, household_id: UUID) -> ChildProtection | None:
    found = await session.exec(
        select(ChildProtection).where(
            ChildProtection.household_id == household_id, col(ChildProtection.closed_on).is_(None)
        )
    )
    return found.one_or_none()


async def _accounts(session: AsyncSession, by: Acting) -> frozenset[str]:
    return frozenset(member.name for member in await team(session, by.site))
