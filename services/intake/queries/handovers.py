"""Files on their way between sites: what pages and calls ask for."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.queries.tiles import Tile


async def section(session: AsyncSession, household_id: UUID, today: date) -> Any:
    """Where the file is on its way to, for the alert on top of it."""
    return None


async def tile(session: AsyncSession, today: date, who: str) -> Tile | None:
    """Files in transit, red when one hangs. None: nothing to say. `who` is the account that looks."""
    return None
