"""Alembic's environment, the same for every service; a service's `migrations/env.py` only names its metadata."""

import asyncio

from alembic import context
from sqlalchemy import Connection, MetaData, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

_ONE_AT_A_TIME = 7_410_991
"""Key of the advisory lock under which migrations run: two starting processes must not both create a table."""


def run(metadata: MetaData) -> None:
    """Run the migrations on the URL that `shared.database.migrate` has put into the configuration."""

    def upgrade(connection: Connection) -> None:
        context.configure(connection=connection, target_metadata=metadata, compare_type=True)
        with context.begin_transaction():
            connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": _ONE_AT_A_TIME})
            context.run_migrations()

    async def connect() -> None:
        engine = create_async_engine(context.config.attributes["url"], poolclass=NullPool, hide_parameters=True)
        async with engine.connect() as connection:
            await connection.run_sync(upgrade)
            await connection.commit()
        await engine.dispose()

    asyncio.run(connect())
