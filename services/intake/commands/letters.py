"""What a site writes to another one, sealed for it alone."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.commands.acting import Acting
from services.intake.inputs import RegisterHousehold


async def send_registration(
    session: AsyncSession,
    by: Acting,
    *,
    to_site: str,
    move_id: UUID,
    row: RegisterHousehold,
    visited: tuple[str, ...] = (),
) -> bool:
    """Send one row of an imported list to the site that it belongs to; False if this move was sent there before.

    `visited` are the sites that have passed the row on already.
    """
    raise NotImplementedError
