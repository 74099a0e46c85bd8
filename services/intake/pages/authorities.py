"""„Behörden": which authority is in charge of whom, and what it has not acknowledged yet."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from services.intake import commands
from services.intake.commands.acting import Acting
from services.intake.commands.looks import Looking, log_look
from services.intake.desk import ByTeamOnPage, SeenByTeamOnPage
from services.intake.inputs import AcknowledgedOn
from services.intake.queries.authorities import NoticeList, number_uncovered, open_notices, uncovered
from services.intake.tables.records import Look
from shared.web import forms
from shared.web.forms import Filled, attempt
from shared.web.pagination import PageQuery
from shared.web.routing import Session, page_router
from shared.web.templating import PageMaker, Pages

router: APIRouter = page_router("/intake/authorities")


class View(StrEnum):
    """Which list is shown."""

    UNCOVERED = "uncovered"
    DUE = "due"
    ANNOUNCED = "announced"


class AcknowledgeForm(AcknowledgedOn):
    """With the list in which it was ticked, to go on there."""

    state: View = View.DUE


@router.get("")
async def list_authorities(
    page: PageQuery,
    by: ByTeamOnPage,
    seen: SeenByTeamOnPage,
    session: Session,
    pages: Pages,
    state: Annotated[View, Query()] = View.UNCOVERED,
) -> Response:
    """Whom no authority is in charge of, and what is not acknowledged."""
    return await _show(page, state, by, seen, session, pages, {})


@router.post("/{notice_id}/acknowledge")
async def acknowledge_notice(
    notice_id: UUID,
    page: PageQuery,
    request: Request,
    by: ByTeamOnPage,
    seen: SeenByTeamOnPage,
    session: Session,
    pages: Pages,
) -> Response:
    """The authority has acknowledged it."""
    form: Filled[AcknowledgeForm] = await forms.read(request, AcknowledgeForm)
    if form.value is not None:
        work = commands.acknowledge_notice(session, by, notice_id, form.value.on)
        if await attempt(session, form, work) is not None:
            return pages.redirect(f"/intake/authorities?state={form.value.state}")
    state = form.value.state if form.value else View.DUE
    return await _show(page, state, by, seen, session, pages, form.errors)


async def _show(
    page: PageQuery,
    state: View,
    by: Acting,
    seen: Looking,
    session: Session,
    pages: PageMaker,
    errors: dict[str, str],
) -> Response:
    rows: list[Any]
    if state is View.UNCOVERED:
        at = page.after(str, UUID)
        rows = list(await uncovered(session, by.today, after=at and (at[0], at[1]), limit=page.limit + 1))
    else:
        after = page.after(str, date, UUID)
        rows = list(
            await open_notices(
                session,
                NoticeList(state),
                by.today,
                after=after and (after[0], after[1], after[2]),
                limit=page.limit + 1,
            )
        )
    shown = page.page(rows, lambda row: row.place, lambda row: row.person_id)
    log_look(session, seen, Look.LIST, "Behörden", [row.household_id for row in rows[: page.limit]])
    return pages.render(
        "authorities.html",
        status=422 if errors else 200,
        rows=rows[: page.limit],
        state=state,
        number_uncovered=await number_uncovered(session, by.today),
        next_cursor=shown.next_cursor,
        errors=errors,
        today=by.today,
    )
