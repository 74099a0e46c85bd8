"""The Sozialamt's weekly list of moves is taken row by row (report, §2.1b)."""

from enum import StrEnum
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.commands.acting import Acting
from services.intake.inputs import RegisterHousehold


class Outcome(StrEnum):
    """What became of a row that another site has sent."""

    TAKEN = "taken"
    UNCHANGED = "unchanged"
    HELD = "held"
    """It waits for somebody's decision here: it may be a family that is known."""
    PASSED_ON = "passed_on"


async def take_registration(
    session: AsyncSession,
    by: Acting,
    *,
    move_id: UUID,
    row: RegisterHousehold,
    from_site: str,
    visited: tuple[str, ...],
) -> Outcome:
    """Take a row of an imported list that another site has sent."""
    raise NotImplementedError
