"""Owner and substitute, follow-up tasks, safety notes, the child-protection path: what pages and calls ask for."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.queries.tiles import Tile


async def section(session: AsyncSession, household_id: UUID, today: date) -> Any:
    """Who looks after the file, and what is to be done."""
    return None


async def tile(session: AsyncSession, today: date, who: str) -> Tile | None:
    """Tasks of today and overdue ones. None: nothing to say. `who` is the account that looks."""
    return None
