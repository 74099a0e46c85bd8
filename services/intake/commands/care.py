"""The team's care for its own work (domain rule 15): owner and substitute, tasks, safety note, child protection.

Nothing of it leaves the site but with the file itself, and after it what its caretaker enters to protect the family:
there are no events.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.commands.acting import Acting
from services.intake.commands.files import File, open_file, write_down
from services.intake.commands.letters import tell_next_site
from services.intake.domain.care import ProtectionStep, check_due, check_substitute, check_team
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
    file.require_open(or_caretaker=True)
    note = await session.get(SafetyNote, household_id)
    if note is None and wanted.text is None:
        return
    replaces = note and note.at.isoformat()
    await _keep_note(session, by, household_id, note, wanted.text, by.now)
    if file.is_in_transit:
        said = {"text": wanted.text, "at": by.now.isoformat(), "replaces": replaces}
        await tell_next_site(session, by, file.household, "safety_note", **said)


async def take_safety_note(
    session: AsyncSession, by: Acting, household_id: UUID, *, text: str | None, at: datetime, replaces: datetime | None
) -> None:
    """Enter what the caretaker has written (`text`) instead of the note of the moment `replaces`, or taken away.

    A note that it did not know of stays, in front of its own: a warning too many is safer than one too few.
    """
    await open_file(session, household_id)
    note = await session.get(SafetyNote, household_id)
    if note is not None and note.at != replaces:
        text = _with(note.text, text)
        if text == note.text:
            return
    if note is not None or text is not None:
        await _keep_note(session, by, household_id, note, text, at)


async def _keep_note(
    session: AsyncSession, by: Acting, household_id: UUID, note: SafetyNote | None, text: str | None, at: datetime
) -> None:
    if text is not None:
        note = note or SafetyNote(household_id=household_id, text=text, by=by.who)
        note.text, note.by, note.at = text, by.who, at
        session.add(note)
    elif note is not None:
        await session.delete(note)
    write_down(session, by, household_id, "safety_note_gone" if text is None else "safety_note")


async def open_protection(session: AsyncSession, by: Acting, household_id: UUID) -> ChildProtection:
    """A child of the household may be in danger: begin the path."""
    file = await open_file(session, household_id)
    file.require_in_charge(or_caretaker=True)
    if await _open_path(session, household_id) is not None:
        raise Conflict("Für diesen Haushalt läuft schon ein Weg zum Kinderschutz. Bitte dort weiterarbeiten.")
    path = ChildProtection(household_id=household_id, opened_on=by.today, opened_by=by.who)
    session.add(path)
    write_down(session, by, household_id, "child_protection")
    await _tell_of_path(session, by, file, "protection_begun", path)
    return path


async def take_protection_step(
    session: AsyncSession, by: Acting, household_id: UUID, wanted: TakeProtectionStep
) -> ChildProtectionStep:
    """Note a step with date and by whom. Each is noted once; what was noted stays as it was written."""
    file, path = await _path_in_file(session, household_id)
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
    said = {"step": step.step.value, "on": step.done_on.isoformat(), "done_by": step.done_by, "note": step.note}
    await _tell_of_path(session, by, file, "protection_step", path, at=by.now.isoformat(), **said)
    return step


async def close_protection(
    session: AsyncSession, by: Acting, household_id: UUID, wanted: CloseProtection
) -> ChildProtection:
    """End the path, with its result."""
    file, path = await _path_in_file(session, household_id)
    path.closed_on, path.closed_by, path.result = by.today, by.who, wanted.result
    session.add(path)
    write_down(session, by, household_id, "child_closed")
    said = {"on": by.today.isoformat(), "result": wanted.result}
    await _tell_of_path(session, by, file, "protection_closed", path, **said)
    return path


async def take_protection(
    session: AsyncSession, by: Acting, household_id: UUID, *, path_id: UUID, opened_on: date, opened_by: str
) -> ChildProtection:
    """The caretaker's path, entered if it is not here yet.

    Where another one was begun here meanwhile, that one goes on, and the caretaker's is kept as ended, with its steps.
    """
    await open_file(session, household_id)
    path = await session.get(ChildProtection, path_id)
    if path is not None:
        if path.household_id != household_id:
            raise Missing("Der Weg zum Kinderschutz")
        return path
    path = ChildProtection(id=path_id, household_id=household_id, opened_on=opened_on, opened_by=opened_by)
    if await _open_path(session, household_id) is not None:
        path.closed_on, path.closed_by, path.result = by.today, by.who, _GOES_ON_HERE
    session.add(path)
    await session.flush()
    write_down(session, by, household_id, "child_protection", on=opened_on)
    return path


async def add_protection_step(
    session: AsyncSession,
    by: Acting,
    path: ChildProtection,
    *,
    step: ProtectionStep,
    on: date,
    done_by: str,
    note: str | None,
    at: datetime,
) -> None:
    """Enter a step that the caretaker has taken; one that was entered here, too, says what both have written."""
    there = await session.get(ChildProtectionStep, (path.id, step))
    if there is None:
        there = ChildProtectionStep(
            path_id=path.id,
            step=step,
            household_id=path.household_id,
            done_on=on,
            done_by=done_by,
            note=note,
            recorded_at=at,
            recorded_by=by.who,
        )
    else:
        there.note = _with(there.note, note and f"{german(on)}, {done_by}: {note}")
    session.add(there)
    write_down(session, by, path.household_id, f"child_{step.value}", on=on)


async def end_protection(session: AsyncSession, by: Acting, path: ChildProtection, *, on: date, result: str) -> None:
    """The caretaker has ended the path; one that was ended here, too, has both results."""
    if path.closed_on is None:
        path.closed_on, path.closed_by = on, by.who
    path.result = _with(path.result, result)
    session.add(path)
    write_down(session, by, path.household_id, "child_closed", on=on)


_GOES_ON_HERE = "An zwei Standorten begonnen; weitergeführt wird der andere Weg dieser Familie."


def _with(here: str | None, theirs: str | None) -> str | None:
    """What was written at two sites, each once."""
    if here is None or theirs is None or theirs in here:
        return here or theirs
    return f"{here}\n\n{theirs}"


async def _tell_of_path(
    session: AsyncSession, by: Acting, file: File, what: str, path: ChildProtection, **said: Any
) -> None:
    """Each letter names the whole path: a step may come before its beginning."""
    if file.is_in_transit:
        begun = {"path_id": str(path.id), "opened_on": path.opened_on.isoformat(), "opened_by": path.opened_by}
        await tell_next_site(session, by, file.household, what, **begun, **said)


async def _path_in_file(session: AsyncSession, household_id: UUID) -> tuple[File, ChildProtection]:
    file = await open_file(session, household_id)
    file.require_in_charge(or_caretaker=True)
    path = await _open_path(session, household_id)
    if path is None:
        raise Conflict("Für diesen Haushalt läuft kein Weg zum Kinderschutz. Bitte ihn zuerst beginnen.")
    return file, path


async def _open_path(session: AsyncSession, household_id: UUID) -> ChildProtection | None:
    found = await session.exec(
        select(ChildProtection).where(
            ChildProtection.household_id == household_id, col(ChildProtection.closed_on).is_(None)
        )
    )
    return found.one_or_none()


async def _accounts(session: AsyncSession, by: Acting) -> frozenset[str]:
    return frozenset(member.name for member in await team(session, by.site))
