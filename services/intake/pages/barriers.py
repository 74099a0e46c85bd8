"""„Hemmnisse": what stands in a family's way."""

from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.intake import commands
from services.intake.commands.looks import Looking, log_look
from services.intake.desk import ByTeamOnPage, SeenByTeamOnPage
from services.intake.inputs import RecordBarrier
from services.intake.pages.vocabulary.people import AUTHORITIES
from services.intake.queries.files import household_file
from services.intake.tables.records import Look
from shared.web import forms
from shared.web.forms import Filled, attempt
from shared.web.routing import Session, page_router
from shared.web.templating import PageMaker, Pages

router: APIRouter = page_router("/intake/households/{household_id}/barriers")


class BarrierForm(RecordBarrier):
    """As the call, with a box to tick."""

    reach_ended: bool = False


@router.get("")
async def new_barrier(
    household_id: UUID, by: ByTeamOnPage, seen: SeenByTeamOnPage, session: Session, pages: Pages
) -> Response:
    """What stands in the way."""
    return await _ask(household_id, seen, session, pages, Filled[BarrierForm]({}))


@router.post("")
async def record_barrier(
    household_id: UUID, request: Request, by: ByTeamOnPage, seen: SeenByTeamOnPage, session: Session, pages: Pages
) -> Response:
    """Record it."""
    form = await forms.read(request, BarrierForm)
    if form.value is not None:
        work = commands.record_barrier(session, by, household_id, form.value)
        if await attempt(session, form, work) is not None:
            return pages.redirect(f"/intake/households/{household_id}?done=barrier")
    return await _ask(household_id, seen, session, pages, form)


async def _ask(
    household_id: UUID, seen: Looking, session: Session, pages: PageMaker, form: Filled[BarrierForm]
) -> Response:
    file = await household_file(session, household_id)
    log_look(session, seen, Look.FILE, "Hemmnis eintragen", [household_id])
    return pages.render(
        "barrier.html",
        status=422 if form.errors else 200,
        file=file,
        form=form,
        authorities=list(AUTHORITIES.items()),
    )
