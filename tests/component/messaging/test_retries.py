"""What fails is tried again after growing pauses, or lies, visible, in the dead letters."""

import time
from collections import Counter
from itertools import pairwise
from uuid import UUID

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.contracts.intake import ContactRecorded
from shared.database import Database
from shared.ids import uuid7
from shared.messaging import Consumers, Permanent, Received, inbox, subscription
from shared.messaging.topology import backbone, consumer_queue, declare
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
)
from tests.waiting import eventually


async def _effects_are(database: Database, expected: list[UUID]) -> bool:
    assert Counter(await effects(database)) == Counter(expected)
    return True


async def test_attempts_are_made_after_growing_pauses(
    broker: str, database: Database, hands: Hands, consuming: Consuming
) -> None:
    """A passing fault is tried again after each of the pauses, and the fault may pass; others do not wait for it."""
    pauses = (0.3, 0.5, 0.8)
    await declare(broker, backbone(pauses))
    attempts: list[float] = []
    consumers = Consumers()
    slow, quick = uuid7(), uuid7()

    @consumers.on(ContactRecorded)
    async def on_contact_recorded(session: AsyncSession, event: Received[ContactRecorded]) -> None:
        if event.id == slow:
            if not attempts or time.monotonic() - attempts[-1] > pauses[0] / 2:
                attempts.append(time.monotonic())  # else the same attempt, first in a group and then alone
            if len(attempts) <= len(pauses):
                raise RuntimeError
        await remember(session, event)

    await hands.put(message_of(contact(), id=slow))
    async with consuming(broker, database, consumers, pauses=pauses):
        await eventually(lambda: attempts)
        await hands.put(message_of(contact(), id=quick))
        await eventually(lambda: _effects_are(database, [quick, slow]))
        assert await effects(database) == [quick, slow]
    waited = [after - before for before, after in pairwise(attempts)]
    assert all(pause <= time_passed for pause, time_passed in zip(pauses, waited, strict=True)), waited


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
    assert str(dead.headers["exception"]).startswith("RuntimeError at test_retries.py:")
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
