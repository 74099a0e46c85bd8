"""Who stands at the desk: turns a signed-in person into what commands and queries ask for."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends

from services.volunteers.commands.acting import Acting
from services.volunteers.tables import Via
from shared.web.identity import Principal, Role, page_for, signed_in


def acting(who: Principal, via: Via) -> Acting:
    """The person at work. A volunteer's account is called by their number."""
    volunteer_id = _number(who.account) if who.role is Role.VOLUNTEER else None
    return Acting(who.account, who.role, who.site, volunteer_id, datetime.now(UTC), via)


def _number(account: str) -> UUID | None:
    try:
        return UUID(account)
    except ValueError:
        return None


def _by(via: Via, *roles: Role) -> Any:
    guard = signed_in(*roles) if via is Via.API else page_for(*roles)

    async def find(who: Annotated[Principal, guard]) -> Acting:
        return acting(who, via)

    return Depends(find)


ByTeam = Annotated[Acting, _by(Via.API, Role.TEAM)]
ByTeamOnPage = Annotated[Acting, _by(Via.PAGE, Role.TEAM)]
ByCoordinator = Annotated[Acting, _by(Via.API, Role.TEAM, Role.COORDINATOR)]
"""Team and coordination: figures and the rota; the coordination without anybody's name."""
ByCoordinatorOnPage = Annotated[Acting, _by(Via.PAGE, Role.TEAM, Role.COORDINATOR)]
ByVolunteer = Annotated[Acting, _by(Via.API, Role.VOLUNTEER)]
ByVolunteerOnPage = Annotated[Acting, _by(Via.PAGE, Role.VOLUNTEER)]
