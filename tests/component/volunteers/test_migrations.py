"""The migrations and the tables in the code are the same, forwards and back."""

import asyncio
from collections.abc import Callable

from alembic import command
from alembic.config import Config
from sqlalchemy import text

from services.volunteers.tables import metadata
from shared.database import Database, async_url
from tests.component.intake.test_tables import _catalogue as catalogue
from tests.component.volunteers.conftest import Volunteers


async def test_migrations_and_tables_agree(fresh_volunteers: Volunteers, new_database: Callable[[], str]) -> None:
    """What the migrations have made is what the code describes: columns, constraints, indexes, triggers, functions."""
    described = Database(new_database())
    async with described.engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    try:
        assert await catalogue(fresh_volunteers.database) == await catalogue(described)
    finally:
        await described.dispose()


async def test_and_back(fresh_volunteers: Volunteers) -> None:
    """Taken back, the migrations leave nothing behind."""
    config = Config()
    config.set_main_option("script_location", "services/volunteers/migrations")
    config.attributes["url"] = async_url(fresh_volunteers.settings.database_url)
    await asyncio.to_thread(command.downgrade, config, "base")
    async with fresh_volunteers.transaction() as session:
        left = (await session.execute(text("select tablename from pg_tables where schemaname = 'public'"))).scalars()
        assert set(left.all()) == {"alembic_version"}
        functions = await session.execute(
            text("select count(*) from pg_proc where pronamespace = 'public'::regnamespace")
        )
        assert functions.scalar_one() == 0
