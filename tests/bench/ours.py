"""Ours: a command's transaction with outbox → relay → broker with its log → inbox → projection.

Usage: ours.py AMQP_URL DATABASE_URL EVENTS. The broker and the database are the caller's to lose.
"""

import asyncio
import sys
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Integer, MetaData, Text, Uuid, bindparam, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.contracts.intake import HouseholdMoved
from shared.contracts.words import District, LegalCircle, Tenancy
from shared.database import Database, async_url
from shared.ids import uuid7
from shared.messaging import Consumers, Messaging, Publisher, Received, delivery_tables, outbox
from shared.messaging.relay import Relay
from shared.messaging.topology import backbone, consumer_queue, declare
from tests.bench.harness import CLIENTS, Signals, measure

QUEUE = "city.bench.projection"
PUBLISHER = Publisher("brackel-aplerbeck", "intake", "http://127.0.0.1:8080")

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
            HouseholdMoved(
                household_id=household,
                to_district=District.BRACKEL,
                to_site="brackel-aplerbeck",
                left_city=False,
                from_tenancy=Tenancy.SHELTER,
                to_tenancy=Tenancy.PRIVATE,
                moved_on=date(2016, 11, 2),
                persons=4,
                minors=2,
                languages=["ar"],
                legal_circles={LegalCircle.ASYLBLG: 4},
            ),
        )


async def setup(amqp: str, database_url: str) -> None:
    """Empty tables and queues."""
    engine = create_async_engine(async_url(database_url))
    async with engine.begin() as connection:
        for table in ("bench_household", "bench_projection"):
            await connection.execute(text(f"drop table if exists {table}"))
            await connection.execute(
                text(f"create table {table}(household_id uuid primary key, district text, persons int)")
            )
        await connection.run_sync(metadata.drop_all)
        await connection.run_sync(metadata.create_all)
    await engine.dispose()
    await declare(amqp, backbone() + consumer_queue(QUEUE, "*.*.*.*.internal"))


async def producer(signals: Signals, amqp: str, database_url: str, events: int) -> None:
    """Sixteen clients, each a command after the other."""
    database = Database(database_url, PUBLISHER, pool_size=CLIENTS)

    async def client() -> None:
        for _ in range(events // CLIENTS):
            await move(database, uuid7())

    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    await database.dispose()


async def relay(signals: Signals, amqp: str, database_url: str, events: int) -> None:
    """One relay."""
    working = asyncio.create_task(Relay(database_url, amqp).run())
    await signals.stopped()
    working.cancel()


async def consumer(signals: Signals, amqp: str, database_url: str, events: int) -> None:
    """One consumer with its projection."""
    database = Database(database_url, None, pool_size=4)
    consumers = Consumers()
    seen = 0

    @consumers.on_many(HouseholdMoved)
    async def on_household_moved(session: AsyncSession, received: list[Received[HouseholdMoved]]) -> None:
        nonlocal seen
        data = [event.data for event in received]
        values: dict[str, Any] = {
            "households": [moved.household_id for moved in data],
            "districts": [moved.to_district for moved in data],
            "persons": [moved.persons for moved in data],
        }
        await (await session.connection()).execute(_PROJECT, values)
        seen += len(received)

    async with Messaging(amqp, database, queue=QUEUE, consumers=consumers):
        signals.ready()
        while seen < events:
            await asyncio.sleep(0.005)
        signals.done()
    await database.dispose()


if __name__ == "__main__":
    print(f"ours end to end: {measure(sys.modules[__name__], *sys.argv[1:3], int(sys.argv[3])):.0f} events/s")
