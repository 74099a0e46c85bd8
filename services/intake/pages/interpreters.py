"""„Dolmetschen": somebody is asked to interpret during office hours, or at an appointment of a family."""

from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.intake import commands
from services.intake.commands import Acting
from services.intake.commands.looks import log_look
from services.intake.desk import ByTeamOnPage, SeenByTeamOnPage
from services.intake.domain.interpreters import USUAL_MINUTES
from services.intake.pages.forms import AppointmentWishForm, OfficeHoursWishForm
from services.intake.queries.assignments import wishes_for_office_hours
from services.intake.queries.files import household_file
from services.intake.queries.sites import office_hours_ahead
from services.intake.tables.records import Look
from shared.web import forms, german
from shared.web.forms import Filled, attempt
from shared.web.routing import Session, page_router
from shared.web.templating import PageMaker, Pages

router: APIRouter = page_router("/intake")

_OFFICE_HOURS = "/office-hours/interpreters"
_FILE = "/households/{household_id}/interpreters"


@router.get(_OFFICE_HOURS)
async def office_hours(by: ByTeamOnPage, session: Session, pages: Pages) -> Response:
    """Who is asked for which office hours, and a form to ask for more; nobody's name is on it."""
    return await _show_office_hours(by, session, pages, Filled[OfficeHoursWishForm]({}))


@router.post(_OFFICE_HOURS)
async def ask_for_office_hours(request: Request, by: ByTeamOnPage, session: Session, pages: Pages) -> Response:
    """Ask the volunteers."""
    form = await forms.read(request, OfficeHoursWishForm)
    sessions = await office_hours_ahead(session, by.site, by.now)
    if form.value is not None and (wish := form.value.wish_or_fault(form, sessions)) is not None:
        if await attempt(session, form, commands.wish_for_office_hours(session, by, wish)) is not None:
            return pages.redirect(f"/intake{_OFFICE_HOURS}")
        for path in {"at", "until"} & form.errors.keys():
            form.errors["session"] = form.errors.pop(path)
    return await _show_office_hours(by, session, pages, form)


@router.post(f"{_OFFICE_HOURS}/{{request_id}}/withdraw")
async def withdraw_for_office_hours(request_id: UUID, by: ByTeamOnPage, session: Session, pages: Pages) -> Response:
    """Nobody is needed any more."""
    await commands.withdraw_wish(session, by, request_id)
    return pages.redirect(f"/intake{_OFFICE_HOURS}")


@router.get(_FILE)
async def appointment(
    household_id: UUID, by: ByTeamOnPage, seen: SeenByTeamOnPage, session: Session, pages: Pages
) -> Response:
    """When the family needs somebody, and in which language."""
    return await _show_appointment(household_id, seen, session, pages, Filled[AppointmentWishForm]({}))


@router.post(_FILE)
async def ask_for_appointment(
    household_id: UUID, request: Request, by: ByTeamOnPage, seen: SeenByTeamOnPage, session: Session, pages: Pages
) -> Response:
    """Ask the volunteers."""
    form = await forms.read(request, AppointmentWishForm)
    if form.value is not None:
        work = commands.wish_for_appointment(session, by, household_id, form.value.wish())
        if await attempt(session, form, work) is not None:
            return pages.redirect(f"/intake/households/{household_id}?done=interpreter")
        if "at" in form.errors:
            form.errors["day"] = form.errors.pop("at")
    return await _show_appointment(household_id, seen, session, pages, form)


@router.post(f"{_FILE}/{{request_id}}/withdraw")
async def withdraw_for_appointment(
    household_id: UUID, request_id: UUID, by: ByTeamOnPage, session: Session, pages: Pages
) -> Response:
    """Nobody is needed any more."""
    await commands.withdraw_wish(session, by, request_id)
    return pages.redirect(f"/intake/households/{household_id}?done=interpreter_gone")


async def _show_office_hours(by: Acting, session: Session, pages: PageMaker, form: Filled[Any]) -> Response:
    return pages.render(
        "interpreters.html",
        status=422 if form.errors else 200,
        form=form,
        wishes=await wishes_for_office_hours(session, by.now),
        sessions=[(key, _named(*times)) for key, times in (await office_hours_ahead(session, by.site, by.now)).items()],
        languages=_languages(),
    )


def _named(at: datetime, until: datetime) -> str:
    return f"{german.day(at, weekday=True)}, {german.clock(at)}–{german.clock(until)} Uhr"


async def _show_appointment(
    household_id: UUID, seen: SeenByTeamOnPage, session: Session, pages: PageMaker, form: Filled[Any]
) -> Response:
    file = await household_file(session, household_id)
    log_look(session, seen, Look.FILE, "Dolmetschen anfragen", [household_id])
    spoken = [language for language in file.household.languages if language.split("-")[0] != "de"]
    return pages.render(
        "interpreter_new.html",
        status=422 if form.errors else 200,
        file=file,
        form=form,
        languages=_languages(spoken),
        spoken=spoken[0] if spoken else "",
        usual_minutes=USUAL_MINUTES,
    )


def _languages(spoken: list[str] | None = None) -> list[tuple[str, str]]:
    """Those of the family first; German needs nobody."""
    own = [(tag, german.language(tag)) for tag in spoken or []]
    return own + [(tag, name) for tag, name in german.language_choices() if tag != "de" and (tag, name) not in own]
