"""„Aufgaben", and what the team notes for itself in a file: owner, tasks, safety note, child protection."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from services.intake import commands
from services.intake.commands.looks import log_look
from services.intake.desk import ByTeamOnPage, SeenByTeamOnPage
from services.intake.inputs import AddTask, AssignFile, CloseProtection, TakeProtectionStep, WriteSafetyNote
from services.intake.pages.vocabulary.care import PROTECTION_STEPS
from services.intake.queries import care
from services.intake.queries.care import TaskList
from services.intake.queries.files import household_file
from services.intake.tables.records import Look
from shared.web import forms
from shared.web.forms import Filled, attempt
from shared.web.pagination import PageQuery
from shared.web.routing import Session, page_router
from shared.web.templating import PageMaker, Pages

router: APIRouter = page_router("/intake")

_FILE = "/households/{household_id}"


@router.get("/tasks")
async def list_tasks(
    page: PageQuery,
    by: ByTeamOnPage,
    seen: SeenByTeamOnPage,
    session: Session,
    pages: Pages,
    state: Annotated[TaskList, Query()] = TaskList.OPEN,
) -> Response:
    """What is to be done: overdue, today, later. Who has done how much is counted nowhere."""
    after = page.after(date, UUID)
    rows = await care.tasks(
        session, state, mine=by.who, after=(after[0], after[1]) if after else None, limit=page.limit + 1
    )
    log_look(session, seen, Look.LIST, "Liste der Aufgaben", [row.task.household_id for row in rows[: page.limit]])
    shown = page.page(rows, lambda row: (row.task.done_on or row.task.due_on, row.task.id), lambda row: row.task.id)
    return pages.render(
        "tasks.html",
        rows=rows[: page.limit],
        state=state,
        next_cursor=shown.next_cursor,
        people={account.name: account.display_name for account in await care.team(session, by.site)},
        today=by.today,
    )


@router.post("/tasks/{task_id}/done")
async def complete_task(task_id: UUID, by: ByTeamOnPage, session: Session, pages: Pages) -> Response:
    """It is done; back to the list."""
    await commands.complete_task(session, by, task_id)
    return pages.redirect("/intake/tasks")


@router.get(f"{_FILE}/task")
async def new_task(
    household_id: UUID, by: ByTeamOnPage, seen: SeenByTeamOnPage, session: Session, pages: Pages
) -> Response:
    """What is to be done for this family, and when."""
    return await _ask("task.html", household_id, by, seen, session, pages, Filled[AddTask]({}))


@router.post(f"{_FILE}/task")
async def add_task(
    household_id: UUID, request: Request, by: ByTeamOnPage, seen: SeenByTeamOnPage, session: Session, pages: Pages
) -> Response:
    """Note it."""
    form = await forms.read(request, AddTask)
    if form.value is not None:
        work = commands.add_task(session, by, household_id, form.value)
        if await attempt(session, form, work) is not None:
            return _back(pages, household_id, "task")
    return await _ask("task.html", household_id, by, seen, session, pages, form)


@router.get(f"{_FILE}/care")
async def ask_who(
    household_id: UUID, by: ByTeamOnPage, seen: SeenByTeamOnPage, session: Session, pages: Pages
) -> Response:
    """Who looks after the file."""
    return await _ask("assign.html", household_id, by, seen, session, pages, Filled[AssignFile]({}))


@router.post(f"{_FILE}/care")
async def assign_file(
    household_id: UUID, request: Request, by: ByTeamOnPage, seen: SeenByTeamOnPage, session: Session, pages: Pages
) -> Response:
    """Enter it."""
    form = await forms.read(request, AssignFile)
    if form.value is not None:
        await attempt(session, form, commands.assign_file(session, by, household_id, form.value))
        if not form.errors:
            return _back(pages, household_id, "assigned")
    return await _ask("assign.html", household_id, by, seen, session, pages, form)


@router.get(f"{_FILE}/safety-note")
async def ask_safety_note(
    household_id: UUID, by: ByTeamOnPage, seen: SeenByTeamOnPage, session: Session, pages: Pages
) -> Response:
    """What one must know before a home visit."""
    return await _ask("safety_note.html", household_id, by, seen, session, pages, Filled[WriteSafetyNote]({}))


@router.post(f"{_FILE}/safety-note")
async def write_safety_note(
    household_id: UUID, request: Request, by: ByTeamOnPage, seen: SeenByTeamOnPage, session: Session, pages: Pages
) -> Response:
    """Keep it; an empty field takes it away."""
    form = await forms.read(request, WriteSafetyNote)
    if form.value is not None:
        await attempt(session, form, commands.write_safety_note(session, by, household_id, form.value))
        if not form.errors:
            return _back(pages, household_id, "safety_note")
    return await _ask("safety_note.html", household_id, by, seen, session, pages, form)


@router.post(f"{_FILE}/protect")
async def protect_address(household_id: UUID, by: ByTeamOnPage, session: Session, pages: Pages) -> Response:
    """The address must not become known any more: one step, which cannot wait while the file is on its way."""
    await commands.protect_address(session, by, household_id)
    return _back(pages, household_id, "protected")


@router.get(f"{_FILE}/child-protection")
async def show_protection(
    household_id: UUID, by: ByTeamOnPage, seen: SeenByTeamOnPage, session: Session, pages: Pages
) -> Response:
    """The checklist, or how to begin it."""
    return await _ask("child_protection.html", household_id, by, seen, session, pages, Filled[Any]({}))


@router.post(f"{_FILE}/child-protection/begin")
async def open_protection(household_id: UUID, by: ByTeamOnPage, session: Session, pages: Pages) -> Response:
    """Begin the path."""
    await commands.open_protection(session, by, household_id)
    return pages.redirect(f"/intake/households/{household_id}/child-protection")


@router.post(f"{_FILE}/child-protection/step")
async def take_protection_step(
    household_id: UUID, request: Request, by: ByTeamOnPage, seen: SeenByTeamOnPage, session: Session, pages: Pages
) -> Response:
    """A step was taken."""
    form = await forms.read(request, TakeProtectionStep)
    if form.value is not None:
        work = commands.take_protection_step(session, by, household_id, form.value)
        if await attempt(session, form, work) is not None:
            return pages.redirect(f"/intake/households/{household_id}/child-protection")
    return await _ask("child_protection.html", household_id, by, seen, session, pages, form)


@router.post(f"{_FILE}/child-protection/close")
async def close_protection(
    household_id: UUID, request: Request, by: ByTeamOnPage, seen: SeenByTeamOnPage, session: Session, pages: Pages
) -> Response:
    """The path has ended."""
    form = await forms.read(request, CloseProtection)
    if form.value is not None:
        work = commands.close_protection(session, by, household_id, form.value)
        if await attempt(session, form, work) is not None:
            return pages.redirect(f"/intake/households/{household_id}/child-protection")
    return await _ask("child_protection.html", household_id, by, seen, session, pages, form)


async def _ask(
    template: str,
    household_id: UUID,
    by: ByTeamOnPage,
    seen: SeenByTeamOnPage,
    session: Session,
    pages: PageMaker,
    form: Filled[Any],
) -> Response:
    """A page that enters something of the team's own into a file."""
    file = await household_file(session, household_id)
    log_look(session, seen, Look.FILE, _WHY[template], [household_id])
    return pages.render(
        template,
        status=422 if form.errors else 200,
        file=file,
        form=form,
        care=await care.care_of(session, file.household),
        team=[(account.name, account.display_name) for account in await care.team(session, by.site)],
        steps=PROTECTION_STEPS,
        account=by.who,
        today=by.today,
    )


_WHY = {
    "task.html": "Aufgabe notieren",
    "assign.html": "Zuständigkeit",
    "safety_note.html": "Sicherheitshinweis",
    "child_protection.html": "Kinderschutz",
}


def _back(pages: PageMaker, household_id: UUID, done: str) -> Response:
    return pages.redirect(f"/intake/households/{household_id}?done={done}")
