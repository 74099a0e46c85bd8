"""Calls about contacts."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from services.intake import commands
from services.intake.api.answers import ContactAnswer
from services.intake.commands.looks import log_look
from services.intake.desk import ByTeam, SeenByTeam
from services.intake.inputs import CorrectContact, RecordContact
from services.intake.queries.contacts import contacts_of_day
from services.intake.tables.records import Look
from shared.web.inputs import Day
from shared.web.pagination import Page, PageQuery
from shared.web.problems import conflict
from shared.web.routing import Session, api_router

router: APIRouter = api_router("/intake/api/v1/contacts", tags=["Kontakte"])


@router.post("", status_code=201)
async def record_contact(body: RecordContact, by: ByTeam, session: Session) -> ContactAnswer:
    """Hält einen Kontakt fest; die Zielgruppe genügt, ein Name ist nicht nötig."""
    return ContactAnswer.of(await commands.record_contact(session, by, body))


@router.get("")
async def list_contacts(
    page: PageQuery,
    by: ByTeam,
    seen: SeenByTeam,
    session: Session,
    day: Annotated[Day | None, Query(description="Ein Tag in Dortmund; sonst heute.")] = None,
) -> Page[ContactAnswer]:
    """Die Kontakte eines Tages, der neueste zuerst; auch berichtigte und zurückgenommene."""
    after = page.after(datetime, UUID)
    rows = await contacts_of_day(session, day or by.today, after=after and (after[0], after[1]), limit=page.limit + 1)
    shown = [row.household_id for row in rows[: page.limit] if row.household_id is not None]
    log_look(session, seen, Look.LIST, "Kontakte des Tages", shown)
    return page.page(rows, lambda row: (row.at, row.id), ContactAnswer.of)


@router.post("/{contact_id}/corrections", responses=conflict)
async def correct_contact(contact_id: UUID, body: CorrectContact, by: ByTeam, session: Session) -> ContactAnswer:
    """Berichtigt einen Kontakt, oder nimmt ihn mit `void` zurück."""
    return ContactAnswer.of(await commands.correct_contact(session, by, contact_id, body))
