"""Which recipient may see what: what pages and calls ask for."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession


async def section(session: AsyncSession, household_id: UUID, today: date) -> Any:
    """Who may see what, besides the consents."""
    return None
