"""What readers of some days' figures must know about them."""

from collections.abc import Sequence
from datetime import date

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.reporting.tables import Notice


async def notices(session: AsyncSession, begin: date, until: date) -> Sequence[Notice]:
    """The notices about days of this period."""
    found = await session.exec(select(Notice).where(Notice.begin <= until, Notice.until >= begin).order_by(Notice.slug))
    return found.all()
