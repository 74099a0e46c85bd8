# ruff: noqa: T201  (its lines are its answer)
"""An independent consumer: aio-pika and the official CloudEvents SDK, nothing of this project.

    python independent_consumer.py <broker's URL> <routing key>

Prints a line when it listens, then one line of JSON for each event: when it arrived (seconds since the epoch), its
type, subject and data.
"""

import asyncio
import json
import sys
import time

import aio_pika
from cloudevents.core.bindings.rabbitmq import RabbitMQMessage, from_rabbitmq_event


async def main(url: str, routing_key: str) -> None:
    connection = await aio_pika.connect(url)
    channel = await connection.channel()
    queue = await channel.declare_queue(exclusive=True)
    await queue.bind("lokal.events", routing_key)
    async with queue.iterator() as messages:
        print("listening", flush=True)
        async for message in messages:
            arrived = time.time()
            event = from_rabbitmq_event(RabbitMQMessage(message.headers, message.content_type, message.body))
            told = {"at": arrived, "type": event.get_type(), "subject": event.get_subject(), "data": event.get_data()}
            print(json.dumps(told), flush=True)
            await message.ack()


asyncio.run(main(*sys.argv[1:]))
