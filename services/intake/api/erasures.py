"""Löschungen: erasures and deletion periods."""

from datetime import UTC, datetime
from typing import Literal, Self
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.requests import Request

from services.intake.api.households import HouseholdId
from services.intake.api.unready import not_known_yet
from services.intake.commands import deletions
from services.intake.commands.erasures import erase_household
from services.intake.desk import ByTeam, Privacy
from services.intake.domain.erasures import Because, Kind
from services.intake.queries.erasures import ErasureStand, erasure_of, erasures
from shared.web.inputs import Input
from shared.web.pagination import Page, PageQuery
from shared.web.problems import conflict
from shared.web.routing import Session, api_router

router: APIRouter = api_router("/intake/api/v1", tags=["Löschungen"])


class EraseHousehold(Input):
    """Warum gelöscht wird."""

    because: Literal[Because.ASKED, Because.NO_LONGER_NEEDED]


class ErasureAnswer(BaseModel):
    """Eine Löschung; vollständig, wenn nichts mehr in `missing` steht. Kennungen allein, keine Inhalte."""

    erasure_id: UUID
    household_id: UUID
    because: Because | None
    erased_at: datetime
    completed_at: datetime | None
    acknowledged: dict[str, datetime]
    waived: dict[str, str]
    """Auf wen nicht mehr gewartet wird: wer das warum entschieden hat."""
    missing: list[str]

    @classmethod
    def of(cls, stand: ErasureStand) -> Self:
        """As it stands now."""
        erasure = stand.erasure
        return cls(
            erasure_id=erasure.id,
            household_id=erasure.household_id,
            because=erasure.because,
            erased_at=erasure.erased_at,
            completed_at=erasure.completed_at,
            acknowledged=stand.acknowledged,
            waived=stand.waived,
            missing=stand.missing,
        )


class DueAnswer(BaseModel):
    """Wie viele Datensätze einer Art ihre Löschfrist erreicht haben."""

    kind: Kind
    months: int
    count: int


@router.post("/households/{household_id}/erasure", status_code=201, responses={**conflict, **not_known_yet})
async def erase(
    household_id: HouseholdId,
    body: EraseHousehold,
    request: Request,
    by: ByTeam,
    session: Session,
) -> ErasureAnswer:
    """Löscht alle Daten des Haushalts hier und fragt alle Dienste, die es gibt; nicht rückgängig zu machen."""
    services = request.app.state.settings.existing_services
    erasure = await erase_household(session, by, household_id, body.because, services)
    return ErasureAnswer.of(ErasureStand(erasure, {}))


@router.get("/erasures")
async def list_erasures(request: Request, page: PageQuery, _who: Privacy, session: Session) -> Page[ErasureAnswer]:
    """Was gelöscht wurde und wer es bestätigt hat; das Neueste zuerst."""
    after = page.after(datetime, UUID)
    site = request.app.state.settings.site
    rows = await erasures(session, site, after=after and (after[0], after[1]), limit=page.limit + 1)
    return page.page(rows, lambda row: (row.erasure.erased_at, row.erasure.id), ErasureAnswer.of)


@router.get("/households/{erased_household_id}/erasure")
async def show_erasure(erased_household_id: HouseholdId, by: ByTeam, session: Session) -> ErasureAnswer:
    """Zeigt, wer die Löschung eines Haushalts bestätigt hat."""
    return ErasureAnswer.of(await erasure_of(session, erased_household_id, by.site))


@router.get("/erasures/due")
async def list_due(request: Request, _who: Privacy, session: Session) -> list[DueAnswer]:
    """Zählt, was die Löschfristen erreicht haben; gelöscht wird dabei nichts."""
    found = await deletions.due(session, request.app.state.settings.deletion_months, datetime.now(UTC))
    return [DueAnswer(kind=each.kind, months=each.months, count=each.count) for each in found]
