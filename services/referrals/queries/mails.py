"""Whether mails reach partners, as far as it is known here."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.mail.box import as_json

STUCK_AFTER = timedelta(minutes=15)
"""So long a mail may wait before somebody is told (ours)."""

_OLDEST = text("select min(created_at) from mail where state = 'waiting'")
_LAST = text(
    "select state from mail where about @> cast(:about as jsonb) and state <> 'waiting' order by id desc limit 1"
)


async def is_stuck(session: AsyncSession, smtp_url: str, now: datetime) -> bool:
    """Whether mails wait that do not go out: nothing is there to send them, or it has not managed for a while."""
    oldest: datetime | None = (await session.execute(_OLDEST)).scalar_one()
    return oldest is not None and (not smtp_url or now - oldest > STUCK_AFTER)


async def last_failed(session: AsyncSession, partner_id: UUID) -> bool:
    """Whether the last mail to this partner was given up."""
    last = await session.execute(_LAST, {"about": as_json({"partner_id": partner_id})})
    return last.scalar_one_or_none() == "failed"
