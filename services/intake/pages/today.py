"""„Heute": what is next at this site."""

from typing import Annotated

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.intake.commands.looks import log_look
from services.intake.desk import acting, looking
from services.intake.queries import care, handovers, people
from services.intake.queries.contacts import tally_of_day
from services.intake.queries.sites import office_hours_on
from services.intake.queries.visits import VisitList, VisitRow, first_visits
from services.intake.tables.records import Look, Via
from shared.refusals import Forbidden
from shared.web.identity import Principal, Role, page_for
from shared.web.navigation import home
from shared.web.routing import Session, page_router
from shared.web.templating import Pages

router: APIRouter = page_router()
_SHOWN = 8
TODAY = (handovers.tile, care.tile, people.tile)
"""Tiles besides those of the first visits and contacts, in their order."""


@router.get("/")
async def today(request: Request, who: Annotated[Principal, page_for()], session: Session, pages: Pages) -> Response:
    """The overdue first visits and this week's, the office hours, and one next step.

    Whoever signs in here with a role of the city is led to what is theirs.
    """
    if who.role is not Role.TEAM:
        if (own := home(who)) is None:
            raise Forbidden("Für Ihr Konto gibt es hier keine Seite.")
        return pages.redirect(own)
    by, seen = acting(request, who), looking(who, Via.PAGE)
    rows = await first_visits(session, VisitList.OPEN, by.today, limit=500)
    overdue = [row for row in rows if row.days_overdue]
    this_week = [row for row in rows if not row.days_overdue and row.is_for_week_of(by.today)]
    shown = (overdue + sorted(this_week, key=_when))[:_SHOWN]
    log_look(session, seen, Look.LIST, "Startseite Heute", [row.household_id for row in shown])
    tally = await tally_of_day(session, by.today)
    tiles = [await tile(session, by.today, by.who) for tile in TODAY]
    return pages.render(
        "today.html",
        rows=shown,
        overdue=len(overdue),
        this_week=len(this_week),
        open_visits=len(rows),
        contacts=tally.total(),
        tiles=[tile for tile in tiles if tile is not None],
        office_hours=await office_hours_on(session, by.site, by.today),
        today=by.today,
    )


def _when(row: VisitRow) -> tuple[str, str]:
    """In the order of the days on which something is to happen."""
    moment = row.visit.at.isoformat() if row.visit.at else row.visit.due_on.isoformat()
    return moment[:10], moment
