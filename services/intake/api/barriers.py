"""Hemmnisse: what stands in a family's way."""

from datetime import date
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Path
from pydantic import BaseModel

from services.intake import commands
from services.intake.commands.looks import log_look
from services.intake.desk import ByTeam, SeenByTeam
from services.intake.inputs import RecordBarrier
from services.intake.queries.barriers import barriers_of
from services.intake.queries.files import require_household
from services.intake.tables.people import Barrier
from services.intake.tables.records import Look
from shared.contracts.words import BarrierKind, Topic
from shared.web.problems import conflict
from shared.web.routing import Session, api_router

router: APIRouter = api_router("/intake/api/v1/households/{household_id}/barriers", tags=["Hemmnisse"])

HouseholdId = Annotated[UUID, Path(description="Kennung des Haushalts.")]


class BarrierAnswer(BaseModel):
    """A barrier; `note`, and of an individual one `topic`, stay with the site."""

    barrier_id: UUID
    household_id: UUID
    kind: BarrierKind
    person_id: UUID | None
    need_id: UUID | None
    topic: Topic | None
    authority: str | None
    reach_ended: bool
    note: str | None
    recorded_on: date

    @classmethod
    def of(cls, barrier: Barrier) -> Self:
        """The row as an answer."""
        return cls.model_validate({**barrier.model_dump(), "barrier_id": barrier.id})


@router.get("")
async def list_barriers(household_id: HouseholdId, seen: SeenByTeam, session: Session) -> list[BarrierAnswer]:
    """Was der Familie im Weg steht, das Neueste zuerst."""
    await require_household(session, household_id)
    log_look(session, seen, Look.FILE, "Hemmnisse", [household_id])
    return [BarrierAnswer.of(barrier) for barrier in await barriers_of(session, household_id)]


@router.post("", status_code=201, responses=conflict)
async def record_barrier(household_id: HouseholdId, body: RecordBarrier, by: ByTeam, session: Session) -> BarrierAnswer:
    """Hält ein persönliches oder strukturelles Hemmnis fest; die Notiz bleibt am Standort."""
    return BarrierAnswer.of(await commands.record_barrier(session, by, household_id, body))
