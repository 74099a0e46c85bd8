"""Processes that are there to be killed: `python -m tests.delivery.worker relay|consumer`.

* `relay`: one more relay on the outbox of `WORKER_DATABASE_URL`, beside the one in the service itself;
* `consumer`: counts every event in its own database. Nothing but the inbox keeps an event from being counted twice.
"""

import asyncio
import os
import sys
from typing import Any

from sqlalchemy import MetaData, text
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.database import Database
from shared.messaging import Consumers, Messaging, Received, delivery_tables
from shared.messaging.relay import Relay

QUEUE = "city.delivery.counter"

metadata = MetaData()
delivery_tables(metadata)
consumers = Consumers()

_COUNT = text("insert into counted (event_id, subject, sequence) values (:id, :subject, :sequence)")


@consumers.every
async def count(session: AsyncSession, events: list[Received[Any]]) -> None:
    """An effect that would be there twice if it were made twice."""
    connection = await session.connection()
    values = [{"id": event.id, "subject": event.subject, "sequence": event.sequence} for event in events]
    await connection.execute(_COUNT, values)


async def prepare(url: str) -> None:
    """The counter's tables."""
    database = Database(url, None, pool_size=1)
    async with database.engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
        await connection.execute(
            text("create table counted (position bigserial, event_id uuid, subject text, sequence bigint)")
        )
    await database.dispose()


async def main(part: str, amqp: str, database_url: str) -> None:
    if part == "relay":
        await Relay(database_url, amqp, batch=50).run()
    else:
        database = Database(database_url, None, pool_size=4)
        async with Messaging(amqp, database, queue=QUEUE, consumers=consumers):
            await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], os.environ["WORKER_RABBITMQ_URL"], os.environ["WORKER_DATABASE_URL"]))
