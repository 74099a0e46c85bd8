"""`/volunteers/` leads to where one works, or to the public registration."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from shared.web.identity import Role, identify
from shared.web.navigation import navigation
from shared.web.routing import page_router

router: APIRouter = page_router()

PUBLIC = "/volunteers/join/de"
OWN = "/volunteers/mine"


@router.get("/volunteers/")
async def show(request: Request) -> Response:
    """The first page of this service that the one who asks may open."""
    who = await identify(request)
    if who is not None and who.role is Role.VOLUNTEER:
        return RedirectResponse(OWN, 307)
    own = [entry.path for entry in navigation(who, "") if entry.path.startswith("/volunteers/")]
    return RedirectResponse(own[0] if own else PUBLIC, 307)
