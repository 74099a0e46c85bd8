"""„Wochenplan": the week's rota over all sites, with what stays empty and what would fill it (report, 3.1b, 5)."""

from datetime import date, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from services.volunteers.commands import rota, standing
from services.volunteers.commands.acting import Acting
from services.volunteers.desk import ByCoordinatorOnPage, ByTeamOnPage
from services.volunteers.pages.names import batches
from services.volunteers.queries.rota import standing_wishes, week_shown
from shared.contracts.kinds import Language
from shared.web import forms, german
from shared.web.forms import Filled
from shared.web.inputs import Day, Input
from shared.web.routing import Session, page_router
from shared.web.templating import PageMaker, Pages
from shared.web.tokens import Role

router: APIRouter = page_router("/volunteers/rota")


class WeekForm(Input):
    """Which week."""

    week: Day


class AskForm(WeekForm):
    """Whom a run proposes."""

    run_id: UUID


class LanguageForm(WeekForm):
    """A language that is always wanted, or not any more."""

    language: Language


@router.get("")
async def show_week(
    by: ByCoordinatorOnPage,
    session: Session,
    pages: Pages,
    week: Annotated[date | None, Query()] = None,
    asked: Annotated[int | None, Query(ge=0, le=10000)] = None,
    missed: Annotated[int, Query(ge=0, le=10000)] = 0,
) -> Response:
    """A team sees its own site's week, the coordination all sites without anybody's name."""
    return await _show(session, by, pages, rota.monday_of(week or by.today), Filled[Any]({}), asked, missed)


@router.post("/compute")
async def compute(request: Request, by: ByCoordinatorOnPage, session: Session, pages: Pages) -> Response:
    """Compute it anew, for all sites at once."""
    form = await forms.read(request, WeekForm)
    if form.value is not None:
        seconds = request.app.state.settings.rota_seconds
        run = await forms.attempt(session, form, rota.compute(session, by, form.value.week, seconds))
        if run is not None:
            return _to(pages, form.value.week)
    return await _show(session, by, pages, rota.monday_of(by.today), form, None, 0)


@router.post("/ask")
async def ask_proposed(request: Request, by: ByTeamOnPage, session: Session, pages: Pages) -> Response:
    """Ask everybody who is proposed for the own site."""
    form = await forms.read(request, AskForm)
    if form.value is not None:
        hours = request.app.state.settings.answer_hours
        asked, missed = await rota.ask_proposed(session, by, form.value.run_id, hours)
        return pages.redirect(f"/volunteers/rota?week={form.value.week}&asked={asked}&missed={missed}")
    return await _show(session, by, pages, rota.monday_of(by.today), form, None, 0)


@router.post("/want")
async def want_always(request: Request, by: ByTeamOnPage, session: Session, pages: Pages) -> Response:
    """A language is wanted at each of the site's office hours."""
    form = await forms.read(request, LanguageForm)
    if form.value is not None:
        await standing.want_always(session, by, form.value.language)
        return _to(pages, form.value.week)
    return await _show(session, by, pages, rota.monday_of(by.today), form, None, 0)


@router.post("/want-no-longer")
async def want_no_longer(request: Request, by: ByTeamOnPage, session: Session, pages: Pages) -> Response:
    """Not any more."""
    form = await forms.read(request, LanguageForm)
    if form.value is not None:
        await standing.want_no_longer(session, by, form.value.language)
        return _to(pages, form.value.week)
    return await _show(session, by, pages, rota.monday_of(by.today), form, None, 0)


def _to(pages: PageMaker, week: date) -> Response:
    return pages.redirect(f"/volunteers/rota?week={rota.monday_of(week)}")


async def _show(
    session: Session,
    by: Acting,
    pages: PageMaker,
    monday: date,
    form: Filled[Any],
    asked: int | None,
    missed: int,
) -> Response:
    is_team = by.role is Role.TEAM
    run = await rota.latest_run(session, monday)
    shown = await week_shown(session, by.site if is_team else None, *rota.bounds(monday), run)
    slots = [slot for _, slots in shown.days for slot in slots]
    return pages.render(
        "rota.html",
        status=422 if form.errors else 200,
        form=form,
        monday=monday,
        before=monday - timedelta(days=7),
        after=monday + timedelta(days=7),
        shown=shown,
        slots=slots,
        empty=sum(slot.request.state.value in ("open", "unfilled") and slot.assignment is None for slot in slots),
        is_team=is_team,
        asked=asked,
        missed=missed,
        wishes=await standing_wishes(session, by.site) if is_team and by.site else [],
        languages=german.language_choices(),
        names=batches(slot.request.household_id for slot in slots) if is_team else [],
        is_over=monday + timedelta(days=7) <= by.today,
    )
