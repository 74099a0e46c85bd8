"""`/referrals/` leads to where one works, or to the public directory."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from shared.web.identity import identify
from shared.web.navigation import navigation
from shared.web.routing import page_router

router = page_router()

PUBLIC = "/referrals/directory/de"


@router.get("/referrals/")
async def show(request: Request) -> Response:
    """The first page of this service that the one who asks may open."""
    own = [entry.path for entry in navigation(await identify(request), "") if entry.path.startswith("/referrals/")]
    return RedirectResponse(own[0] if own else PUBLIC, 307)
