"""The event log: every event, in the order of its arrival at the broker, kept for a bounded time (a stream)."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime
from typing import Any

import aio_pika
from aio_pika.abc import AbstractIncomingMessage, AbstractQueue

from shared.messaging.topology import LOG

_QUIET_SECONDS = 3.0
"""How long a reader waits for the last entry before it takes the log to be empty."""
_BUSY_SECONDS = 0.5
"""A log to which nothing is added for so long is taken for a quiet one when its end is looked for."""


async def last_offset(channel: aio_pika.abc.AbstractChannel) -> int | None:
    """The offset of the last entry at this moment; None if the log is empty."""
    # While entries keep coming, the next one tells it at once; reading up to the end would go on and on.
    async with aclosing(_read(channel, "next", quiet_seconds=_BUSY_SECONDS)) as to_come:
        async for entry in to_come:
            return offset_of(entry) - 1 if offset_of(entry) else None
    last: int | None = None
    clock = asyncio.get_running_loop()
    enough = clock.time() + _QUIET_SECONDS
    async with aclosing(_read(channel, "last", quiet_seconds=_QUIET_SECONDS)) as end_of_log:
        async for entry in end_of_log:
            last = offset_of(entry)
            if clock.time() > enough:  # what still arrives was written after the question
                break
    return last


def offset_of(entry: AbstractIncomingMessage) -> int:
    """The entry's place in the log."""
    return int(entry.headers["x-stream-offset"])  # type: ignore[arg-type]


async def entries(
    rabbitmq_url: str, *, since: datetime | None = None, after: int | None = None, follow: bool = False
) -> AsyncGenerator[AbstractIncomingMessage, None]:
    """Entries from a time on, or after an offset (neither: from the beginning); ends with the last one, or follows.

    The broker starts with the chunk that holds `since`, so that a few earlier entries may come first.
    """
    connection = await aio_pika.connect(rabbitmq_url, timeout=10)
    async with connection:
        end = None if follow else await last_offset(await connection.channel())
        if not follow and (end is None or (after is not None and end <= after)):
            return
        start: Any = "first" if since is None else since
        if after is not None:
            start = after + 1
        # A time after the last entry means the next one to come: whoever does not follow must not wait for that.
        quiet = None if follow else _QUIET_SECONDS
        # Closed before the connection is: the generator takes its leave of the broker.
        async with aclosing(_read(await connection.channel(), start, quiet)) as log:
            async for entry in log:
                yield entry
                if end is not None and offset_of(entry) >= end:
                    return


async def _read(
    channel: aio_pika.abc.AbstractChannel, start: Any, quiet_seconds: float | None = None
) -> AsyncGenerator[AbstractIncomingMessage, None]:
    await channel.set_qos(prefetch_count=500)  # a stream is not read without a limit
    queue: AbstractQueue = await channel.get_queue(LOG, ensure=False)
    arrived: asyncio.Queue[AbstractIncomingMessage] = asyncio.Queue()
    tag = await queue.consume(arrived.put, arguments={"x-stream-offset": start})
    try:
        while True:
            try:
                async with asyncio.timeout(quiet_seconds):
                    entry = await arrived.get()
            except TimeoutError:
                return
            await entry.ack()  # gives the broker leave to send more; the log keeps the entry
            yield entry
    finally:
        await queue.cancel(tag)
