"""Calls about interpreters who are wished for: at office hours, at a family's appointment."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Path
from pydantic import BaseModel

from services.intake import commands
from services.intake.api.unready import not_known_yet
from services.intake.commands.looks import log_look
from services.intake.desk import ByTeam, SeenByTeam
from services.intake.inputs import InterpreterForAppointment, InterpreterForOfficeHours
from services.intake.queries.assignments import wishes_for_office_hours, wishes_of
from services.intake.queries.files import require_household
from services.intake.tables.records import Look
from services.intake.tables.volunteers import InterpreterRequest
from shared.contracts.words import InterpreterOccasion
from shared.web.problems import conflict
from shared.web.routing import Session, api_router

router: APIRouter = api_router("/intake/api/v1", tags=["Dolmetschen"])

HouseholdId = Annotated[UUID, Path(description="Kennung des Haushalts.")]


class InterpreterRequestAnswer(BaseModel):
    """Somebody who is wished for; at office hours without a household. Ended: nobody is needed any more."""

    request_id: UUID
    occasion: InterpreterOccasion
    household_id: UUID | None
    visit_id: UUID | None
    language: str
    at: datetime
    until: datetime
    woman_wanted: bool
    consent_on: date | None
    ended_at: datetime | None

    @classmethod
    def of(cls, wish: InterpreterRequest) -> Self:
        """The row as an answer."""
        return cls.model_validate({**wish.model_dump(), "request_id": wish.id})


@router.get("/interpreter-requests")
async def list_requests(by: ByTeam, session: Session) -> list[InterpreterRequestAnswer]:
    """Wer für die kommenden Sprechstunden zum Dolmetschen angefragt ist; ohne Bezug zu einer Familie."""
    return [InterpreterRequestAnswer.of(wish) for wish in await wishes_for_office_hours(session, by.now)]


@router.post("/interpreter-requests", status_code=201, responses={**conflict, **not_known_yet})
async def request_interpreter(
    body: InterpreterForOfficeHours, by: ByTeam, session: Session
) -> InterpreterRequestAnswer:
    """Fragt die Ehrenamtlichen, wer in einer Sprechstunde dolmetscht."""
    return InterpreterRequestAnswer.of(await commands.wish_for_office_hours(session, by, body))


@router.post("/interpreter-requests/{request_id}/withdraw", responses=conflict)
async def withdraw_request(
    request_id: Annotated[UUID, Path(description="Kennung der Anfrage.")], by: ByTeam, session: Session
) -> InterpreterRequestAnswer:
    """Nimmt die Anfrage zurück; wer schon zugesagt hat, erfährt davon."""
    return InterpreterRequestAnswer.of(await commands.withdraw_wish(session, by, request_id))


@router.get("/households/{household_id}/interpreter-requests")
async def list_requests_of_household(
    household_id: HouseholdId, by: ByTeam, seen: SeenByTeam, session: Session
) -> list[InterpreterRequestAnswer]:
    """Wer für diese Familie zum Dolmetschen angefragt ist, auch zu Erstbesuchen."""
    await require_household(session, household_id)
    log_look(session, seen, Look.FILE, "Dolmetschen", [household_id])
    return [InterpreterRequestAnswer.of(wish) for wish in await wishes_of(session, household_id, by.now)]


@router.post("/households/{household_id}/interpreter-requests", status_code=201, responses=conflict)
async def request_interpreter_for_household(
    household_id: HouseholdId, body: InterpreterForAppointment, by: ByTeam, session: Session
) -> InterpreterRequestAnswer:
    """Fragt die Ehrenamtlichen, wer bei einem Termin der Familie dolmetscht."""
    return InterpreterRequestAnswer.of(await commands.wish_for_appointment(session, by, household_id, body))
