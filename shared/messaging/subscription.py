"""Keeps a FastStream subscriber on a queue, whatever happens to the broker."""

import asyncio
import contextlib
from typing import Any, Protocol

import structlog
from aio_pika import IncomingMessage
from aio_pika.abc import AbstractIncomingMessage
from faststream import AckPolicy
from faststream.rabbit import Channel, RabbitBroker, RabbitQueue
from faststream.rabbit.message import RabbitMessage

from shared.logging import describe
from shared.messaging.link import BROKER_FAULTS, Link

log = structlog.get_logger(__name__)

PREFETCH = 300
"""Messages in flight; without a limit FastStream would take the whole queue into memory."""
WATCH_SECONDS = 2.0
"""How often the queue is asked whether somebody consumes it."""
DRAIN_SECONDS = 8.0
"""How long a stopping service finishes what it holds; below the 10 s that a container gets."""


async def _raw(message: IncomingMessage) -> RabbitMessage:
    """FastStream's parser without the work that the inbox does itself (it reads the CloudEvent)."""
    # FastStream would make up a random id for each empty one.
    return RabbitMessage(
        raw_message=message, body=message.body, headers={}, message_id=message.message_id or "-", correlation_id="-"
    )


async def _undecoded(message: RabbitMessage) -> Any:
    return message.raw_message


class Receiver(Protocol):
    """Who takes the messages of a queue, and settles each of them: an inbox, a letter box."""

    queue: str

    async def take(self, message: AbstractIncomingMessage) -> None:
        """Take one message; returns when it is settled."""
        ...


class Subscription:
    """Consumes one queue into an inbox, or whoever takes its messages, until it is stopped.

    FastStream reconnects by itself, but a consumer can vanish without the connection doing so (the queue was deleted
    and declared again, the broker cancelled the consumer). So the queue itself is asked, and with nobody on it the
    broker object is thrown away and built anew: FastStream remembers by name what it has declared.
    """

    def __init__(self, rabbitmq_url: str, inbox: Receiver, link: Link, *, prefetch: int = PREFETCH) -> None:
        self._url = rabbitmq_url
        self._inbox = inbox
        self._prefetch = prefetch
        self._link = link
        self._broker: RabbitBroker | None = None
        self.consumers_on_queue = 0

    async def run(self) -> None:
        """Keep consuming; ends, having finished what it holds, when it is cancelled."""
        pause = 0.2
        try:
            while True:
                try:
                    await self._start()
                    pause = 0.2
                    await self._watch()
                except Exception as error:  # whatever it is: a subscription that ended would consume nothing for ever
                    log.warning("not_consuming", queue=self._inbox.queue, error=describe(error), pause_seconds=pause)
                    pause = min(pause * 2, 5)
                await self._stop()
                await asyncio.sleep(pause)
        finally:
            await self._stop()

    async def _start(self) -> None:
        broker = RabbitBroker(
            self._url,
            default_channel=Channel(prefetch_count=self._prefetch),
            graceful_timeout=DRAIN_SECONDS,
            reconnect_interval=1.0,
            logger=None,  # FastStream would log message bodies on errors
            apply_types=False,
            client_properties={"connection_name": f"lokal {self._inbox.queue}"},  # type: ignore[arg-type]
        )
        queue = RabbitQueue(self._inbox.queue, declare=False)

        @broker.subscriber(queue, ack_policy=AckPolicy.MANUAL, no_reply=True, parser=_raw, decoder=_undecoded)
        async def deliver(message: IncomingMessage) -> None:
            await self._inbox.take(message)

        self._broker = broker
        async with asyncio.timeout(15):
            await broker.start()
        log.info("consuming", queue=self._inbox.queue)

    async def _watch(self) -> None:
        """Return when nobody consumes the queue any more."""
        empty_looks = 0
        while empty_looks < 2:  # once may be the moment of a reconnect
            await asyncio.sleep(WATCH_SECONDS if self.consumers_on_queue else 0.1)
            try:
                self.consumers_on_queue = await self._link.consumers_of(self._inbox.queue)
            except BROKER_FAULTS:
                self.consumers_on_queue = 0
                await asyncio.sleep(WATCH_SECONDS)
            empty_looks = 0 if self.consumers_on_queue else empty_looks + 1
        log.warning("consumer_vanished", queue=self._inbox.queue)

    async def _stop(self) -> None:
        self.consumers_on_queue = 0
        broker, self._broker = self._broker, None
        if broker is not None:
            with contextlib.suppress(Exception):  # it is thrown away, however it takes it
                async with asyncio.timeout(DRAIN_SECONDS + 2):
                    await broker.stop()
