"""One move can be followed through all services, and no log line tells whose it was."""

import io
import json
import logging
from collections.abc import Iterator
from uuid import UUID

import pytest
import structlog
from sqlmodel.ext.asyncio.session import AsyncSession

from shared import tracing
from shared.contracts.intake import ContactCorrected, ContactRecorded
from shared.database import Database
from shared.ids import uuid7
from shared.logging import configure
from shared.messaging import Consumers, Received, envelope, outbox
from shared.messaging.topology import consumer_queue, declare
from tests.component.messaging.stage import (
    MARKER,
    QUEUE,
    Hands,
    by_faststream,
    contact,
    effects,
    message_of,
    relaying,
    remember,
)
from tests.waiting import eventually


async def test_a_story_goes_through_a_chain_of_consumers(broker: str, database: Database, hands: Hands) -> None:
    """Command → first consumer → second consumer: one correlation, one trace, each event caused by the one before."""
    await declare(
        broker,
        consumer_queue("city.reporting.first", "*.*.contact-recorded.v1.internal")
        + consumer_queue("city.reporting.second", "*.*.contact-corrected.v1.internal"),
    )
    first, second = Consumers(), Consumers()
    stories: list[tracing.Story | None] = []

    @first.on(ContactRecorded)
    async def on_contact_recorded(session: AsyncSession, event: Received[ContactRecorded]) -> None:
        await outbox.add(session, ContactCorrected(**event.data.model_dump()))

    @second.on(ContactCorrected)
    async def on_contact_corrected(session: AsyncSession, event: Received[ContactCorrected]) -> None:
        stories.append(tracing.current.get())
        await remember(session, event)

    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    correlation = uuid7()
    async with (
        relaying(broker, database),
        by_faststream(broker, database, first, "city.reporting.first"),
        by_faststream(broker, database, second, "city.reporting.second"),
    ):
        with tracing.story(correlation, trace):
            async with database.transaction() as session:
                await outbox.add(session, contact())
        await eventually(lambda: effects(database))
        recorded, corrected = [envelope.read(message.body) for message in await hands.take(QUEUE, 2)]
    assert (recorded.correlation_id, corrected.correlation_id) == (correlation, correlation)
    assert (recorded.causation_id, corrected.causation_id) == (None, recorded.id)
    spans = [event.traceparent.split("-") for event in (recorded, corrected) if event.traceparent]
    assert [span[1] for span in spans] == ["4bf92f3577b34da6a3ce929d0e0e4736"] * 2
    assert spans[0][2] != spans[1][2]
    (story,) = stories
    assert story is not None
    assert (story.correlation_id, story.causation_id) == (correlation, corrected.id)
    assert await effects(database) == [corrected.id]


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """Everything that is logged meanwhile, as a service writes it."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    configure("brackel-aplerbeck", "reporting", "json")
    # Else the loggers of the modules would keep this origin for the tests that come after.
    structlog.configure(cache_logger_on_first_use=False)
    written = io.StringIO()
    (handler,) = root.handlers
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(written)
    yield written
    root.handlers = handlers
    root.setLevel(level)
    structlog.reset_defaults()


async def test_log_lines_hold_ids_and_nothing_of_a_message(
    broker: str, database: Database, hands: Hands, lines: io.StringIO
) -> None:
    """Failing handlers, unreadable messages, strangers' types, ids and headers: what they say is not repeated."""
    consumers = Consumers()

    @consumers.every
    async def on_every_event(session: AsyncSession, events: list[Received]) -> None:
        raise ValueError(f"cannot store {events[0].body!r}")

    event_id = uuid7()
    marker = MARKER.encode()
    await hands.put(marker, message_id=MARKER, content_type=MARKER, headers={MARKER: MARKER, "routing-key": MARKER})
    await hands.put(message_of(contact(), id=event_id, subject=MARKER))
    await hands.put(message_of(contact(), type=MARKER, data={MARKER: MARKER}, source=MARKER))
    await hands.put(message_of(contact(), data={"target_group": MARKER}))
    async with by_faststream(broker, database, consumers, pauses=(0.05,)):
        dead = await hands.dead_letters(4)
        await hands.channel.queue_delete(f"{QUEUE}.dead")
        await hands.put(marker, message_id=MARKER)
        await eventually(lambda: "message_not_moved" in lines.getvalue())
    assert len(dead) == 4
    assert "Lüdenscheidt" not in lines.getvalue()
    assert "L\\u00fcdenscheidt" not in lines.getvalue()
    said = [json.loads(line) for line in lines.getvalue().splitlines()]
    assert all(line["site"] == "brackel-aplerbeck" and line["service"] == "reporting" for line in said)
    buried = [line for line in said if line["event"] == "event_dead_lettered" and line.get("event_id") == str(event_id)]
    assert [line["attempts"] for line in buried] == [2]
    assert UUID(buried[0]["correlation_id"])
