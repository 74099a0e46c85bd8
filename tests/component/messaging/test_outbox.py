"""Events leave a service through its outbox, in the transaction of the change that they tell of."""

import asyncio
import json
import random
from datetime import date
from uuid import UUID

import pytest

from shared import tracing
from shared.contracts.intake import ContactRecorded
from shared.contracts.reporting import SiteClosed
from shared.database import Database
from shared.ids import uuid7
from shared.messaging import Publisher, envelope, outbox
from tests.component.messaging.stage import contact, rows
from tests.waiting import eventually


class ChangedItsMind(Exception):
    """Ends a command without a commit."""


async def _sequences(database: Database, subject: UUID) -> list[int]:
    found = await rows(database, "select sequence, body from outbox order by position")
    return [row["sequence"] for row in found if json.loads(row["body"])["subject"] == str(subject)]


async def _add_and_give_up(database: Database, event: ContactRecorded) -> None:
    async with database.transaction() as session:
        await outbox.add(session, event)
        raise ChangedItsMind


async def _change_and_add(database: Database) -> None:
    async with database.transaction() as session:
        await (await session.connection()).exec_driver_sql("insert into effect (subject) values ('the change')")
        await outbox.add(session, contact())


async def test_an_event_is_published_if_and_only_if_its_transaction_commits(database: Database) -> None:
    """What rolls back leaves no event and takes no number."""
    event = contact()
    with pytest.raises(ChangedItsMind):
        await _add_and_give_up(database, event)
    assert await rows(database, "select * from outbox") == []
    async with database.transaction() as session:
        await outbox.add(session, event)
    assert await _sequences(database, event.contact_id) == [1]


async def test_the_event_is_in_the_same_transaction_as_the_change(database: Database) -> None:
    """Also where the event is the first thing that the command writes."""
    async with database.transaction() as session:
        await outbox.add(session, contact())
        connection = await session.connection()
        await connection.exec_driver_sql("insert into effect (subject) values ('the change')")
        assert await rows(database, "select 1 from outbox") == []
    (event,) = await rows(database, "select xmin::text from outbox")
    (change,) = await rows(database, "select xmin::text from effect")
    assert event["xmin"] == change["xmin"]


async def test_numbers_follow_the_order_of_commits(database: Database) -> None:
    """A command that comes second to a subject gets its number after the first one has committed, or taken it back."""
    event, other = contact(), contact()
    for first_commits, expected in ((True, [1, 2]), (False, [1, 2, 3])):
        started = asyncio.Event()

        async def come_second(started: asyncio.Event = started) -> None:
            async with database.transaction() as session:
                started.set()
                await outbox.add(session, event)

        try:
            async with database.transaction() as session:
                await outbox.add(session, event)
                second = asyncio.create_task(come_second())
                await started.wait()
                await eventually(lambda: _waits_for_a_lock(database))
                async with database.transaction() as elsewhere:  # another subject waits for nobody
                    await outbox.add(elsewhere, other)
                assert not second.done()
                if not first_commits:
                    raise ChangedItsMind
        except ChangedItsMind:
            pass
        await second
        assert await _sequences(database, event.contact_id) == expected


async def test_many_at_once_are_numbered_as_one_by_one(database: Database) -> None:
    """In the order given, each subject's numbers going on from the last one; nothing is added for nothing."""
    first, second = contact(), contact()
    async with database.transaction() as session:
        assert await outbox.add_many(session, []) == []
        await outbox.add(session, second)
        many = [(event, "internal") for event in (first, second, first, second, second)]
        ids = await outbox.add_many(session, many)
    assert len(set(ids)) == 5
    assert await _sequences(database, first.contact_id) == [1, 2]
    assert await _sequences(database, second.contact_id) == [1, 2, 3, 4]
    written = await rows(database, "select id from outbox order by position")
    assert [row["id"] for row in written][1:] == ids


async def _waits_for_a_lock(database: Database) -> bool:
    return bool(
        await rows(
            database,
            "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
        )
    )


async def test_a_subject_is_numbered_without_gaps_whoever_writes_and_whoever_gives_up(database: Database) -> None:
    """Many commands at once on few subjects, a third of them rolled back: 1, 2, 3 … for each subject."""
    chance = random.Random(7)
    subjects = [uuid7() for _ in range(3)]
    committed = dict.fromkeys(subjects, 0)

    async def client(plan: list[tuple[UUID, bool]]) -> None:
        for subject, gives_up in plan:
            try:
                async with database.transaction() as session:
                    await outbox.add(session, contact(subject))
                    if gives_up:
                        raise ChangedItsMind
            except ChangedItsMind:
                continue
            committed[subject] += 1

    plans = [[(chance.choice(subjects), chance.random() < 0.33) for _ in range(30)] for _ in range(8)]
    await asyncio.gather(*(client(plan) for plan in plans))
    for subject in subjects:
        assert committed[subject] > 20
        assert sorted(await _sequences(database, subject)) == list(range(1, committed[subject] + 1))


async def test_an_oversized_event_is_refused_in_the_command(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit is checked before anything is written; no message that the network refuses can be in the outbox."""
    async with database.transaction() as session:
        await outbox.add(session, contact())
    size = len((await rows(database, "select body from outbox"))[0]["body"])
    monkeypatch.setattr(envelope, "MAX_BYTES", size - 1)
    with pytest.raises(outbox.EventTooLarge):
        await _change_and_add(database)
    assert len(await rows(database, "select 1 from outbox")) == 1
    assert await rows(database, "select 1 from effect") == []


def test_an_event_may_have_256_kib() -> None:
    """The limit of the contract."""
    assert envelope.MAX_BYTES == 256 * 1024


async def test_what_passes_the_command_passes_the_reader_as_well(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message on the wire is larger than the row, by its `sequence`: around the limit, too, none is unreadable."""
    async with database.transaction() as session:
        await outbox.add(session, contact())
    (row,) = await rows(database, "select body from outbox")
    readable = refused = 0
    for limit in range(len(row["body"]) - 2, len(envelope.with_sequence(row["body"], 1)) + 3):
        monkeypatch.setattr(envelope, "MAX_BYTES", limit)
        try:
            async with database.transaction() as session:
                await outbox.add(session, contact())
        except outbox.EventTooLarge:
            refused += 1
        else:
            (newest,) = await rows(database, "select sequence, body from outbox order by position desc limit 1")
            envelope.read(envelope.with_sequence(newest["body"], newest["sequence"]))
            readable += 1
    assert readable
    assert refused


async def test_nobody_publishes_another_services_events(database: Database) -> None:
    """An event class names the service that may tell of it."""
    with pytest.raises(PermissionError):
        async with database.transaction() as session:
            await outbox.add(session, SiteClosed(site="innenstadt", closed_on=date(2017, 4, 1)))
    assert await rows(database, "select 1 from outbox") == []


async def test_the_routing_key_names_site_service_event_major_and_audience(database: Database) -> None:
    """Five words; the site is the publisher's own, or the one that the event concerns."""
    city = Publisher("city", "reporting", "http://127.0.0.1:8080")
    closed = SiteClosed(site="innenstadt", closed_on=date(2017, 4, 1))
    assert outbox.routing_key(city, closed, "public") == "innenstadt.reporting.site-closed.v1.public"
    async with database.transaction() as session:
        await outbox.add(session, contact())
    (row,) = await rows(database, "select routing_key from outbox")
    assert row["routing_key"] == "brackel-aplerbeck.intake.contact-recorded.v1.internal"


async def test_an_event_belongs_to_the_story_of_its_command(database: Database) -> None:
    """Correlation, cause and trace of the running story; without a story, none."""
    correlation, cause = uuid7(), uuid7()
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    with tracing.story(correlation, trace, cause):
        async with database.transaction() as session:
            await outbox.add(session, contact())
    async with database.transaction() as session:
        await outbox.add(session, contact())
    told, untold = [
        envelope.read(envelope.with_sequence(row["body"], row["sequence"]))
        for row in await rows(database, "select sequence, body from outbox order by position")
    ]
    assert (told.correlation_id, told.causation_id) == (correlation, cause)
    assert told.traceparent is not None
    assert told.traceparent.split("-")[1] == trace.split("-")[1]
    assert (untold.correlation_id, untold.causation_id, untold.traceparent) == (None, None, None)
    assert type(told.data) is ContactRecorded
