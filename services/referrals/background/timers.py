"""Runs what is due, again and again; several processes may, since each takes other rows."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import structlog
from fastapi import FastAPI

from services.referrals.commands.timers import next_due, run_due
from shared.database import Database
from shared.logging import describe

AT_ONCE = 1000
TOGETHER = 3
"""So many rounds at a time, each with other rows: while the database works at one, another's events are written."""
SHORTEST_PAUSE = 0.05


@asynccontextmanager
async def running(app: FastAPI) -> AsyncIterator[None]:
    """Looks every few seconds, and at the moment at which the next deadline is over."""
    task = asyncio.create_task(_again_and_again(app.state.database, app.state.settings.timer_seconds), name="deadlines")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def problems(app: FastAPI) -> list[str]:
    """Nothing: a database that is away is told of already."""
    return []


async def _again_and_again(database: Database, pause: float) -> None:
    while True:
        until = pause
        try:
            until = await run_all(database, pause)
        except Exception as error:  # whatever it is, it must not end the timers
            structlog.get_logger(__name__).warning("deadlines_not_run", error=describe(error))
        await asyncio.sleep(until)


async def run_all(database: Database, pause: float) -> float:
    """Run all that is due; how many seconds may pass until the next time."""
    async with asyncio.TaskGroup() as group:
        for _ in range(TOGETHER):
            group.create_task(_run_rounds(database))
    async with database.transaction() as session:
        due = await next_due(session, datetime.now(UTC))
    if due is None:
        return pause
    return min(pause, max(SHORTEST_PAUSE, (due - datetime.now(UTC)).total_seconds()))


async def _run_rounds(database: Database) -> None:
    done = AT_ONCE
    while done >= AT_ONCE:
        async with database.transaction() as session:
            done = await run_due(session, datetime.now(UTC), AT_ONCE)
