"""The relay removes from the outbox only what the broker has confirmed."""

import asyncio
import contextlib
import json
import time
from collections import Counter
from contextlib import AsyncExitStack
from uuid import UUID

import aio_pika
import asyncpg
import pytest
from sqlalchemy import text

from shared.database import Database, Doorbell
from shared.messaging import outbox
from shared.messaging.relay import Relay
from shared.messaging.topology import EVENTS, backbone, declare
from tests.component.messaging.cable import Cable
from tests.component.messaging.stage import PAUSES, QUEUE, Hands, contact, message_of, relaying, rows
from tests.waiting import eventually


async def _add(database: Database, count: int) -> list[UUID]:
    """Commit that many events, in a few transactions; their contacts' ids."""
    events = [contact() for _ in range(count)]

    async def commit(some: list[outbox.Event]) -> None:
        async with database.transaction() as session:
            for event in some:
                await outbox.add(session, event)

    await asyncio.gather(*(commit(events[first::5]) for first in range(5)))
    return [event.contact_id for event in events]


async def _waiting(database: Database) -> int:
    return len(await rows(database, "select 1 from outbox"))


async def _everything_published(database: Database) -> bool:
    return await _waiting(database) == 0


def _subject(body: bytes) -> UUID:
    return UUID(json.loads(body)["subject"])


async def test_several_relays_publish_every_event_once(broker: str, database: Database, hands: Hands) -> None:
    """Without a fault no event is published twice and none is forgotten, however many relays share the outbox.

    A confirm that takes longer than the relay waits is a fault; on a busy machine ten seconds may be too short.
    """
    added = await _add(database, 2000)
    async with AsyncExitStack() as relays:
        for _ in range(4):
            await relays.enter_async_context(relaying(broker, database, batch=50, publish_timeout=60))
        added += await _add(database, 500)
        await eventually(lambda: _everything_published(database))
    published = [_subject(message.body) for message in await hands.take(QUEUE, 2500)]
    assert Counter(published) == Counter(added)
    assert await hands.depth() == 0


async def test_the_message_is_what_the_contract_says(broker: str, database: Database, hands: Hands) -> None:
    """Persistent, `application/cloudevents+json`, the event's id as message id, and the number in the body."""
    (contact_id,) = await _add(database, 1)
    async with relaying(broker, database):
        (message,) = await hands.take(QUEUE, 1)
    body = json.loads(message.body)
    assert message.routing_key == "brackel-aplerbeck.intake.contact-recorded.v1.internal"
    assert message.content_type == "application/cloudevents+json"
    assert message.delivery_mode is aio_pika.DeliveryMode.PERSISTENT
    assert message.message_id == body["id"]
    assert body | {"id": 0, "time": 0, "data": 0} == {
        "specversion": "1.0",
        "id": 0,
        "source": "/sites/brackel-aplerbeck/intake",
        "type": "de.dortmund.lokal-willkommen.contact-recorded.v1",
        "subject": str(contact_id),
        "time": 0,
        "datacontenttype": "application/json",
        "dataschema": "http://127.0.0.1:8080/intake/schemas/contact-recorded.v1.json",
        "site": "brackel-aplerbeck",
        "sequence": "0000000001",
        "data": 0,
    }


async def test_what_the_broker_has_not_confirmed_stays(broker: str, database: Database, hands: Hands) -> None:
    """Commands go on while the broker is away; afterwards their events come by themselves."""
    async with Cable(broker).laid() as cable, relaying(cable.url, database):
        await _add(database, 1)
        await hands.take(QUEUE, 1)
        cable.unplug()
        added = await _add(database, 50)
        await _asked_the_broker(database)
        assert await _waiting(database) == 50
        cable.plug()
        published = [_subject(message.body) for message in await hands.take(QUEUE, 50)]
        await eventually(lambda: _everything_published(database))
    assert Counter(published) == Counter(added)


async def test_events_wait_for_a_missing_exchange(vhost_url: str, database: Database) -> None:
    """A broker that nobody has prepared yet costs nothing but time."""
    await _add(database, 3)
    async with relaying(vhost_url, database):
        await _asked_the_broker(database)
        assert await _waiting(database) == 3
        await declare(vhost_url, backbone(PAUSES))
        await eventually(lambda: _everything_published(database))


async def test_returned_events_stay(vhost_url: str, database: Database, hands: Hands) -> None:
    """An exchange that has no queue for an event gives it back, and it is not lost."""
    exchange = await hands.channel.declare_exchange(EVENTS, "topic", durable=True)
    await _add(database, 3)
    async with relaying(vhost_url, database):
        await _asked_the_broker(database)
        assert await _waiting(database) == 3
        queue = await hands.channel.declare_queue("late", durable=True)
        await queue.bind(exchange, "#")
        await eventually(lambda: _everything_published(database))
    assert await hands.depth("late") == 3


async def _asked_the_broker(database: Database) -> None:
    """The relay has claimed the events and put them back: their rows are new ones."""
    (before,) = await rows(database, "select max(xmin::text::bigint) from outbox")

    async def put_back() -> bool:
        (now,) = await rows(database, "select max(xmin::text::bigint) from outbox")
        return bool(now["max"] > before["max"])

    with contextlib.suppress(AssertionError):  # put back before we looked
        await eventually(put_back, 3)


async def test_events_wait_for_a_full_queue(vhost_url: str, database: Database, hands: Hands) -> None:
    """A queue that refuses more (`reject-publish`) loses nothing: the rest follows when there is room."""
    exchange = await hands.channel.declare_exchange(EVENTS, "topic", durable=True)
    queue = await hands.channel.declare_queue(
        "small", durable=True, arguments={"x-max-length": 5, "x-overflow": "reject-publish"}
    )
    await queue.bind(exchange, "#")
    added = await _add(database, 12)
    taken: set[UUID] = set()
    async with relaying(vhost_url, database):

        async def full() -> bool:
            return await hands.depth("small") >= 5 and 0 < await _waiting(database) < 12

        await eventually(full)

        async def drained() -> bool:
            while (message := await queue.get(no_ack=True, fail=False)) is not None:
                taken.add(_subject(message.body))
            return taken == set(added) and await _everything_published(database)

        await eventually(drained)


async def test_a_commit_wakes_the_relay(broker: str, database: Database, hands: Hands) -> None:
    """By NOTIFY, within milliseconds: a relay that polls once an hour publishes at once all the same."""
    async with relaying(broker, database, poll_seconds=3600):
        await _add(database, 1)
        await hands.take(QUEUE, 1)  # the relay runs and the doorbell's connection is open
        waits = []
        for _ in range(10):
            started = time.monotonic()
            await _add(database, 1)
            await hands.take(QUEUE, 1, seconds=5)
            waits.append(time.monotonic() - started)
    assert sorted(waits)[5] < 0.25, waits  # the median: the machine may be busy with other things


async def test_a_lost_doorbell_costs_a_poll(
    broker: str, database: Database, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing but polling finds an event whose NOTIFY was lost."""
    async with relaying(broker, database, poll_seconds=0.3):
        await _add(database, 1)
        await hands.take(QUEUE, 1)
        monkeypatch.setattr(Doorbell, "ring", lambda self: None)
        await _add(database, 3)
        await hands.take(QUEUE, 3)


async def test_the_doorbell_rings_again_after_its_connection_was_lost(
    broker: str, database: Database, hands: Hands
) -> None:
    """A ring that gets lost is no reason not to ring again."""
    async with relaying(broker, database, poll_seconds=0.5):
        await _add(database, 1)
        await hands.take(QUEUE, 1)
        await rows(
            database,
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and query = 'notify lokal_outbox'",
        )

        async def rung() -> bool:
            await _add(database, 1)
            return bool(
                await rows(
                    database,
                    "select 1 from pg_stat_activity where datname = current_database()"
                    " and query = 'notify lokal_outbox'",
                )
            )

        await eventually(rung)


async def test_an_event_comes_twice_rather_than_never(broker: str, database: Database, hands: Hands) -> None:
    """A relay that loses its database after the broker's confirmation leaves the events for another one."""
    added = await _add(database, 5)
    relay = Relay(database.url, broker)
    connection = await asyncpg.connect(database.url)
    publish_all = relay._link.publish_all

    async def publish_and_lose_the_database(messages: list) -> list[bool]:
        confirmed = await publish_all(messages)
        connection.terminate()
        return confirmed

    relay._link.publish_all = publish_and_lose_the_database  # type: ignore[method-assign]
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
        await relay.publish_batch(connection)
    await relay._link.close()
    async with relaying(broker, database):
        published = [_subject(message.body) for message in await hands.take(QUEUE, 10)]
    assert Counter(published) == Counter(added * 2)


async def test_a_relay_that_is_stopped_finishes_its_batch(broker: str, database: Database, hands: Hands) -> None:
    """An orderly end is no fault: what the broker has is not published again by the next relay."""
    added = await _add(database, 300)
    async with relaying(broker, database, batch=300):
        await eventually(hands.depth)  # the broker has some, and may not have confirmed them
    async with relaying(broker, database):
        await eventually(lambda: _everything_published(database))
        published = [_subject(message.body) for message in await hands.take(QUEUE, 300)]
    assert Counter(published) == Counter(added)
    assert await hands.depth() == 0


async def test_a_dead_line_does_not_hold_the_relay(broker: str, database: Database, hands: Hands) -> None:
    """A broker that neither answers nor hangs up is given up after a bounded time; the events wait in the outbox."""
    async with Cable(broker).laid() as cable, relaying(cable.url, database, publish_timeout=0.5):
        await _add(database, 1)
        await hands.take(QUEUE, 1)
        cable.go_dead()
        await _add(database, 4)
        await _asked_the_broker(database)
        assert await _waiting(database) == 4
        cable.come_back()
        await eventually(lambda: _everything_published(database))


async def test_the_relay_survives_its_database(broker: str, database: Database, hands: Hands) -> None:
    """Its connection is ended by the server in the middle of work: it makes a new one."""
    async with relaying(broker, database):
        await _add(database, 1)
        await hands.take(QUEUE, 1)
        await rows(
            database,
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and pid != pg_backend_pid()",
        )
        await eventually(lambda: _add_where_possible(database))
        await hands.take(QUEUE, 1)


async def _add_where_possible(database: Database) -> bool:
    with contextlib.suppress(Exception):
        await _add(database, 1)
        return True
    return False


async def test_a_row_that_cannot_be_published_is_no_ones_neighbour(
    broker: str, database: Database, hands: Hands
) -> None:
    """Something that only the table's owner could have written there does not end the relay."""
    async with database.transaction() as session:
        await (await session.connection()).execute(
            text("insert into outbox (id, routing_key, sequence, body) values (gen_random_uuid(), 'word', 1, :body)"),
            {"body": message_of(contact())},
        )
    async with relaying(broker, database) as relay:
        await _add(database, 2)
        await hands.take(QUEUE, 2)
        await eventually(lambda: _everything_published(database))
        await _add(database, 2)
        await hands.take(QUEUE, 2)
        assert relay
