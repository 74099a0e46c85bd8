"""The city's volunteers with a real database; the sites are played by events."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from services.volunteers.app import create_app
from services.volunteers.consumers import consumers
from services.volunteers.settings import Settings
from tests.component.city_service import (
    NEIGHBOUR,
    ORIGIN,
    SITE,
    CityService,
    copied_database,
    settings_of,
    template_database,
)

__all__ = ["API", "NEIGHBOUR", "ORIGIN", "SITE", "Volunteers"]

API = "/volunteers/api/v1"


class Volunteers(CityService):
    """The volunteers' app, its database, and what came out of it."""


@pytest.fixture(scope="session")
def volunteers_template(database_url: str) -> Iterator[str]:
    """A migrated database to copy."""
    with template_database(database_url, "volunteers") as name:
        yield name


@pytest.fixture
def volunteers_url(database_url: str, volunteers_template: str) -> Iterator[str]:
    """A migrated database for this test alone."""
    with copied_database(database_url, "volunteers", volunteers_template) as url:
        yield url


@pytest.fixture
async def fresh_volunteers(volunteers_url: str, tmp_path: Path) -> AsyncIterator[Volunteers]:
    """Volunteers' service that has not heard of any site yet."""
    settings = Settings(**settings_of(volunteers_url, tmp_path))
    running = Volunteers(create_app(settings), tmp_path, settings, consumers)
    yield running
    await running.database.dispose()


@pytest.fixture
async def volunteers(fresh_volunteers: Volunteers) -> Volunteers:
    """Volunteers' service that knows the sites."""
    await fresh_volunteers.open_sites()
    return fresh_volunteers
