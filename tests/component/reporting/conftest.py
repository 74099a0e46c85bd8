"""A reporting database of its own for each test."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from shared.database import Database, migrate
from shared.messaging import Publisher


@pytest.fixture
def new_reporting_url(new_database: Callable[[], str]) -> Callable[[], str]:
    """Makes another empty reporting database, migrated, and returns its URL."""

    def create() -> str:
        url = new_database()
        migrate("reporting", url)
        return url

    return create


@pytest.fixture
async def database(new_reporting_url: Callable[[], str]) -> AsyncIterator[Database]:
    """The reporting database of this test."""
    url = await asyncio.to_thread(new_reporting_url)  # Alembic runs a loop of its own
    database = Database(url, Publisher("city", "reporting", "http://127.0.0.1"))
    yield database
    await database.dispose()
