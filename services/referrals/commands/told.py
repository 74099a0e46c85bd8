"""Says what happened to a referral: to our own services with our ids, to the partner with its own pseudonyms."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from services.referrals.commands import webhooks
from services.referrals.commands.majors import as_read_by
from services.referrals.tables import Partner, Referral, ToldToPartner
from shared.contracts import Event
from shared.contracts import referrals as events
from shared.contracts.words import CancelCause, DeclineReason, ReferralState
from shared.days import day_of, working_days_between
from shared.messaging import outbox

_MOMENT = timedelta(microseconds=1)
_SAME = ("offer_id", "kind", "state", "area", "topic", "district", "basis")
_OURS = ("household_id", "person_id", "contact_id", "need_id", "replaces")


def pair(
    referral: Referral, partner: Partner, event: type[events.Referral], on: date, **more: Any
) -> tuple[events.Referral, events.Referral]:
    """The event and the partner's copy of it."""
    both: dict[str, Any] = {name: getattr(referral, name) for name in _SAME} | {
        "referral_id": referral.id,
        "site": referral.site,
        "partner": partner.slug,
        "partner_kind": partner.kind,
        "on": on,
        "languages": tuple(referral.languages),
        "times": tuple(referral.times),
        "requested_on": day_of(referral.requested_at) if referral.requested_at else None,
        "due_on": day_of(referral.expire_at - _MOMENT) if referral.expire_at else None,
        **more,
    }
    ours = {name: getattr(referral, name) for name in _OURS}
    return event(**both, **ours), event(**both, person_ref=referral.person_ref)


async def tell(
    session: AsyncSession, referral: Referral, partner: Partner, event: type[events.Referral], on: date, **more: Any
) -> None:
    """Publish one event and the partner's copy."""
    ours, copy = pair(referral, partner, event, on, **more)
    await outbox.add(session, ours)
    await tell_partner(session, referral, partner, copy)


async def tell_partner(session: AsyncSession, referral: Referral, partner: Partner, copy: Event) -> None:
    """Publish what only the partner gets, and keep that it has it."""
    copy = await as_read_by(session, partner.id, copy)
    event_id = await outbox.add(session, copy, audience=partner.slug)
    session.add(ToldToPartner(event_id=event_id, referral_id=referral.id, partner_id=partner.id, event=copy.event))
    await webhooks.keep(session, [event_id])


def days_to_answer(referral: Referral, on: date) -> int:
    """Calendar days from the question to the answer."""
    assert referral.requested_at is not None  # noqa: S101  (the database's guard: it was asked)
    return max(0, (on - day_of(referral.requested_at)).days)


def as_it_stands(referral: Referral) -> tuple[type[events.Referral], dict[str, Any]]:
    """The event that says the state in which a referral is, for a site that is new to it. A draft has none."""
    answered: datetime = referral.answered_at or referral.ended_at or referral.created_at
    match referral.state:
        case ReferralState.ACCEPTED:
            return events.ReferralAccepted, {"days_to_answer": days_to_answer(referral, day_of(answered))}
        case ReferralState.ON_HOLD:
            return events.ReferralHeld, {"held_from": referral.held_from, "position": referral.position}
        case ReferralState.IN_PROGRESS:
            return events.ReferralStarted, {}
        case ReferralState.DECLINED:
            days = days_to_answer(referral, day_of(answered))
            return events.ReferralDeclined, {"reason": DeclineReason(referral.reason or ""), "days_to_answer": days}
        case ReferralState.EXPIRED:
            asked = day_of(referral.requested_at or referral.created_at)
            return events.ReferralExpired, {"open_days": working_days_between(asked, day_of(answered))}
        case ReferralState.COMPLETED:
            return events.ReferralCompleted, {"outcome": referral.outcome}
        case ReferralState.FAILED:
            return events.ReferralFailed, {"outcome": referral.outcome}
        case ReferralState.CANCELLED:
            return events.ReferralCancelledV2, {"reason": CancelCause(referral.reason or "")}
    return events.ReferralRequested, {}


async def tell_how_it_ended(session: AsyncSession, referral: Referral, site: str) -> None:
    """A site has the file by now, and may not have heard how a referral ended; the partner knows."""
    referral.site = site
    session.add(referral)
    await session.flush()
    partner = await session.get_one(Partner, referral.partner_id)
    event, more = as_it_stands(referral)
    ours, _ = pair(referral, partner, event, day_of(referral.ended_at or referral.created_at), **more)
    await outbox.add(session, ours)
