"""Offers: partners publish and keep them, or confirm them when asked (domain rule 7); teams and the city may help.

Every function raises `Missing` for an offer that is not there, `Forbidden` for one that is not the asker's to change.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.referrals.commands.acting import Acting
from services.referrals.commands.partners import partner_for, require_theirs
from services.referrals.directory_inputs import ChangeOffer, HoldSession, PublishOffer, SetCapacity
from services.referrals.domain.offers import check_capacity, check_kind, check_order, check_texts
from services.referrals.domain.schedules import schedule_of
from services.referrals.tables import Offer, OfferSession, Partner
from shared.contracts.referrals import (
    OfferChanged,
    OfferConfirmed,
    OfferPublished,
    OfferSessionHeld,
    OfferWithdrawn,
)
from shared.contracts.words import CITY, PartnerKind
from shared.messaging import outbox
from shared.places import neighbourhoods
from shared.refusals import Conflict, Invalid, Missing

_MAY_BE_EMPTIED = frozenset(
    {
        *("street", "postal_code", "district", "neighbourhood", "level", "min_age", "max_age", "accessible"),
        *("cost_cents", "places", "free", "rrule", "starts_at", "ends_at", "first_on", "valid_from", "valid_until"),
    }
)


_SAME_IN_EVENTS = (
    *("kind", "district", "neighbourhood", "level", "places", "free", "waiting", "valid_from", "valid_until"),
    *("childcare", "legal_advice", "confirmed_on"),
)


async def offer_for(session: AsyncSession, by: Acting, offer_id: UUID) -> tuple[Offer, Partner]:
    """The offer that somebody is about to change, locked, and whose it is."""
    found = await session.get(Offer, offer_id, with_for_update=True)
    if found is None:
        raise Missing("Das Angebot")
    partner = await session.get_one(Partner, found.partner_id)
    require_theirs(by, partner)
    if found.withdrawn_on is not None:
        raise Conflict("Dieses Angebot wurde zurückgezogen.")
    return found, partner


async def publish_offer(session: AsyncSession, by: Acting, wanted: PublishOffer) -> Offer:
    """Enter an offer; it stands in the directory at once."""
    slug = wanted.partner or by.partner
    if slug is None:
        raise Invalid("partner", "Bitte angeben, wessen Angebot es ist.")
    partner = await partner_for(session, by, slug)
    if not partner.active:
        raise Conflict("Dieser Partner gehört nicht mehr zum Netzwerk.")
    offer = Offer(
        **wanted.model_dump(exclude={"partner"}),
        partner_id=partner.id,
        confirmed_on=by.today,
        published_at=by.now,
        changed_at=by.now,
    )
    check(offer)
    _check_circles(by, offer, partner, [])
    session.add(offer)
    await session.flush()
    await outbox.add(session, OfferPublished(**state(by, offer, partner)), audience="public")
    return offer


async def change_offer(session: AsyncSession, by: Acting, offer_id: UUID, wanted: ChangeOffer) -> Offer:
    """Enter what is different now; whoever changes something confirms the rest as well."""
    offer, partner = await offer_for(session, by, offer_id)
    circles = list(offer.for_circles)
    for field in wanted.model_fields_set:
        value = getattr(wanted, field)
        if value is None and field not in _MAY_BE_EMPTIED:
            raise Invalid(field, "Bitte einen Wert angeben oder das Feld weglassen.")
        setattr(offer, field, value)
    check(offer)
    _check_circles(by, offer, partner, circles)
    return await _changed(session, by, offer, partner)


async def set_capacity(session: AsyncSession, by: Acting, offer_id: UUID, wanted: SetCapacity) -> Offer:
    """How many places there are now, how many are free, how many people wait."""
    offer, partner = await offer_for(session, by, offer_id)
    check_capacity(wanted.places, wanted.free, wanted.waiting)
    offer.places, offer.free, offer.waiting = wanted.places, wanted.free, wanted.waiting
    return await _changed(session, by, offer, partner)


async def confirm_offer(session: AsyncSession, by: Acting, offer_id: UUID) -> Offer:
    """What stands in the directory is right."""
    offer, partner = await offer_for(session, by, offer_id)
    offer.confirmed_on, offer.asked_on = by.today, None
    await outbox.add(session, OfferConfirmed(**state(by, offer, partner)), audience="public")
    return offer


async def withdraw_offer(session: AsyncSession, by: Acting, offer_id: UUID) -> Offer:
    """It is not offered any more; what was said of it stays."""
    offer, partner = await offer_for(session, by, offer_id)
    offer.withdrawn_on, offer.changed_at = by.today, by.now
    await outbox.add(session, OfferWithdrawn(**state(by, offer, partner)), audience="public")
    return offer


async def hold_session(session: AsyncSession, by: Acting, offer_id: UUID, wanted: HoldSession) -> OfferSession:
    """It took place on a day, with so many people."""
    offer, partner = await offer_for(session, by, offer_id)
    if wanted.on > by.today:
        raise Invalid("on", "Dieser Tag liegt in der Zukunft.")
    if wanted.attended is None and wanted.visitors is None:
        raise Invalid("visitors", "Bitte angeben, wie viele Menschen da waren.")
    known = select(OfferSession.id).where(OfferSession.offer_id == offer.id, OfferSession.on_day == wanted.on)
    if (await session.exec(known)).first() is not None:
        raise Conflict("Für diesen Tag ist schon ein Termin eingetragen.")
    held = OfferSession(offer_id=offer.id, on_day=wanted.on, attended=wanted.attended, visitors=wanted.visitors)
    session.add(held)
    told = {"offer_id": offer.id, "session_id": held.id, "partner": partner.slug, "site": CITY, "kind": offer.kind}
    place = {"district": offer.district, "neighbourhood": offer.neighbourhood}
    counts = {"on": wanted.on, "attended": wanted.attended, "visitors": wanted.visitors}
    await outbox.add(session, OfferSessionHeld(**told, **place, **counts))
    return held


def _check_circles(by: Acting, offer: Offer, partner: Partner, before: Sequence[str]) -> None:
    """An authority is in charge of circles, and does not say so itself: it would give itself everybody's data."""
    if offer.for_circles != list(before) and by.partner is not None:
        raise Invalid("for_circles", "Das legen Team und Koordination fest. Bitte nichts ändern.")
    if offer.for_circles and partner.kind is not PartnerKind.AUTHORITY:
        raise Invalid("for_circles", "Für einen Rechtskreis zuständig ist nur eine Behörde. Bitte nichts ankreuzen.")


def check(offer: Offer) -> None:
    """What holds for every offer; the schedule gets the one spelling of its rule."""
    check_texts("title", offer.title)
    if offer.description:
        check_texts("description", offer.description)
    check_kind(offer.kind, offer.legal_advice, offer.level)
    check_capacity(offer.places, offer.free, offer.waiting)
    check_order(offer.min_age, offer.max_age, "max_age", "Das Höchstalter liegt unter dem Mindestalter.")
    check_order(offer.valid_from, offer.valid_until, "valid_until", "Das Ende liegt vor dem Beginn.")
    if offer.neighbourhood is not None:
        homes = [district for district, known in neighbourhoods().items() if offer.neighbourhood in known]
        if offer.district is None:
            offer.district = homes[0].value
        elif offer.district not in homes:
            raise Invalid("neighbourhood", "Dieser Stadtteil liegt in einem anderen Stadtbezirk.")
    schedule = schedule_of(offer.rrule, offer.starts_at, offer.ends_at, offer.first_on)
    offer.rrule = schedule.rule if schedule else None


def state(by: Acting, offer: Offer, partner: Partner) -> dict[str, Any]:
    """An offer as events have it: words of the registers and numbers, without its texts."""
    schedule = schedule_of(offer.rrule, offer.starts_at, offer.ends_at, offer.first_on)
    return {name: getattr(offer, name) for name in _SAME_IN_EVENTS} | {
        "offer_id": offer.id,
        "partner": partner.slug,
        "site": CITY,
        "districts": tuple(offer.districts),
        "languages": tuple(offer.languages),
        "audiences": tuple(offer.audiences),
        "times": tuple(schedule.weekly_times()) if schedule else (),
        "on": by.today,
    }


async def _changed(session: AsyncSession, by: Acting, offer: Offer, partner: Partner) -> Offer:
    offer.confirmed_on, offer.asked_on, offer.changed_at = by.today, None, by.now
    session.add(offer)
    await outbox.add(session, OfferChanged(**state(by, offer, partner)), audience="public")
    return offer
