"""„Sprechstunde": one tap records a contact; topic, language and partner may follow. No name is ever on this page."""

from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.intake import commands
from services.intake.desk import ByTeamOnPage
from services.intake.inputs import CorrectContact
from services.intake.pages.forms import LastContactForm, TapForm
from services.intake.queries.contacts import last_contact_by, tally_of_day
from services.intake.queries.sites import office_hours_on
from shared.web import forms
from shared.web.forms import Filled, attempt
from shared.web.routing import Session, page_router
from shared.web.templating import PageMaker, Pages

router: APIRouter = page_router("/intake/office-hours")
_PAGE = "/intake/office-hours"


@router.get("")
async def desk(by: ByTeamOnPage, session: Session, pages: Pages) -> Response:
    """Three buttons, the last contact, the tally of today."""
    return await _show(by, session, pages)


@router.post("/contacts")
async def tap(request: Request, by: ByTeamOnPage, session: Session, pages: Pages) -> Response:
    """One tap, one contact."""
    form = await forms.read(request, TapForm)
    if form.value is not None:
        recorded = await attempt(session, form, commands.record_contact(session, by, form.value.contact()))
        if recorded is not None:
            return pages.redirect(_PAGE)
    return await _show(by, session, pages, form)


@router.post("/contacts/{contact_id}/details")
async def add_details(contact_id: UUID, request: Request, by: ByTeamOnPage, session: Session, pages: Pages) -> Response:
    """What the last contact was about."""
    form = await forms.read(request, LastContactForm)
    if form.value is not None:
        corrected = await attempt(
            session, form, commands.correct_contact(session, by, contact_id, form.value.correction())
        )
        if corrected is not None:
            return await _go_on(by, session, pages)
    return await _show(by, session, pages, form)


@router.post("/contacts/{contact_id}/undo")
async def undo(contact_id: UUID, by: ByTeamOnPage, session: Session, pages: Pages) -> Response:
    """The last tap was a mistake; it no longer counts."""
    await commands.correct_contact(session, by, contact_id, CorrectContact(void=True))
    return await _go_on(by, session, pages)


async def _go_on(by: ByTeamOnPage, session: Session, pages: PageMaker) -> Response:
    if not pages.partial:
        return pages.redirect(_PAGE)
    await session.flush()
    return await _show(by, session, pages)


async def _show(
    by: ByTeamOnPage, session: Session, pages: PageMaker, form: Filled[LastContactForm] | Filled[TapForm] | None = None
) -> Response:
    return pages.render(
        "office_hours_state.html" if pages.partial else "office_hours.html",
        status=422 if form and form.errors else 200,
        last=await last_contact_by(session, by.who, by.today),
        tally=await tally_of_day(session, by.today),
        office_hours=await office_hours_on(session, by.site, by.today),
        errors=form.errors if form else {},
        partner=form.text("partner") if form else "",
    )
