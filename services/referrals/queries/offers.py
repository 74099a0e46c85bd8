"""Offers as they are read: in lists for a place, a language, a kind; one with the days on which it took place."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import func, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.referrals.domain.offers import stale_before
from services.referrals.tables import Offer, OfferSession, Partner
from shared.contracts.words import District, OfferKind
from shared.refusals import Missing


@dataclass(frozen=True, slots=True)
class OfferFilter:
    """Which offers are wanted; `on` leaves out those that are over on that day."""

    search: str | None = None
    kind: OfferKind | None = None
    district: District | None = None
    language: str | None = None
    partner: str | None = None
    stale: bool | None = None
    withdrawn: bool = False
    on: date | None = None
    active: bool = False
    """Only those of partners that still belong to the network."""


async def list_offers(
    session: AsyncSession, wanted: OfferFilter, today: date, after: UUID | None, limit: int
) -> Sequence[tuple[Offer, Partner]]:
    """With whose they are, in the order in which they were published, from the one after `after`."""
    query = select(Offer, Partner).join(Partner, col(Partner.id) == col(Offer.partner_id))
    query = query.order_by(col(Offer.id)).limit(limit)
    query = query.where(col(Offer.withdrawn_on).is_not(None) if wanted.withdrawn else col(Offer.withdrawn_on).is_(None))
    if wanted.search:
        text = wanted.search.lower()
        in_title = func.lower(col(Offer.title)["de"].astext).contains(text, autoescape=True)  # type: ignore[index]
        query = query.where(or_(in_title, func.lower(Partner.name).contains(text, autoescape=True)))
    if wanted.kind is not None:
        query = query.where(Offer.kind == wanted.kind)
    if wanted.district is not None:
        served = col(Offer.districts)
        query = query.where(or_(func.cardinality(served) == 0, served.contains([wanted.district.value])))
    if wanted.language is not None:
        query = query.where(col(Offer.languages).contains([wanted.language]))
    if wanted.partner is not None:
        query = query.where(Partner.slug == wanted.partner)
    if wanted.stale is not None:
        query = query.where((col(Offer.confirmed_on) < stale_before(today)).is_(wanted.stale))
    if wanted.on is not None:
        query = query.where(func.coalesce(Offer.valid_until, wanted.on) >= wanted.on)
    if wanted.active:
        query = query.where(col(Partner.active).is_(True))
    if after is not None:
        query = query.where(col(Offer.id) > after)
    return (await session.exec(query)).all()


async def offer_with_partner(session: AsyncSession, offer_id: UUID) -> tuple[Offer, Partner]:
    """One offer, also one that was withdrawn. Raises `Missing`."""
    query = select(Offer, Partner).join(Partner, col(Partner.id) == col(Offer.partner_id)).where(Offer.id == offer_id)
    found = (await session.exec(query)).one_or_none()
    if found is None:
        raise Missing("Das Angebot")
    return found


async def sessions_of(session: AsyncSession, offer_id: UUID) -> Sequence[OfferSession]:
    """The days on which it took place, the latest first."""
    query = select(OfferSession).where(OfferSession.offer_id == offer_id).order_by(col(OfferSession.on_day).desc())
    return (await session.exec(query.limit(200))).all()
