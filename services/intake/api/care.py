"""Calls about the team's care for its work: owner and substitute, tasks, safety note, child protection."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake import commands
from services.intake.commands.looks import log_look
from services.intake.desk import ByTeam, SeenByTeam
from services.intake.domain.care import ProtectionStep
from services.intake.inputs import AddTask, AssignFile, CloseProtection, TakeProtectionStep, WriteSafetyNote
from services.intake.queries import care
from services.intake.queries.care import Care, TaskList, TaskRow
from services.intake.queries.files import require_household
from services.intake.tables.care import ChildProtectionStep, FollowUp
from services.intake.tables.records import Look
from shared.web.pagination import Page, PageQuery
from shared.web.problems import conflict
from shared.web.routing import Session, api_router

router: APIRouter = api_router("/intake/api/v1", tags=["Arbeit im Team"])

HouseholdId = Annotated[UUID, Path(description="Kennung des Haushalts.")]


class TaskAnswer(BaseModel):
    """A follow-up task."""

    task_id: UUID
    household_id: UUID
    due_on: date
    what: str
    for_whom: str | None
    created_by: str
    done_on: date | None
    done_by: str | None

    @classmethod
    def of(cls, task: FollowUp) -> Self:
        """The row as an answer."""
        return cls.model_validate({**task.model_dump(), "task_id": task.id})


class TaskListed(TaskAnswer):
    """A task in the list of the site; `owner` looks after the file."""

    family_name: str
    owner: str | None
    days_overdue: int

    @classmethod
    def listed(cls, row: TaskRow, today: date) -> Self:
        """The row as an answer."""
        return cls.model_validate(
            {
                **TaskAnswer.of(row.task).model_dump(),
                "family_name": row.family_name,
                "owner": row.owner,
                "days_overdue": row.days_overdue(today),
            }
        )


class SafetyNoteAnswer(BaseModel):
    """What one must know before a home visit."""

    text: str
    by: str
    at: datetime


class StepAnswer(BaseModel):
    """A step of the child-protection path that was taken."""

    step: ProtectionStep
    on: date
    done_by: str
    note: str | None
    recorded_by: str

    @classmethod
    def of(cls, step: ChildProtectionStep) -> Self:
        """The row as an answer."""
        return cls.model_validate({**step.model_dump(), "on": step.done_on})


class ProtectionAnswer(BaseModel):
    """A child-protection path with its steps."""

    opened_on: date
    opened_by: str
    closed_on: date | None
    closed_by: str | None
    result: str | None
    steps: list[StepAnswer]


class CareAnswer(BaseModel):
    """The team's part of a file: open tasks by their day, child protection the newest first."""

    household_id: UUID
    owner: str | None
    substitute: str | None
    tasks: list[TaskAnswer]
    safety_note: SafetyNoteAnswer | None
    child_protection: list[ProtectionAnswer]

    @classmethod
    def of(cls, found: Care) -> Self:
        """What was found as an answer."""
        return cls(
            household_id=found.household.id,
            owner=found.household.owner,
            substitute=found.household.substitute,
            tasks=[TaskAnswer.of(task) for task in found.tasks],
            safety_note=found.safety_note and SafetyNoteAnswer.model_validate(found.safety_note.model_dump()),
            child_protection=[
                ProtectionAnswer.model_validate(
                    {
                        **path.path.model_dump(),
                        "steps": [
                            StepAnswer.of(step) for step in sorted(path.steps.values(), key=lambda s: s.recorded_at)
                        ],
                    }
                )
                for path in found.paths
            ],
        )


@router.get("/tasks")
async def list_tasks(
    page: PageQuery,
    by: ByTeam,
    seen: SeenByTeam,
    session: Session,
    state: Annotated[TaskList, Query(description="`mine`: offene, die bei Ihnen liegen.")] = TaskList.OPEN,
) -> Page[TaskListed]:
    """Die Aufgaben des Standorts nach ihrem Tag."""
    after = page.after(date, UUID)
    rows = await care.tasks(
        session, state, mine=by.who, after=(after[0], after[1]) if after else None, limit=page.limit + 1
    )
    log_look(session, seen, Look.LIST, "Liste der Aufgaben", [row.task.household_id for row in rows[: page.limit]])
    return page.page(
        rows,
        lambda row: (row.task.done_on or row.task.due_on, row.task.id),
        lambda row: TaskListed.listed(row, by.today),
    )


@router.post("/tasks/{task_id}/done", responses=conflict)
async def complete_task(task_id: UUID, by: ByTeam, seen: SeenByTeam, session: Session) -> TaskAnswer:
    """Die Aufgabe ist erledigt."""
    task = await commands.complete_task(session, by, task_id)
    log_look(session, seen, Look.FILE, "Aufgabe erledigt", [task.household_id])  # the answer repeats what was to do
    return TaskAnswer.of(task)


@router.get("/households/{household_id}/care")
async def show_care(household_id: HouseholdId, _by: ByTeam, seen: SeenByTeam, session: Session) -> CareAnswer:
    """Wer zuständig ist, was zu tun ist, worauf zu achten ist."""
    return await _care(session, household_id, seen, "Arbeit im Team")


@router.put("/households/{household_id}/care", responses=conflict)
async def assign_file(
    household_id: HouseholdId, body: AssignFile, by: ByTeam, seen: SeenByTeam, session: Session
) -> CareAnswer:
    """Trägt ein, wer für die Akte zuständig ist und wer vertritt."""
    await commands.assign_file(session, by, household_id, body)
    return await _care(session, household_id, seen, "Zuständigkeit")


@router.post("/households/{household_id}/tasks", status_code=201, responses=conflict)
async def add_task(household_id: HouseholdId, body: AddTask, by: ByTeam, session: Session) -> TaskAnswer:
    """Notiert eine Aufgabe mit Datum."""
    return TaskAnswer.of(await commands.add_task(session, by, household_id, body))


@router.put("/households/{household_id}/safety-note", responses=conflict)
async def write_safety_note(
    household_id: HouseholdId, body: WriteSafetyNote, by: ByTeam, seen: SeenByTeam, session: Session
) -> CareAnswer:
    """Schreibt den Sicherheitshinweis, der vor einem Hausbesuch gezeigt wird; `null` entfernt ihn."""
    await commands.write_safety_note(session, by, household_id, body)
    return await _care(session, household_id, seen, "Sicherheitshinweis")


@router.post("/households/{household_id}/child-protection", status_code=201, responses=conflict)
async def open_protection(household_id: HouseholdId, by: ByTeam, seen: SeenByTeam, session: Session) -> CareAnswer:
    """Beginnt den Weg, wenn ein Kind in Gefahr sein kann (§ 8a SGB VIII)."""
    await commands.open_protection(session, by, household_id)
    return await _care(session, household_id, seen, "Kinderschutz")


@router.post("/households/{household_id}/child-protection/steps", status_code=201, responses=conflict)
async def take_protection_step(
    household_id: HouseholdId, body: TakeProtectionStep, by: ByTeam, seen: SeenByTeam, session: Session
) -> CareAnswer:
    """Hält einen Schritt fest, mit Datum und durch wen."""
    await commands.take_protection_step(session, by, household_id, body)
    return await _care(session, household_id, seen, "Kinderschutz")


@router.post("/households/{household_id}/child-protection/close", responses=conflict)
async def close_protection(
    household_id: HouseholdId, body: CloseProtection, by: ByTeam, seen: SeenByTeam, session: Session
) -> CareAnswer:
    """Beendet den Weg mit seinem Ergebnis."""
    await commands.close_protection(session, by, household_id, body)
    return await _care(session, household_id, seen, "Kinderschutz")


async def _care(session: AsyncSession, household_id: UUID, seen: SeenByTeam, why: str) -> CareAnswer:
    await session.flush()
    household = await require_household(session, household_id)
    log_look(session, seen, Look.FILE, why, [household_id])
    return CareAnswer.of(await care.care_of(session, household))
