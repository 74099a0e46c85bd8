"""Releases that have run out: ended once a while, so that others hear of it. Recipients see nothing from the day on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime

import structlog
from fastapi import FastAPI

from services.intake.commands.acting import Acting
from services.intake.commands.releases import end_expired_releases
from shared.database import Database

PAUSE_SECONDS = 600
log = structlog.get_logger("releases")


@asynccontextmanager
async def running(app: FastAPI) -> AsyncIterator[None]:
    """Runs while it is entered."""
    task = asyncio.create_task(_end_on(app.state.database, app.state.settings.site))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def problems(app: FastAPI) -> list[str]:
    """Nothing waits for it."""
    return []


async def _end_on(database: Database, site: str) -> None:
    while True:
        try:
            async with database.transaction() as session:
                await end_expired_releases(session, Acting("Ablauf", site, datetime.now(UTC)))
        except Exception as error:  # a database that is away comes back; the next round does what is left
            log.warning("releases_not_ended", error=type(error).__name__)
        await asyncio.sleep(PAUSE_SECONDS)
