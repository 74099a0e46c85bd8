"""Who stands at the desk: turns a signed-in person into what commands and queries ask for."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Depends

from services.referrals.commands.acting import Acting
from services.referrals.tables import Via
from shared.web.identity import Principal, Role, page_for, partner_of, signed_in

RECIPIENTS = (Role.PARTNER, Role.AUTHORITY)
"""Who is referred to: partners, and authorities, which are partners as well."""
DIRECTORY = (Role.TEAM, Role.COORDINATOR, *RECIPIENTS)
"""Who may look at the directory's inside and keep it, each as far as it is theirs."""
AT_THE_TABLE = (*DIRECTORY, Role.GUEST)
"""Who may look at round tables, each at those that it sits at or is invited to."""


def acting(who: Principal, via: Via) -> Acting:
    """The person at work."""
    partner = partner_of(who) if who.role in RECIPIENTS else None
    return Acting(who.account, who.role, who.site, partner, datetime.now(UTC), via)


def _by(via: Via, *roles: Role) -> Any:
    guard = signed_in(*roles) if via is Via.API else page_for(*roles)

    async def find(who: Annotated[Principal, guard]) -> Acting:
        return acting(who, via)

    return Depends(find)


ByTeam = Annotated[Acting, _by(Via.API, Role.TEAM)]
ByTeamOnPage = Annotated[Acting, _by(Via.PAGE, Role.TEAM)]
ByPartner = Annotated[Acting, _by(Via.API, *RECIPIENTS)]
ByPartnerOnPage = Annotated[Acting, _by(Via.PAGE, *RECIPIENTS)]
ByTeamOrPartner = Annotated[Acting, _by(Via.API, Role.TEAM, *RECIPIENTS)]
ByTeamOrPartnerOnPage = Annotated[Acting, _by(Via.PAGE, Role.TEAM, *RECIPIENTS)]
ByCoordinator = Annotated[Acting, _by(Via.API, Role.COORDINATOR, Role.TEAM)]
"""Team and coordination: what belongs to the network as a whole."""
ByCoordinatorOnPage = Annotated[Acting, _by(Via.PAGE, Role.COORDINATOR, Role.TEAM)]
ByAny = Annotated[Acting, _by(Via.API, *DIRECTORY)]
ByAnyOnPage = Annotated[Acting, _by(Via.PAGE, *DIRECTORY)]
ByMember = Annotated[Acting, _by(Via.API, *AT_THE_TABLE)]
ByMemberOnPage = Annotated[Acting, _by(Via.PAGE, *AT_THE_TABLE)]
