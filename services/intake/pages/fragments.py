"""Fragments with names for the city's pages, which know ids only: the browser asks the site (network contract).

A page of the city holds `<bdi id="household-…">` or `<bdi id="person-…">` where a name belongs and loads the fragment
with htmx; each name finds its place by its id (`hx-swap-oob`). No name passes through a service of the city.
"""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from services.intake.commands.looks import log_look
from services.intake.desk import SeenByTeamOnPage
from services.intake.queries.names import names
from services.intake.tables.records import Look
from shared.refusals import Invalid, Missing
from shared.web.routing import Session, page_router
from shared.web.templating import Pages

router: APIRouter = page_router("/intake/fragments")

MOST = 50
"""Names in one answer, as many as a page of a list has."""
_Ids = Annotated[str, Query(max_length=37 * MOST)]


@router.get("/names")
async def show_names(
    seen: SeenByTeamOnPage, session: Session, pages: Pages, households: _Ids = "", persons: _Ids = ""
) -> Response:
    """The names of these households and persons, ids separated by commas; who has no file here is left out."""
    asked = _ids("households", households), _ids("persons", persons)
    if len(asked[0]) + len(asked[1]) > MOST:
        raise Invalid("households", f"Bitte höchstens {MOST} Namen auf einmal erfragen.")
    found = await names(session, *asked)
    if not found:
        raise Missing("Der Name")
    log_look(session, seen, Look.FRAGMENT, "Namen auf einer Seite der Stadt", [name.household_id for name in found])
    return pages.render("names.html", names=found)


def _ids(field: str, text: str) -> list[UUID]:
    try:
        return [UUID(part) for part in text.split(",") if part]
    except ValueError:
        raise Invalid(field, "Das ist keine Kennung.") from None
