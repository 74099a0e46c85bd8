"""Voluntary integration agreements: concluded, looked at together, ended in one step (report, §2.2; rule 5)."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.commands.acting import Acting
from services.intake.commands.files import File, open_file, write_down
from services.intake.commands.letters import add_supplement
from services.intake.domain.agreements import Side, check_review
from services.intake.domain.charge import Standing
from services.intake.domain.days import check_day, german
from services.intake.inputs import ConcludeAgreement, ReviewAgreement
from services.intake.tables.people import Agreement, AgreementGoal, AgreementReview
from shared.contracts.intake import AgreementConcluded, AgreementReviewed, AgreementWithdrawn
from shared.messaging import outbox
from shared.refusals import Conflict, Invalid, Missing


async def conclude_agreement(
    session: AsyncSession, by: Acting, household_id: UUID, wanted: ConcludeAgreement
) -> Agreement:
    """Household and site agree on goals. Raises `Invalid` unless each side undertakes something."""
    file = await open_file(session, household_id)
    file.require_open()
    if not wanted.household_goals or not wanted.site_goals:
        path, whose = ("household_goals", "der Familie") if not wanted.household_goals else ("site_goals", "des Teams")
        raise Invalid(path, f"Es fehlt ein Ziel {whose}. In einer Vereinbarung nehmen sich beide Seiten etwas vor.")
    check_review(wanted.review_on, by.today)
    agreement = Agreement(
        household_id=household_id,
        concluded_on=check_day(wanted.on or by.today, by.today),
        review_on=wanted.review_on,
        areas=list(dict.fromkeys(wanted.areas)),
        recorded_by=by.who,
    )
    session.add(agreement)
    await session.flush()
    goals = [
        AgreementGoal(household_id=household_id, agreement_id=agreement.id, side=side, position=number, words=words)
        for side, stated in ((Side.HOUSEHOLD, wanted.household_goals), (Side.SITE, wanted.site_goals))
        for number, words in enumerate(stated)
    ]
    session.add_all(goals)
    await outbox.add(session, AgreementConcluded(**_state(file, agreement, goals, agreement.concluded_on)))
    write_down(
        session, by, household_id, "agreement_concluded", on=agreement.concluded_on, agreement_id=str(agreement.id)
    )
    return agreement


async def review_agreement(
    session: AsyncSession, by: Acting, household_id: UUID, agreement_id: UUID, wanted: ReviewAgreement
) -> Agreement:
    """Both sides have looked at the goals. What is not named as reached is not, even if it was thought so before."""
    file = await open_file(session, household_id)
    file.require_open()
    agreement, goals = await _agreement(session, household_id, agreement_id)
    _require_in_force(agreement)
    on = check_day(wanted.on or by.today, by.today)
    if on < agreement.concluded_on:
        raise Invalid("on", f"Der Tag liegt vor dem Abschluss am {german(agreement.concluded_on)}.")
    if set(wanted.reached) - {goal.id for goal in goals}:
        raise Invalid("reached", "Dieses Ziel gibt es in der Vereinbarung nicht.")
    check_review(wanted.review_on, by.today)
    for goal in goals:
        goal.reached_on = (goal.reached_on or on) if goal.id in wanted.reached else None
    agreement.review_on = wanted.review_on
    review = AgreementReview(
        household_id=household_id, agreement_id=agreement_id, on=on, note=wanted.note, recorded_by=by.who
    )
    session.add_all([agreement, review, *goals])
    reached = [goal.side for goal in goals if goal.reached_on is not None]
    await outbox.add(
        session,
        AgreementReviewed(
            household_goals_reached=reached.count(Side.HOUSEHOLD),
            site_goals_reached=reached.count(Side.SITE),
            **_state(file, agreement, goals, on),
        ),
    )
    write_down(session, by, household_id, "agreement_reviewed", on=on, note=wanted.note)
    return agreement


async def withdraw_agreement(session: AsyncSession, by: Acting, household_id: UUID, agreement_id: UUID) -> Agreement:
    """Either side ends it: one step, without a reason, also in a closed file; it was voluntary.

    While the file is in transit, the withdrawal goes after it: the next site tells of it.
    """
    file = await open_file(session, household_id)
    agreement, goals = await _agreement(session, household_id, agreement_id)
    _require_in_force(agreement)
    agreement.withdrawn_on, agreement.review_on = by.today, None
    session.add(agreement)
    write_down(session, by, household_id, "agreement_withdrawn")
    if file.household.standing is Standing.IN_CHARGE:
        await outbox.add(session, AgreementWithdrawn(**_state(file, agreement, goals, by.today)))
    else:
        await _send_after(session, by, file, agreement)
    return agreement


async def _send_after(session: AsyncSession, by: Acting, file: File, agreement: Agreement) -> None:
    household = file.household
    assert household.handed_to is not None  # noqa: S101  (the database allows no other)
    content = {"what": "agreement_withdrawn", "by": by.who, "agreement_id": str(agreement.id)}
    await add_supplement(session, by, household.handed_to, household.id, household.charge + 1, content)


def _require_in_force(agreement: Agreement) -> None:
    if agreement.withdrawn_on is not None:
        raise Conflict(f"Die Vereinbarung ist schon am {german(agreement.withdrawn_on)} beendet worden.")


async def _agreement(
    session: AsyncSession, household_id: UUID, agreement_id: UUID
) -> tuple[Agreement, list[AgreementGoal]]:
    found = await session.exec(
        select(Agreement).where(Agreement.id == agreement_id, Agreement.household_id == household_id)
    )
    agreement = found.one_or_none()
    if agreement is None:
        raise Missing("Die Vereinbarung")
    goals = await session.exec(
        select(AgreementGoal)
        .where(AgreementGoal.agreement_id == agreement_id)
        .order_by(col(AgreementGoal.side), col(AgreementGoal.position))
    )
    return agreement, list(goals.all())


def _state(file: File, agreement: Agreement, goals: list[AgreementGoal], on: date) -> dict[str, Any]:
    sides = [goal.side for goal in goals]
    return {
        "household_id": agreement.household_id,
        "agreement_id": agreement.id,
        "on": on,
        "review_on": agreement.review_on,
        "areas": tuple(agreement.areas),
        "household_goals": sides.count(Side.HOUSEHOLD),
        "site_goals": sides.count(Side.SITE),
        "district": file.residence.district,
    }
