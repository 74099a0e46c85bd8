"""What the volunteers' service does besides answering; each part runs while it is entered."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from fastapi import FastAPI

from services.volunteers.background import mails, timers

_PARTS = (timers, mails)


@asynccontextmanager
async def running(app: FastAPI) -> AsyncIterator[None]:
    """Runs all parts. `app.state` has the settings and the database."""
    async with AsyncExitStack() as stack:
        for part in _PARTS:
            await stack.enter_async_context(part.running(app))
        yield
