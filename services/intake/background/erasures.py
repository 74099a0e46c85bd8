"""Erasures that have not been acknowledged by all: asked for again, also after a restart."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime

import structlog
from fastapi import FastAPI

from services.intake.commands.erasures import ask_again
from shared.database import Database
from shared.logging import describe

EVERY_SECONDS = 60.0

log = structlog.get_logger(__name__)


@asynccontextmanager
async def running(app: FastAPI) -> AsyncIterator[None]:
    """Runs while it is entered."""
    asking = asyncio.create_task(_ask_on(app.state.database, app.state.settings.site))
    try:
        yield
    finally:
        asking.cancel()
        with suppress(asyncio.CancelledError):
            await asking


async def problems(app: FastAPI) -> list[str]:
    """It waits for others, which keeps nobody from working here."""
    return []


async def _ask_on(database: Database, site: str) -> None:
    while True:
        try:
            async with database.transaction() as session:
                if asked := await ask_again(session, site, datetime.now(UTC)):
                    log.info("erasures_asked_again", count=asked)
        except Exception as error:
            # The next turn tries again; a restarted database must not end the asking.
            log.warning("erasures_not_asked", error=describe(error))
        await asyncio.sleep(EVERY_SECONDS)
