"""The event log: every event, in the order of its arrival, kept for a bounded time."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from aio_pika.abc import AbstractIncomingMessage

from shared.database import Database
from shared.messaging import log, outbox
from tests.component.messaging.stage import contact, relaying
from tests.waiting import eventually


@pytest.fixture(autouse=True)
def _little_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "_QUIET_SECONDS", 0.5)


async def _publish(database: Database, count: int) -> list[str]:
    subjects = []
    for _ in range(count):
        event = contact()
        subjects.append(event.subject)
        async with database.transaction() as session:
            await outbox.add(session, event)
    return subjects


def _has(entry: AbstractIncomingMessage, subject: str) -> bool:
    return subject.encode() in entry.body


async def test_every_event_lands_in_the_log_in_order(broker: str, database: Database) -> None:
    """From the beginning to the last entry there is, and then the reader ends."""
    async with relaying(broker, database):
        subjects = await _publish(database, 30)
        await eventually(lambda: _all_in_the_log(broker, subjects))
    entries = [entry async for entry in log.entries(broker)]
    assert [log.offset_of(entry) for entry in entries] == list(range(30))
    assert all(_has(entry, subject) for entry, subject in zip(entries, subjects, strict=True))


async def _all_in_the_log(broker: str, subjects: list[str]) -> bool:
    return len([entry async for entry in log.entries(broker)]) == len(subjects)


async def test_an_empty_log_ends_at_once(broker: str) -> None:
    """Nothing to read is no reason to wait for ever."""
    assert [entry async for entry in log.entries(broker)] == []


async def test_a_time_after_the_last_entry_ends_at_once(broker: str, database: Database) -> None:
    """Nobody waits for tomorrow's events who has not asked to follow."""
    async with relaying(broker, database):
        subjects = await _publish(database, 3)
        await eventually(lambda: _all_in_the_log(broker, subjects))
    async with asyncio.timeout(15):
        found = [entry async for entry in log.entries(broker, since=datetime.now(UTC) + timedelta(hours=1))]
    assert len(found) in (0, 3)  # the broker may begin with its last chunk


async def test_a_follower_sees_what_comes(broker: str, database: Database) -> None:
    """Old entries first, then new ones as they arrive."""
    seen: list[AbstractIncomingMessage] = []

    async def follow() -> None:
        async for entry in log.entries(broker, follow=True):
            seen.append(entry)

    async with relaying(broker, database):
        await _publish(database, 2)
        following = asyncio.create_task(follow())
        await eventually(lambda: len(seen) == 2)
        await _publish(database, 2)
        await eventually(lambda: len(seen) == 4)
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)


async def test_reading_starts_at_a_time(broker: str, database: Database) -> None:
    """With the chunk that holds the time: everything since then, and no more of the earlier than that chunk."""
    async with relaying(broker, database):
        early = await _publish(database, 3)
        await eventually(lambda: _all_in_the_log(broker, early))
        # The broker's chunks are stamped in seconds for us: a stamp of AMQP has no finer ones.
        moment = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=1)
        await eventually(lambda: datetime.now(UTC) > moment)
        late = await _publish(database, 3)
        await eventually(lambda: _all_in_the_log(broker, early + late))
    entries = [entry async for entry in log.entries(broker, since=moment)]
    assert [subject for subject in late if any(_has(entry, subject) for entry in entries)] == late
    assert not any(_has(entry, subject) for entry in entries for subject in early)
