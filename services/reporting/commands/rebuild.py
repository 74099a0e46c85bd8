"""Making all projections again from the archive, through the very same handlers that made them at first.

Nothing is asked of the broker. The order in which the archive gives the events does not matter to the result; it is
that of their arrival.
"""

from collections.abc import Awaitable, Callable
from tempfile import TemporaryFile
from typing import Any

from sqlalchemy import Table, func, select, text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.reporting.tables import metadata
from shared.database import Database
from shared.messaging import Received, envelope

PROJECTIONS = (
    "contact",
    "household_fact",
    "household",
    "household_period",
    "first_visit",
    "need",
    "referral",
    "assignment",
    "mentorship",
    "volunteer",
    "training",
)
"""What follows from the archive."""
OWNED = tuple(table.name for table in metadata.sorted_tables if table.name not in (*PROJECTIONS, "sign_in_failure"))
"""What does not follow from it and moves to a new database as it is. The throttle of the sign-in begins anew."""

BATCH = 500
_HOUR = 3600.0

Handle = Callable[[AsyncSession, list[Received[Any]]], Awaitable[None]]
Progress = Callable[[int, int], None]
"""Is told how many events of how many have been taken in."""


class NotEmpty(Exception):
    """There is something in the database into which one wants to rebuild."""


async def rebuild_into(source: Database, target: Database, handle: Handle, progress: Progress) -> int:
    """Fill an empty, migrated database from another one's archive and own tables; returns the number of events.

    All or nothing: an interrupted rebuild leaves the target empty. Raises `NotEmpty`.
    """
    async with target.transaction() as session:
        for name in (*PROJECTIONS, *OWNED):
            if (await session.execute(select(1).select_from(metadata.tables[name]).limit(1))).first():
                raise NotEmpty(name)
        async with source.transaction() as reading:
            await reading.execute(text("set transaction isolation level repeatable read read only"))
            for name in OWNED:
                await _copy(reading, session, metadata.tables[name])
        return await _replay(session, handle, progress)


async def rebuild_in_place(database: Database, handle: Handle, progress: Progress) -> int:
    """Make the projections again where they are; returns the number of events.

    Readers see the old figures until all new ones are there. Consumers wait meanwhile and try again.
    """
    async with database.transaction() as session:
        names = ", ".join(PROJECTIONS)
        # The archive first, as consumers do: in the other order each could wait for the other.
        await session.execute(text(f"lock table event_archive, {names} in share row exclusive mode"))
        for name in PROJECTIONS:
            # Not truncate: that would make the readers wait.
            await session.execute(metadata.tables[name].delete())
        return await _replay(session, handle, progress)


async def _replay(session: AsyncSession, handle: Handle, progress: Progress) -> int:
    archive = metadata.tables["event_archive"]
    total = (await session.execute(select(func.count()).select_from(archive))).scalar_one()
    done, position = 0, -1
    progress(done, total)
    while True:
        batch = (
            await session.execute(
                select(archive.c.position, archive.c.body)
                .where(archive.c.position > position)
                .order_by(archive.c.position)
                .limit(BATCH)
            )
        ).all()
        if not batch:
            return done
        await handle(session, [envelope.read(body) for _, body in batch])
        position, done = batch[-1].position, done + len(batch)
        progress(done, total)


async def _copy(reading: AsyncSession, writing: AsyncSession, table: Table) -> None:
    """Copy a table with PostgreSQL's own COPY, and let its counters go on after what was copied."""
    columns = [column.name for column in table.columns if column.computed is None]
    with TemporaryFile() as file:
        await (await _driver(reading)).copy_from_table(
            table.name, columns=columns, output=file, format="binary", timeout=_HOUR
        )
        file.seek(0)
        await (await _driver(writing)).copy_to_table(
            table.name, columns=columns, source=file, format="binary", timeout=_HOUR
        )
    for column in table.columns:
        if column.identity is not None:
            await writing.execute(
                text(
                    f"select setval(pg_get_serial_sequence('{table.name}', '{column.name}'), "  # noqa: S608
                    f"coalesce(max({column.name}), 0) + 1, false) from {table.name}"
                )
            )


async def _driver(session: AsyncSession) -> Any:
    """asyncpg's own connection, in the session's transaction."""
    connection = await session.connection()
    await connection.execute(text("select 1"))  # SQLAlchemy begins with its own first statement
    return (await connection.get_raw_connection()).driver_connection
