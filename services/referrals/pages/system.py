"""„Eigenes Programm": what a partner's own system was sent, what waits for it, and which commands went wrong."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.referrals.desk import ByPartnerOnPage
from services.referrals.queries.systems import access_of, refused, told
from shared.web.routing import Session, page_router
from shared.web.templating import Pages

router: APIRouter = page_router("/referrals/own/system")


@router.get("")
async def show(request: Request, by: ByPartnerOnPage, session: Session, pages: Pages) -> Response:
    """How it stands between the network and the partner's program."""
    slug = by.partner or ""
    watch = getattr(request.app.state, "partner_queues", None)
    return pages.render(
        "own_system.html",
        slug=slug,
        access=await access_of(session, slug),
        look=watch.looks.get(slug) if watch else None,
        told=await told(session, slug),
        refused=await refused(session, slug),
    )
