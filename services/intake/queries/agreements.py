"""Voluntary integration agreements: what pages and calls ask for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.domain.agreements import Side
from services.intake.tables.people import Agreement, AgreementGoal, AgreementReview
from shared.refusals import Missing


@dataclass(frozen=True, slots=True)
class AgreementInFull:
    """An agreement with the goals of both sides and the talks about them, the newest first."""

    agreement: Agreement
    goals: list[AgreementGoal]
    reviews: list[AgreementReview]

    def goals_of(self, side: str) -> list[AgreementGoal]:
        """What one side undertakes."""
        return [goal for goal in self.goals if goal.side is Side(side)]

    def review_overdue(self, today: date) -> bool:
        """Whether both sides should have looked at it before today."""
        return self.agreement.review_on is not None and self.agreement.review_on < today


async def section(session: AsyncSession, household_id: UUID, today: date) -> Any:
    """The agreements with the family."""
    return await agreements_of(session, household_id)


async def agreements_of(session: AsyncSession, household_id: UUID) -> list[AgreementInFull]:
    """The agreements with a household: those in force first, then the newest."""
    agreements = (
        await session.exec(
            select(Agreement)
            .where(Agreement.household_id == household_id)
            .order_by(col(Agreement.withdrawn_on).desc().nulls_first(), col(Agreement.id).desc())
        )
    ).all()
    return await _in_full(session, agreements)


async def agreement_of(session: AsyncSession, household_id: UUID, agreement_id: UUID) -> AgreementInFull:
    """One agreement with a household. Raises `Missing`."""
    agreement = await session.get(Agreement, agreement_id)
    if agreement is None or agreement.household_id != household_id:
        raise Missing("Die Vereinbarung")
    [found] = await _in_full(session, [agreement])
    return found


async def _in_full(session: AsyncSession, agreements: Sequence[Agreement]) -> list[AgreementInFull]:
    ids = [agreement.id for agreement in agreements]
    goals = (
        await session.exec(
            select(AgreementGoal)
            .where(col(AgreementGoal.agreement_id).in_(ids))
            .order_by(col(AgreementGoal.side), col(AgreementGoal.position))
        )
    ).all()
    reviews = (
        await session.exec(
            select(AgreementReview)
            .where(col(AgreementReview.agreement_id).in_(ids))
            .order_by(col(AgreementReview.on).desc(), col(AgreementReview.id).desc())
        )
    ).all()
    return [
        AgreementInFull(
            agreement,
            [goal for goal in goals if goal.agreement_id == agreement.id],
            [review for review in reviews if review.agreement_id == agreement.id],
        )
        for agreement in agreements
    ]
