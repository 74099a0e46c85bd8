"""What the intake knows of the sites, itself included."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.domain.days import BERLIN, day_of
from services.intake.tables import SiteEntry
from shared.contracts.words import Weekday

_AHEAD = 14
"""For so many days office hours are offered, when somebody is asked to interpret (ours)."""


async def public_keys(session: AsyncSession) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """Every stack's public keys, by its slug."""
    return {entry.site: entry.public_keys for entry in (await session.exec(select(SiteEntry))).all()}


async def own_entry(session: AsyncSession, site: str) -> SiteEntry | None:
    """The own entry in the register; None before the first site-opened has arrived."""
    found = await session.exec(select(SiteEntry).where(SiteEntry.site == site, col(SiteEntry.closed_on).is_(None)))
    return found.one_or_none()


async def office_hours_on(session: AsyncSession, site: str, day: date) -> list[tuple[str, str]]:
    """From when to when the office is open on a day; empty if it is closed or not known yet."""
    entry = await own_entry(session, site)
    weekday = list(Weekday)[day.weekday()]
    hours = entry.office_hours if entry else []
    return sorted((hour["from"], hour["to"]) for hour in hours if hour["weekday"] == weekday)


async def office_hours_ahead(session: AsyncSession, site: str, now: datetime) -> dict[str, tuple[datetime, datetime]]:
    """The office hours of the next two weeks that have not begun, each with its beginning and end, by a short key."""
    ahead: dict[str, tuple[datetime, datetime]] = {}
    for day in (day_of(now) + timedelta(days=number) for number in range(_AHEAD)):
        for begins, ends in await office_hours_on(session, site, day):
            at, until = (datetime.combine(day, time.fromisoformat(clock), BERLIN) for clock in (begins, ends))
            if now < at < until:
                ahead[f"{day}T{begins}/{ends}"] = (at, until)
    return ahead
