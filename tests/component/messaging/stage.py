"""What the tests of delivery play with: a small consumer with effects that can be counted, and hands on the broker."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import aio_pika
import asyncpg
from aio_pika.abc import AbstractIncomingMessage
from sqlalchemy import MetaData, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.contracts import Event
from shared.contracts.intake import ContactRecorded
from shared.contracts.words import Channel, TargetGroup
from shared.database import Database, async_url
from shared.ids import uuid7
from shared.messaging import Consumers, Publisher, Received, delivery_tables, envelope
from shared.messaging.inbox import Inbox
from shared.messaging.link import Link, user_of
from shared.messaging.relay import Relay
from shared.messaging.subscription import PREFETCH, Subscription
from shared.messaging.topology import dead_letters_of
from tests.waiting import eventually

PUBLISHER = Publisher("brackel-aplerbeck", "intake", "http://127.0.0.1:8080")
QUEUE = "city.reporting.test"
PAUSES = (0.05, 0.1, 0.2)
"""Short ones: what is tested is that they are kept and grow."""
MARKER = "Müller-Lüdenscheidt"
"""Stands in messages and exceptions for personal data."""

metadata = MetaData()
delivery_tables(metadata)


async def prepare(url: str) -> None:
    """The tables of delivery, and one for effects. Nothing keeps an effect from being there twice: tests count."""
    engine = create_async_engine(async_url(url))
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
        await connection.execute(text("create table effect (event_id uuid, subject text, consumer text default '')"))
    await engine.dispose()


def contact(contact_id: UUID | None = None) -> ContactRecorded:
    """The shortest event of the catalogue."""
    return ContactRecorded(
        contact_id=contact_id or uuid7(),
        target_group=TargetGroup.REFUGEE,
        channel=Channel.OFFICE_HOURS,
        at=datetime(2017, 3, 2, 14, tzinfo=UTC),
    )


def message_of(event: Event, *, id: UUID | None = None, sequence: int = 1, **changed: Any) -> bytes:
    """The message of an event as a publisher sends it; `changed` replaces attributes (None: left out)."""
    written = envelope.write(
        event, id=id or uuid7(), source=PUBLISHER.source, dataschema="about:blank", site=PUBLISHER.site,
        time=datetime.now(UTC), correlation_id=uuid7(),
    )  # fmt: skip
    attributes = json.loads(envelope.with_sequence(written, sequence)) | changed
    return json.dumps({name: value for name, value in attributes.items() if value is not None}).encode()


async def rows(database: Database | str, statement: str, *values: Any) -> list[asyncpg.Record]:
    """The answer of one statement, on a connection of its own."""
    connection = await asyncpg.connect(database if isinstance(database, str) else database.url)
    try:
        return list(await connection.fetch(statement, *values))
    finally:
        await connection.close()


async def effects(database: Database) -> list[UUID]:
    """Ids of the events that had an effect, one for each effect."""
    return [row["event_id"] for row in await rows(database, "select event_id from effect")]


def remembering(consumers: Consumers | None = None) -> Consumers:
    """A consumer whose only effect is a row for each event."""
    consumers = consumers or Consumers()

    @consumers.on(ContactRecorded)
    async def on_contact_recorded(session: AsyncSession, event: Received[ContactRecorded]) -> None:
        await remember(session, event)

    return consumers


async def remember(session: AsyncSession, event: Received[Any]) -> None:
    """The effect: a row."""
    connection = await session.connection()
    await connection.execute(
        text("insert into effect (event_id, subject) values (:id, :subject)"),
        {"id": event.id, "subject": event.subject},
    )


@dataclass
class Hands:
    """Hands on the broker, as its administrator has them."""

    url: str
    channel: aio_pika.abc.AbstractChannel = field(init=False)

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Hands"]:
        connection = await aio_pika.connect(self.url, timeout=10)
        async with connection:
            self.channel = await connection.channel()
            yield self

    async def put(self, body: bytes, queue: str = QUEUE, **properties: Any) -> None:
        """Lay a message into a queue, confirmed; named as the connection's user unless another sender is given."""
        message = aio_pika.Message(body, delivery_mode=2, **{"user_id": user_of(self.url), **properties})
        await self.channel.default_exchange.publish(message, queue)

    async def depth(self, queue: str = QUEUE) -> int:
        """Messages that lie in the queue and are with nobody."""
        declared = await (await self._fresh_channel()).declare_queue(queue, passive=True)
        return declared.declaration_result.message_count or 0

    async def _fresh_channel(self) -> aio_pika.abc.AbstractChannel:
        # Asking for a queue that is not there closes the channel that asked.
        if self.channel.is_closed:
            await self.channel.reopen()
        return self.channel

    async def take(self, queue: str, count: int, seconds: float = 20) -> list[AbstractIncomingMessage]:
        """Take exactly `count` messages out of a queue, waiting for them."""
        taken: list[AbstractIncomingMessage] = []
        source = await self.channel.get_queue(queue, ensure=False)
        async with asyncio.timeout(seconds):
            async with source.iterator(no_ack=True) as incoming:
                async for message in incoming:
                    taken.append(message)
                    if len(taken) == count:
                        break
        return taken

    async def dead_letters(self, count: int, queue: str = QUEUE) -> list[AbstractIncomingMessage]:
        """Take the dead letters of a queue, waiting until there are `count`."""
        return await self.take(dead_letters_of(queue), count)


@asynccontextmanager
async def by_faststream(
    url: str, database: Database, consumers: Consumers, queue: str = QUEUE, pauses: Sequence[float] = PAUSES
) -> AsyncIterator[Subscription]:
    """A consumer as services run it: FastStream's subscriber in front of the inbox."""
    link = Link(url, timeout=5)
    subscription = Subscription(url, Inbox(queue, consumers, database, link, retry_pauses=pauses), link)
    running = asyncio.create_task(subscription.run())
    try:
        await eventually(lambda: subscription.consumers_on_queue)
        yield subscription
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        await link.close()


@asynccontextmanager
async def by_aio_pika(
    url: str,
    database: Database,
    consumers: Consumers,
    queue: str = QUEUE,
    pauses: Sequence[float] = PAUSES,
    accept_unnamed: bool = False,
) -> AsyncIterator[None]:
    """The inbox alone, behind a bare consumer."""
    link = Link(url, timeout=5)
    inbox = Inbox(queue, consumers, database, link, retry_pauses=pauses, accept_unnamed=accept_unnamed)
    connection = await aio_pika.connect_robust(url, timeout=10, reconnect_interval=0.5)
    async with connection:
        channel = await connection.channel()
        await channel.set_qos(prefetch_count=PREFETCH)
        source = await channel.get_queue(queue, ensure=False)
        tag = await source.consume(inbox.take)
        yield
        await source.cancel(tag)
    await link.close()


@asynccontextmanager
async def relaying(url: str, database: Database, poll_seconds: float = 0.2, **settings: Any) -> AsyncIterator[Relay]:
    """A relay at work."""
    relay = Relay(database.url, url, poll_seconds=poll_seconds, **settings)
    running = asyncio.create_task(relay.run())
    try:
        yield relay
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


Consuming = Callable[..., Any]
"""One of the two ways to consume."""
