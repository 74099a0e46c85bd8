"""Runs what is due, again and again; several processes may, since each takes other rows."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import structlog
from fastapi import FastAPI

from services.volunteers.commands.timers import KINDS, run_one
from services.volunteers.settings import Settings
from shared.database import Database
from shared.logging import describe

log = structlog.get_logger(__name__)


@asynccontextmanager
async def running(app: FastAPI) -> AsyncIterator[None]:
    """Looks every few seconds while it is entered."""
    task = asyncio.create_task(_again_and_again(app.state.database, app.state.settings), name="what is due")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _again_and_again(database: Database, settings: Settings) -> None:
    while True:
        await run_all(database, settings, datetime.now(UTC))
        await asyncio.sleep(settings.timer_seconds)


async def run_all(database: Database, settings: Settings, now: datetime) -> None:
    """Do all that is due, each thing in a transaction of its own; a kind that fails does not hold up the others."""
    for kind in KINDS:
        try:
            await _run_kind(kind, database, settings, now)
        except Exception as error:  # whatever it is, it must not end the timers
            log.warning("not_done_what_is_due", kind=kind, error=describe(error))


async def _run_kind(kind: str, database: Database, settings: Settings, now: datetime) -> None:
    more = True
    while more:
        async with database.transaction() as session:
            more = await run_one(session, kind, settings, now)
