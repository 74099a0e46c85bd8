"""„Löschen" for the team, „Löschungen" for the data protection officer: what was erased, and what is due."""

from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.intake.commands.deletions import due
from services.intake.commands.erasures import erase_household
from services.intake.commands.looks import log_look
from services.intake.desk import ByTeamOnPage, PrivacyPage, SeenByTeamOnPage
from services.intake.domain.erasures import Because
from services.intake.queries.erasures import deletion_runs, erasure_stand, erasures
from services.intake.queries.files import household_file
from services.intake.tables.records import Look
from shared.web import forms
from shared.web.forms import Filled, attempt
from shared.web.identity import Principal, Role, page_for
from shared.web.inputs import Input
from shared.web.pagination import PageQuery
from shared.web.routing import Session, page_router
from shared.web.templating import PageMaker, Pages

router: APIRouter = page_router("/intake")


class EraseForm(Input):
    """Why, and that it is meant."""

    because: Literal[Because.ASKED, Because.NO_LONGER_NEEDED]
    confirmed: Literal["true"]


@router.get("/households/{household_id}/erase")
async def ask_to_erase(household_id: UUID, seen: SeenByTeamOnPage, session: Session, pages: Pages) -> Response:
    """What erasing means, and the question whether it is meant."""
    return await _ask(household_id, seen, session, pages, Filled[EraseForm]({}))


@router.post("/households/{household_id}/erase")
async def erase(
    household_id: UUID, request: Request, by: ByTeamOnPage, seen: SeenByTeamOnPage, session: Session, pages: Pages
) -> Response:
    """Erase it, and show who has acknowledged it."""
    form = await forms.read(request, EraseForm)
    if "because" in form.errors:
        form.errors["because"] = "Bitte angeben, warum gelöscht wird."
    if "confirmed" in form.errors:
        form.errors["confirmed"] = "Bitte bestätigen, dass die Akte endgültig gelöscht werden soll."
    if form.value is not None:
        services = request.app.state.settings.existing_services
        work = erase_household(session, by, household_id, form.value.because, services)
        if (erasure := await attempt(session, form, work)) is not None:
            log_look(session, seen, Look.FILE, "gelöscht", [household_id])
            return pages.redirect(f"/intake/erasures/{erasure.id}")
    return await _ask(household_id, seen, session, pages, form)


@router.get("/erasures")
async def show_erasures(
    request: Request, page: PageQuery, _who: PrivacyPage, session: Session, pages: Pages
) -> Response:
    """What was erased and what the deletion periods have reached; ids and numbers, no content."""
    settings = request.app.state.settings
    after = page.after(datetime, UUID)
    rows = await erasures(session, settings.site, after=after and (after[0], after[1]), limit=page.limit + 1)
    shown = page.page(rows, lambda row: (row.erasure.erased_at, row.erasure.id), lambda row: row.erasure.id)
    return pages.render(
        "erasures.html",
        rows=rows[: page.limit],
        next_cursor=shown.next_cursor,
        due=await due(session, settings.deletion_months, datetime.now(UTC)),
        runs=await deletion_runs(session),
    )


@router.get("/erasures/{erasure_id}")
async def show_erasure(
    erasure_id: UUID,
    request: Request,
    _who: Annotated[Principal, page_for(Role.TEAM, Role.PRIVACY)],
    session: Session,
    pages: Pages,
) -> Response:
    """Who has acknowledged an erasure, and whether it is complete."""
    return pages.render("erasure.html", stand=await erasure_stand(session, erasure_id, request.app.state.settings.site))


async def _ask(
    household_id: UUID, seen: SeenByTeamOnPage, session: Session, pages: PageMaker, form: Filled[EraseForm]
) -> Response:
    file = await household_file(session, household_id)
    log_look(session, seen, Look.FILE, "Löschen geöffnet", [household_id])
    return pages.render("erase.html", status=422 if form.errors else 200, file=file, form=form)
