"""The inbox gives every event one effect in its consumer."""

import time
from collections import Counter
from itertools import pairwise
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.contracts.intake import ContactRecorded
from shared.database import Database
from shared.ids import uuid7
from shared.messaging import Consumers, Permanent, Received, inbox, outbox, subscription
from shared.messaging.topology import consumer_queue, declare
from tests.component.messaging.stage import (
    MARKER,
    PAUSES,
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


async def test_attempts_are_made_after_growing_pauses(
    broker: str, database: Database, hands: Hands, consuming: Consuming
) -> None:
    """A passing fault is tried again after each of the pauses, and the fault may pass; others do not wait for it."""
    attempts: list[float] = []
    consumers = Consumers()
    slow, quick = uuid7(), uuid7()

    @consumers.on(ContactRecorded)
    async def on_contact_recorded(session: AsyncSession, event: Received[ContactRecorded]) -> None:
        if event.id == slow:
            attempts.append(time.monotonic())
            if len(attempts) <= len(PAUSES):
                raise RuntimeError
        await remember(session, event)

    await hands.put(message_of(contact(), id=slow))
    async with consuming(broker, database, consumers):
        await eventually(lambda: attempts)
        await hands.put(message_of(contact(), id=quick))
        await eventually(lambda: _effects_are(database, [quick, slow]))
        assert await effects(database) == [quick, slow]
    waited = [after - before for before, after in pairwise(attempts)]
    assert all(pause <= time_passed for pause, time_passed in zip(PAUSES, waited, strict=True)), waited


async def test_an_event_out_of_attempts_is_a_dead_letter_that_says_why(
    broker: str, database: Database, hands: Hands, consuming: Consuming
) -> None:
    """Reason, kind and place of the exception, attempts, queue: and nothing of what the exception quotes."""
    consumers = Consumers()

    @consumers.on(ContactRecorded)
    async def on_contact_recorded(session: AsyncSession, event: Received[ContactRecorded]) -> None:
        raise RuntimeError(f"no such family: {MARKER}")

    body = message_of(contact())
    await hands.put(body, message_id="kept", content_type="application/cloudevents+json", headers={"x": MARKER})
    async with consuming(broker, database, consumers):
        (dead,) = await hands.dead_letters(1)
    assert dead.body == body
    assert (dead.message_id, dead.content_type) == ("kept", "application/cloudevents+json")
    assert dead.delivery_mode == 2
    assert dead.headers["reason"] == "out-of-attempts"
    assert dead.headers["attempts"] == len(PAUSES) + 1
    assert dead.headers["queue"] == QUEUE
    assert str(dead.headers["exception"]).startswith("RuntimeError at test_inbox.py:")
    assert MARKER not in str(dead.headers)


async def test_what_is_refused_for_good_is_not_tried_again(
    broker: str, database: Database, hands: Hands, consuming: Consuming
) -> None:
    """`Permanent`: a dead letter at once, after one attempt."""
    calls = 0
    consumers = Consumers()

    @consumers.on(ContactRecorded)
    async def on_contact_recorded(session: AsyncSession, event: Received[ContactRecorded]) -> None:
        nonlocal calls
        calls += 1
        raise Permanent("the site was closed before")

    await hands.put(message_of(contact()))
    async with consuming(broker, database, consumers):
        (dead,) = await hands.dead_letters(1)
    assert dead.headers["reason"] == "refused"
    assert dead.headers["exception"] == "Permanent: the site was closed before"
    assert dead.headers["attempts"] == 1
    assert calls == 1


@pytest.mark.parametrize("fault", [FileNotFoundError, TimeoutError, ConnectionResetError])
async def test_a_handler_cannot_pass_its_own_fault_off_as_the_databases(
    broker: str,
    database: Database,
    hands: Hands,
    consuming: Consuming,
    fault: type[Exception],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What looks like a lost server, while the server answers, is the message's: it does not hold the queue."""
    monkeypatch.setattr(inbox, "FREE_TRIES", 1)
    bad, good = uuid7(), uuid7()
    consumers = Consumers()

    @consumers.on(ContactRecorded)
    async def on_contact_recorded(session: AsyncSession, event: Received[ContactRecorded]) -> None:
        if event.id == bad:
            raise fault
        await remember(session, event)

    await hands.put(message_of(contact(), id=bad))
    await hands.put(message_of(contact(), id=good))
    async with consuming(broker, database, consumers, pauses=()):
        await eventually(lambda: _effects_are(database, [good]))
        (dead,) = await hands.dead_letters(1)
    assert str(dead.headers["exception"]).startswith(fault.__name__)


async def test_without_its_dead_letter_queue_nothing_is_lost_and_nothing_spins(
    broker: str, database: Database, hands: Hands, consuming: Consuming, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message goes back to its queue, after a pause, until there is a place for it; its neighbours go on."""
    monkeypatch.setattr(inbox, "GIVE_BACK_PAUSE", 0.3)
    reads: list[float] = []
    read = inbox.envelope.read

    def counting(body: bytes) -> Received:
        if body == b"nonsense":
            reads.append(time.monotonic())
        return read(body)

    monkeypatch.setattr(inbox.envelope, "read", counting)
    await hands.channel.queue_delete(f"{QUEUE}.dead")
    ids = [uuid7() for _ in range(3)]
    await hands.put(b"nonsense")
    async with consuming(broker, database, remembering()):
        for event_id in ids:
            await hands.put(message_of(contact(), id=event_id))
        await eventually(lambda: _effects_are(database, ids))
        await eventually(lambda: len(reads) >= 4)
        assert reads[3] - reads[0] >= 3 * 0.3
        await declare(broker, consumer_queue(QUEUE))
        (dead,) = await hands.dead_letters(1)
    assert dead.body == b"nonsense"
    assert await hands.depth() == 0


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


async def test_while_the_database_is_away_events_wait_and_no_attempt_is_counted(
    broker: str, database: Database, hands: Hands, consuming: Consuming, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long it takes: not one of the few attempts is spent on a server that is not there."""
    monkeypatch.setattr(inbox, "FREE_TRIES", 0)
    monkeypatch.setattr(subscription, "DRAIN_SECONDS", 0.5)
    pinged = 0

    class Away(Database):
        async def answers(self) -> bool:
            nonlocal pinged
            pinged += 1
            return await super().answers()

    away = Away("postgresql://nobody@127.0.0.1:1/nothing", None, pool_size=2)
    event_id = uuid7()
    await hands.put(message_of(contact(), id=event_id))
    async with consuming(broker, away, remembering(), pauses=()):
        await eventually(lambda: pinged >= 4)
    await away.dispose()
    async with consuming(broker, database, remembering(), pauses=()):
        await eventually(lambda: _effects_are(database, [event_id]))
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
