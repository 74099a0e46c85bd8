"""What is due: partners reminded, teams told, referrals expired, deletions asked for again (domain rule 8).

Deadlines are moments in rows, so they outlast a restart; row and event change in one transaction, so each fires once.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ARRAY, Text, Uuid, bindparam, exists, insert, or_, text, update
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.referrals.commands import deletions, mails, webhooks
from services.referrals.commands.acting import Acting, service
from services.referrals.commands.mails import MailKind
from services.referrals.commands.told import pair
from services.referrals.domain.states import OPEN
from services.referrals.tables import DeletionRequest, Partner, PartnerClosure, Referral, Via
from services.referrals.tables.base import MOMENT
from shared.contracts import Event
from shared.contracts import referrals as events
from shared.contracts.words import DeletionReason, ReferralState
from shared.days import day_of, working_days_between
from shared.messaging import outbox

_Rows = Sequence[tuple[Referral, Partner]]
_STEPS = text(
    "insert into referral_step (referral_id, what, at, recorded_at, by, via) "
    "select id, :what, :now, :now, :by, :via from unnest(:ids) as fired(id)"
).bindparams(bindparam("ids", type_=ARRAY(Uuid)), bindparam("now", type_=MOMENT))
_TOLD = text(
    "insert into told_to_partner (event_id, referral_id, partner_id, event, at) "
    "select told.*, now() from unnest(:event_ids, :referral_ids, :partner_ids, :events) as told"
).bindparams(
    *(bindparam(name, type_=ARRAY(Uuid)) for name in ("event_ids", "referral_ids", "partner_ids")),
    bindparam("events", type_=ARRAY(Text)),
)
_TOLD_OF = (
    *("id", "site", "partner_id", "offer_id", "kind", "state", "area", "topic", "district", "basis", "household_id"),
    *("person_id", "contact_id", "need_id", "replaces", "languages", "times", "requested_at", "expire_at"),
    "person_ref",
)
"""What events and copies say; ten thousand may be due at once, and whole referrals would cost twice the time."""


async def run_due(session: AsyncSession, now: datetime, limit: int = 1000) -> int:
    """Do what is due, up to `limit` of each kind; how many it were. Less than `limit`: nothing is left.

    What is overdue for long, after a stop, gets only its latest step: it expires without a reminder afterwards.
    """
    expires, escalates, reminds = (
        (col(due) <= now) & ~_is_closed(now) for due in (Referral.expire_at, Referral.escalate_at, Referral.remind_at)
    )
    not_yet = col(Referral.expire_at) > now
    nor_yet = or_(col(Referral.escalate_at).is_(None), col(Referral.escalate_at) > now)
    off: dict[str, Any] = {"remind_at": None, "escalate_at": None}
    over = {"state": ReferralState.EXPIRED, "ended_at": now, "expire_at": None, **off}
    done = [
        await _fire(session, now, expires, events.ReferralExpired, over, limit),
        await _fire(session, now, escalates & not_yet, events.ReferralEscalated, {"escalated_at": now, **off}, limit),
        await _fire(
            session,
            now,
            reminds & not_yet & nor_yet,
            events.ReferralReminded,
            {"reminded_at": now, "remind_at": None},
            limit,
        ),
        await _ask_again(session, now, limit),
    ]
    return max(done)


def _is_closed(now: datetime) -> Any:
    """Its partner is closed today: no deadline counts those days, and one that ended just before waits, too."""
    today = day_of(now)
    return exists().where(
        col(PartnerClosure.partner_id) == Referral.partner_id,
        col(PartnerClosure.from_on) <= today,
        col(PartnerClosure.to_on) >= today,
    )


async def _fire(
    session: AsyncSession,
    now: datetime,
    due: Any,
    event: type[events.Referral],
    change: Mapping[str, Any],
    limit: int,
) -> int:
    rows = await _changed(session, due, change, limit)
    if not rows:
        return 0
    today = day_of(now)
    open_days = {asked: working_days_between(asked, today) for asked in {_asked_on(referral) for referral, _ in rows}}
    told: list[tuple[Event, str]] = []
    for referral, partner in rows:
        ours, copy = pair(referral, partner, event, today, open_days=open_days[_asked_on(referral)])
        told += [(ours, "internal"), (copy, partner.slug)]
    by = service(now, Via.TIMER)
    step = {"what": event.event.removeprefix("referral-"), "now": now, "by": by.who, "via": by.via.value}
    await session.execute(_STEPS, {**step, "ids": [referral.id for referral, _ in rows]})
    if event is events.ReferralReminded:
        await mails.about_referrals(session, MailKind.REMINDED, [referral for referral, _ in rows], now)
    if event is events.ReferralExpired:
        await mails.forget(session, "referral_id", [referral.id for referral, _ in rows])
        told += await _to_delete(session, rows, now)
    await _tell(session, rows, told)
    return len(rows)


async def _changed(session: AsyncSession, due: Any, change: Mapping[str, Any], limit: int) -> _Rows:
    """Change those that are due, and what is told of them, by their ids."""
    # Whoever holds one of them is just answering it; the others need not wait for that.
    theirs = select(col(Referral.id)).where(due).order_by(col(Referral.id)).limit(limit)
    taken = theirs.with_for_update(skip_locked=True).cte("due")
    changed = await session.execute(
        update(Referral)
        .where(col(Referral.id).in_(select(taken.c.id)))
        .values(**change)
        .returning(*(getattr(Referral, name) for name in _TOLD_OF))
        .execution_options(synchronize_session=False)
    )
    rows = sorted(changed.all(), key=lambda row: row.id)
    of = {row.partner_id for row in rows}
    session.expire_all()  # what this session may have read of them before is no more so
    partners = {partner.id: partner for partner in await session.exec(select(Partner).where(col(Partner.id).in_(of)))}
    return [(cast("Referral", row), partners[row.partner_id]) for row in rows]


def _asked_on(referral: Referral) -> date:
    assert referral.requested_at is not None  # noqa: S101  (the database's guard: it was asked)
    return day_of(referral.requested_at)


async def _to_delete(session: AsyncSession, rows: _Rows, now: datetime) -> list[tuple[Event, str]]:
    """Ask for the deletion of those whose last help this was."""
    over = {referral.person_ref: (referral, partner) for referral, partner in rows if referral.person_ref is not None}
    helped = await deletions.still_helped(session, list(over))
    requests = [
        (
            DeletionRequest(
                referral_id=referral.id,
                partner_id=partner.id,
                site=referral.site,
                person_ref=person_ref,
                reason=DeletionReason.OVER,
                asked_at=now,
                remind_at=now + deletions.REMINDED_EVERY,
            ),
            partner,
        )
        for person_ref, (referral, partner) in over.items()
        if person_ref not in helped
    ]
    if requests:
        await session.execute(insert(DeletionRequest), [request.model_dump() for request, _ in requests])
        await mails.about_deletions(session, [request for request, _ in requests], now)
    told: list[tuple[Event, str]] = []
    for request, partner in requests:
        ours, copy = deletions.pair(request, partner, day_of(now))
        told += [(ours, "internal"), (copy, partner.slug)]
    return told


async def _tell(session: AsyncSession, rows: _Rows, told: Sequence[tuple[Event, str]]) -> None:
    in_order = sorted(told, key=lambda each: each[0].subject)
    partners = {partner.slug: partner.id for _, partner in rows}
    ids = await outbox.add_many(session, in_order)
    copies = [
        (event_id, UUID(event.subject), partners[audience], event.event)
        for event_id, (event, audience) in zip(ids, in_order, strict=True)
        if audience in partners
    ]
    names = ("event_ids", "referral_ids", "partner_ids", "events")
    await session.execute(_TOLD, dict(zip(names, map(list, zip(*copies, strict=True)), strict=True)))
    await webhooks.keep(session, [event_id for event_id, *_ in copies])


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


async def next_due(session: AsyncSession, now: datetime) -> datetime | None:
    """When the next deadline is over; those of partners that are closed wait."""
    moments = [
        (await session.exec(select(due).where(due.is_not(None), ~_is_closed(now)).order_by(due).limit(1))).first()
        for due in (col(Referral.expire_at), col(Referral.escalate_at), col(Referral.remind_at))
    ]
    return min((moment for moment in moments if moment is not None), default=None)
