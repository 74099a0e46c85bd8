"""A household's personal data is removed everywhere (GDPR Art. 17)."""

from sqlmodel.ext.asyncio.session import AsyncSession

from shared.contracts.common import ErasureAcknowledged
from shared.contracts.intake import HouseholdErased


async def erase_elsewhere(session: AsyncSession, erased: HouseholdErased) -> None:
    """A site erases a household: what this one still knows of it goes, and the site that asked is told so."""


async def acknowledge(session: AsyncSession, acknowledged: ErasureAcknowledged, source: str) -> None:
    """A service has erased what it held; `source` says which one of which site."""
