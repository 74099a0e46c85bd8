"""„Haushalte": the search as one types, and the form for a new file."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from services.intake import commands
from services.intake.commands.looks import log_look
from services.intake.desk import ByTeamOnPage, SeenByTeamOnPage
from services.intake.pages.forms import RegisterForm
from services.intake.pages.sheets import sheet
from services.intake.pages.words import place_name
from services.intake.queries.households import HouseholdRow, search_households
from services.intake.tables.records import Look
from shared.contracts.words import District
from shared.web import forms, german, words
from shared.web.forms import Filled, attempt
from shared.web.pagination import PageQuery
from shared.web.routing import Session, page_router
from shared.web.templating import PageMaker, Pages

router: APIRouter = page_router("/intake")

Words = Annotated[str, Query(max_length=100)]
EMPTY_ROWS = 4
"""Lines for persons on the new form; more are added by the button, also without script."""


@router.get("/households")
async def search(
    page: PageQuery,
    seen: SeenByTeamOnPage,
    session: Session,
    pages: Pages,
    q: Words = "",
    closed: bool = False,
) -> Response:
    """The search; without a word all open files by name."""
    after = page.after(int, str, UUID)
    rows = await search_households(
        session, q, include_closed=closed, after=after and (after[0], after[1], after[2]), limit=page.limit + 1
    )
    log_look(session, seen, Look.SEARCH, "Suche nach Haushalten", [row.id for row in rows[: page.limit]])
    shown = page.page(rows, lambda row: row.place, lambda row: row.id)
    template = "households_found.html" if pages.partial else "households.html"
    return pages.render(template, rows=rows[: page.limit], next_cursor=shown.next_cursor, q=q, closed=closed)


@router.get("/households.csv")
async def search_as_csv(seen: SeenByTeamOnPage, session: Session, q: Words = "", closed: bool = False) -> Response:
    """The same list for a spreadsheet; of protected households without street and neighbourhood."""
    rows = await search_households(session, q, include_closed=closed, limit=10_000)
    log_look(session, seen, Look.EXPORT, "Liste der Haushalte als CSV", [row.id for row in rows])
    columns = ["Familie", "Personen", "Sprachen", "Stadtbezirk", "Stadtteil", "Straße", "Wohnt dort seit"]
    return sheet("haushalte", columns, (_cells(row) for row in rows))


def _cells(row: HouseholdRow) -> list[object]:
    return [
        row.family_name,
        row.persons,
        german.languages(row.languages),
        words.word(District(row.district)),
        place_name(row.district, row.neighbourhood) if row.neighbourhood else "",
        "geschützt" if row.protected else row.street,
        row.moved_in and german.day(row.moved_in),
    ]


@router.get("/households/new")
async def new_household(by: ByTeamOnPage, pages: Pages) -> Response:
    """The empty form."""
    return _form(pages, Filled[RegisterForm]({}), by.today, EMPTY_ROWS)


@router.post("/households/new")
async def register_household(request: Request, by: ByTeamOnPage, session: Session, pages: Pages) -> Response:
    """Enter it, or show the form again with what is wrong beside each field."""
    form = await forms.read(request, RegisterForm)
    rows = max(EMPTY_ROWS, 1 + max((_row_of(name) for name in form.texts), default=0))
    if "more_rows" in form.texts:
        return _form(pages, Filled[RegisterForm](form.texts), by.today, rows + EMPTY_ROWS)
    if form.value is not None:
        entered = await attempt(session, form, commands.register_household(session, by, form.value))
        if entered is not None:
            return pages.redirect(f"/intake/households/{entered[0].household.id}?done=registered")
    return _form(pages, form, by.today, rows)


def _row_of(name: str) -> int:
    """Which line of persons a field belongs to."""
    parts = name.split(".")
    return int(parts[1]) if parts[0] == "persons" and len(parts) == 3 and parts[1].isdecimal() else 0


def _form(pages: PageMaker, form: Filled[RegisterForm], today: date, rows: int) -> Response:
    return pages.render(
        "household_new.html", status=422 if form.errors else 200, form=form, rows=min(rows, 30), today=today
    )
