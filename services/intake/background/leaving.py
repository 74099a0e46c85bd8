"""Files of districts that got a site of their own: handed over a few at a time, also after a restart."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import UUID

import structlog
from fastapi import FastAPI

from services.intake.commands.acting import Acting
from services.intake.commands.leaving import hand_over_leaving, leaving_files
from services.intake.queries.handovers import leaving_districts
from services.intake.settings import Settings
from shared.database import Database
from shared.logging import describe
from shared.refusals import Refused

PAUSE_SECONDS = 1.0
"""Between two rounds: the desk and the letters of moves must not wait for a whole region's files."""
AT_ONCE = 10
_AFTER_A_FAULT = 10.0
_WHO = "Eröffnung eines Standorts"

log = structlog.get_logger(__name__)


@asynccontextmanager
async def running(app: FastAPI) -> AsyncIterator[None]:
    """Runs while it is entered."""
    task = asyncio.create_task(_hand_over_on(app.state.database, app.state.settings))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def problems(app: FastAPI) -> list[str]:
    """Nobody waits for it: the files are in charge here until they go."""
    return []


async def hand_over_some(database: Database, settings: Settings, refused: set[UUID]) -> int:
    """One round; how many files have gone. Each is a transaction of its own, so that one fault keeps no other back.

    What is still to go stands in the database alone: whatever ends this process, the next one goes on. `refused` are
    the files that could not be handed over as they are; they are left out until the next start.
    """
    by = Acting(_WHO, settings.site, datetime.now(UTC), settings.first_visit_due_days)
    async with database.transaction() as session:
        files = await leaving_files(session, AT_ONCE, refused)
    handed_over = 0
    for household_id in files:
        try:
            async with database.transaction() as session:
                handed_over += await hand_over_leaving(session, by, household_id)
        except Refused as why:
            refused.add(household_id)
            log.warning("file_stays", household=str(household_id), why=why.message)
    if handed_over:
        async with database.transaction() as session:
            for row in [row for row in await leaving_districts(session) if row.handed_over]:
                log.info("district_leaves", district=row.district, to=row.to_site, gone=row.handed_over, left=row.left)
    return handed_over


async def _hand_over_on(database: Database, settings: Settings) -> None:
    refused: set[UUID] = set()
    while True:
        pause = PAUSE_SECONDS
        try:
            await hand_over_some(database, settings, refused)
        except Exception as error:  # a database that is away comes back; the next round does what is left
            log.warning("districts_not_left", error=describe(error))
            pause = _AFTER_A_FAULT
        await asyncio.sleep(pause)
