"""„Betrieb": whether services, queues and archive are well; no personal data is in sight of any of this."""

from typing import Annotated, Any

from starlette.requests import Request

from services.reporting import operations
from services.reporting.queries.archive import archive_state
from shared.messaging.management import GIVEN_UP_BY_THE_BROKER
from shared.web.identity import Principal, Role, page_for
from shared.web.routing import Session, page_router
from shared.web.templating import Pages

router = page_router("/reporting")

_REASONS = {
    "unreadable": "nicht lesbar",
    "against-schema": "entspricht nicht dem Vertrag",
    "refused": "vom Empfänger abgelehnt",
    "out-of-attempts": "nach allen Versuchen gescheitert",
    GIVEN_UP_BY_THE_BROKER: "vom Broker aufgegeben",
}


@router.get("/operations")
async def state(
    request: Request, _who: Annotated[Principal, page_for(Role.OPERATIONS)], session: Session, pages: Pages
) -> Any:
    """The page; it is made anew at each look."""
    found = await operations.look(request.app.state.settings)
    return pages.render("operations.html", state=found, archive=await archive_state(session), reasons=_REASONS)
