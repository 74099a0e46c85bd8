"""„Danke": letters to one volunteer, or to all who have helped; printed, or as PDF, and by mail."""

import asyncio
from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from services.volunteers.care_inputs import Thank, ThankMany
from services.volunteers.commands import thanks
from services.volunteers.commands.acting import Acting
from services.volunteers.desk import ByTeamOnPage
from services.volunteers.pages.hours import AskedDays, as_pdf
from services.volunteers.papers import in_hours, letter_of_thanks, thanks_text
from services.volunteers.queries.visible import volunteer_for
from shared.contracts.words import CITY
from shared.web import forms
from shared.web.forms import Filled, attempt
from shared.web.routing import Session, page_router
from shared.web.templating import PageMaker, Pages

router: APIRouter = page_router("/volunteers")
Many = Annotated[int, Query(ge=0)]


@router.get("/thanks")
async def choose(by: ByTeamOnPage, session: Session, pages: Pages, days: AskedDays, done: Many = 0) -> Response:
    """Who has helped in these days."""
    form = Filled[Any]({"from": [days.begin.isoformat()], "to": [days.until.isoformat()]})
    return await _choose(session, by, pages, form, days, done)


@router.post("/thanks")
async def thank_many(request: Request, by: ByTeamOnPage, session: Session, pages: Pages, days: AskedDays) -> Response:
    """Write to them."""
    form = await forms.read(request, ThankMany)
    if form.value is not None:
        letters = await attempt(session, form, thanks.thank_many(session, by, form.value))
        if letters is not None:
            value = form.value
            return pages.redirect(f"/volunteers/thanks?from={value.begin}&to={value.to}&done={len(letters)}")
    return await _choose(session, by, pages, form, days, 0)


@router.get("/register/{volunteer_id}/thanks")
async def ask(volunteer_id: UUID, by: ByTeamOnPage, session: Session, pages: Pages) -> Response:
    """To one: for which days, with which words."""
    form = Filled[Any](
        {"from": [(by.today - timedelta(days=365)).isoformat()], "to": [by.today.isoformat()]},
    )
    return await _ask(session, by, pages, volunteer_id, form)


@router.post("/register/{volunteer_id}/thanks")
async def thank(volunteer_id: UUID, request: Request, by: ByTeamOnPage, session: Session, pages: Pages) -> Response:
    """Write it."""
    form = await forms.read(request, Thank)
    if form.value is not None:
        letter = await attempt(session, form, thanks.thank(session, by, volunteer_id, form.value))
        if letter is not None:
            return pages.redirect(f"/volunteers/thanks/{letter.id}")
    return await _ask(session, by, pages, volunteer_id, form)


@router.get("/thanks/{thanks_id}.pdf")
async def as_file(thanks_id: UUID, by: ByTeamOnPage, session: Session) -> Response:
    """The letter as PDF."""
    letter, volunteer, hours = await thanks.letter_for(session, by, thanks_id)
    content = await asyncio.to_thread(letter_of_thanks, volunteer, letter, hours, by.site or CITY)
    return as_pdf(content, "danke")


@router.get("/thanks/{thanks_id}")
async def show_letter(thanks_id: UUID, by: ByTeamOnPage, session: Session, pages: Pages) -> Response:
    """The letter, to be printed."""
    letter, volunteer, hours = await thanks.letter_for(session, by, thanks_id)
    return pages.render(
        "thanks_letter.html",
        letter=letter,
        volunteer=volunteer,
        paragraphs=thanks_text(hours),
        sender=by.site or CITY,
    )


async def _choose(
    session: Session, by: Acting, pages: PageMaker, form: Filled[Any], days: AskedDays, done: int
) -> Response:
    return pages.render(
        "thanks.html",
        422 if form.errors else 200,
        form=form,
        helpers=await thanks.who_helped(session, by.site, days.begin, days.until),
        days=days,
        done=done,
        in_hours=in_hours,
    )


async def _ask(session: Session, by: Acting, pages: PageMaker, volunteer_id: UUID, form: Filled[Any]) -> Response:
    volunteer = await volunteer_for(session, by, volunteer_id)
    return pages.render("thanks_form.html", 422 if form.errors else 200, form=form, volunteer=volunteer)
