"""„Akte": one household with its timeline; what can be done is one step away."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from services.intake.commands.looks import log_look
from services.intake.desk import ByTeamOnPage, SeenByTeamOnPage
from services.intake.pages import vocabulary
from services.intake.pages.forms import ReasonForm
from services.intake.queries.files import household_file
from services.intake.tables.records import Look
from shared.web import forms
from shared.web.routing import Session, page_router
from shared.web.templating import Pages

router: APIRouter = page_router("/intake/households/{household_id}")

DONE = {
    "registered": "Die Akte ist angelegt.",
    "moved": "Der Umzug ist eingetragen.",
    "left": "Der Wegzug ist eingetragen, die Akte ist geschlossen.",
    "contact": "Der Kontakt ist erfasst.",
    "need": "Der Bedarf ist eingetragen.",
    "met": "Der Bedarf ist als gedeckt eingetragen.",
    "circle": "Der Rechtskreis ist eingetragen.",
    "consent": "Die Einwilligung ist festgehalten.",
    "withdrawn": "Die Einwilligung ist widerrufen.",
    "corrected": "Die Angaben sind berichtigt.",
    "visit": "Der Erstbesuch ist eingetragen.",
    **vocabulary.DONE,
}
"""What a page says after something was entered; the word stands in the address."""


@router.get("")
async def show_file(
    household_id: UUID,
    by: ByTeamOnPage,
    seen: SeenByTeamOnPage,
    session: Session,
    pages: Pages,
    done: Annotated[str | None, Query(max_length=20)] = None,
) -> Response:
    """The file; the address of a protected household is not on it."""
    file = await household_file(session, household_id, sections_on=by.today)
    log_look(session, seen, Look.FILE, "Akte", [household_id])
    return pages.render("household.html", file=file, today=by.today, done=DONE.get(done or ""), address=None)


@router.get("/address")
async def ask_for_address(
    household_id: UUID, by: ByTeamOnPage, seen: SeenByTeamOnPage, session: Session, pages: Pages
) -> Response:
    """Ask why the address of a protected household is needed."""
    file = await household_file(session, household_id)
    log_look(session, seen, Look.FILE, "Frage nach der Adresse", [household_id])
    return pages.render("address.html", file=file, show=False, errors={}, reason="")


@router.post("/address")
async def show_address(
    household_id: UUID,
    request: Request,
    by: ByTeamOnPage,
    seen: SeenByTeamOnPage,
    session: Session,
    pages: Pages,
) -> Response:
    """Show it, and write down who asked and why."""
    form = await forms.read(request, ReasonForm)
    file = await household_file(session, household_id)
    if form.value is None:
        log_look(session, seen, Look.FILE, "Frage nach der Adresse", [household_id])
        return pages.render(
            "address.html", status=422, file=file, show=False, errors=form.errors, reason=form.text("reason")
        )
    log_look(session, seen, Look.ADDRESS, form.value.reason, [household_id])
    return pages.render("address.html", file=file, show=True, errors={}, reason=form.value.reason)
