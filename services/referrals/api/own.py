"""Partner: what the network knows of a partner's own program, for that program."""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.requests import Request

from services.referrals.background.partner_queues import Look
from services.referrals.desk import ByPartner
from services.referrals.queries.systems import access_of, refused, told
from shared.contracts.words import RefusalReason
from shared.refusals import Missing
from shared.web.problems import missing
from shared.web.routing import Session, api_router

router: APIRouter = api_router("/referrals/api/v1/own", tags=["Partner"])


class QueueAnswer(BaseModel):
    """The partner's queue as it was last looked at, `at`; the oldest of the waiting events came after `since`."""

    waiting: int
    since: datetime | None
    readers: int
    acknowledged: int = Field(description="Seit der Nachrichtendienst läuft.")
    commands_waiting: int
    at: datetime


class ToldAnswer(BaseModel):
    """One event that was sent to the partner."""

    at: datetime
    event: str
    referral_id: UUID | None


class RefusedAnswer(BaseModel):
    """One command that was not carried out."""

    at: datetime
    reason: RefusalReason
    command: str | None
    command_id: UUID | None
    fields: list[str]


class SystemAnswer(BaseModel):
    """How it stands between the network and the partner's program; lists have the newest first, at most 50."""

    granted_at: datetime
    revoked_at: datetime | None
    queue: QueueAnswer | None = Field(description="Leer, wenn gerade nicht bekannt.")
    told: list[ToldAnswer]
    refused: list[RefusedAnswer]


@router.get("/system", responses=missing)
async def show_system(request: Request, by: ByPartner, session: Session) -> SystemAnswer:
    """What waits for the partner's program and since when, what it was sent, which commands were refused."""
    slug = by.partner or ""
    access = await access_of(session, slug)
    if access is None:
        raise Missing("Ein eigenes Programm")
    watch = getattr(request.app.state, "partner_queues", None)
    look: Look | None = watch.looks.get(slug) if watch else None
    return SystemAnswer(
        granted_at=access.granted_at,
        revoked_at=access.revoked_at,
        queue=QueueAnswer.model_validate(look, from_attributes=True) if look else None,
        told=[ToldAnswer.model_validate(row, from_attributes=True) for row in await told(session, slug)],
        refused=[RefusedAnswer.model_validate(row, from_attributes=True) for row in await refused(session, slug)],
    )
