"""What is due: partners reminded, teams told, referrals expired, deletions asked for again (domain rule 8).

Deadlines are moments in rows, so they outlast a restart; row and event change in one transaction, so each fires once.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import exists
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.referrals.commands import deletions
from services.referrals.commands.acting import Acting, service
from services.referrals.commands.told import pair
from services.referrals.domain.states import OPEN
from services.referrals.tables import DeletionRequest, Partner, Referral, ReferralStep, ToldToPartner, Via
from shared.contracts import Event
from shared.contracts import referrals as events
from shared.contracts.words import DeletionReason, ReferralState
from shared.days import day_of, working_days_between
from shared.messaging import outbox

Change = Callable[[Referral, datetime], None]


async def run_due(session: AsyncSession, now: datetime, limit: int = 1000) -> int:
    """Do what is due, up to `limit` of each kind; how many it were. Less than `limit`: nothing is left.

    What is overdue for long, after a stop, gets only its latest step: it expires without a reminder afterwards.
    """
    done = [
        await _fire(session, now, col(Referral.expire_at), events.ReferralExpired, _expire, limit),
        await _fire(session, now, col(Referral.escalate_at), events.ReferralEscalated, _escalate, limit),
        await _fire(session, now, col(Referral.remind_at), events.ReferralReminded, _remind, limit),
        await _ask_again(session, now, limit),
    ]
    return max(done)


async def _fire(
    session: AsyncSession, now: datetime, due: Any, event: type[events.Referral], change: Change, limit: int
) -> int:
    # Whoever holds one of them is just answering it; the others need not wait for that.
    found = await session.exec(
        select(Referral, Partner)
        .join(Partner)
        .where(due <= now)
        .order_by(col(Referral.id))
        .limit(limit)
        .with_for_update(of=Referral, skip_locked=True)
        .execution_options(populate_existing=True)
    )
    rows = found.all()
    told: list[tuple[Event, str]] = []
    for referral, partner in rows:
        open_days = working_days_between(_asked_on(referral), day_of(now))
        change(referral, now)
        ours, copy = pair(referral, partner, event, day_of(now), open_days=open_days)
        told += [(ours, "internal"), (copy, partner.slug)]
        session.add_all([referral, _step(referral, event, now)])
    await session.flush()
    if event is events.ReferralExpired:
        told += await _to_delete(session, rows, now)
    await _tell(session, rows, told)
    return len(rows)


def _asked_on(referral: Referral) -> date:
    assert referral.requested_at is not None  # noqa: S101  (the database's guard: it was asked)
    return day_of(referral.requested_at)


def _expire(referral: Referral, now: datetime) -> None:
    referral.state, referral.ended_at = ReferralState.EXPIRED, now
    referral.remind_at = referral.escalate_at = referral.expire_at = None


def _escalate(referral: Referral, now: datetime) -> None:
    referral.escalated_at = now
    referral.remind_at = referral.escalate_at = None


def _remind(referral: Referral, now: datetime) -> None:
    referral.reminded_at = now
    referral.remind_at = None


def _step(referral: Referral, event: type[events.Referral], now: datetime) -> ReferralStep:
    by = service(now, Via.TIMER)
    what = event.event.removeprefix("referral-")
    return ReferralStep(referral_id=referral.id, what=what, at=now, recorded_at=now, by=by.who, via=by.via)


async def _to_delete(
    session: AsyncSession, rows: Sequence[tuple[Referral, Partner]], now: datetime
) -> list[tuple[Event, str]]:
    told: list[tuple[Event, str]] = []
    over = {referral.person_ref: (referral, partner) for referral, partner in rows if referral.person_ref is not None}
    helped = await deletions.still_helped(session, list(over))
    for person_ref, (referral, partner) in over.items():
        if person_ref in helped:
            continue
        request = DeletionRequest(
            referral_id=referral.id,
            partner_id=partner.id,
            site=referral.site,
            person_ref=person_ref,
            reason=DeletionReason.OVER,
            asked_at=now,
            remind_at=now + deletions.REMINDED_EVERY,
        )
        session.add(request)
        ours, copy = deletions.pair(request, partner, day_of(now))
        told += [(ours, "internal"), (copy, partner.slug)]
    await session.flush()
    return told


async def _tell(
    session: AsyncSession, rows: Sequence[tuple[Referral, Partner]], told: Sequence[tuple[Event, str]]
) -> None:
    in_order = sorted(told, key=lambda each: each[0].subject)
    partners = {partner.slug: partner.id for _, partner in rows}
    ids = await outbox.add_many(session, in_order)
    for event_id, (event, audience) in zip(ids, in_order, strict=True):
        if audience in partners:
            session.add(
                ToldToPartner(
                    event_id=event_id, referral_id=UUID(event.subject), partner_id=partners[audience], event=event.event
                )
            )
    await session.flush()


async def _ask_again(session: AsyncSession, now: datetime, limit: int) -> int:
    by: Acting = service(now, Via.TIMER)
    helped = aliased(Referral)
    found = await session.exec(
        select(DeletionRequest, Referral, Partner)
        .select_from(DeletionRequest)
        .join(Referral, col(Referral.id) == DeletionRequest.referral_id)
        .join(Partner, col(Partner.id) == DeletionRequest.partner_id)
        .where(
            col(DeletionRequest.confirmed_at).is_(None),
            col(DeletionRequest.remind_at) <= now,
            # Whoever is helped by the partner again is not to be deleted meanwhile.
            ~exists().where(col(helped.person_ref) == DeletionRequest.person_ref, col(helped.state).in_(OPEN)),
        )
        .order_by(col(DeletionRequest.referral_id))
        .limit(limit)
        .with_for_update(of=DeletionRequest, skip_locked=True)
    )
    rows = found.all()
    for request, referral, partner in rows:
        request.reminded_at, request.remind_at = now, now + deletions.REMINDED_EVERY
        session.add(request)
        await deletions.tell(session, by, request, referral, partner)
    await session.flush()
    return len(rows)


async def next_due(session: AsyncSession) -> datetime | None:
    """When the next deadline is over."""
    moments = [
        (await session.exec(select(due).where(due.is_not(None)).order_by(due).limit(1))).first()
        for due in (col(Referral.expire_at), col(Referral.escalate_at), col(Referral.remind_at))
    ]
    return min((moment for moment in moments if moment is not None), default=None)
