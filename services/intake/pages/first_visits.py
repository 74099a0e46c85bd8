"""„Erstbesuche": what is owed to families, the overdue on top, and what becomes of each visit."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from sqlmodel import select
from starlette.requests import Request
from starlette.responses import Response

from services.intake import commands
from services.intake.commands.looks import log_look
from services.intake.desk import ByTeamOnPage, SeenByTeamOnPage
from services.intake.domain.interpreters import USUAL_MINUTES
from services.intake.domain.visits import VisitState
from services.intake.inputs import VisitEnded, VisitMissed
from services.intake.pages.forms import AppointmentForm, NoteForm, VisitDoneForm
from services.intake.pages.sheets import sheet
from services.intake.pages.words import place_name, visit_state
from services.intake.queries.assignments import wish_of_visit
from services.intake.queries.care import safety_note
from services.intake.queries.files import household_file
from services.intake.queries.visits import VisitList, first_visits
from services.intake.tables import FirstVisit
from services.intake.tables.records import Look
from services.intake.tables.volunteers import InterpreterRequest
from shared.contracts.words import District
from shared.refusals import Missing
from shared.web import forms, german, words
from shared.web.forms import Filled, attempt
from shared.web.pagination import PageQuery
from shared.web.routing import Session, page_router
from shared.web.templating import PageMaker, Pages

router: APIRouter = page_router("/intake")

State = Annotated[VisitList, Query()]


@router.get("/first-visits")
async def list_visits(
    page: PageQuery,
    by: ByTeamOnPage,
    seen: SeenByTeamOnPage,
    session: Session,
    pages: Pages,
    state: State = VisitList.OPEN,
) -> Response:
    """The owed visits by their day, the longest overdue first."""
    after = page.after(date, UUID)
    rows = await first_visits(session, state, by.today, after=after and (after[0], after[1]), limit=page.limit + 1)
    log_look(session, seen, Look.LIST, "Liste der Erstbesuche", [row.household_id for row in rows[: page.limit]])
    shown = page.page(rows, lambda row: row.key(state), lambda row: row.visit.id)
    return pages.render(
        "first_visits.html",
        rows=rows[: page.limit],
        state=state,
        next_cursor=shown.next_cursor,
        overdue=len(await first_visits(session, VisitList.OVERDUE, by.today, limit=1000)),
        today=by.today,
    )


@router.get("/first-visits.csv")
async def visits_as_csv(
    by: ByTeamOnPage, seen: SeenByTeamOnPage, session: Session, state: State = VisitList.OPEN
) -> Response:
    """The same list for a spreadsheet."""
    rows = await first_visits(session, state, by.today, limit=10_000)
    log_look(session, seen, Look.EXPORT, "Liste der Erstbesuche als CSV", [row.household_id for row in rows])
    columns = [
        "Familie",
        "Stadtbezirk",
        "Stadtteil",
        "Sprachen",
        "Umzug",
        "Fällig",
        "Stand",
        "Termin",
        "Tage überfällig",
    ]
    return sheet(
        "erstbesuche",
        columns,
        (
            [
                row.family_name,
                words.word(District(row.district)),
                place_name(row.district, row.neighbourhood) if row.neighbourhood else "",
                german.languages(row.languages),
                german.day(row.visit.moved_on),
                german.day(row.visit.due_on),
                visit_state(row.visit.state),
                f"{german.day(row.visit.at)} {german.clock(row.visit.at)}" if row.visit.at else "",
                row.days_overdue or "",
            ]
            for row in rows
        ),
    )


@router.get("/first-visits/{visit_id}")
async def show_visit(
    visit_id: UUID, by: ByTeamOnPage, seen: SeenByTeamOnPage, session: Session, pages: Pages
) -> Response:
    """One visit and what can become of it."""
    visit = await _visit(session, visit_id)
    texts: dict[str, list[str]] = {}
    if visit.at is not None and visit.state is VisitState.SCHEDULED:
        appointed = visit.at.astimezone(german.BERLIN)
        texts = {"day": [f"{appointed:%Y-%m-%d}"], "time": [f"{appointed:%H:%M}"]}
        texts |= _wished(await wish_of_visit(session, visit_id))
    return await _show(visit_id, by, seen, session, pages, Filled[Any](texts))


@router.post("/first-visits/{visit_id}/appointment")
async def appoint(
    visit_id: UUID, request: Request, by: ByTeamOnPage, seen: SeenByTeamOnPage, session: Session, pages: Pages
) -> Response:
    """Announce the visit, or give it another date."""
    form = await forms.read(request, AppointmentForm)
    if form.value is not None:
        owed = (await _visit(session, visit_id)).state is VisitState.OWED
        change = commands.schedule_first_visit if owed else commands.reschedule_first_visit
        if await attempt(session, form, change(session, by, visit_id, form.value.appointment())) is not None:
            return _done(pages, visit_id)
    if "at" in form.errors:
        form.errors["day"] = form.errors.pop("at")
    return await _show(visit_id, by, seen, session, pages, form)


@router.post("/first-visits/{visit_id}/complete")
async def complete(
    visit_id: UUID, request: Request, by: ByTeamOnPage, seen: SeenByTeamOnPage, session: Session, pages: Pages
) -> Response:
    """The visit took place."""
    form = await forms.read(request, VisitDoneForm)
    if form.value is not None:
        work = commands.complete_first_visit(session, by, visit_id, form.value.done())
        if (visit := await attempt(session, form, work)) is not None:
            return pages.redirect(f"/intake/households/{visit.household_id}?done=visit")
    return await _show(visit_id, by, seen, session, pages, form)


@router.post("/first-visits/{visit_id}/{what}")
async def end(
    visit_id: UUID,
    what: str,
    request: Request,
    by: ByTeamOnPage,
    seen: SeenByTeamOnPage,
    session: Session,
    pages: Pages,
) -> Response:
    """Nobody was at home; or the family does not want a visit; or it was met elsewhere."""
    form = await forms.read(request, NoteForm)
    if form.value is None and what in ("missed", "refuse", "waive"):
        return await _show(visit_id, by, seen, session, pages, form)  # a note that cannot be kept must not get lost
    note = form.value.note if form.value is not None else None
    match what:
        case "missed":
            work = commands.miss_first_visit(session, by, visit_id, VisitMissed(note=note))
        case "refuse":
            work = commands.refuse_first_visit(session, by, visit_id, VisitEnded(note=note))
        case "waive":
            work = commands.waive_first_visit(session, by, visit_id, VisitEnded(note=note))
        case _:
            raise Missing("Diese Seite")
    if await attempt(session, form, work) is not None:
        return _done(pages, visit_id)
    return await _show(visit_id, by, seen, session, pages, form)


def _wished(wish: InterpreterRequest | None) -> dict[str, list[str]]:
    """The form's fields about whoever interprets, as they were wished for."""
    if wish is None:
        return {}
    ticked = {"woman_wanted": wish.woman_wanted, "consent_in_advance": wish.consent_on is not None}
    minutes = int((wish.until - wish.at).total_seconds()) // 60
    return {"minutes": [str(minutes)], **{name: ["true"] for name, is_ticked in ticked.items() if is_ticked}}


async def _visit(session: Session, visit_id: UUID) -> FirstVisit:
    visit = (await session.exec(select(FirstVisit).where(FirstVisit.id == visit_id))).one_or_none()
    if visit is None:
        raise Missing("Der Erstbesuch")
    return visit


def _done(pages: PageMaker, visit_id: UUID) -> Response:
    return pages.redirect(f"/intake/first-visits/{visit_id}")


async def _show(
    visit_id: UUID,
    by: ByTeamOnPage,
    seen: SeenByTeamOnPage,
    session: Session,
    pages: PageMaker,
    form: Filled[Any],
) -> Response:
    visit = await _visit(session, visit_id)
    file = await household_file(session, visit.household_id)
    log_look(session, seen, Look.FILE, "Erstbesuch", [visit.household_id])
    return pages.render(
        "first_visit.html",
        status=422 if form.errors else 200,
        visit=visit,
        file=file,
        safety_note=await safety_note(session, visit.household_id),
        form=form,
        today=by.today,
        now_utc=by.now,
        usual_minutes=USUAL_MINUTES,
    )
