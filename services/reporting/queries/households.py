"""Households, persons, first visits: the true counts, by site."""

from datetime import date

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.reporting.domain.households import CIRCLES

_ON_DAY = text(
    "select site, district, sum(asylblg) as asylblg, sum(sgb2) as sgb2, sum(sgb12) as sgb12, sum(none) as none "
    'from household_period where begin <= :day and ("end" is null or "end" > :day) group by site, district'
)

PersonsByCircle = dict[tuple[str, ...], int]
"""Persons by site, district and legal circle; what is not there is nobody."""


async def persons_by_circle(session: AsyncSession, day: date) -> PersonsByCircle:
    """Persons per site, district and legal circle on a day (report, §6)."""
    counts: PersonsByCircle = {}
    for row in (await session.execute(_ON_DAY, {"day": day})).mappings():
        for circle in CIRCLES:
            if row[circle.value]:
                counts[row["site"], row["district"], circle.value] = int(row[circle.value])
    return counts
