"""A service keeps consuming, whatever happens to the broker, and says so when it does not."""

import asyncio
from collections import Counter
from contextlib import suppress
from urllib.parse import quote, urlsplit
from uuid import UUID

import httpx
import pytest
from aio_pika.abc import AbstractIncomingMessage
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.contracts.intake import ContactRecorded
from shared.database import Database
from shared.ids import uuid7
from shared.messaging import Consumers, Messaging, Received
from shared.messaging import subscription as subscription_module
from shared.messaging.inbox import Inbox
from shared.messaging.topology import backbone, consumer_queue, declare
from tests.component.messaging.cable import Cable
from tests.component.messaging.stage import (
    PAUSES,
    QUEUE,
    Hands,
    by_faststream,
    contact,
    effects,
    message_of,
    remember,
    remembering,
)
from tests.waiting import eventually


@pytest.fixture(autouse=True)
def _short_watch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subscription_module, "WATCH_SECONDS", 0.2)


async def _effects_are(database: Database, expected: list[UUID]) -> bool:
    assert Counter(await effects(database)) == Counter(expected)
    return True


async def _empty(hands: Hands) -> bool:
    return await hands.depth() == 0


async def test_a_backlog_is_consumed_whole(broker: str, database: Database, hands: Hands) -> None:
    """Messages that come with the consumer's first breath are not dropped unsettled; tried many times over."""
    ids: list[UUID] = []
    for _ in range(8):
        batch = [uuid7() for _ in range(40)]
        for event_id in batch:
            await hands.put(message_of(contact(), id=event_id))
        ids += batch
        async with by_faststream(broker, database, remembering()):
            await eventually(lambda: _empty(hands), 10)
    assert Counter(await effects(database)) == Counter(ids)


async def test_a_consumer_comes_back_to_a_queue_that_was_deleted_and_declared_again(
    broker: str, database: Database, hands: Hands
) -> None:
    """The connection lives, the consumer is gone: the service is not ready, and then it is again."""
    messaging = Messaging(broker, database, queue=QUEUE, consumers=remembering())
    async with messaging:
        await eventually(lambda: messaging.problems() == [])
        await hands.channel.queue_delete(QUEUE)
        await eventually(lambda: messaging.problems() == ["nobody consumes the service's queue"])
        await declare(broker, consumer_queue(QUEUE, "#"))
        await eventually(lambda: messaging.problems() == [])
        event_id = uuid7()
        await hands.put(message_of(contact(), id=event_id))
        await eventually(lambda: _effects_are(database, [event_id]))


async def test_a_service_starts_without_the_broker(vhost_url: str, database: Database) -> None:
    """It is not ready and works; as soon as broker and queue are there, it consumes."""
    async with Cable(vhost_url).laid() as cable:
        cable.unplug()
        messaging = Messaging(cable.url, database, queue=QUEUE, consumers=remembering())
        async with messaging:
            assert messaging.problems() == ["nobody consumes the service's queue"]
            cable.plug()
            await declare(vhost_url, backbone(PAUSES) + consumer_queue(QUEUE, "#"))
            await eventually(lambda: messaging.problems() == [], 30)


async def test_a_service_that_only_publishes_needs_no_queue(broker: str, database: Database) -> None:
    """Its readiness looks at its relay."""
    async with Messaging(broker, database) as messaging:
        assert messaging.problems() == []
        messaging._tasks[0].cancel()
        await eventually(lambda: messaging.problems() == ["relay has ended"])


async def test_cut_connections_are_made_again(
    broker: str, database: Database, hands: Hands, rabbitmq_management_url: str
) -> None:
    """The broker's operator closes every connection in the middle of work: nothing lost, nothing doubled."""
    ids = [uuid7() for _ in range(400)]
    vhost = quote(urlsplit(broker).path[1:], safe="")

    async with (
        by_faststream(broker, database, remembering()),
        httpx.AsyncClient(base_url=rabbitmq_management_url) as api,
    ):

        async def names() -> list[str]:
            rows = (await api.get(f"/api/vhosts/{vhost}/connections")).json()
            found = [row["name"] for row in rows]
            return found if len(found) >= 3 else []  # the consumer's, its link's, ours

        known = await eventually(names)
        async with Hands(broker).open() as publishing:
            for event_id in ids[:200]:
                await publishing.put(message_of(contact(), id=event_id))
            for name in known:
                await api.delete(f"/api/connections/{quote(name, safe='')}")
            for event_id in ids[200:]:
                await publishing.put(message_of(contact(), id=event_id))
        await eventually(lambda: _effects_are(database, ids), 30)


async def test_a_channel_that_the_broker_has_closed_is_opened_again(
    broker: str, database: Database, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it does when a message lies unacknowledged for half an hour, while the database is away."""
    take = Inbox.take
    closed = False

    async def take_and_break(self: Inbox, message: AbstractIncomingMessage) -> None:
        nonlocal closed
        if not closed:
            closed = True
            await message.channel.basic_ack(delivery_tag=10**6)  # nothing was delivered under this number
        await take(self, message)

    monkeypatch.setattr(Inbox, "take", take_and_break)
    ids = [uuid7() for _ in range(50)]
    for event_id in ids:
        await hands.put(message_of(contact(), id=event_id))
    async with by_faststream(broker, database, remembering()):
        await eventually(lambda: _effects_are(database, ids), 30)
        await eventually(lambda: _empty(hands), 30)
    assert closed


async def test_a_dead_line_is_noticed_and_the_service_says_so(
    broker: str, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The network swallows everything without hanging up: after a bounded time the service is not ready."""
    async with (
        Cable(broker).laid() as cable,
        by_faststream(cable.url, database, remembering()) as subscription,
    ):
        cable.go_dead()
        await eventually(lambda: subscription.consumers_on_queue == 0, 30)
        cable.cut()
        cable.come_back()
        await eventually(lambda: subscription.consumers_on_queue, 30)


async def test_a_stopping_service_finishes_what_it_holds(broker: str, database: Database, hands: Hands) -> None:
    """The handler in progress commits and is acknowledged; what came while it stopped is handled too, or stays."""
    begun, may_end = asyncio.Event(), asyncio.Event()
    consumers = Consumers()

    @consumers.on(ContactRecorded)
    async def on_contact_recorded(session: AsyncSession, event: Received[ContactRecorded]) -> None:
        begun.set()
        await may_end.wait()
        await remember(session, event)

    event_id = uuid7()
    await hands.put(message_of(contact(), id=event_id))
    messaging = Messaging(broker, database, queue=QUEUE, consumers=consumers)
    await messaging.__aenter__()
    await begun.wait()
    stopping = asyncio.create_task(messaging.__aexit__(None, None, None))
    await hands.put(message_of(contact()))
    assert not stopping.done()
    may_end.set()
    await stopping
    done = await effects(database)
    assert done[0] == event_id
    await eventually(lambda: _waiting(hands, 2 - len(done)))


async def _waiting(hands: Hands, count: int) -> bool:
    return await hands.depth() == count


async def test_a_handler_that_does_not_end_does_not_hold_a_stopping_service_for_ever(
    broker: str, database: Database, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the time to drain the service ends all the same; the message goes back to its queue."""
    monkeypatch.setattr(subscription_module, "DRAIN_SECONDS", 0.3)
    begun = asyncio.Event()
    consumers = Consumers()

    @consumers.on(ContactRecorded)
    async def on_contact_recorded(session: AsyncSession, event: Received[ContactRecorded]) -> None:
        begun.set()
        await asyncio.Event().wait()

    await hands.put(message_of(contact()))
    messaging = Messaging(broker, database, queue=QUEUE, consumers=consumers)
    async with asyncio.timeout(20):
        async with messaging:
            await begun.wait()
    await eventually(lambda: _waiting(hands, 1))
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()  # the handler that never ends
        with suppress(asyncio.CancelledError):
            await task
