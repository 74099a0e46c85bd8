"""A reporting database of its own for each test."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from services.reporting.app import create_app
from services.reporting.commands.sites import OpenSite, open_site
from services.reporting.settings import Settings
from shared.contracts.reporting import PublicKey
from shared.contracts.words import District
from shared.database import Database, migrate
from shared.messaging import Publisher
from shared.web.keys import KeyRing, ensure_signing_key, public_jwk
from tests.component.reporting.app import Reporting


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


@pytest.fixture
async def reporting(new_reporting_url: Callable[[], str], tmp_path: Path) -> AsyncIterator[Reporting]:
    """The service, with the pilot site in its register."""
    url = await asyncio.to_thread(new_reporting_url)
    for stack in ("city", "brackel-aplerbeck"):
        ensure_signing_key(tmp_path / f"{stack}.key")
    settings = Settings(
        site="city",
        database_url=url,
        rabbitmq_url="amqp://nobody@127.0.0.1:1",
        public_url="http://testserver",
        signing_key_file=tmp_path / "city.key",
        port=1,
    )
    app = create_app(settings)

    async def nobody_else() -> dict[str, Any]:
        return {}

    site_key = tmp_path / "brackel-aplerbeck.key"
    running = Reporting(app, KeyRing("brackel-aplerbeck", site_key, nobody_else))
    async with running.database.transaction() as session:
        await open_site(
            session,
            OpenSite(
                slug="brackel-aplerbeck",
                districts=[District.BRACKEL, District.APLERBECK],
                interim_districts=[d for d in District if d not in (District.BRACKEL, District.APLERBECK)],
                public_keys=[PublicKey(**public_jwk(site_key))],
            ),
        )
    yield running
    await running.database.dispose()
