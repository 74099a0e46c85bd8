"""A publishing line to the broker that knows only two answers: confirmed, or not."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast
from urllib.parse import unquote, urlsplit

import aio_pika
import aiormq
import structlog
from aio_pika.abc import AbstractChannel, AbstractConnection
from aiormq import Channel as UnderlayChannel

from shared.logging import describe

log = structlog.get_logger(__name__)

BROKER_FAULTS = (aiormq.exceptions.AMQPError, OSError, TimeoutError, asyncio.InvalidStateError, RuntimeError)
"""What publishing raises while the broker is away: besides AMQP and socket errors, aiormq's closed channels raise
`ChannelInvalidStateError` (a RuntimeError) and `InvalidStateError`."""


class NotConfirmed(Exception):
    """The broker has not confirmed the message; it may or may not have it."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to publish."""

    exchange: str
    routing_key: str
    body: bytes
    message_id: str | None = None
    content_type: str = "application/cloudevents+json"
    headers: Mapping[str, aio_pika.abc.FieldValue] = field(default_factory=dict)


def user_of(url: str) -> str:
    """The user as whom a connection to this URL is opened."""
    return unquote(urlsplit(url).username or "guest")


class Link:
    """Publishes persistent messages with confirms on a connection of its own, opened when needed.

    Each message names the connection's user as its sender, which the broker checks.

    Not a robust connection: that one may hold a publish back for ever while the broker is away. Here every call ends
    within `timeout` seconds, and what was not confirmed is the caller's to keep.
    """

    def __init__(self, url: str, *, timeout: float = 10.0, name: str = "lokal publisher") -> None:
        self.url = url
        self.user = user_of(url)
        self._timeout = timeout
        self._name = name
        self._connection: AbstractConnection | None = None
        self._channel: AbstractChannel | None = None
        self._opening = asyncio.Lock()

    async def channel(self) -> AbstractChannel:
        """The open channel; opens connection and channel anew where they are gone. Raises `BROKER_FAULTS`."""
        async with self._opening:
            if self._channel is None or self._channel.is_closed:
                await self._close()
                self._connection = await aio_pika.connect(
                    self.url, timeout=self._timeout, client_properties={"connection_name": self._name}
                )
                # Returned messages raise: to a missing queue or exchange nothing may be lost in silence.
                async with asyncio.timeout(self._timeout):
                    self._channel = await self._connection.channel(publisher_confirms=True, on_return_raises=True)
            return self._channel

    async def publish_all(self, messages: Sequence[Outgoing]) -> list[bool]:
        """Publish pipelined; True for each message that the broker has confirmed. Never raises a broker's fault."""
        try:
            underlay = cast(UnderlayChannel, await (await self.channel()).get_underlay_channel())
        except BROKER_FAULTS as error:
            log.warning("broker_unreachable", error=describe(error))
            return [False] * len(messages)
        pending = [asyncio.create_task(self._publish(underlay, message)) for message in messages]
        await asyncio.wait(pending, timeout=self._timeout)
        for task in pending:
            task.cancel()  # without effect on those that are done
        results = await asyncio.gather(*pending, return_exceptions=True)
        faults = [result for result in results if isinstance(result, BaseException)]
        if faults:
            log.warning("publish_not_confirmed", messages=len(faults), error=describe(faults[0]))
            if not all(isinstance(fault, aio_pika.exceptions.DeliveryError) for fault in faults):
                await self._close()  # a broken or stuck channel would fail the next batch as well
        return [not isinstance(result, BaseException) for result in results]

    async def publish(self, message: Outgoing) -> None:
        """Publish one message; raises `NotConfirmed`."""
        if not (await self.publish_all([message]))[0]:
            raise NotConfirmed(f"{message.exchange or '(default exchange)'} → {message.routing_key}")

    async def consumers_of(self, queue: str) -> int:
        """How many consumers the queue has. Raises `BROKER_FAULTS`, also where there is no such queue."""
        try:
            async with asyncio.timeout(self._timeout):
                declared = await (await self.channel()).declare_queue(queue, passive=True)
        except TimeoutError:
            await self._close()  # a line that has gone dead is found out by nobody else for minutes
            raise
        return declared.declaration_result.consumer_count or 0

    async def _publish(self, underlay: UnderlayChannel, message: Outgoing) -> None:
        # Below aio-pika's Exchange.publish, which would wait for each frame's write to the socket by itself: with
        # `wait=False` a batch leaves in a few writes.
        confirmation = await underlay.basic_publish(
            message.body,
            exchange=message.exchange,
            routing_key=message.routing_key,
            properties=aiormq.spec.Basic.Properties(
                content_type=message.content_type,
                delivery_mode=2,
                message_id=message.message_id,
                headers=dict(message.headers) or None,
                user_id=self.user,
            ),
            mandatory=True,
            wait=False,
        )
        if not isinstance(confirmation, aiormq.spec.Basic.Ack):
            raise aio_pika.exceptions.DeliveryError(None, confirmation)  # type: ignore[arg-type]

    async def _close(self) -> None:
        connection, self._connection, self._channel = self._connection, None, None
        if connection is not None:
            try:
                async with asyncio.timeout(2):
                    await connection.close()
            except BROKER_FAULTS as error:
                log.debug("broker_connection_lost", error=describe(error))

    async def close(self) -> None:
        """Close the connection."""
        async with self._opening:
            await self._close()
