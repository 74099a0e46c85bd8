"""The register of partners as it is read: lists, one entry with its people, closures and agreements."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from sqlalchemy import func, or_
from sqlmodel import col, select, tuple_
from sqlmodel.ext.asyncio.session import AsyncSession

from services.referrals.domain.offers import stale_before
from services.referrals.tables import Cooperation, Partner, PartnerClosure, PartnerContact
from shared.contracts.words import District, PartnerKind
from shared.refusals import Missing


@dataclass(frozen=True, slots=True)
class PartnerFilter:
    """Which partners are wanted; `site` those that work with it."""

    search: str | None = None
    kind: PartnerKind | None = None
    district: District | None = None
    site: str | None = None
    stale: bool | None = None
    active: bool | None = True


@dataclass(frozen=True, slots=True)
class PartnerEntry:
    """A partner with what belongs to it; `contacts` in the order in which they are asked."""

    partner: Partner
    contacts: Sequence[PartnerContact] = field(default_factory=list)
    closures: Sequence[PartnerClosure] = field(default_factory=list)
    cooperations: Sequence[Cooperation] = field(default_factory=list)


async def list_partners(
    session: AsyncSession, wanted: PartnerFilter, today: date, after: tuple[str, UUID] | None, limit: int
) -> Sequence[Partner]:
    """By name, from the one after `after`."""
    name = func.lower(Partner.name)
    query = select(Partner).order_by(name, col(Partner.id)).limit(limit)
    if wanted.search:
        query = query.where(name.contains(wanted.search.lower(), autoescape=True))
    if wanted.kind is not None:
        query = query.where(Partner.kind == wanted.kind)
    if wanted.district is not None:
        served = col(Partner.districts)
        query = query.where(or_(func.cardinality(served) == 0, served.contains([wanted.district.value])))
    if wanted.site is not None:
        query = query.where(or_(col(Partner.all_sites), col(Partner.sites).contains([wanted.site])))
    if wanted.active is not None:
        query = query.where(Partner.active == wanted.active)
    if wanted.stale is not None:
        query = query.where((col(Partner.confirmed_on) < stale_before(today)).is_(wanted.stale))
    if after is not None:
        query = query.where(tuple_(name, col(Partner.id)) > tuple_(*after))
    return (await session.exec(query)).all()


async def partner_entry(session: AsyncSession, slug: str, today: date) -> PartnerEntry:
    """One partner, with the closures that are not over yet. Raises `Missing`."""
    partner = (await session.exec(select(Partner).where(Partner.slug == slug))).one_or_none()
    if partner is None:
        raise Missing("Der Partner")
    contacts = select(PartnerContact).where(PartnerContact.partner_id == partner.id)
    cooperations = select(Cooperation).where(Cooperation.partner_id == partner.id)
    return PartnerEntry(
        partner,
        (await session.exec(contacts.order_by(col(PartnerContact.position), col(PartnerContact.id)))).all(),
        await closures_of(session, partner.id, today),
        (await session.exec(cooperations.order_by(col(Cooperation.agreed_on).desc(), col(Cooperation.id)))).all(),
    )


async def closures_of(session: AsyncSession, partner_id: UUID, today: date) -> Sequence[PartnerClosure]:
    """When a partner is closed, now or later."""
    query = (
        select(PartnerClosure)
        .where(PartnerClosure.partner_id == partner_id, col(PartnerClosure.to_on) >= today)
        .order_by(col(PartnerClosure.from_on))
    )
    return (await session.exec(query)).all()


async def names_of(session: AsyncSession, slugs: Collection[str]) -> Sequence[tuple[str, str]]:
    """Short name and name of these partners, also of those that have left."""
    query = select(Partner.slug, Partner.name).where(col(Partner.slug).in_(slugs)).order_by(col(Partner.slug))
    return (await session.exec(query)).all()


async def names_to_choose(session: AsyncSession, site: str | None) -> Sequence[tuple[str, str]]:
    """Short name and name of the active partners that work with the site, by name; all active ones without a site."""
    query = select(Partner.slug, Partner.name).where(col(Partner.active)).order_by(func.lower(Partner.name))
    if site is not None:
        query = query.where(or_(col(Partner.all_sites), col(Partner.sites).contains([site])))
    return (await session.exec(query)).all()
