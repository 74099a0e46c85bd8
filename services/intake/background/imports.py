"""Rows of imported lists: taken one batch after the other, also after a restart."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import structlog
from fastapi import FastAPI

from services.intake.commands import Acting, NotKnownYet
from services.intake.commands.imports import discard_stale_drafts, take_some
from services.intake.queries.imports import next_file
from services.intake.settings import Settings
from shared.database import Database

log = structlog.get_logger(__name__)

PAUSE_SECONDS = 1.0
"""So long after somebody has confirmed a list its first rows are taken."""
_AFTER_A_FAULT = 10.0
_TIDY_EVERY = 3600.0


@asynccontextmanager
async def running(app: FastAPI) -> AsyncIterator[None]:
    """Runs while it is entered."""
    task = asyncio.create_task(_take_on(app.state.database, app.state.settings))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def problems(app: FastAPI) -> list[str]:
    """What it waits for, in a few words each."""
    return []


async def take_batch(database: Database, settings: Settings) -> bool:
    """Take the next rows of a confirmed list, in one transaction; False if there is none.

    How far a list is stands in the database alone: whatever ends this process, the next one goes on behind the last
    batch that was committed.
    """
    async with database.transaction() as session:
        file = await next_file(session)
        if file is None:
            return False
        by = Acting(file.taken_by or file.by, settings.site, datetime.now(UTC), settings.first_visit_due_days)
        await take_some(session, by, file)
    return True


async def _take_on(database: Database, settings: Settings) -> None:
    loop = asyncio.get_running_loop()
    tidied = loop.time() - _TIDY_EVERY
    while True:
        try:
            if loop.time() - tidied >= _TIDY_EVERY:
                async with database.transaction() as session:
                    await discard_stale_drafts(session, datetime.now(UTC))
                tidied = loop.time()
            pause = 0.0 if await take_batch(database, settings) else PAUSE_SECONDS
        except NotKnownYet:
            pause = _AFTER_A_FAULT  # no list is lost; it waits for the site register
        except Exception as error:
            log.error("import_interrupted", exc_info=error)
            pause = _AFTER_A_FAULT
        await asyncio.sleep(pause)
