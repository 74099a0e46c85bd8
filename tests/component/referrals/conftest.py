"""The city's referrals with a real database; the sites are played by events."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from services.referrals.app import create_app
from services.referrals.consumers import consumers
from services.referrals.settings import Settings
from tests.component.city_service import (
    NEIGHBOUR,
    ORIGIN,
    SITE,
    CityService,
    copied_database,
    settings_of,
    template_database,
)

__all__ = ["API", "NEIGHBOUR", "ORIGIN", "SITE", "Referrals"]

API = "/referrals/api/v1"


class Referrals(CityService):
    """The referrals' app, its database, and what came out of it."""


@pytest.fixture(scope="session")
def referrals_template(database_url: str) -> Iterator[str]:
    """A migrated database to copy."""
    with template_database(database_url, "referrals") as name:
        yield name


@pytest.fixture
def referrals_url(database_url: str, referrals_template: str) -> Iterator[str]:
    """A migrated database for this test alone."""
    with copied_database(database_url, "referrals", referrals_template) as url:
        yield url


@pytest.fixture
async def fresh_referrals(referrals_url: str, tmp_path: Path) -> AsyncIterator[Referrals]:
    """Referrals that have not heard of any site yet."""
    settings = Settings(**settings_of(referrals_url, tmp_path))
    running = Referrals(create_app(settings), tmp_path, settings, consumers)
    yield running
    await running.database.dispose()


@pytest.fixture
async def referrals(fresh_referrals: Referrals) -> Referrals:
    """Referrals that know the sites."""
    await fresh_referrals.open_sites()
    return fresh_referrals
