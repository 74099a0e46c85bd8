"""Which recipient may see what of a household, and when that ends (report, §3.1b)."""

from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.commands.acting import Acting
from services.intake.commands.files import File
from shared.contracts.words import GrantEnd


async def end_releases(session: AsyncSession, by: Acting, file: File, reason: GrantEnd) -> None:
    """End every release of the file that still holds."""


async def reissue_releases(session: AsyncSession, by: Acting, file: File, ended: list[dict[str, Any]]) -> None:
    """Issue anew, with ids of their own, the releases that the handing over has ended."""
