"""The social figures of a site as metrics: what is owed to families, seen from outside. No ids, no names."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import structlog
from prometheus_client import Gauge
from sqlalchemy import text

from services.intake.domain.days import BERLIN, day_of
from services.intake.queries import erasures, transit
from shared.database import Database
from shared.logging import describe

EVERY_SECONDS = 15.0

OPEN = Gauge("lokal_first_visits_open", "First visits that are owed and not yet made.", ["site"])
OVERDUE = Gauge("lokal_first_visits_overdue", "Of these, the ones past their day.", ["site"])
OLDEST_OVERDUE = Gauge(
    "lokal_first_visits_oldest_overdue_seconds", "How long the longest overdue first visit is overdue.", ["site"]
)
UNREACHED = Gauge(
    "lokal_households_without_visit", "Open files whose family was never met, at home or elsewhere.", ["site"]
)
UNSUPPORTED = Gauge(
    "lokal_households_without_support",
    "Of these, the ones with whom no contact was ever recorded either: left out (report, §4.1).",
    ["site"],
)
HOUSEHOLDS = Gauge("lokal_households_open", "Open files.", ["site"])

MEASURES = (transit.measure, erasures.measure)
"""What else is counted each time."""

_COUNT = text(
    """
    with owed as (select due_on from first_visit where state in ('owed', 'scheduled', 'missed')),
    never_met as (
        select h.id from household h where h.closed_on is null and not exists (
            select from first_visit v where v.household_id = h.id and v.state in ('completed', 'waived')))
    select
        (select count(*) from owed) as open,
        (select count(*) from owed where due_on < :today) as overdue,
        (select min(due_on) from owed where due_on < :today) as oldest,
        (select count(*) from household h where h.closed_on is null) as households,
        (select count(*) from never_met) as unreached,
        (select count(*) from never_met n where not exists (
            select from contact c where c.household_id = n.id and not c.void)) as unsupported
    """
)


async def measure(database: Database, site: str) -> None:
    """Count once."""
    now = datetime.now(UTC)
    async with database.transaction() as session:
        counted = (await session.execute(_COUNT, {"today": day_of(now)})).one()
        for measure_more in MEASURES:
            await measure_more(session, site, now)
    OPEN.labels(site).set(counted.open)
    OVERDUE.labels(site).set(counted.overdue)
    HOUSEHOLDS.labels(site).set(counted.households)
    UNREACHED.labels(site).set(counted.unreached)
    UNSUPPORTED.labels(site).set(counted.unsupported)
    seconds = 0.0
    if counted.oldest is not None:
        last_good_day_ended = datetime.combine(counted.oldest, datetime.max.time(), BERLIN)
        seconds = (now - last_good_day_ended).total_seconds()
    OLDEST_OVERDUE.labels(site).set(seconds)


@asynccontextmanager
async def kept_current(database: Database, site: str) -> AsyncIterator[None]:
    """Counts again and again while it is entered; a database that is away costs a line in the log, not the service."""

    async def again_and_again() -> None:
        while True:
            try:
                await measure(database, site)
            except Exception as error:  # whatever it is, it must not end the counting: the figures would stand still
                structlog.get_logger(__name__).warning("figures_not_counted", error=describe(error))
            await asyncio.sleep(EVERY_SECONDS)

    task = asyncio.create_task(again_and_again(), name="social figures")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
