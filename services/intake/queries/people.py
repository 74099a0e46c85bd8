"""Who joins and leaves a household: what pages and calls ask for."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.queries.tiles import Tile


async def section(session: AsyncSession, household_id: UUID, today: date) -> Any:
    """What the list of persons shows besides their names."""
    return None


async def tile(session: AsyncSession, today: date, who: str) -> Tile | None:
    """Persons without an authority in charge. None: nothing to say. `who` is the account that looks."""
    return None
