"""Calls about first visits."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from services.intake import commands
from services.intake.api.answers import FirstVisitAnswer, FirstVisitListed
from services.intake.commands.looks import log_look
from services.intake.desk import ByTeam, SeenByTeam
from services.intake.inputs import Appointment, VisitDone, VisitEnded, VisitMissed
from services.intake.queries.visits import VisitList, VisitRow, first_visits
from services.intake.tables.records import Look
from shared.web.pagination import Page, PageQuery
from shared.web.problems import conflict
from shared.web.routing import Session, api_router

router: APIRouter = api_router("/intake/api/v1/first-visits", tags=["Erstbesuche"])


@router.get("")
async def list_first_visits(
    page: PageQuery,
    by: ByTeam,
    seen: SeenByTeam,
    session: Session,
    state: Annotated[VisitList, Query(description="offen, überfällig oder beendet")] = VisitList.OPEN,
) -> Page[FirstVisitListed]:
    """Erstbesuche, die am längsten überfälligen zuerst; beendete mit den neuesten zuerst."""
    after = page.after(date, UUID)
    rows = await first_visits(session, state, by.today, after=after and (after[0], after[1]), limit=page.limit + 1)
    log_look(session, seen, Look.LIST, "Liste der Erstbesuche", [row.household_id for row in rows[: page.limit]])
    return page.page(rows, lambda row: row.key(state), lambda row: _listed(row, by.today))


@router.post("/{visit_id}/schedule", responses=conflict)
async def schedule(visit_id: UUID, body: Appointment, by: ByTeam, session: Session) -> FirstVisitAnswer:
    """Kündigt den Erstbesuch an: Datum, Uhrzeit, Sprache, ob gedolmetscht werden muss."""
    return FirstVisitAnswer.of(await commands.schedule_first_visit(session, by, visit_id, body), by.today)


@router.post("/{visit_id}/reschedule", responses=conflict)
async def reschedule(visit_id: UUID, body: Appointment, by: ByTeam, session: Session) -> FirstVisitAnswer:
    """Gibt dem Erstbesuch einen anderen Termin."""
    return FirstVisitAnswer.of(await commands.reschedule_first_visit(session, by, visit_id, body), by.today)


@router.post("/{visit_id}/complete", responses=conflict)
async def complete(visit_id: UUID, by: ByTeam, session: Session, body: VisitDone | None = None) -> FirstVisitAnswer:
    """Der Erstbesuch hat stattgefunden; er zählt auch als Kontakt."""
    return FirstVisitAnswer.of(
        await commands.complete_first_visit(session, by, visit_id, body or VisitDone()), by.today
    )


@router.post("/{visit_id}/missed", responses=conflict)
async def missed(visit_id: UUID, by: ByTeam, session: Session, body: VisitMissed | None = None) -> FirstVisitAnswer:
    """Es wurde niemand angetroffen; der Erstbesuch steht weiter aus."""
    return FirstVisitAnswer.of(await commands.miss_first_visit(session, by, visit_id, body or VisitMissed()), by.today)


@router.post("/{visit_id}/refuse", responses=conflict)
async def refuse(visit_id: UUID, by: ByTeam, session: Session, body: VisitEnded | None = None) -> FirstVisitAnswer:
    """Der Haushalt möchte keinen Besuch."""
    return FirstVisitAnswer.of(await commands.refuse_first_visit(session, by, visit_id, body or VisitEnded()), by.today)


@router.post("/{visit_id}/waive", responses=conflict)
async def waive(visit_id: UUID, by: ByTeam, session: Session, body: VisitEnded | None = None) -> FirstVisitAnswer:
    """Die Familie wurde anderswo angetroffen, etwa in der Sprechstunde."""
    return FirstVisitAnswer.of(await commands.waive_first_visit(session, by, visit_id, body or VisitEnded()), by.today)


def _listed(row: VisitRow, today: date) -> FirstVisitListed:
    return FirstVisitListed.of(
        row.visit,
        today,
        family_name=row.family_name,
        languages=row.languages,
        district=row.district,
        neighbourhood=row.neighbourhood,
    )
