"""Parts of other services' pages: the browser asks for them here with htmx."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from services.volunteers.desk import ByTeamOnPage
from services.volunteers.queries.interpreters import interpreters
from shared.web.inputs import Slug
from shared.web.routing import Session, page_router
from shared.web.templating import Pages

router: APIRouter = page_router("/volunteers/fragments")


@router.get("/interpreters")
async def show_interpreters(
    by: ByTeamOnPage, session: Session, pages: Pages, site: Annotated[Slug | None, Query()] = None
) -> Response:
    """Who can interpret now, for the desk of the own site; nothing for another one."""
    found = await interpreters(session, by.site, by.now, None) if by.site and site in (None, by.site) else []
    return pages.render("interpreters.html", found=found)
