"""„Betreuung": numbers first, then who needs what. The coordination sees the same of all sites, without names."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from services.volunteers.commands.care import note_called
from services.volunteers.desk import ByCoordinatorOnPage, ByTeamOnPage
from services.volunteers.papers import in_hours
from services.volunteers.queries.care import care
from shared.web.routing import Session, page_router
from shared.web.templating import Pages
from shared.web.tokens import Role

router: APIRouter = page_router("/volunteers/care")


@router.get("")
async def show_care(
    by: ByCoordinatorOnPage, session: Session, pages: Pages, done: Annotated[str, Query(max_length=20)] = ""
) -> Response:
    """Who is to be called, was asked too often or never; how the load is spread."""
    return pages.render(
        "care.html",
        care=await care(session, by.site, by.now),
        names=by.role is Role.TEAM,
        in_hours=in_hours,
        today=by.today,
        done=done,
    )


@router.post("/{volunteer_id}/called")
async def called(volunteer_id: UUID, by: ByTeamOnPage, session: Session, pages: Pages) -> Response:
    """The team has called."""
    await note_called(session, by, volunteer_id)
    return pages.redirect("/volunteers/care?done=called")
