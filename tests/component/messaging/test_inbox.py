"""The inbox gives every event one effect in its consumer."""

from collections import Counter
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.contracts.intake import ContactRecorded
from shared.database import Database
from shared.ids import uuid7
from shared.messaging import Consumers, Received, inbox, outbox
from shared.messaging.topology import consumer_queue, declare
from tests.component.messaging.stage import (
    QUEUE,
    Consuming,
    Hands,
    contact,
    effects,
    message_of,
    remember,
    remembering,
    rows,
)
from tests.waiting import eventually


async def _empty(hands: Hands) -> bool:
    return await hands.depth() == 0


async def _effects_are(database: Database, expected: list[UUID]) -> bool:
    assert Counter(await effects(database)) == Counter(expected)
    return True


async def test_an_event_that_comes_again_has_no_second_effect(
    broker: str, database: Database, hands: Hands, consuming: Consuming
) -> None:
    """Within one group, in a later one, and after a restart."""
    ids = [uuid7() for _ in range(3)]
    messages = [message_of(contact(), id=id) for id in ids]
    for message in messages + messages:
        await hands.put(message)
    async with consuming(broker, database, remembering()):
        await eventually(lambda: _effects_are(database, ids))
        await hands.put(messages[0])
        await eventually(lambda: _empty(hands))
    for message in messages:
        await hands.put(message)
    async with consuming(broker, database, remembering()):
        await hands.put(message_of(contact(), id=(last := uuid7())))
        await eventually(lambda: _effects_are(database, [*ids, last]))
    assert await hands.depth() == 0


async def test_an_event_has_one_effect_in_each_of_several_consumers(
    broker: str, database: Database, hands: Hands, consuming: Consuming
) -> None:
    """The identity is event and consumer: two queues of one service do not take the events from each other."""
    await declare(broker, consumer_queue("city.reporting.other"))
    event_id = uuid7()
    message = message_of(contact(), id=event_id)
    for queue in (QUEUE, "city.reporting.other"):
        await hands.put(message, queue)
    async with (
        consuming(broker, database, remembering()),
        consuming(broker, database, remembering(), "city.reporting.other"),
    ):
        await eventually(lambda: _effects_are(database, [event_id, event_id]))
    consumers = await rows(database, "select consumer from inbox order by consumer")
    assert [row["consumer"] for row in consumers] == ["city.reporting.other", QUEUE]


async def test_messages_in_flight_share_a_commit(
    broker: str, database: Database, hands: Hands, consuming: Consuming
) -> None:
    """A hundred messages that lie ready cost a few transactions; inbox row and effect are in the same one."""
    for _ in range(100):
        await hands.put(message_of(contact()))
    async with consuming(broker, database, remembering()):
        await eventually(lambda: _empty(hands))
        await eventually(lambda: _count(database, "effect", 100))
    transactions = await rows(database, "select distinct xmin::text from effect")
    assert len(transactions) <= 10
    unmatched = await rows(
        database, "select 1 from effect e join inbox i using (event_id) where e.xmin::text != i.xmin::text"
    )
    assert unmatched == []


async def _count(database: Database, table: str, expected: int) -> bool:
    (row,) = await rows(database, f"select count(*) from {table}")
    assert row["count"] == expected
    return True


async def test_a_bad_message_spoils_nothing_for_its_neighbours(
    broker: str, database: Database, hands: Hands, consuming: Consuming
) -> None:
    """Whatever group they share: the good ones have their effect once, the bad ones end as dead letters."""
    good, bad = [uuid7() for _ in range(60)], {uuid7() for _ in range(4)}
    for place, event_id in enumerate(good):
        await hands.put(message_of(contact(), id=event_id))
        if place % 16 == 7:
            await hands.put(message_of(contact(), id=sorted(bad)[place // 16]))
    consumers = Consumers()

    @consumers.on(ContactRecorded)
    async def on_contact_recorded(session: AsyncSession, event: Received[ContactRecorded]) -> None:
        await remember(session, event)
        if event.id in bad:
            await (await session.connection()).execute(text("select 1/0"))

    async with consuming(broker, database, consumers, pauses=(0.05,)):
        dead = await hands.dead_letters(4)
        await eventually(lambda: _effects_are(database, good))
    assert {message.headers["reason"] for message in dead} == {"out-of-attempts"}
    assert await _count(database, "inbox", 60)


async def test_what_a_handler_publishes_is_in_the_transaction_of_its_effect(
    broker: str, database: Database, hands: Hands, consuming: Consuming
) -> None:
    """A handler that fails has published nothing; one that works has done so once, with its effect."""
    failures = 2
    consumers = Consumers()

    @consumers.on(ContactRecorded)
    async def on_contact_recorded(session: AsyncSession, event: Received[ContactRecorded]) -> None:
        nonlocal failures
        await outbox.add(session, contact())
        await remember(session, event)
        if failures:
            failures -= 1
            raise RuntimeError

    await hands.put(message_of(contact()))
    async with consuming(broker, database, consumers):
        await eventually(lambda: _count(database, "effect", 1))
    told = await rows(database, "select 1 from outbox o, effect e, inbox i where o.xmin = e.xmin and e.xmin = i.xmin")
    assert len(told) == 1
    assert await _count(database, "outbox", 1)


async def test_two_instances_share_a_queue(broker: str, database: Database, hands: Hands, consuming: Consuming) -> None:
    """Also with duplicates in both hands: each event has one effect, and nothing is left."""
    ids = [uuid7() for _ in range(150)]
    for event_id in [*ids, *reversed(ids)]:
        await hands.put(message_of(contact(), id=event_id))
    async with consuming(broker, database, remembering()), consuming(broker, database, remembering()):
        await eventually(lambda: _effects_are(database, ids))
        await eventually(lambda: _empty(hands))
    assert await hands.depth() == 0
    assert await hands.depth(f"{QUEUE}.dead") == 0


async def test_a_reader_that_fails_spoils_one_message(
    broker: str, database: Database, hands: Hands, consuming: Consuming, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What nobody has thought of, while a message is read, is that message's fault alone."""
    read = inbox.envelope.read

    def failing(body: bytes) -> Received:
        if body == b"surprise":
            raise RecursionError
        return read(body)

    monkeypatch.setattr(inbox.envelope, "read", failing)
    good = [uuid7() for _ in range(2)]
    for body in (message_of(contact(), id=good[0]), b"surprise", message_of(contact(), id=good[1])):
        await hands.put(body)
    async with consuming(broker, database, remembering()):
        (dead,) = await hands.dead_letters(1)
        await eventually(lambda: _effects_are(database, good))
    assert dead.headers["reason"] == "unreadable"
    assert str(dead.headers["exception"]).startswith("RecursionError")
