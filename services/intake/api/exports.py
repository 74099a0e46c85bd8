"""Auskunft: a file as JSON; the readable page is the pages'."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel

from services.intake.api.households import HouseholdId, Reason
from services.intake.commands.exports import export_file
from services.intake.desk import ByTeam, SeenByTeam
from shared.web.routing import Session, api_router

router: APIRouter = api_router("/intake/api/v1", tags=["Auskunft"])


class ExportAnswer(BaseModel):
    """Alles über einen Haushalt: `tables` die Akte, `letters` und `looks` wer sie erhalten und angesehen hat."""

    household_id: UUID
    site: str
    made_at: datetime
    tables: dict[str, list[dict[str, Any]]]
    letters: list[dict[str, Any]]
    looks: list[dict[str, Any]]


@router.get("/households/{household_id}/export")
async def export_household(
    household_id: HouseholdId,
    by: ByTeam,
    seen: SeenByTeam,
    session: Session,
    reason: Annotated[Reason | None, Query(description="Warum; nötig bei einem geschützten Haushalt.")] = None,
) -> ExportAnswer:
    """Gibt alles aus, was über den Haushalt gespeichert ist, und wer es erhalten oder angesehen hat."""
    _, export = await export_file(session, seen, by.site, household_id, reason)
    return ExportAnswer(**{name: getattr(export, name) for name in ExportAnswer.model_fields})
