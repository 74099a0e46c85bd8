"""The site register: whose signatures to trust, as reporting tells it."""

from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from services.referrals.tables import SiteEntry
from shared.contracts.reporting import SiteClosed, SiteOpened


async def enter_site(session: AsyncSession, event: SiteOpened, sequence: int) -> None:
    """Take over an entry; one that is older than the known one changes nothing."""
    data: dict[str, Any] = event.model_dump(mode="json", by_alias=True, exclude_none=True)
    names = ("districts", "interim_districts", "public_keys", "office_hours")
    await _keep(session, event.site, {"sequence": sequence, "closed_on": None, **{n: data[n] for n in names}})


async def close_site(session: AsyncSession, event: SiteClosed, sequence: int) -> None:
    """A site has ended; its keys are good for nothing any more."""
    nothing: dict[str, Any] = {"districts": [], "interim_districts": [], "public_keys": [], "office_hours": []}
    await _keep(session, event.site, {"sequence": sequence, "closed_on": event.closed_on, **nothing})


async def _keep(session: AsyncSession, site: str, values: dict[str, Any]) -> None:
    entry = insert(SiteEntry).values(site=site, **values)
    await session.execute(
        entry.on_conflict_do_update(
            index_elements=["site"], set_=values, where=col(SiteEntry.sequence) < entry.excluded.sequence
        )
    )
