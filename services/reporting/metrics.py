"""How far the figures are behind what has happened, and how much the archive holds."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import structlog
from prometheus_client import Gauge
from sqlalchemy import text

from shared.database import Database
from shared.logging import describe

EVERY_SECONDS = 30.0

LAG = Gauge("lokal_projection_lag_seconds", "Age of the last event when it was taken into the figures.", ["site"])
ARCHIVED = Gauge("lokal_archive_events", "Events in the archive.")
ARCHIVE_BYTES = Gauge("lokal_archive_bytes", "Room that the archive takes on disk.")
SITES = Gauge("lokal_sites_open", "Sites in the register.")

_COUNT = text(
    "select (select count(*) from event_archive), pg_total_relation_size('event_archive'), "
    "(select count(*) from site where slug <> 'city')"
)


def taken(site_and_time: Iterable[tuple[str, datetime]]) -> None:
    """Note that events of these sites, told at these times, have just been taken in."""
    now = datetime.now(UTC)
    for site, time in site_and_time:
        LAG.labels(site).set((now - time).total_seconds())


async def measure(database: Database) -> None:
    """Count once."""
    async with database.transaction() as session:
        events, size, sites = (await session.execute(_COUNT)).one()
    ARCHIVED.set(events)
    ARCHIVE_BYTES.set(size)
    SITES.set(sites)


@asynccontextmanager
async def kept_current(database: Database) -> AsyncIterator[None]:
    """Counts again and again while it is entered; a database that is away costs a line in the log, not the service."""

    async def again_and_again() -> None:
        while True:
            try:
                await measure(database)
            except Exception as error:  # whatever it is, it must not end the counting: the figures would stand still
                structlog.get_logger(__name__).warning("archive_not_counted", error=describe(error))
            await asyncio.sleep(EVERY_SECONDS)

    task = asyncio.create_task(again_and_again(), name="archive figures")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
