"""A file goes from one site to another (domain rule 1; report, §2.1b)."""

from sqlmodel.ext.asyncio.session import AsyncSession

from shared.contracts.intake import HouseholdHandedOver


async def note_handover(session: AsyncSession, handed_over: HouseholdHandedOver) -> None:
    """Another site says that it has given up or taken over a file."""
