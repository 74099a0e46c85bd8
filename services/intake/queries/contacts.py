"""Contacts of a day, and how many there were."""

from collections import Counter
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import func, tuple_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.domain.days import BERLIN
from services.intake.tables import Contact
from shared.contracts.words import Channel, TargetGroup


def bounds(day: date) -> tuple[datetime, datetime]:
    """The moments between which it is this day in Dortmund; not always 24 hours apart."""
    return (
        datetime.combine(day, time(), BERLIN),
        datetime.combine(day + timedelta(days=1), time(), BERLIN),
    )


async def contacts_of_day(
    session: AsyncSession, day: date, *, after: tuple[datetime, UUID] | None = None, limit: int = 51
) -> list[Contact]:
    """All contacts of the day, also void ones, newest first."""
    begins, ends = bounds(day)
    query = (
        select(Contact)
        .where(col(Contact.at) >= begins, col(Contact.at) < ends)
        .order_by(col(Contact.at).desc(), col(Contact.id).desc())
        .limit(limit)
    )
    if after is not None:
        query = query.where(tuple_(col(Contact.at), col(Contact.id)) < tuple_(*after))
    return list((await session.exec(query)).all())


async def tally_of_day(session: AsyncSession, day: date) -> Counter[TargetGroup]:
    """How many contacts counted on the day, by target group."""
    begins, ends = bounds(day)
    counted = await session.exec(
        select(Contact.target_group, func.count())
        .where(col(Contact.at) >= begins, col(Contact.at) < ends, col(Contact.void).is_(False))
        .group_by(col(Contact.target_group))
    )
    return Counter({TargetGroup(group): number for group, number in counted.all()})


async def last_contact_by(session: AsyncSession, who: str, day: date) -> Contact | None:
    """The contact that somebody recorded last at the desk on a day, unless it was taken back."""
    begins, ends = bounds(day)
    found = await session.exec(
        select(Contact)
        .where(
            Contact.recorded_by == who,
            Contact.channel == Channel.OFFICE_HOURS,
            col(Contact.recorded_at) >= begins,
            col(Contact.recorded_at) < ends,
        )
        .order_by(col(Contact.recorded_at).desc(), col(Contact.id).desc())
        .limit(1)
    )
    last = found.one_or_none()
    return None if last is None or last.void else last
