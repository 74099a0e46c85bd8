"""Says what happened to a referral: to our own services with our ids, to the partner with its own pseudonyms."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from services.referrals.tables import Partner, Referral, ToldToPartner
from shared.contracts import Event
from shared.contracts import referrals as events
from shared.days import day_of
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
    event_id = await outbox.add(session, copy, audience=partner.slug)
    session.add(ToldToPartner(event_id=event_id, referral_id=referral.id, partner_id=partner.id, event=copy.event))


def days_to_answer(referral: Referral, on: date) -> int:
    """Calendar days from the question to the answer."""
    assert referral.requested_at is not None  # noqa: S101  (the database's guard: it was asked)
    return max(0, (on - day_of(referral.requested_at)).days)


def as_it_stands(referral: Referral) -> tuple[type[events.Referral], dict[str, Any]]:
    """The event that says the state in which an open referral is, for a site that is new to it."""
    state = referral.state.value
    if state == "accepted":
        answered: datetime = referral.answered_at or referral.created_at
        return events.ReferralAccepted, {"days_to_answer": days_to_answer(referral, day_of(answered))}
    if state == "on_hold":
        return events.ReferralHeld, {"held_from": referral.held_from, "position": referral.position}
    return (events.ReferralStarted if state == "in_progress" else events.ReferralRequested), {}
