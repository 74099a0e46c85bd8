"""Two files that turn out to be one family: what pages and calls ask for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.tables import Household
from services.intake.tables.merges import Merge


@dataclass(frozen=True, slots=True)
class Merged:
    """What a file's page says of merges."""

    taken_in: Sequence[Row[Any]]
    """Files that have gone into this one, the latest first: `merge_id`, `household_id`, `family_name`, `at`."""
    gone_into: UUID | None
    """The file that goes on in place of this one."""


async def section(session: AsyncSession, household_id: UUID, today: date) -> Merged:
    """Which files have gone into this one, or into which one this has gone."""
    taken_in: Any = await session.exec(
        select(
            col(Merge.id).label("merge_id"), col(Household.id).label("household_id"), Household.family_name, Merge.at
        )
        .join(Household, col(Household.id) == Merge.absorbed_id)
        .where(Merge.kept_id == household_id)
        .order_by(col(Merge.at).desc())
    )
    gone_into = await session.exec(select(col(Household.merged_into)).where(Household.id == household_id))
    return Merged(taken_in.all(), gone_into.one())
