"""Needs by area (report, §3.1b): found in a period, and met by its end."""

from datetime import date

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

MET, OPEN = "met", "open"

_COUNT = text(
    "select site, area, count(*) filter (where met_on <= :until), "
    "count(*) filter (where met_on is null or met_on > :until) "
    "from need where identified_on between :begin and :until group by site, area"
)


async def needs(session: AsyncSession, begin: date, until: date) -> dict[tuple[str, ...], int]:
    """Needs by site, area and whether they are met by `until`; what is not there is none."""
    counts: dict[tuple[str, ...], int] = {}
    for site, area, met, still_open in await session.execute(_COUNT, {"begin": begin, "until": until}):
        counts[site, area, MET], counts[site, area, OPEN] = met, still_open
    return counts
