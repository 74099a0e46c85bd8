"""What running referrals do besides answering; each part runs while it is entered, and says what it waits for."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from fastapi import FastAPI

from services.referrals.background import mails, partner_desk, partner_queues, timers, webhooks

_PARTS = (timers, mails, partner_desk, partner_queues, webhooks)


@asynccontextmanager
async def running(app: FastAPI) -> AsyncIterator[None]:
    """Runs all parts. `app.state` has the settings, the database and the keys."""
    async with AsyncExitStack() as stack:
        for part in _PARTS:
            await stack.enter_async_context(part.running(app))
        yield


async def problems(app: FastAPI) -> list[str]:
    """What keeps the service from being ready, in a few words each."""
    return [problem for part in _PARTS for problem in await part.problems(app)]
