"""Whom a site's team sees: who helps in one of its districts, or in the whole city; the coordination sees nobody."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.volunteers.commands.acting import Acting
from services.volunteers.tables import SiteEntry, Volunteer
from shared.refusals import Missing


def visible_at(site: str | None) -> ColumnElement[bool]:
    """Volunteers who help where the site is in charge, for good or meanwhile; None: in the whole city, so all."""
    if site is None:
        return col(Volunteer.id).is_not(None)
    of_site = select(SiteEntry.districts + SiteEntry.interim_districts).where(SiteEntry.site == site)  # type: ignore[operator]
    return or_(
        func.cardinality(col(Volunteer.districts)) == 0,
        col(Volunteer.districts).op("&&")(of_site.scalar_subquery()),
    )


async def districts_of(session: AsyncSession, site: str) -> list[str]:
    """Where a site is in charge, for good or meanwhile."""
    entry = await session.get(SiteEntry, site)
    return [] if entry is None else [*entry.districts, *entry.interim_districts]


async def volunteer_for(session: AsyncSession, by: Acting, volunteer_id: UUID, *, lock: bool = False) -> Volunteer:
    """A volunteer whom the team of a site sees, or somebody themselves. Raises `Missing` for every other."""
    query = select(Volunteer).where(Volunteer.id == volunteer_id)
    query = query.where(Volunteer.id == by.volunteer_id) if by.site is None else query.where(visible_at(by.site))
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = (await session.exec(query)).one_or_none()
    if found is None:
        raise Missing("Die oder der Ehrenamtliche")
    return found


async def seen_of(session: AsyncSession, site: str | None, ids: Collection[UUID]) -> Sequence[Volunteer]:
    """Those of these whom a site's team sees."""
    return (await session.exec(select(Volunteer).where(col(Volunteer.id).in_(ids), visible_at(site)))).all()
