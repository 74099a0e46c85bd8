"""Integrationsvereinbarungen: voluntary agreements with a family."""

from datetime import date
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Path
from pydantic import BaseModel

from services.intake import commands
from services.intake.commands.looks import log_look
from services.intake.desk import ByTeam, SeenByTeam
from services.intake.domain.agreements import Side
from services.intake.inputs import ConcludeAgreement, ReviewAgreement
from services.intake.queries.agreements import AgreementInFull, agreement_of, agreements_of
from services.intake.queries.files import require_household
from services.intake.tables.records import Look
from shared.contracts.words import NeedArea
from shared.web.problems import conflict
from shared.web.routing import Session, api_router

router: APIRouter = api_router("/intake/api/v1/households/{household_id}/agreements", tags=["Vereinbarungen"])

HouseholdId = Annotated[UUID, Path(description="Kennung des Haushalts.")]
AgreementId = Annotated[UUID, Path(description="Kennung der Vereinbarung.")]


class GoalAnswer(BaseModel):
    """What one side undertakes, in its own words."""

    goal_id: UUID
    side: Side
    words: str
    reached_on: date | None


class ReviewAnswer(BaseModel):
    """A talk about what became of the goals."""

    on: date
    note: str | None


class AgreementAnswer(BaseModel):
    """A voluntary agreement between household and site."""

    agreement_id: UUID
    household_id: UUID
    concluded_on: date
    review_on: date | None
    areas: list[NeedArea]
    withdrawn_on: date | None
    goals: list[GoalAnswer]
    reviews: list[ReviewAnswer]

    @classmethod
    def of(cls, found: AgreementInFull) -> Self:
        """The agreement as an answer."""
        return cls.model_validate(
            {
                **found.agreement.model_dump(),
                "agreement_id": found.agreement.id,
                "goals": [{**goal.model_dump(), "goal_id": goal.id} for goal in found.goals],
                "reviews": [review.model_dump() for review in found.reviews],
            }
        )


@router.get("")
async def list_agreements(household_id: HouseholdId, seen: SeenByTeam, session: Session) -> list[AgreementAnswer]:
    """Die Vereinbarungen mit der Familie; die geltenden zuerst."""
    await require_household(session, household_id)
    log_look(session, seen, Look.FILE, "Vereinbarungen", [household_id])
    return [AgreementAnswer.of(found) for found in await agreements_of(session, household_id)]


@router.post("", status_code=201, responses=conflict)
async def conclude_agreement(
    household_id: HouseholdId, body: ConcludeAgreement, by: ByTeam, session: Session
) -> AgreementAnswer:
    """Hält eine freiwillige Vereinbarung fest, mit Zielen der Familie und des Teams."""
    agreement = await commands.conclude_agreement(session, by, household_id, body)
    await session.flush()
    return AgreementAnswer.of(await agreement_of(session, household_id, agreement.id))


@router.post("/{agreement_id}/review", responses=conflict)
async def review_agreement(
    household_id: HouseholdId,
    agreement_id: AgreementId,
    body: ReviewAgreement,
    by: ByTeam,
    seen: SeenByTeam,
    session: Session,
) -> AgreementAnswer:
    """Beide Seiten haben besprochen, was aus den Zielen geworden ist."""
    await commands.review_agreement(session, by, household_id, agreement_id, body)
    return await _answer(session, seen, household_id, agreement_id)


@router.post("/{agreement_id}/withdraw", responses=conflict)
async def withdraw_agreement(
    household_id: HouseholdId, agreement_id: AgreementId, by: ByTeam, seen: SeenByTeam, session: Session
) -> AgreementAnswer:
    """Beendet eine Vereinbarung, in einem Schritt und ohne Grund."""
    await commands.withdraw_agreement(session, by, household_id, agreement_id)
    return await _answer(session, seen, household_id, agreement_id)


async def _answer(session: Session, seen: SeenByTeam, household_id: UUID, agreement_id: UUID) -> AgreementAnswer:
    await session.flush()
    log_look(session, seen, Look.FILE, "Vereinbarung", [household_id])
    return AgreementAnswer.of(await agreement_of(session, household_id, agreement_id))
