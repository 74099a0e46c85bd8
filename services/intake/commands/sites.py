"""The site register: which site serves a district, as reporting tells it."""

from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.domain.charge import RegisteredSite
from services.intake.tables import SiteEntry
from shared.contracts.reporting import SiteClosed, SiteOpened


class NotKnownYet(Exception):
    """The site register has not told yet what this site serves; it comes with the first site-opened."""


_AT_WORK = select(SiteEntry.site, SiteEntry.districts, SiteEntry.interim_districts).where(
    col(SiteEntry.closed_on).is_(None)
)


async def enter_site(session: AsyncSession, event: SiteOpened, sequence: int) -> None:
    """Take over an entry; one that is older than the known one changes nothing."""
    data: dict[str, Any] = event.model_dump(mode="json", by_alias=True, exclude_none=True)
    values = {
        "sequence": sequence,
        "districts": data["districts"],
        "interim_districts": data["interim_districts"],
        "public_keys": data["public_keys"],
        "office_hours": data["office_hours"],
        "closed_on": None,
    }
    entry = insert(SiteEntry).values(site=event.site, **values)
    await session.execute(
        entry.on_conflict_do_update(
            index_elements=["site"], set_=values, where=col(SiteEntry.sequence) < entry.excluded.sequence
        )
    )


async def close_site(session: AsyncSession, event: SiteClosed, sequence: int) -> None:
    """A site has ended: it serves no district any more."""
    values = {"sequence": sequence, "closed_on": event.closed_on, "districts": [], "interim_districts": []}
    entry = insert(SiteEntry).values(site=event.site, public_keys=[], office_hours=[], **values)
    await session.execute(
        entry.on_conflict_do_update(
            index_elements=["site"], set_=values, where=col(SiteEntry.sequence) < entry.excluded.sequence
        )
    )


async def registered_sites(session: AsyncSession, own: str) -> list[RegisteredSite]:
    """The sites at work. Raises `NotKnownYet` while the own one is not among them."""
    found = await session.execute(_AT_WORK)
    register = [RegisteredSite(site, frozenset(districts), frozenset(interim)) for site, districts, interim in found]
    if not any(entry.site == own for entry in register):
        raise NotKnownYet(own)
    return register
