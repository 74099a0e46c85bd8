"""What stands in a family's way: what pages and calls ask for."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession


async def section(session: AsyncSession, household_id: UUID, today: date) -> Any:
    """What stands in the family's way."""
    return None
