"""What stands in a family's way: what pages and calls ask for."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.tables.people import Barrier


async def section(session: AsyncSession, household_id: UUID, today: date) -> Any:
    """What stands in the family's way, the newest first."""
    return await barriers_of(session, household_id)


async def barriers_of(session: AsyncSession, household_id: UUID) -> list[Barrier]:
    """The barriers of a household, the newest first."""
    found = await session.exec(
        select(Barrier)
        .where(Barrier.household_id == household_id)
        .order_by(col(Barrier.recorded_on).desc(), col(Barrier.id).desc())
    )
    return list(found.all())
