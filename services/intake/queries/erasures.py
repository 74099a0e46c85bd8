"""Erasures and deletion periods: what pages and calls ask for."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession


async def section(session: AsyncSession, household_id: UUID, today: date) -> Any:
    """What is said of erasing the file."""
    return None


async def measure(session: AsyncSession, site: str, now: datetime) -> None:
    """Set the metrics of erasures."""
