"""The access log, newest first."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import tuple_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.queries.contacts import bounds
from services.intake.tables import AccessLog


async def looks(
    session: AsyncSession,
    *,
    household_id: UUID | None = None,
    who: str | None = None,
    day: date | None = None,
    after: tuple[datetime, int] | None = None,
    limit: int = 51,
) -> list[AccessLog]:
    """Looks at personal data; of one household, one person (a case-by-case look) or one day if given."""
    query = select(AccessLog).order_by(col(AccessLog.at).desc(), col(AccessLog.id).desc()).limit(limit)
    if household_id is not None:
        query = query.where(col(AccessLog.households).contains([household_id]))
    if who is not None:
        query = query.where(AccessLog.who == who)
    if day is not None:
        begins, ends = bounds(day)
        query = query.where(col(AccessLog.at) >= begins, col(AccessLog.at) < ends)
    if after is not None:
        query = query.where(tuple_(col(AccessLog.at), col(AccessLog.id)) < tuple_(*after))
    return list((await session.exec(query)).all())
