"""Letters between sites: sent until they have arrived, opened when they come."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI


@asynccontextmanager
async def running(app: FastAPI) -> AsyncIterator[None]:
    """Runs while it is entered."""
    yield


async def problems(app: FastAPI) -> list[str]:
    """What it waits for, in a few words each."""
    return []
