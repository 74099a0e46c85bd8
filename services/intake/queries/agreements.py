"""Voluntary integration agreements: what pages and calls ask for."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession


async def section(session: AsyncSession, household_id: UUID, today: date) -> Any:
    """The agreements with the family."""
    return None
