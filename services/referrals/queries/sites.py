"""What referrals knows of the sites."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.referrals.tables import SiteEntry
from shared.contracts.words import CITY


async def public_keys(session: AsyncSession) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """Every stack's public keys, by its slug."""
    return {entry.site: entry.public_keys for entry in (await session.exec(select(SiteEntry))).all()}


async def open_sites(session: AsyncSession) -> list[str]:
    """The sites at work, by their slugs."""
    found = await session.exec(
        select(SiteEntry.site)
        .where(col(SiteEntry.closed_on).is_(None), SiteEntry.site != CITY)
        .order_by(col(SiteEntry.site))
    )
    return list(found.all())
