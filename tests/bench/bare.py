"""(a) The limit: bare aio-pika and asyncpg with the same effects, a batched relay and a group commit; no log."""

import asyncio
from uuid import UUID, uuid4

import aio_pika
import asyncpg
import orjson

from tests.bench.harness import CLIENTS, Run

EXCHANGE, QUEUE, PREFETCH, BATCH = "bare.events", "bare.projection", 300, 500
_TABLES = """
    drop table if exists bare_household, bare_outbox, bare_inbox, bare_projection;
    create table bare_household(id uuid primary key, district text, persons int);
    create table bare_outbox(id bigserial primary key, routing_key text, message_id uuid, body bytea);
    create table bare_inbox(event_id uuid, consumer text, primary key(event_id, consumer));
    create table bare_projection(household_id uuid primary key, district text, persons int);
"""
_CLAIM = """
    delete from bare_outbox where id in (
        select id from bare_outbox order by id limit $1 for update skip locked
    ) returning *
"""


async def setup(run: Run) -> None:
    """Empty tables and queues."""
    connection = await asyncpg.connect(run.database)
    await connection.execute(_TABLES)
    await connection.close()
    async with await aio_pika.connect(run.amqp) as broker:
        channel = await broker.channel()
        exchange = await channel.declare_exchange(EXCHANGE, "topic", durable=True)
        queue = await channel.declare_queue(QUEUE, durable=True, arguments={"x-queue-type": "quorum"})
        await queue.purge()
        await queue.bind(exchange, "#")


async def producer(run: Run) -> None:
    """Sixteen clients, each a transaction after the other."""
    async with asyncpg.create_pool(run.database, min_size=CLIENTS, max_size=CLIENTS) as pool:

        async def client(number: int) -> None:
            async with pool.acquire() as connection:
                async for household in run.households(number):
                    await move(connection, household)

        await asyncio.gather(*(client(number) for number in range(CLIENTS)))


async def move(connection: asyncpg.Connection, household: UUID) -> None:
    """One change and its event, in one transaction."""
    event = uuid4()
    body = orjson.dumps(
        {
            "specversion": "1.0",
            "id": str(event),
            "type": "household-moved.v1",
            "source": "/sites/a/intake",
            "subject": str(household),
            "time": "2026-11-22T13:00:00Z",
            "data": {"household_id": str(household), "to_district": "brackel", "persons": 4, "languages": ["ar"]},
        }
    )
    async with connection.transaction():
        await connection.execute("insert into bare_household values($1,$2,$3)", household, "brackel", 4)
        await connection.execute(
            "insert into bare_outbox(routing_key, message_id, body) values($1,$2,$3)",
            "a.intake.household-moved.v1.internal",
            event,
            body,
        )


async def relay(run: Run) -> None:
    """Batches of up to 500, confirmed before the transaction ends; polls every 5 ms."""
    connection = await asyncpg.connect(run.database)
    broker = await aio_pika.connect(run.amqp)
    channel = await broker.channel(publisher_confirms=True, on_return_raises=True)
    exchange = await channel.get_exchange(EXCHANGE)
    sent = 0
    while sent < run.events:
        async with connection.transaction():
            rows = await connection.fetch(_CLAIM, BATCH)
            await asyncio.gather(
                *(
                    exchange.publish(
                        aio_pika.Message(row["body"], delivery_mode=2, message_id=str(row["message_id"])),
                        row["routing_key"],
                    )
                    for row in rows
                )
            )
        sent += len(rows)
        if not rows:
            await asyncio.sleep(0.005)


async def consumer(run: Run) -> None:
    """Messages in flight share a transaction: inbox rows and projection; acknowledged after it."""
    waiting: list[tuple[dict, aio_pika.abc.AbstractIncomingMessage]] = []
    finished = asyncio.Event()
    working: asyncio.Task[None] | None = None

    async def work() -> None:
        nonlocal waiting
        while waiting:
            group, waiting = waiting, []
            async with pool.acquire() as connection, connection.transaction():
                taken = await connection.fetch(
                    "insert into bare_inbox select unnest($1::uuid[]), 'projection' on conflict do nothing "
                    "returning event_id",
                    [UUID(event["id"]) for event, _ in group],
                )
                new = {row["event_id"] for row in taken}
                fresh = [event["data"] for event, _ in group if UUID(event["id"]) in new]
                households = [UUID(data["household_id"]) for data in fresh]
                await connection.execute(
                    "insert into bare_projection select * from unnest($1::uuid[], $2::text[], $3::int[])",
                    households,
                    [data["to_district"] for data in fresh],
                    [data["persons"] for data in fresh],
                )
            for _, message in group:
                await message.ack()
            if run.effective(households):
                finished.set()

    async def take(message: aio_pika.abc.AbstractIncomingMessage) -> None:
        nonlocal working
        waiting.append((orjson.loads(message.body), message))
        if working is None or working.done():
            working = asyncio.create_task(work())

    async with asyncpg.create_pool(run.database, min_size=2, max_size=4) as pool:
        broker = await aio_pika.connect(run.amqp)
        channel = await broker.channel()
        await channel.set_qos(prefetch_count=PREFETCH)
        await (await channel.get_queue(QUEUE)).consume(take)
        run.ready()
        await finished.wait()
