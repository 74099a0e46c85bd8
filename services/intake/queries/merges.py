"""Two files that turn out to be one family: what pages and calls ask for."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession


async def section(session: AsyncSession, household_id: UUID, today: date) -> Any:
    """Files that may be the same family, or were."""
    return None
