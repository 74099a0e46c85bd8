"""The register of sites: which site serves a district, and whose signatures count."""

from typing import Any

from sqlalchemy import text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.reporting.tables import PlannedSite, Site, SiteDistrict
from shared.contracts.words import CITY


async def register(session: AsyncSession) -> list[tuple[Site, list[SiteDistrict]]]:
    """All entries with their districts."""
    sites = (await session.exec(select(Site).order_by(Site.slug))).all()
    districts = (await session.exec(select(SiteDistrict).order_by(SiteDistrict.district))).all()
    return [(site, [d for d in districts if d.site == site.slug]) for site in sites]


async def planned_sites(session: AsyncSession) -> list[PlannedSite]:
    """The sites of the roll-out, those that are to open first in front."""
    order = (col(PlannedSite.opened_on).nulls_last(), col(PlannedSite.planned_for).nulls_last(), PlannedSite.slug)
    return list((await session.exec(select(PlannedSite).order_by(*order))).all())


async def public_keys(session: AsyncSession) -> dict[str, list[dict[str, Any]]]:
    """Public keys (JWK) per stack."""
    return {site.slug: site.public_keys for site in (await session.exec(select(Site))).all()}


async def known_sites(session: AsyncSession) -> list[str]:
    """The slugs of the sites that are open."""
    return [slug for slug in (await session.exec(select(Site.slug).order_by(Site.slug))).all() if slug != CITY]


async def districts_of(session: AsyncSession, site: str) -> list[str]:
    """The districts that a site serves, for good or in the meantime."""
    found = await session.execute(
        text("select district from site_district where site = :site order by district"), {"site": site}
    )
    return list(found.scalars())
