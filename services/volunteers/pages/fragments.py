"""Parts of other services' pages: the browser asks for them here with htmx."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from services.volunteers.desk import ByTeamOnPage
from services.volunteers.domain.asking import VolunteerState
from services.volunteers.queries.interpreters import interpreters
from services.volunteers.queries.register import VolunteerFilter, volunteer_lines
from services.volunteers.queries.visible import seen_of
from shared.refusals import Invalid
from shared.web.inputs import Slug
from shared.web.routing import Session, page_router
from shared.web.templating import Pages

router: APIRouter = page_router("/volunteers/fragments")

MOST = 500
"""Volunteers in a list to choose from."""
NAMES = 100
"""Names in one answer."""


@router.get("/interpreters")
async def show_interpreters(
    by: ByTeamOnPage, session: Session, pages: Pages, site: Annotated[Slug | None, Query()] = None
) -> Response:
    """Who can interpret now, for the desk of the own site; nothing for another one."""
    found = await interpreters(session, by.site, by.now, None) if by.site and site in (None, by.site) else []
    return pages.render("interpreters.html", found=found)


@router.get("/volunteer-choices")
async def show_choices(by: ByTeamOnPage, session: Session, pages: Pages) -> Response:
    """Those at work whom the team sees, to choose from (`option`): who may be shown a family's contact data."""
    wanted = VolunteerFilter(state=VolunteerState.ACTIVE)
    return pages.render("volunteer_choices.html", lines=await volunteer_lines(session, by.site, wanted, limit=MOST))


@router.get("/volunteer-names")
async def show_names(
    by: ByTeamOnPage, session: Session, pages: Pages, ids: Annotated[str, Query(max_length=37 * NAMES)]
) -> Response:
    """The names of these volunteers, numbers separated by commas; whom the team does not see is left out."""
    try:
        asked = {UUID(number) for number in ids.split(",") if number}
    except ValueError:
        raise Invalid("ids", "Bitte die Nummern mit Kommas dazwischen angeben.") from None
    return pages.render("volunteer_names.html", volunteers=await seen_of(session, by.site, asked))
