"""Ours: a command's transaction with outbox → relay → broker with its log → inbox → projection."""

import asyncio
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Integer, MetaData, Text, Uuid, bindparam, text
from sqlalchemy.event import listen
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.contracts import Event
from shared.contracts.words import District
from shared.database import Database, async_url
from shared.messaging import Consumers, Messaging, Publisher, Received, delivery_tables, outbox
from shared.messaging.relay import Relay
from shared.messaging.topology import backbone, consumer_queue, declare
from tests.bench.harness import CLIENTS, Run

QUEUE = "city.bench.projection"
PUBLISHER = Publisher("brackel-aplerbeck", "intake", "http://127.0.0.1:8080")


class Moved(Event, name="bench-household-moved", publisher="intake", subject="household_id", district="to_district"):
    """What the other contenders' events hold as well."""

    household_id: UUID
    to_district: District
    persons: int
    languages: list[str]


metadata = MetaData()
delivery_tables(metadata)

_HOUSEHOLD = text("insert into bench_household values (:id, 'brackel', 4)")
_PROJECT = text(
    "insert into bench_projection select * from unnest(:households, :districts, :persons) on conflict do nothing"
).bindparams(
    bindparam("households", type_=ARRAY(Uuid)),
    bindparam("districts", type_=ARRAY(Text)),
    bindparam("persons", type_=ARRAY(Integer)),
)


async def move(database: Database, household: UUID) -> None:
    """The command: one change and the event that tells of it."""
    async with database.transaction() as session:
        await (await session.connection()).execute(_HOUSEHOLD, {"id": household})
        await outbox.add(
            session,
            Moved(household_id=household, to_district=District.BRACKEL, persons=4, languages=["ar"]),
        )


async def setup(run: Run) -> None:
    """Empty tables and queues."""
    engine = create_async_engine(async_url(run.database))
    async with engine.begin() as connection:
        for table in ("bench_household", "bench_projection"):
            await connection.execute(text(f"drop table if exists {table}"))
            columns = "household_id uuid primary key, district text, persons int"
            await connection.execute(text(f"create table {table}({columns})"))
        await connection.run_sync(metadata.drop_all)
        await connection.run_sync(metadata.create_all)
    await engine.dispose()
    await declare(run.amqp, backbone() + consumer_queue(QUEUE, "*.*.*.*.internal"))


async def producer(run: Run) -> None:
    """Sixteen clients, each a command after the other."""
    database = Database(run.database, PUBLISHER, pool_size=CLIENTS)

    async def client(number: int) -> None:
        async for household in run.households(number):
            await move(database, household)

    await asyncio.gather(*(client(number) for number in range(CLIENTS)))
    await database.dispose()


async def relay(run: Run) -> None:
    """One relay."""
    working = asyncio.create_task(Relay(run.database, run.amqp).run())
    await run.over()
    working.cancel()


async def consumer(run: Run) -> None:
    """One consumer with its projection."""
    database = Database(run.database, None, pool_size=4)
    consumers = Consumers()
    finished = asyncio.Event()

    @consumers.on_many(Moved)
    async def on_moved(session: AsyncSession, received: list[Received[Moved]]) -> None:
        data = [event.data for event in received]
        values: dict[str, Any] = {
            "households": [moved.household_id for moved in data],
            "districts": [moved.to_district for moved in data],
            "persons": [moved.persons for moved in data],
        }
        connection = await session.connection()
        await connection.execute(_PROJECT, values)
        listen(session.sync_session, "after_commit", lambda _: note(values["households"]), once=True)

    def note(households: list[UUID]) -> None:
        if run.effective(households):
            finished.set()

    async with Messaging(run.amqp, database, queue=QUEUE, consumers=consumers):
        run.ready()
        await finished.wait()
    await database.dispose()
