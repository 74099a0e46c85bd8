"""(b) What one would assemble: FastStream with its defaults, faststream-outbox, one transaction a message."""

import asyncio
import datetime as dt
import uuid

from faststream.rabbit import Channel, ExchangeType, QueueType, RabbitBroker, RabbitExchange, RabbitQueue
from faststream_outbox import OutboxBroker, make_outbox_table
from pydantic import BaseModel
from sqlalchemy import MetaData, text
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from shared.database import async_url
from tests.bench.harness import CLIENTS, Run

metadata = MetaData()
table = make_outbox_table(metadata, "assembly_outbox")
EXCHANGE = RabbitExchange("assembly.events", type=ExchangeType.TOPIC, durable=True)
QUEUE = RabbitQueue("assembly.projection", durable=True, queue_type=QueueType.QUORUM, routing_key="#")


class Data(BaseModel):
    """The event's payload."""

    household_id: uuid.UUID
    to_district: str
    persons: int
    languages: list[str]


class Moved(BaseModel):
    """The event."""

    specversion: str = "1.0"
    id: uuid.UUID
    type: str
    source: str
    subject: str
    time: dt.datetime
    data: Data


async def setup(run: Run) -> None:
    """Empty tables and queues."""
    engine = create_async_engine(async_url(run.database))
    async with engine.begin() as connection:
        for statement in (
            "drop table if exists assembly_household, assembly_inbox, assembly_projection",
            "create table assembly_household(id uuid primary key, district text, persons int)",
            "create table assembly_inbox(event_id uuid, consumer text, primary key(event_id, consumer))",
            "create table assembly_projection(household_id uuid primary key, district text, persons int)",
        ):
            await connection.execute(text(statement))
        await connection.run_sync(metadata.drop_all)
        await connection.run_sync(metadata.create_all)
    await engine.dispose()
    broker = RabbitBroker(run.amqp, logger=None)
    await broker.connect()
    exchange = await broker.declare_exchange(EXCHANGE)
    queue = await broker.declare_queue(QUEUE)
    await queue.purge()
    await queue.bind(exchange, "#")
    await broker.stop()


async def producer(run: Run) -> None:
    """Sixteen clients, each a transaction after the other."""
    engine = create_async_engine(async_url(run.database), pool_size=CLIENTS)
    outbox = OutboxBroker(engine, outbox_table=table, logger=None)

    async def client(number: int) -> None:
        async for household in run.households(number):
            event = Moved(
                id=uuid.uuid4(),
                type="household-moved.v1",
                source="/sites/a/intake",
                subject=str(household),
                time=dt.datetime.now(dt.UTC),
                data=Data(household_id=household, to_district="brackel", persons=4, languages=["ar"]),
            )
            async with AsyncSession(engine) as session:
                await session.execute(text("insert into assembly_household values(:h,'brackel',4)"), {"h": household})
                await outbox.publish(event, queue="events", session=session)
                await session.commit()

    await asyncio.gather(*(client(number) for number in range(CLIENTS)))


async def relay(run: Run) -> None:
    """faststream-outbox's own relay with twenty workers, large fetches and short pauses."""
    outbox = OutboxBroker(create_async_engine(async_url(run.database), pool_size=30), outbox_table=table, logger=None)
    broker = RabbitBroker(run.amqp, logger=None)
    await broker.connect()

    @outbox.subscriber(
        "events",
        max_workers=20,
        fetch_batch_size=500,
        terminal_flush_batch_size=100,
        min_fetch_interval=0.01,
        max_fetch_interval=0.1,
    )
    async def relay_one(body: dict) -> None:
        await broker.publish(
            body,
            exchange=EXCHANGE,
            routing_key="a.intake.household-moved.v1.internal",
            persist=True,
            message_id=body["id"],
        )

    await outbox.start()
    await run.over()
    await outbox.stop()


async def consumer(run: Run) -> None:
    """One transaction a message: inbox row and projection."""
    engine = create_async_engine(async_url(run.database), pool_size=20)
    broker = RabbitBroker(run.amqp, logger=None, default_channel=Channel(prefetch_count=50))
    finished = asyncio.Event()

    @broker.subscriber(QUEUE, EXCHANGE)
    async def on_moved(event: Moved) -> None:
        async with AsyncSession(engine) as session:
            inserted = await session.execute(
                text("insert into assembly_inbox values(:i,'projection') on conflict do nothing"), {"i": event.id}
            )
            if inserted.rowcount:
                await session.execute(
                    text("insert into assembly_projection values(:h,:d,:p)"),
                    {"h": event.data.household_id, "d": event.data.to_district, "p": event.data.persons},
                )
            await session.commit()
        if run.effective([event.data.household_id]):
            finished.set()

    await broker.start()
    run.ready()
    await finished.wait()
