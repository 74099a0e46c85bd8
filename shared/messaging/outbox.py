"""Events leave a service through its outbox: written in the transaction of the change that they tell of.

If the transaction commits, the event will be published (by the relay, at least once); if it rolls back, it never was.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from shared import tracing
from shared.contracts import Event
from shared.ids import uuid7
from shared.messaging import envelope
from shared.messaging.publisher import Publisher

# The row lock on the subject is held until the commit: two commands on one household get their numbers in the order
# in which they commit, and a number that was given is never given again, also not after a rollback (it is undone).
_ADD = """
    with number as (
        insert into subject_sequence as s (subject, last) values ($1, 1)
        on conflict (subject) do update set last = s.last + 1 returning last
    )
    insert into outbox (id, routing_key, sequence, body) select $2, $3, last, $4 from number
"""


class EventTooLarge(ValueError):
    """The event exceeds what the network carries; the command that raised it has changed nothing."""


def routing_key(publisher: Publisher, event: Event, audience: str) -> str:
    """`<site>.<service>.<event>.v<major>.<audience>`."""
    site = event.concerned_site or publisher.site
    return f"{site}.{publisher.service}.{event.event}.v{event.major}.{audience}"


async def add(session: AsyncSession, event: Event, *, audience: str = "internal") -> None:
    """Publish `event` if, and only if, the session's transaction commits.

    Raises `EventTooLarge` when the message would exceed `envelope.MAX_BYTES`, `PermissionError` when the event is
    another service's to tell.
    """
    publisher: Publisher = session.info["publisher"]
    if event.publisher not in (publisher.service, ""):
        raise PermissionError(f"{event.event} is published by {event.publisher}, not by {publisher.service}")
    story = tracing.current.get()
    event_id = uuid7()
    body = envelope.write(
        event,
        id=event_id,
        source=publisher.source,
        dataschema=publisher.schema_of(event),
        site=event.concerned_site or publisher.site,
        time=datetime.now(UTC),
        correlation_id=story.correlation_id if story else None,
        causation_id=story.causation_id if story else None,
        traceparent=story.traceparent if story else None,
    )
    if (size := len(body) + envelope.SEQUENCE_BYTES) > envelope.MAX_BYTES:
        raise EventTooLarge(f"{event.event} has {size} bytes, {envelope.MAX_BYTES} are allowed")
    key = routing_key(publisher, event, audience)
    await _execute(session, _ADD, event.subject, event_id, key, body)
    session.info["events_added"] = True  # Database.transaction wakes the relay once this has committed


async def _execute(session: AsyncSession, statement: str, *values: Any) -> None:
    """Run one statement in the session's transaction, on the driver itself.

    Every command passes here; through SQLAlchemy's layers the same statement costs four times the processor time.
    """
    connection = await session.connection()
    driver = (await connection.get_raw_connection()).driver_connection
    assert driver is not None  # noqa: S101  (a checked-out connection has one)
    if not driver.is_in_transaction():
        # SQLAlchemy begins with its own first statement; without this the event would be committed by itself.
        await connection.execute(text("select 1"))
    await driver.execute(statement, *values)
