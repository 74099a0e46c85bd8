"""The migrations and the tables in the code are the same, forwards and back."""

import asyncio
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text

from services.reporting.tables import metadata
from shared.database import Database, async_url


async def test_metadata_and_migrations_agree(database: Database) -> None:
    """A migrated database has exactly the tables, columns and indexes that the code describes."""

    def differences(connection: Connection) -> Any:
        return compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata)

    async with database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_constraints_agree(database: Database) -> None:
    """The database guards what the code says it guards (Alembic does not compare check constraints)."""
    async with database.transaction() as session:
        found = set((await session.execute(text("select conname from pg_constraint where contype = 'c'"))).scalars())
    wanted = {
        str(constraint.name)
        for table in metadata.tables.values()
        for constraint in table.constraints
        if type(constraint).__name__ == "CheckConstraint"
    }
    assert wanted <= found


async def test_and_back(database: Database) -> None:
    """Taken back, the migrations leave nothing behind."""
    config = Config()
    config.set_main_option("script_location", "services/reporting/migrations")
    config.attributes["url"] = async_url(database.url)
    await asyncio.to_thread(command.downgrade, config, "base")
    async with database.transaction() as session:
        left = (await session.execute(text("select tablename from pg_tables where schemaname = 'public'"))).scalars()
        assert list(left) == ["alembic_version"]
