"""Who stands at the desk: turns a signed-in person into what commands and the access log ask for."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends
from starlette.requests import Request

from services.intake.commands.acting import Acting
from services.intake.commands.looks import Looking
from services.intake.tables.records import Via
from shared.web.identity import Principal, Role, page_for, signed_in

Team = Annotated[Principal, signed_in(Role.TEAM)]
"""A call of the site's own team."""
TeamPage = Annotated[Principal, page_for(Role.TEAM)]
"""A page of the site's own team."""
RECIPIENTS = (Role.PARTNER, Role.AUTHORITY, Role.VOLUNTEER)
"""Who may look at what was released to them, and at nothing else; each role is a kind of recipient."""
Recipient = Annotated[Principal, signed_in(*RECIPIENTS)]
Privacy = Annotated[Principal, signed_in(Role.PRIVACY)]
PrivacyPage = Annotated[Principal, page_for(Role.PRIVACY)]


def acting(request: Request, who: Principal) -> Acting:
    """The person at work."""
    settings = request.app.state.settings
    return Acting(who.account, settings.site, datetime.now(UTC), settings.first_visit_due_days)


def looking(who: Principal, via: Via) -> Looking:
    """The person as the access log knows it."""
    return Looking(who.who, who.role.value, via, datetime.now(UTC))


async def _team_acting(request: Request, who: Team) -> Acting:
    return acting(request, who)


async def _team_acting_on_page(request: Request, who: TeamPage) -> Acting:
    return acting(request, who)


async def _team_looking(who: Team) -> Looking:
    return looking(who, Via.API)


async def _team_looking_on_page(who: TeamPage) -> Looking:
    return looking(who, Via.PAGE)


ByTeam = Annotated[Acting, Depends(_team_acting)]
ByTeamOnPage = Annotated[Acting, Depends(_team_acting_on_page)]
SeenByTeam = Annotated[Looking, Depends(_team_looking)]
SeenByTeamOnPage = Annotated[Looking, Depends(_team_looking_on_page)]
